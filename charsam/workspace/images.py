"""The images of projects: taken in, found in the queue, counted, handed out."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsam.atomic import write_atomically
from charsam.errors import ImageError
from charsam.images import load_image
from charsam.workspace import queue
from charsam.workspace.blobs import hash_of
from charsam.workspace.file_names import clean_name, sort_key
from charsam.workspace.quota import check_quota
from charsam.workspace.schema import BlobTable, ImageTable
from charsam.workspace.store import Store, image_of, new_id, project_of
from charsam.workspace.values import ImageRow, Order, Page, State, User

MOST_BYTES: Final = 200 * 2**20
MOST_ON_A_PAGE: Final = 500
THUMBNAIL: Final = 256


class Images:
    """The images of projects. `by` is always the acting user; what is not the user's raises NotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, project_id: str, file_name: str, data: bytes, by: User) -> ImageRow:
        """Take an image file in. The same picture twice is two images with histories of their own, but one file.

        file_name: as the visitor's computer has it; folders are kept. Raises ImageError for what is no image,
        QuotaExceeded where the project's owner has no room for it.
        """
        name = clean_name(file_name)
        if len(data) > MOST_BYTES:
            raise ImageError(f"{name} has {len(data) >> 20} MB; an image file may have {MOST_BYTES >> 20} MB.")
        with self._store.database.reading() as session:
            check_quota(session, self._store.quota, project_of(session, project_id, by, write=True), len(data))
        height, width = load_image(data, name=name, most_pixels=self._store.quota.pixels).shape[:2]
        return add_row(self._store, project_id, name, data, (width, height), by)

    def get(self, image_id: str, by: User) -> ImageRow:
        """One image. Raises NotFound."""
        with self._store.database.reading() as session:
            row = image_of(session, image_id, by)
            return image_row(row, session.get_one(BlobTable, row.blob_hash))

    def read(self, image_id: str, by: User) -> bytes:
        """The image file as it was uploaded, checked. Raises NotFound; WorkspaceError where the file is damaged."""
        with self._store.database.reading() as session:
            digest = image_of(session, image_id, by).blob_hash
        return self._store.blobs.get(digest)

    def path(self, image_id: str, by: User) -> Path:
        """Where the image file lies, to be read only. Raises NotFound."""
        with self._store.database.reading() as session:
            return self._store.blobs.path(image_of(session, image_id, by).blob_hash)

    def thumbnail(self, image_id: str, by: User) -> bytes:
        """A JPEG of the upright image, at most THUMBNAIL pixels on its longer side; made once. Raises NotFound."""
        with self._store.database.reading() as session:
            digest = image_of(session, image_id, by).blob_hash
        path = self._store.blobs.thumbnail(digest, THUMBNAIL)
        if path.is_file():
            return path.read_bytes()
        picture = Image.fromarray(load_image(self._store.blobs.get(digest)))
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        with contextlib.suppress(OSError), write_atomically(path) as file:  # a full disk still shows it
            file.write(buffer.getvalue())
        return buffer.getvalue()

    def page(
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
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            wanted = queue.filtered(project_id, states, search, whose)
            if after is not None:
                wanted = wanted.where(queue.beyond(*queue.place_of(after, order), order))
            rows = session.execute(queue.ordered(wanted, order).limit(limit + 1)).all()
        more = queue.cursor_of(rows[limit - 1][0], order) if len(rows) > limit else None
        return Page(tuple(image_row(row, blob) for row, blob in rows[:limit]), more)

    def each(
        self,
        project_id: str,
        by: User,
        *,
        states: Collection[State] | None = None,
        search: str = "",
        order: Order = Order.ADDED,
        whose: str | None = None,
    ) -> Iterator[ImageRow]:
        """All images of a project's queue, one by one; see `page`. Raises NotFound."""
        after: str | None = None
        while True:
            page = self.page(
                project_id,
                by,
                states=states,
                search=search,
                order=order,
                whose=whose,
                after=after,
                limit=MOST_ON_A_PAGE,
            )
            yield from page.images
            after = page.next
            if after is None:
                return

    def delete(self, image_id: str, by: User) -> None:
        """Put an image into the trash, with its history; where the quota keeps no trash it is gone for good.

        Raises NotFound, Forbidden for a reader.
        """
        with self._store.freeing() as session:
            row = image_of(session, image_id, by, lock=True)
            if self._store.quota.trash_days:
                row.deleted_at, row.deleted_by = self._store.now(), by.name
                return
            digest = row.blob_hash
            session.delete(row)
        self._store.sweep([digest])

    def counts(self, project_id: str, by: User) -> dict[State, int]:
        """How many images of a project are in each state; every state is there. Raises NotFound."""
        grouped = select(ImageTable.state, func.count()).where(ImageTable.project_id == project_id)
        grouped = grouped.where(ImageTable.deleted_at.is_(None))
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            found = {State(state): int(n) for state, n in session.execute(grouped.group_by(ImageTable.state))}
        return {state: found.get(state, 0) for state in State}

    def to_check(self, project_id: str, by: User) -> int:
        """How many characters of a project's undecided images a person should look at. Raises NotFound."""
        summed = select(func.coalesce(func.sum(ImageTable.to_check), 0)).where(ImageTable.project_id == project_id)
        summed = summed.where(ImageTable.deleted_at.is_(None))
        summed = summed.where(ImageTable.state.not_in([State.ACCEPTED, State.REJECTED]))
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            return int(session.execute(summed).scalar_one())

    def next(
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
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            wanted = queue.ordered(queue.filtered(project_id, states, search, whose), order).limit(1)
            if after is None:
                return _first(session, wanted)
            here = image_of(session, after, by)
            key = getattr(here, queue.SORTINGS[order].column.key)
            return _first(session, wanted.where(queue.beyond(key, here.id, order))) or _first(
                session, wanted.where(ImageTable.id != here.id)
            )


def add_row(
    store: Store,
    project_id: str,
    name: str,
    data: bytes,
    size: tuple[int, int],
    by: User,
    *,
    history: Callable[[Session, ImageTable], None] | None = None,
) -> ImageRow:
    """An image file of width x height pixels as a new image, with nothing done on it but what `history` writes.

    Raises NotFound, QuotaExceeded.
    """
    store.blobs.put(data)
    try:
        return _added(store, project_id, name, data, size, by, history)
    except IntegrityError:  # somebody has just brought the same picture
        return _added(store, project_id, name, data, size, by, history)


def _added(
    store: Store,
    project_id: str,
    name: str,
    data: bytes,
    size: tuple[int, int],
    by: User,
    history: Callable[[Session, ImageTable], None] | None,
) -> ImageRow:
    now, digest = store.now(), hash_of(data)
    with store.database.writing() as session:
        check_quota(session, store.quota, project_of(session, project_id, by, write=True), len(data))
        blob = session.get(BlobTable, digest, with_for_update=True)
        if blob is None:
            blob = BlobTable(hash=digest, size=len(data), width=size[0], height=size[1])
            session.add(blob)
            session.flush()
        store.blobs.put(data)  # again: whoever deleted the last image of this picture may have removed the file
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
        if history is not None:
            history(session, row)
            session.flush()
        return image_row(row, blob)


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


def _first(session: Session, wanted: queue.Wanted) -> ImageRow | None:
    found = session.execute(wanted).first()
    return None if found is None else image_row(*found)
