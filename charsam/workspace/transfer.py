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
from charsam.editing.document import to_annotation
from charsam.errors import CharsamError, WorkspaceError
from charsam.images import load_image
from charsam.workspace import backup
from charsam.workspace.packing import Lines, Pack
from charsam.workspace.values import ImageRow, State, User
from charsam.workspace.workspace import Workspace

BACKUP: Final = "backup"
FORMATS: Final = (*writers.FORMATS, BACKUP)
IMAGES: Final = {"textseg": "image"}
"""Where a format keeps the images themselves; the others keep them in "images", when they are asked for."""
ORIENTATION: Final = 0x0112


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
) -> Exported:
    """Write a project as a zip with a manifest of checksums.

    form: one of FORMATS ("_" may stand for "-"). images: the ids of those to take; None for all. A backup takes them as
    they are; the formats leave out what is new and has no characters, and, of a whole project, what was rejected.
    with_images: the photos too, upright (TextSeg and backups have them always).
    Raises NotFound, WorkspaceError.
    """
    form = form.replace("_", "-")
    if form not in FORMATS:
        raise WorkspaceError(f"There is no format {form[:40]!r}; the formats are {', '.join(FORMATS)}.")
    project = workspace.project(project_id, by)
    about = {"format": form, "project": project.name, "made_by": by.name, "made_at": workspace._time()}
    rows = _chosen(workspace, project_id, by, images)
    pack = Pack(out)
    if form == BACKUP:
        listed = [backup.write_image(workspace, pack, number, row, by) for number, row in enumerate(rows, start=1)]
        left_out: list[tuple[str, str]] = []
    else:
        listed, left_out = _write_dataset(workspace, pack, form, rows, by, images is None, with_images)
    pack.finish({**about, "images": listed, "left_out": [{"name": name, "why": why} for name, why in left_out]})
    return Exported(len(listed), tuple(left_out))


def _chosen(workspace: Workspace, project_id: str, by: User, images: Collection[str] | None) -> Iterator[ImageRow]:
    """The images as they were added. An unknown one, or one of another project, raises NotFound before all."""
    if images is not None:
        rows = [workspace.image(image_id, by) for image_id in dict.fromkeys(images)]
        for row in rows:
            if row.project != project_id:
                raise WorkspaceError(f"{row.name} is not in this project; export it from its own.")
        yield from sorted(rows, key=lambda row: (row.added_at, row.id))
        return
    after = None
    while True:
        page = workspace.images(project_id, by, after=after, limit=500)
        yield from page.images
        after = page.next
        if after is None:
            return


def _write_dataset(
    workspace: Workspace,
    pack: Pack,
    form: str,
    rows: Iterator[ImageRow],
    by: User,
    whole: bool,
    with_images: bool,
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    listed: list[dict[str, Any]] = []
    left_out: list[tuple[str, str]] = []
    stems: set[str] = set()
    lines = Lines()
    try:
        for row in rows:
            why = _unfit(row, whole)
            if why is not None:
                left_out.append((row.name, why))
                continue
            opened = workspace.document(row.id, by)
            name, suffix = _unique_stem(row.name, stems), PurePosixPath(row.name).suffix
            if with_images or form in IMAGES:
                suffix, data = _upright(workspace.image_bytes(row.id, by), suffix)
                pack.add(f"{IMAGES.get(form, 'images')}/{name}{suffix}", data)
            written = WrittenImage(name, f"{name}{suffix}", to_annotation(opened.document))
            for path, data in writers.image_files(form, written).items():
                pack.add(path, data)
            part = writers.index_part(form, written)
            if part is not None:
                lines.add(part)
            listed.append({"name": row.name, "file": f"{name}{suffix}", "image": row.hash, "state": row.state,
                           "seq": opened.seq})  # fmt: skip
        index = writers.INDEX_FILES[form]
        if index is not None:
            with tempfile.TemporaryFile() as file:
                writers.write_index(form, lines.all(), file)
                file.seek(0)
                pack.add_stream(index, file)
    finally:
        lines.close()
    return listed, left_out


def _unfit(row: ImageRow, whole: bool) -> str | None:
    if row.state == State.NEW and not row.characters:
        return "It has not been annotated yet."
    if whole and row.state == State.REJECTED:
        return "It was rejected."
    return None


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
