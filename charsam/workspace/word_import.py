"""Words files of every format that charsam reads, brought to the images that they belong to."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from charsam.datasets.base import Fault
from charsam.datasets.encodings import reading_as
from charsam.datasets.fields import Field
from charsam.datasets.format_detection import DetectedFormats, detect_formats, said_twice
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.reader import Listed
from charsam.datasets.readers import READERS
from charsam.editing.changes import Change, difference
from charsam.editing.document import Document
from charsam.editing.image_edits import with_imported
from charsam.errors import CharsamError, EditError
from charsam.types import Word
from charsam.workspace.errors import NotFound, StaleEdit
from charsam.workspace.image_words import PREVIEW, ReadAs, ReadOptions, imported_of
from charsam.workspace.project_images import ProjectImages
from charsam.workspace.upload_folder import UploadFolder
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.workspace import Workspace

MOST_FAULTS: Final = 500
"""How many faults of one file are listed."""
FEW: Final = 20
"""Of an index over many images, up to so many that are not here are named; more are counted."""
WAIT: Final = 0.3
"""Seconds for which one write of many edits may keep everybody else from writing."""


@dataclass(frozen=True, slots=True)
class ImportedFiles:
    """worded: the images that got words, each with the history entry that says so. read: the formats."""

    worded: tuple[tuple[str, int], ...]
    read: tuple[ReadAs, ...]


def import_words(
    workspace: Workspace,
    uploaded: UploadFolder,
    files: Sequence[Path],
    new: dict[Path, ImageRow],
    project_id: str,
    by: User,
    choice: ReadOptions = ReadOptions(),  # noqa: B008 (it is frozen)
) -> ImportedFiles:
    """Give the images of a project the words of these files. What is wrong, and what belongs to no image, is added to
    the uploaded's faults.

    new: the images that have come with the files; they are looked at before those of the project.
    Raises CharsamError for a format or encoding that does not exist.
    """
    with reading_as(choice.encoding):
        told = detect_formats(files, choice.format)
        for file, why in told.left:
            name = uploaded.names[file]
            uploaded.faults.append(Fault(name, f"{name} {why[3:]}" if why.startswith("it ") else why))
        if not told.files:
            return ImportedFiles((), ())
        rows = ProjectImages(workspace, project_id, by, new)
        return _WordImport(workspace, uploaded, rows, by).bring(told)


def previews(
    workspace: Workspace,
    uploaded: UploadFolder,
    files: Sequence[Path],
    new: dict[Path, ImageRow],
    project_id: str,
    by: User,
    encoding: str | None,
) -> list[ReadAs]:
    """What each format would make of the files: those that find words for images of the project, the fullest first."""
    rows = ProjectImages(workspace, project_id, by, new)
    found = []
    with reading_as(encoding):
        for name in READERS:
            told = detect_formats(files, name)
            bringing = _WordImport(workspace, UploadFolder(uploaded.root, uploaded.names), rows, by)
            count, texts = bringing.preview(told)
            if texts:
                found.append(ReadAs(name, READERS[name].title, len(told.files.get(name, ())), count, texts))
    return sorted(found, key=lambda one: -one.images)


class _WordImport:
    def __init__(self, workspace: Workspace, uploaded: UploadFolder, rows: ProjectImages, by: User) -> None:
        self._workspace, self._uploaded, self._rows, self._by = workspace, uploaded, rows, by
        self._log = FaultLog(strict=False)

    def bring(self, told: DetectedFormats) -> ImportedFiles:
        named = told.listed(self._log)
        listed = [one for _, one in named]
        pairs, missed = self._rows.matched(listed, self._uploaded)
        format_of = {id(one): name for name, one in named}
        worded: list[tuple[str, int]] = []
        texts: dict[str, list[str]] = defaultdict(list)
        images: Counter[str] = Counter()
        waiting = iter(pairs)
        while group := self._group(waiting):
            for one, row, seq, found in group:
                name = format_of[id(one)]
                if seq:
                    worded.append((row.id, seq))
                    images[name] += 1
                texts[name] += found[: PREVIEW - len(texts[name])]
        format_of_image = {row.id: format_of[id(one)] for one, row in pairs}
        self._uploaded.said += said_twice(
            named, missed, lambda one: format_of_image.get(self._rows.image_of(one, self._uploaded) or "")
        )
        self._say(listed, missed)
        read = [
            ReadAs(name, READERS[name].title, len(paths), images[name], tuple(texts[name]))
            for name, paths in told.files.items()
        ]
        return ImportedFiles(tuple(worded), tuple(read))

    def _group(self, waiting: Iterator[tuple[Listed, ImageRow]]) -> list[tuple[Listed, ImageRow, int, list[str]]]:
        """Attach words for the time that others may be made to wait."""
        until = time.monotonic() + WAIT
        done = []
        with self._workspace.together():
            for one, row in waiting:
                done.append((one, row, *self._attach(row, one)))
                if time.monotonic() >= until:
                    break
        return done

    def preview(self, told: DetectedFormats) -> tuple[int, tuple[str, ...]]:
        """How many images would get words, and the first texts; "…" stands for words that are to be read."""
        try:
            pairs, _ = self._rows.matched([one for _, one in told.listed(self._log)], self._uploaded)
        except CharsamError:
            return 0, ()
        texts: list[str] = []
        for one, row in islice(pairs, 20):
            try:
                texts += [_shown(word) for word in one.read((row.width, row.height), self._log)]
            except (CharsamError, OSError):
                continue
            if len(texts) >= PREVIEW:
                break
        return len(pairs), tuple(texts[:PREVIEW])

    def _say(self, listed: Sequence[Listed], missed: dict[int, str]) -> None:
        """Write down what was malformed, and what is for no image of this project."""
        names = {path.name: name for path, name in self._uploaded.names.items()}
        for fault in self._log.faults()[:MOST_FAULTS]:
            self._uploaded.faults.append(Fault(names.get(fault.file, fault.file), fault.message))
        by_source: dict[Path, list[int]] = defaultdict(list)
        for place in missed:
            by_source[listed[place].source].append(place)
        for source, places in by_source.items():
            name = self._uploaded.names[source]
            shown = places if len(places) <= FEW else places[:PREVIEW]
            self._uploaded.faults += [Fault(name, f"{name}: {missed[place]}") for place in shown]
            if len(places) > len(shown):
                more = len(places) - len(shown)
                self._uploaded.faults.append(
                    Fault(name, f"{name}: {more} more entries are for images that are not here.")
                )

    def _attach(self, row: ImageRow, one: Listed) -> tuple[int, list[str]]:
        """Put words on an image that nobody has worked on; the number of the history entry (0: nothing was done), and
        the first texts.
        """
        name = self._uploaded.names[one.source]
        try:
            return self._attached(row, one, name)
        except (NotFound, StaleEdit) as error:
            problem = str(error)
        except CharsamError as error:
            problem = f"{error}."
        except OSError as error:
            problem = f"{name} cannot be read ({error.strerror or error})."
        self._uploaded.faults.append(Fault(row.name, f"{row.name} got no words from {name}: {problem}"))
        return 0, []

    def _attached(self, row: ImageRow, one: Listed, name: str) -> tuple[int, list[str]]:
        if row.seq == 0:  # if somebody has edited it since, the entry is refused
            now, document, seq = row, Document(row.width, row.height), 0
        else:
            now = self._workspace.images.get(row.id, self._by)
            document, seq, _, _ = self._workspace.history.document(row.id, self._by)
        entry = one.native
        words = imported_of(one, (document.width, document.height), self._log)
        texts = [word.text or ("###" if word.ignore else "…") for word in words[:PREVIEW]]
        if not words and entry is None:
            return 0, texts
        if document.words or now.state not in (State.NEW, State.ANNOTATED):
            raise EditError("it has words already; open it and import these there to replace them")
        change = difference(document, with_imported(document, words))
        if change.empty and entry is not None and not entry.get("words").value and now.state is State.NEW:
            return self._without_words(row.id, seq, change, name, entry), texts
        if change.empty:
            return 0, texts
        count = len(change.words)
        label = f"Imported {count} word{'' if count == 1 else 's'} from {name}"
        kept = None if entry is None else _kept_state(entry)
        worked = State.CORRECTED if kept in (State.CORRECTED, State.ACCEPTED, State.REJECTED) else None
        done = self._workspace.history.append(
            row.id, seq, "replace", label, change, self._by, state=worked, strict=True
        )
        if entry is not None:
            self._judge(row.id, kept, entry)
        return done.seq, texts

    def _without_words(self, image: str, seq: int, change: Change, name: str, entry: Field) -> int:
        """An entry with an empty list says that there is no word to be found."""
        label = f"Imported from {name}: no words"
        done = self._workspace.history.append(
            image, seq, "replace", label, change, self._by, state=State.ANNOTATED, strict=True
        )
        self._judge(image, _kept_state(entry), entry)
        return done.seq

    def _judge(self, image: str, state: State | None, entry: Field) -> None:
        """The verdict and the note that an entry carries."""
        note = entry.find("note")
        if note is not None and note.text().strip():
            self._workspace.history.set_note(image, note.text(), self._by)
        if state in (State.ACCEPTED, State.REJECTED):
            self._workspace.history.set_state(image, state, self._by)


def _kept_state(entry: Field) -> State | None:
    found = entry.find("state")
    return State(found.value) if found is not None and found.value in tuple(State) else None


def _shown(word: Word) -> str:
    return "###" if word.ignore else word.text or "…"
