"""The images of projects: taken in, found in the queue, counted, handed out."""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from charsam.atomic import write_atomically
from charsam.errors import ImageError, WorkspaceError
from charsam.images import load_image
from charsam.workspace.blobs import hash_of
from charsam.workspace.quota import check_quota
from charsam.workspace.schema import BlobTable, ImageTable
from charsam.workspace.store import Store, image_of, new_id, plain, project_of
from charsam.workspace.values import ImageRow, Order, Page, State, User

LONGEST_FILE_NAME: Final = 300
MOST_BYTES: Final = 200 * 2**20
MOST_ON_A_PAGE: Final = 500
THUMBNAIL: Final = 256


@dataclass(frozen=True, slots=True)
class _Sorting:
    column: InstrumentedAttribute[Any]
    down: bool


_SORTINGS: Final = {
    Order.ADDED: _Sorting(ImageTable.added_at, down=False),
    Order.NAME: _Sorting(ImageTable.sort_name, down=False),
    Order.TO_CHECK: _Sorting(ImageTable.to_check, down=True),
    Order.CHANGED: _Sorting(ImageTable.changed_at, down=True),
}


class Images(Store):
    """The images of projects. `by` is always the acting user; what is not the user's raises NotFound."""

    def add_image(self, project_id: str, file_name: str, data: bytes, by: User) -> ImageRow:
        """Take an image file in. The same picture twice is two images with histories of their own, but one file.

        file_name: as the visitor's computer has it; folders are kept. Raises ImageError for what is no image,
        QuotaExceeded where the project's owner has no room for it.
        """
        name = clean_name(file_name)
        if len(data) > MOST_BYTES:
            raise ImageError(f"{name} has {len(data) >> 20} MB; an image file may have {MOST_BYTES >> 20} MB.")
        with self._database.reading() as session:
            check_quota(session, self.quota, project_of(session, project_id, by, write=True), len(data))
        height, width = load_image(data, name=name, most_pixels=self.quota.pixels).shape[:2]
        self._blobs.put(data)
        try:
            return self._add(project_id, name, data, (width, height), by)
        except IntegrityError:  # somebody has just brought the same picture
            return self._add(project_id, name, data, (width, height), by)

    def _add(self, project_id: str, name: str, data: bytes, size: tuple[int, int], by: User) -> ImageRow:
        now, digest = self._time(), hash_of(data)
        with self._database.writing() as session:
            check_quota(session, self.quota, project_of(session, project_id, by, write=True), len(data))
            blob = session.get(BlobTable, digest, with_for_update=True)
            if blob is None:
                blob = BlobTable(hash=digest, size=len(data), width=size[0], height=size[1])
                session.add(blob)
                session.flush()
            self._blobs.put(data)  # again: whoever deleted the last image of this picture may have removed the file
            row = ImageTable(
                id=new_id(),
                project_id=project_id,
                name=name,
                sort_name=sort_key(name),
                blob_hash=digest,
                state=State.NEW,
                note="",
                search=name.casefold(),
                words=0,
                characters=0,
                to_check=0,
                seq=0,
                restored=0,
                added_at=now,
                added_by=by.name,
                changed_at=now,
                changed_by=by.name,
            )
            session.add(row)
            session.flush()
            return image_row(row, blob)

    def image(self, image_id: str, by: User) -> ImageRow:
        """One image. Raises NotFound."""
        with self._database.reading() as session:
            row = image_of(session, image_id, by)
            return image_row(row, session.get_one(BlobTable, row.blob_hash))

    def image_bytes(self, image_id: str, by: User) -> bytes:
        """The image file as it was uploaded, checked. Raises NotFound; WorkspaceError where the file is damaged."""
        with self._database.reading() as session:
            digest = image_of(session, image_id, by).blob_hash
        return self._blobs.get(digest)

    def image_path(self, image_id: str, by: User) -> Path:
        """Where the image file lies, to be read only. Raises NotFound."""
        with self._database.reading() as session:
            return self._blobs.path(image_of(session, image_id, by).blob_hash)

    def thumbnail(self, image_id: str, by: User) -> bytes:
        """A JPEG of the upright image, at most THUMBNAIL pixels on its longer side; made once. Raises NotFound."""
        with self._database.reading() as session:
            digest = image_of(session, image_id, by).blob_hash
        path = self._blobs.thumbnail(digest, THUMBNAIL)
        if path.is_file():
            return path.read_bytes()
        picture = Image.fromarray(load_image(self._blobs.get(digest)))
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        with contextlib.suppress(OSError), write_atomically(path) as file:  # a full disk still shows it
            file.write(buffer.getvalue())
        return buffer.getvalue()

    def images(
        self,
        project_id: str,
        by: User,
        *,
        states: Collection[State] | None = None,
        search: str = "",
        order: Order = Order.ADDED,
        after: str | None = None,
        limit: int = 100,
        whose: str | None = None,
    ) -> Page:
        """Part of a project's queue: those in `states` (None: in any) with `search` in their name, note or words.

        whose: to whom they are given; "": nobody; None: anybody.

        after: the `next` of the page before. Raises NotFound.
        """
        limit = max(1, min(limit, MOST_ON_A_PAGE))
        with self._database.reading() as session:
            project_of(session, project_id, by)
            wanted = _filtered(project_id, states, search, whose)
            if after is not None:
                wanted = wanted.where(_beyond(*_place(after, order), order))
            rows = session.execute(_ordered(wanted, order).limit(limit + 1)).all()
        more = _cursor(rows[limit - 1][0], order) if len(rows) > limit else None
        return Page(tuple(image_row(row, blob) for row, blob in rows[:limit]), more)

    def counts(self, project_id: str, by: User) -> dict[State, int]:
        """How many images of a project are in each state; every state is there. Raises NotFound."""
        grouped = select(ImageTable.state, func.count()).where(ImageTable.project_id == project_id)
        grouped = grouped.where(ImageTable.deleted_at.is_(None))
        with self._database.reading() as session:
            project_of(session, project_id, by)
            found = {State(state): int(n) for state, n in session.execute(grouped.group_by(ImageTable.state))}
        return {state: found.get(state, 0) for state in State}

    def to_check(self, project_id: str, by: User) -> int:
        """How many characters of a project's undecided images a person should look at. Raises NotFound."""
        summed = select(func.coalesce(func.sum(ImageTable.to_check), 0)).where(ImageTable.project_id == project_id)
        summed = summed.where(ImageTable.deleted_at.is_(None))
        summed = summed.where(ImageTable.state.not_in([State.ACCEPTED, State.REJECTED]))
        with self._database.reading() as session:
            project_of(session, project_id, by)
            return int(session.execute(summed).scalar_one())

    def next_image(
        self,
        project_id: str,
        by: User,
        *,
        after: str | None = None,
        states: Collection[State] | None = None,
        search: str = "",
        order: Order = Order.ADDED,
        whose: str | None = None,
    ) -> ImageRow | None:
        """The image after one in the queue, from the start again at its end; None where there is no other.

        Raises NotFound.
        """
        with self._database.reading() as session:
            project_of(session, project_id, by)
            wanted = _ordered(_filtered(project_id, states, search, whose), order).limit(1)
            if after is None:
                return _first(session, wanted)
            here = image_of(session, after, by)
            key = getattr(here, _SORTINGS[order].column.key)
            return _first(session, wanted.where(_beyond(key, here.id, order))) or _first(
                session, wanted.where(ImageTable.id != here.id)
            )


