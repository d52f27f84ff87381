"""Taking in what people bring: photos, folders, zips, and words in every format that charsam reads."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charsam.datasets.base import Fault
from charsam.datasets.files import MASK_ENDING, MASK_START
from charsam.datasets.label_pictures import label_pictures
from charsam.errors import CharsamError
from charsam.images import is_image_file, stretch_note
from charsam.scratch import scratch_folder
from charsam.workspace.backup import is_backup, restore
from charsam.workspace.errors import NotFound, QuotaExceeded, UploadError
from charsam.workspace.file_names import clean_name
from charsam.workspace.image_words import ReadAs, ReadOptions
from charsam.workspace.upload_folder import Upload, UploadFolder, is_archive, lay_out, source_of
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.word_import import ImportedFiles, import_words, previews
from charsam.workspace.workspace import Workspace

WAIT: Final = 0.3
"""Seconds for which one write of many images may keep everybody else from writing."""


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What came of an upload. images: those that are new. worded: how many images, new or not, got words. faults: every
    file that was not taken, with a sentence that says why. left: files that belong to a dataset and are no photos, such
    as masks, with a sentence each. read: the formats of the words files. said: what was done to images to show them.
    """

    images: tuple[ImageRow, ...]
    worded: int
    faults: tuple[Fault, ...]
    left: tuple[Fault, ...] = ()
    read: tuple[ReadAs, ...] = ()
    said: tuple[str, ...] = ()


def import_uploads(
    workspace: Workspace,
    project_id: str,
    uploads: Sequence[Upload],
    by: User,
    choice: ReadOptions = ReadOptions(),  # noqa: B008 (it is frozen)
    *,
    rest: bool = False,
) -> UploadResult:
    """Add the images of these uploads to a project, and the words that come with them to the images they belong to,
    those of the project included. Words of an image that has been worked on already are left out and named.

    Broken images are named and the others kept. A backup brings its images back with their histories; rest: also where
    parts of it are damaged, which are then named. Of several uploads one that is refused is named, too. Raises
    NotFound; of a single one UploadError, with nothing kept: a zip that is dangerous or cannot be read, DamagedBackup.
    """
    with UploadImport(workspace, project_id, by) as taking:
        taking.add(uploads, choice.encoding, rest=rest)
        while not taking.step():
            pass
        return taking.finish(choice)


