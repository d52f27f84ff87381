"""What a project's queue shows, in which order: the queries behind it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from charsam.errors import WorkspaceError
from charsam.workspace.schema import BlobTable, ImageTable
from charsam.workspace.store import plain
from charsam.workspace.values import Order, State

Wanted = Select[ImageTable, BlobTable]


@dataclass(frozen=True, slots=True)
class _Sorting:
    column: InstrumentedAttribute[Any]
    down: bool


SORTINGS: Final = {
    Order.ADDED: _Sorting(ImageTable.added_at, down=False),
    Order.NAME: _Sorting(ImageTable.sort_name, down=False),
    Order.TO_CHECK: _Sorting(ImageTable.to_check, down=True),
    Order.CHANGED: _Sorting(ImageTable.changed_at, down=True),
}


def filtered(project_id: str, states: Collection[State] | None, search: str, whose: str | None = None) -> Wanted:
    """The images of a project that a queue shows; see `Images.page`."""
    wanted = select(ImageTable, BlobTable).join(BlobTable)
    wanted = wanted.where(ImageTable.project_id == project_id, ImageTable.deleted_at.is_(None))
    if states is not None:
        wanted = wanted.where(ImageTable.state.in_(sorted(states)))
    if whose is not None:
        wanted = wanted.where(ImageTable.assigned_to == plain(whose) if whose else ImageTable.assigned_to.is_(None))
    for part in plain(search).casefold().split()[:10]:
        wanted = wanted.where(ImageTable.search.contains(part[:100], autoescape=True))
    return wanted


def ordered(wanted: Wanted, order: Order) -> Wanted:
    """Those in their order, which no two share."""
    sorting = SORTINGS[order]
    columns = (sorting.column, ImageTable.id)
    return wanted.order_by(*(column.desc() if sorting.down else column for column in columns))


def beyond(key: object, image_id: str, order: Order) -> ColumnElement[bool]:
    """Those that come after an image with this sort key."""
    column = SORTINGS[order].column
    if SORTINGS[order].down:
        return or_(column < key, and_(column == key, ImageTable.id < image_id))
    return or_(column > key, and_(column == key, ImageTable.id > image_id))


def cursor_of(row: ImageTable, order: Order) -> str:
    """Where a page ends: it holds the sort key itself, so that an image may move meanwhile."""
    return f"{row.id}.{getattr(row, SORTINGS[order].column.key)}"


def place_of(cursor: str, order: Order) -> tuple[object, str]:
    """The sort key and the id that a cursor names. Raises WorkspaceError for none that was ever given out."""
    image_id, _, key = cursor.partition(".")
    if order is not Order.TO_CHECK:
        return plain(key), plain(image_id)
    try:
        return int(key[:9]), plain(image_id)
    except ValueError as error:
        raise WorkspaceError("That part of the queue does not exist; start again from its beginning.") from error
