"""Truth for a whole project: a zip, or several files, each for the image of its name."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from charsam.errors import CharsamError, sentence
from charsam.inspection.truth_files import NotNamedError
from charsam.server.access import Caller
from charsam.server.inspector import Inspector
from charsam.workspace.archives import Limits, opened_archive
from charsam.workspace.values import ImageRow

ENDINGS: Final = re.compile(
    r"(_(chars?|characters|text|mask(fg)?|mask_?feff?|gt|truth|labels?)|\.(mask|text|gt))$", re.IGNORECASE
)
"""What true masks have behind the name of their image; "gt_" before it is known, too."""
PREFERRED: Final = ("char", "mask")
"""Where an image has several files, those that tell characters apart come first."""
LIMITS: Final = Limits(entries=5000, total=2 * 2**30, one=64 * 2**20)
MOST_PROBLEMS: Final = 50

Files = Sequence[tuple[str, Path]]


def take_truths(inspector: Inspector, caller: Caller, project_id: str, files: Files) -> dict[str, Any]:
    """Keep files as the truth of a project's images: how many images have one now, and what was not taken, and why.

    Raises UploadError for a zip that is not taken.
    """
    rows = project_rows(caller, project_id)
    by_stem = {PurePosixPath(row.name).stem.casefold(): row for row in rows}
    taken: set[str] = set()
    problems: list[str] = []
    with _unpacked(files) as found:
        several = [(name, path) for name, path in found if name.lower().endswith(".json")]
        for name, path in sorted(found, key=lambda one: not any(word in one[0].lower() for word in PREFERRED)):
            if (name, path) in several:
                continue
            row = by_stem.get(_stem(name))
            if row is None:
                problems.append(f"{name}: no image of this project has that name")
            elif row.id not in taken and _took(inspector, caller, row, name, path, problems):
                taken.add(row.id)
        for name, path in several:
            problems += _took_several(inspector, caller, rows, name, path, taken)
    return {"images": len(taken), "of": len(rows), "problems": problems[:MOST_PROBLEMS]}


def _took_several(
    inspector: Inspector, caller: Caller, rows: Sequence[ImageRow], name: str, path: Path, taken: set[str]
) -> list[str]:
    """Take a words.json for the images that it names and that have no truth yet; what is wrong, each reason once."""
    wrong: dict[str, None] = {}
    open_, named = [row for row in rows if row.id not in taken], False
    for row in open_:
        try:
            inspector.take_truth(caller, row.id, path, name[-120:], named=True)
            taken.add(row.id)
        except NotNamedError:
            continue
        except CharsamError as error:
            wrong[f"{name}: {sentence(error)}"] = None
        named = True
    return list(wrong) if named or not open_ else [f"{name}: it names no image of this project"]


def _took(inspector: Inspector, caller: Caller, row: ImageRow, name: str, path: Path, problems: list[str]) -> bool:
    try:
        inspector.take_truth(caller, row.id, path, name[-120:])
    except CharsamError as error:
        problems.append(f"{name}: {sentence(error)}")
        return False
    return True


def _stem(name: str) -> str:
    """The name of the image that a file is the truth of, without its ending, in small letters."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    return ENDINGS.sub("", stem).casefold().removeprefix("gt_")


@contextmanager
def _unpacked(files: Files) -> Iterator[list[tuple[str, Path]]]:
    """The files, those within zips in place of the zips."""
    found: list[tuple[str, Path]] = []
    with tempfile.TemporaryDirectory(prefix="charsam-truths-") as folder:
        for number, (name, path) in enumerate(files):
            if not name.lower().endswith(".zip"):
                found.append((name, path))
                continue
            with opened_archive(name, path, LIMITS) as archive:
                for place, inner in enumerate(archive.names):
                    target = Path(folder) / f"{number}-{place}"
                    target.write_bytes(archive.read(inner))
                    found.append((PurePosixPath(inner).name, target))
        yield found


def project_rows(caller: Caller, project_id: str) -> list[ImageRow]:
    """All images of a project. Raises NotFound."""
    return list(caller.workspace.images.each(project_id, caller.user))
