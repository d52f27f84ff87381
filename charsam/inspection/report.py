"""The report of a folder of results: a folder whose index.html opens from the disk, without a server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from charsam.atomic import write_atomically
from charsam.inspection.failures import EXPLANATIONS, FailureKind
from charsam.inspection.results import Inspected
from charsam.inspection.sheets import TRUTH_COLOURS, make_sheet

PAGE: Final = "index.html"
DATA: Final = "data.js"
PICTURES: Final = "pictures"


@dataclass(slots=True)
class Totals:
    """What was written: images, words and characters, problems (file, why), characters to check and by failure."""

    images: int = 0
    words: int = 0
    characters: int = 0
    to_check: int = 0
    compared: int = 0
    failures: Counter[FailureKind] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)


def about(title: str, *, truth: bool) -> dict[str, Any]:
    """What the page must know before it has any row. truth: whether masks were compared with true ones."""
    return {
        "title": title,
        "truth": truth,
        "kinds": [str(kind) for kind in FailureKind],
        "explanations": {str(kind): [text.looks, text.mend] for kind, text in EXPLANATIONS.items()},
        "truthColours": [_css(colour) for colour in TRUTH_COLOURS],
    }


def write_report(
    out: Path,
    title: str,
    images: Iterable[Inspected],
    page: str,
    *,
    truth: bool,
    note: Callable[[Inspected], None] = lambda _: None,
) -> Totals:
    """Write the report into a folder that exists. page: the HTML document that reads DATA.

    note: called after each image. Raises OSError, naming the file, where something cannot be written.
    """
    totals = Totals()
    (out / PICTURES).mkdir(exist_ok=True)
    with write_atomically(out / DATA) as data:
        head = json.dumps(about(title, truth=truth), ensure_ascii=False)
        data.write(f"window.charsamReport = {{about: {head}, images: [\n".encode())
        for number, image in enumerate(images):
            sheet = make_sheet(image.file, image.findings, image.problem)
            rows = sheet.rows | {"pictures": f"{PICTURES}/{number:05d}"}
            _count(totals, image)
            for ending, content in (
                ("_strips.jpg", sheet.photo),
                ("_masks.png", sheet.masks),
                ("_truth.png", sheet.truth),
            ):
                if content:
                    (out / PICTURES / f"{number:05d}{ending}").write_bytes(content)
            data.write(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace"))
            data.write(b",\n")
            note(image)
        data.write(b"]};\n")
    with write_atomically(out / PAGE) as file:
        file.write(page.encode("utf-8"))
    return totals


def _count(totals: Totals, image: Inspected) -> None:
    if image.problem is not None:
        totals.problems.append((image.file, image.problem))
        return
    totals.images += 1
    totals.words += len(image.findings)
    for word in image.findings:
        totals.characters += len(word.characters)
        for one in word.characters:
            totals.to_check += one.character.to_check
            if one.match is not None:
                totals.compared += 1
                if one.failure is not None:
                    totals.failures[one.failure] += 1


def _css(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