class UploadImport:
    """An upload that comes in several parts: `add` each, `step` until all images are there, then `finish`.

    What it lays down on the disk is gone when it is closed. Not for several threads at once.
    """

    def __init__(self, workspace: Workspace, project_id: str, by: User) -> None:
        workspace.projects.get(project_id, by)
        self._workspace, self._project, self._by = workspace, project_id, by
        self._open = ExitStack()
        self._uploaded = UploadFolder(self._open.enter_context(scratch_folder(workspace.folder)).resolve())
        self._restored: list[ImageRow] = []
        self._new: dict[Path, ImageRow] = {}
        self._waiting: Iterator[Path] | None = None
        self._said: list[str] = []
        self._left: list[Fault] = []
        self._worded: tuple[tuple[str, int], ...] = ()
        self.touched = time.monotonic()

    def __enter__(self) -> UploadImport:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        self._open.close()

    @property
    def files(self) -> int:
        """How many files have come."""
        return len(self._uploaded.names)

    @property
    def size(self) -> int:
        """How many bytes they have."""
        return self._uploaded.size

    @property
    def done(self) -> int:
        """How many images have been added."""
        return len(self._new)

    def add(self, uploads: Sequence[Upload], encoding: str | None = None, *, rest: bool = False) -> None:
        """Lay files down; backups are restored at once. encoding: of names in zips that do not say it. rest: what is
        whole of a damaged backup.

        Of several uploads one that is refused is named among the faults. Raises UploadError, with nothing kept, for a
        single one: a zip that is dangerous or cannot be read, DamagedBackup.
        """
        self.touched = time.monotonic()
        for upload in uploads:
            try:
                self._lay_out(upload, encoding, rest)
            except UploadError as error:
                if len(uploads) == 1:
                    raise
                self._uploaded.faults.append(Fault(clean_name(upload.name), str(error)))

    def _lay_out(self, upload: Upload, encoding: str | None, rest: bool) -> None:
        quota, name = self._workspace.quota, clean_name(upload.name)
        if not is_archive(upload) or not is_backup(upload.name, source_of(upload), quota.backup):
            lay_out(self._uploaded, [upload], quota.upload, encoding)
            return
        restored = restore(self._workspace, self._project, name, source_of(upload), self._by, rest=rest)
        self._restored += restored.images
        self._uploaded.faults += [Fault(name, fault) for fault in restored.faults]

    def step(self, seconds: float = 2.0) -> bool:
        """Add some of the images; True once there are no more."""
        self.touched = time.monotonic()
        if self._waiting is None:
            self._waiting = iter(self._photos())
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            added = dict(self._new)
            try:
                with self._workspace.together():
                    if self._some_photos(self._waiting):
                        return True
            except BaseException:
                self._new = added
                raise
        return False

    def _some_photos(self, waiting: Iterator[Path]) -> bool:
        """Add images for the time that others may be made to wait; True once there are no more."""
        until = time.monotonic() + WAIT
        for file in waiting:
            try:
                self._add_photo(file)
            except QuotaExceeded as error:
                left = 1 + sum(1 for _ in waiting)
                more = f"{error} {left} image{'' if left == 1 else 's'} from here on not taken."
                self._uploaded.faults.append(Fault(self._uploaded.names[file], more))
                return True
            if time.monotonic() >= until:
                return False
        return True

    def finish(self, choice: ReadOptions = ReadOptions()) -> UploadResult:  # noqa: B008
        """Bring the words of the upload to the images; tells what came of all."""
        self.touched = time.monotonic()
        brought = self._bring(choice)
        rows = [*self._restored, *self._new.values()]
        return UploadResult(
            tuple(rows),
            len(brought.worded),
            tuple(self._uploaded.faults),
            tuple(self._left),
            brought.read,
            (*self._uploaded.said, *self._said),
        )

    def again(self, choice: ReadOptions) -> UploadResult:
        """Take back the words that this upload brought, of images that nobody has worked on since, and read them
        anew.
        """
        for image, seq in self._worded:
            try:
                row = self._workspace.images.get(image, self._by)
                if row.seq == seq and row.state in (State.NEW, State.ANNOTATED):
                    self._workspace.history.undo(image, seq, self._by)
            except CharsamError as error:
                self._uploaded.faults.append(Fault(image, str(error)))
        self._uploaded.faults.clear()
        self._new = {file: self._workspace.images.get(row.id, self._by) for file, row in self._new.items()}
        return self.finish(choice)

    def previews(self, encoding: str | None) -> list[ReadAs]:
        """What each format would make of the words files."""
        self.touched = time.monotonic()
        return previews(self._workspace, self._uploaded, self._others(), self._new, self._project, self._by, encoding)

    def _bring(self, choice: ReadOptions) -> ImportedFiles:
        others = self._others()
        if not others:
            return ImportedFiles((), ())
        brought = import_words(self._workspace, self._uploaded, others, self._new, self._project, self._by, choice)
        self._worded = brought.worded
        return brought

    def _others(self) -> list[Path]:
        return [file for file in sorted(self._uploaded.names) if not is_image_file(file)]

    def _photos(self) -> list[Path]:
        """The pictures that are no masks; the masks are written down."""
        pictures = {file: name for file, name in sorted(self._uploaded.names.items()) if is_image_file(file)}
        masks = label_pictures(pictures, self._known() if _may_be_masks(pictures.values()) else ())
        self._left += [
            Fault(pictures[file], f"{pictures[file]} is a mask of {photo}, so it was not added as a photo.")
            for file, photo in masks.items()
        ]
        return [file for file in pictures if file not in masks]

    def _known(self) -> list[str]:
        """The names of the images that the project has."""
        return [row.name for row in self._workspace.images.each(self._project, self._by)]

    def _add_photo(self, file: Path) -> None:
        name = self._uploaded.names[file]
        try:
            data = file.read_bytes()
            row = self._workspace.images.add(self._project, name, data, self._by)
        except (NotFound, QuotaExceeded):
            raise
        except CharsamError as error:
            self._uploaded.faults.append(Fault(name, str(error)))
            return
        self._new[file] = row
        note = stretch_note(data, name)
        if note is not None:
            self._said.append(note)


def _may_be_masks(names: Iterable[str]) -> bool:
    """Whether masks of photos that are in the project already may be among pictures of these names."""
    stems = (Path(name).stem for name in names)
    return any(MASK_ENDING.search(stem) or MASK_START.search(stem) for stem in stems)
