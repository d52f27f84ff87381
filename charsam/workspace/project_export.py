"""A project, or some of its images, as a zip: datasets in every format that charsam writes, and backups."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from PIL import Image

from charsam.datasets import writers
from charsam.datasets.labels import png
from charsam.datasets.writers import WrittenImage
from charsam.editing.conversion import to_annotation
from charsam.editing.document import Document
from charsam.errors import CharsamError, WorkspaceError
from charsam.images import load_image
from charsam.workspace import backup
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.workspace import Workspace
from charsam.workspace.zip_files import SpooledLines, ZipWriter

BACKUP: Final = "backup"
FORMATS: Final = (*writers.FORMATS, BACKUP)
IMAGES: Final = "images"
"""Where the images lie of a format that needs none, when they are asked for."""
ORIENTATION: Final = 0x0112


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a project is exported. accepted_only: no image that nobody has accepted. without_rejected: no character
    that somebody has rejected; its pixels are ignored where the format can say so.
    """

    accepted_only: bool = False
    without_rejected: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds. left_out: the name of each image that is not in it, and why."""

    images: int
    left_out: tuple[tuple[str, str], ...]


def export(
    workspace: Workspace,
    project_id: str,
    form: str,
    by: User,
    out: BinaryIO,
    *,
    images: Collection[str] | None = None,
    with_images: bool = False,
    filters: Filters = Filters(),
) -> Exported:
    """Write a project as a zip with a manifest of checksums.

    form: one of FORMATS ("_" may stand for "-"). images: the ids of those to take; None for all. A backup takes them as
    they are, whatever the filters; the formats leave out what has not been annotated, and, of a whole project, what was
    rejected. with_images: the photos too, upright (formats that need them, and backups, have them always).
    Raises NotFound, WorkspaceError.
    """
    form = form.replace("_", "-")
    if form not in FORMATS:
        raise WorkspaceError(f"There is no format {form[:40]!r}; the formats are {', '.join(FORMATS)}.")
    project = workspace.projects.get(project_id, by)
    about: dict[str, Any] = {
        "format": form,
        "project": project.name,
        "made_by": by.name,
        "made_at": workspace.store.now(),
    }
    rows = _chosen(workspace, project_id, by, images)
    pack = ZipWriter(out)
    if form == BACKUP:
        listed = [backup.write_image(workspace, pack, number, row, by) for number, row in enumerate(rows, start=1)]
        if images is None:
            about["learned"] = backup.write_learned(workspace, pack, project_id, by)
        left_out: list[tuple[str, str]] = []
    else:
        about |= {"accepted_only": filters.accepted_only, "without_rejected": filters.without_rejected}
        writing = _Writing(workspace, pack, form, by, filters, whole=images is None, with_images=with_images)
        listed, left_out = writing.write(rows)
    pack.finish({**about, "images": listed, "left_out": [{"name": name, "why": why} for name, why in left_out]})
    return Exported(len(listed), tuple(left_out))


def _chosen(workspace: Workspace, project_id: str, by: User, images: Collection[str] | None) -> Iterator[ImageRow]:
    """The images as they were added. An unknown one, or one of another project, raises NotFound before all."""
    if images is not None:
        rows = [workspace.images.get(image_id, by) for image_id in dict.fromkeys(images)]
        for row in rows:
            if row.project != project_id:
                raise WorkspaceError(f"{row.name} is not in this project; export it from its own.")
        yield from sorted(rows, key=lambda row: (row.added_at, row.id))
        return
    yield from workspace.images.each(project_id, by)


class _Writing:
    """One export on its way."""

    def __init__(
        self,
        workspace: Workspace,
        pack: ZipWriter,
        form: str,
        by: User,
        filters: Filters,
        *,
        whole: bool,
        with_images: bool,
    ) -> None:
        self._workspace, self._pack, self._form, self._by = workspace, pack, form, by
        self._filters, self._whole = filters, whole
        self._writer = writers.writer_named(form)
        self._photos = self._writer.photos if self._writer.photos is not None else IMAGES if with_images else None

    def write(self, rows: Iterator[ImageRow]) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        """What the manifest says of the images, and those that are left out."""
        listed: list[dict[str, Any]] = []
        left_out: list[tuple[str, str]] = []
        stems: set[str] = set()
        lines = SpooledLines()
        try:
            for row in rows:
                document, seq, _, _ = self._workspace.history.document(row.id, self._by)
                why = self._unfit(row, document)
                if why is not None:
                    left_out.append((row.name, why))
                    continue
                about, part = self._one(row, document, _unique_stem(row.name, stems))
                if part is not None:
                    lines.add(part)
                listed.append({**about, "image": row.hash, "state": row.state, "seq": seq,
                               **({"note": row.note} if row.note else {})})  # fmt: skip
            self._finish(lines)
        finally:
            lines.close()
        return listed, left_out

    def _one(self, row: ImageRow, document: Document, name: str) -> tuple[dict[str, Any], bytes | None]:
        """Write the files of one image; what the manifest calls it, and its part of the index."""
        suffix = PurePosixPath(row.name).suffix
        if self._photos is not None:
            suffix, data = _upright(self._workspace.images.read(row.id, self._by), suffix)
            self._pack.add(f"{self._photos}/{name}{suffix}", data)
        written = WrittenImage(
            name,
            f"{name}{suffix}",
            to_annotation(document),
            pixels=lambda: load_image(self._workspace.images.read(row.id, self._by), name=row.name),
            state=row.state,
            note=row.note,
        )
        if self._filters.without_rejected:
            written = writers.without_rejected(written)
        for path, content in writers.image_files(self._form, written).items():
            self._pack.add(path, content)
        return {"name": row.name, "file": f"{name}{suffix}"}, writers.index_part(self._form, written)

    def _finish(self, lines: SpooledLines) -> None:
        if self._writer.index is not None:
            with tempfile.TemporaryFile() as file:
                writers.write_index(self._form, lines.all(), file)
                file.seek(0)
                self._pack.add_stream(self._writer.index, file)
        for path, content in writers.late_files(self._form, lines.all()):
            self._pack.add(path, content)

    def _unfit(self, row: ImageRow, document: Document) -> str | None:
        """Why an image is left out; None where it is not. A picture whose words are all to be ignored is complete."""
        if self._filters.accepted_only and row.state != State.ACCEPTED:
            return "It has not been accepted."
        if self._whole and row.state == State.REJECTED:
            return "It was rejected."
        if row.state != State.NEW:
            return None
        unmasked = self._writer.masks and row.words and not row.characters
        return "It has not been annotated yet." if unmasked or not document.words else None


def _unique_stem(name: str, taken: set[str]) -> str:
    """What the files of an image are called: its file name without the ending; with its folders where that is taken."""
    path = PurePosixPath(name)
    stem = path.stem
    if stem.casefold() in taken:
        stem = str(path).replace("/", "__").replace(".", "_")
    number, unique = 2, stem
    while unique.casefold() in taken:
        unique, number = f"{stem}_{number}", number + 1
    taken.add(unique.casefold())
    return unique


def _upright(data: bytes, suffix: str) -> tuple[str, bytes]:
    """An image file whose pixels lie as the annotation has them: the file itself, or a PNG where it needs turning."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.getexif().get(ORIENTATION, 1) == 1:
                return suffix, data
    except (OSError, ValueError, SyntaxError) as error:
        raise CharsamError("An image of the workspace cannot be read any more.") from error
    return ".png", png(load_image(data))
