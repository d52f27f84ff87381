"""Words files of every format that charsam reads, brought to the images that they belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from charsam.datasets.base import Dataset, Fault
from charsam.datasets.fields import Field, parse_json, read_text
from charsam.datasets.native import ImageWords, check_version, image_words, match_images
from charsam.datasets.registry import open_dataset
from charsam.editing.changes import difference
from charsam.editing.document import Document, from_words
from charsam.editing.image_edits import with_imported
from charsam.editing.imported import imported_words
from charsam.errors import CharsamError, DatasetError, EditError, WordsError
from charsam.workspace.errors import NotFound, StaleEdit
from charsam.workspace.staging import Stage
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.workspace import Workspace

SUFFIXES: Final = (".json", ".jsonl", ".txt")
FORMATS: Final = ("textseg", "coco-text", "textocr", "hiertext", "total-text", "mlt17", "icdar15", "icdar13")
"""Those tried, in this order, for words that are not in charsam's own format: the more particular ones first. ICDAR13's
`left, top, right, bottom, word` fits every line of the two before it, whose words it would garble."""
SAMPLES: Final = 5
"""How many images of a dataset are read to see whether a format fits it."""
MOST_FAULTS: Final = 500

_Make = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class _Brought:
    """Words for one image: what they make of its empty document. file: where they come from, for messages."""

    image: Path
    file: str
    make: _Make


def has_words(files: Sequence[Path]) -> bool:
    """Whether there are files among these that may hold words."""
    return any(file.suffix.lower() in SUFFIXES for file in files)


def bring_words(
    workspace: Workspace, stage: Stage, files: Sequence[Path], new: dict[Path, ImageRow], project_id: str, by: User
) -> int:
    """Give the images of a project the words of these files; returns how many got some. What is wrong, and files that
    belong to no image, are added to the stage's faults.

    new: the images that have come with the files.
    """
    images = {**new, **_laid_out(workspace, stage, project_id, by, set(new.values()))}
    natives = [file for file in files if _is_native(file)]
    brought = _native(stage, natives, list(images)) if natives else _of_dataset(stage, files, images)
    return sum(_attach(workspace, stage, images[one.image], one, by) for one in brought if one.image in images)


def _laid_out(
    workspace: Workspace, stage: Stage, project_id: str, by: User, known: set[ImageRow]
) -> dict[Path, ImageRow]:
    """The images that the project had before, laid beside the words so that these find them."""
    found: dict[Path, ImageRow] = {}
    taken = set(stage.names.values())
    after = None
    while True:
        page = workspace.images(project_id, by, after=after, limit=500)
        for row in page.images:
            if row not in known and row.name not in taken:
                path = stage.add(row.name, workspace.image_path(row.id, by))
                if path is not None:
                    found[path] = row
        after = page.next
        if after is None:
            return found


def _is_native(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(512)
    return file.suffix.lower() == ".json" and re.match(rb'(\xef\xbb\xbf)?\s*\{\s*"charsam"\s*:', start) is not None


def _native(stage: Stage, files: Sequence[Path], images: Sequence[Path]) -> Iterator[_Brought]:
    """Words in charsam's own format, with the masks that they may hold."""
    for file in files:
        name = stage.names[file]
        try:
            root = Field(name, parse_json(read_text(file), name=name))
            if root.find("files") is not None and root.find("format") is not None:
                continue  # the manifest of an export
            check_version(root.get("charsam"))
            items = root.get("images").items()
            entries = [image_words(item) for item in items]
            matches, strays = match_images(entries, images)
        except WordsError as error:
            stage.faults.append(Fault(name, str(error)))
            continue
        item_of = {id(entry): item for entry, item in zip(entries, items, strict=True)}
        for image, entry in matches.items():
            yield _Brought(image, name, _importer(entry, item_of[id(entry)]))
        for stray in strays[:MOST_FAULTS]:
            stage.faults.append(Fault(name, f"{name}: there is no image for the entry {stray[:120]}."))


def _importer(entry: ImageWords, item: Field) -> _Make:
    def make(document: Document) -> Document:
        size = (entry.width or document.width, entry.height or document.height)
        if size != (document.width, document.height):
            raise EditError(
                f"the words are for an image of {size[0]} x {size[1]} pixels; "
                f"this one has {document.width} x {document.height}"
            )
        return with_imported(document, imported_words(item.get("words")))

    return make


def _of_dataset(stage: Stage, files: Sequence[Path], images: dict[Path, ImageRow]) -> Iterator[_Brought]:
    """Words in the format of a public dataset, whichever fits."""
    dataset = _fitting(stage.root)
    if dataset is None:
        for file in files[:MOST_FAULTS]:
            name = stage.names[file]
            reason = (
                f"{name} holds no words in a format that is read, or none for an image of this project."
                if file.suffix.lower() in SUFFIXES
                else f"{name} is neither an image nor a file with words."
            )
            stage.faults.append(Fault(name, reason))
        return
    for sample in dataset.samples():
        if sample.words:
            words = sample.words

            def make(document: Document, words: Any = words) -> Document:
                made = from_words(words, (document.width, document.height), document.next_id)
                return made

            yield _Brought(sample.image.resolve(), sample.name, make)
    broken = {fault.file for fault in stage.faults}
    stage.faults += [fault for fault in dataset.faults[:MOST_FAULTS] if fault.file not in broken]


def _fitting(root: Path) -> Dataset | None:
    """The files as a dataset of the format in which most of the first images can be read, with the fewest faults."""
    best, most = None, (1, -MOST_FAULTS)
    for name in FORMATS:
        try:
            dataset = open_dataset(name, root)
            readable = sum(bool(sample.words) for sample in islice(dataset.samples(0, SAMPLES), SAMPLES))
        except DatasetError:
            continue
        fit = (readable, -min(len(dataset.faults), MOST_FAULTS - 1))
        if fit > most:
            best, most = name, fit
    return None if best is None else open_dataset(best, root)  # anew, without the faults of the trial


def _attach(workspace: Workspace, stage: Stage, row: ImageRow, brought: _Brought, by: User) -> bool:
    """Put words on an image that nobody has worked on."""
    try:
        now = workspace.image(row.id, by)
        document, seq, _, _ = workspace.document(row.id, by)
        if document.words or now.state not in (State.NEW, State.ANNOTATED):
            raise EditError("it has words already; open it and import these there to replace them")
        change = difference(document, brought.make(document))
        if change.empty:
            return False
        count = len(change.words)
        label = f"Imported {count} word{'' if count == 1 else 's'} from {brought.file}"
        workspace.append(row.id, seq, "replace", label, change, by, strict=True)
    except (NotFound, StaleEdit) as error:
        stage.faults.append(Fault(row.name, f"{row.name} got no words from {brought.file}: {error}"))
        return False
    except CharsamError as error:
        stage.faults.append(Fault(row.name, f"{row.name} got no words from {brought.file}: {error}."))
        return False
    return True