def clean_name(name: str) -> str:
    """A file name as it is kept: relative, with "/", without anything that leads elsewhere or can't be seen.
    A name that is kept already stays as it is.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    kept = "".join(c if c.isprintable() else "_" for c in name)
    while True:  # what a cut leaves is looked at again
        parts = [part.strip() for part in re.split(r"[/\\]+", kept[-LONGEST_FILE_NAME:])]
        now = "/".join(part for part in parts if part not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", part))
        if now == kept:
            return kept or "image"
        kept = now


def sort_key(name: str) -> str:
    """A text by which names sort as people count: img2 before img10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(10), name.casefold())[:400]


def image_row(row: ImageTable, blob: BlobTable) -> ImageRow:
    """An image as the queue lists it."""
    return ImageRow(
        id=row.id,
        project=row.project_id,
        name=row.name,
        hash=row.blob_hash,
        size=blob.size,
        width=blob.width,
        height=blob.height,
        state=State(row.state),
        note=row.note,
        words=row.words,
        characters=row.characters,
        to_check=row.to_check,
        seq=row.seq,
        added_at=row.added_at,
        added_by=row.added_by,
        at=row.changed_at,
        by=row.changed_by,
        restored=row.restored,
        assigned_to=row.assigned_to,
    )


_Wanted = Select[ImageTable, BlobTable]


def _filtered(project_id: str, states: Collection[State] | None, search: str, whose: str | None = None) -> _Wanted:
    wanted = select(ImageTable, BlobTable).join(BlobTable)
    wanted = wanted.where(ImageTable.project_id == project_id, ImageTable.deleted_at.is_(None))
    if states is not None:
        wanted = wanted.where(ImageTable.state.in_(sorted(states)))
    if whose is not None:
        wanted = wanted.where(ImageTable.assigned_to == plain(whose) if whose else ImageTable.assigned_to.is_(None))
    for part in plain(search).casefold().split()[:10]:
        wanted = wanted.where(ImageTable.search.contains(part[:100], autoescape=True))
    return wanted


def _ordered(wanted: _Wanted, order: Order) -> _Wanted:
    sorting = _SORTINGS[order]
    columns = (sorting.column, ImageTable.id)
    return wanted.order_by(*(column.desc() if sorting.down else column for column in columns))


def _beyond(key: object, image_id: str, order: Order) -> ColumnElement[bool]:
    """Those that come after an image with this sort key."""
    column = _SORTINGS[order].column
    if _SORTINGS[order].down:
        return or_(column < key, and_(column == key, ImageTable.id < image_id))
    return or_(column > key, and_(column == key, ImageTable.id > image_id))


def _cursor(row: ImageTable, order: Order) -> str:
    """Where a page ends: it holds the sort key itself, so that an image may move meanwhile."""
    return f"{row.id}.{getattr(row, _SORTINGS[order].column.key)}"


def _place(cursor: str, order: Order) -> tuple[object, str]:
    image_id, _, key = cursor.partition(".")
    if order is not Order.TO_CHECK:
        return plain(key), plain(image_id)
    try:
        return int(key[:9]), plain(image_id)
    except ValueError as error:
        raise WorkspaceError("That part of the queue does not exist; start again from its beginning.") from error


def _first(session: Session, wanted: _Wanted) -> ImageRow | None:
    found = session.execute(wanted).first()
    return None if found is None else image_row(*found)
