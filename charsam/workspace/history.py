"""The history of each image: edits are only ever added, and the document is what they add up to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from charsam.editing.changes import Change, inverse
from charsam.editing.document import Document
from charsam.errors import EditError, WorkspaceError
from charsam.workspace import codec
from charsam.workspace.errors import StaleEdit
from charsam.workspace.images import image_row
from charsam.workspace.schema import BlobTable, DocumentTable, EntryTable, ImageTable
from charsam.workspace.store import Store, image_of, plain
from charsam.workspace.values import BATCH, Appended, Entry, ImageRow, Opened, State, User

LONGEST_NOTE: Final = 4000
CACHED: Final = 32
"""Documents kept in memory, by image and seq: what has a number never changes."""

_Step = Callable[[Session, ImageTable], tuple[EntryTable, Change]]


class History:
    """Documents and their edits. `by` is always the acting user; what is not the user's raises NotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: LRUCache[tuple[str, int], Document] = LRUCache(CACHED)
        self._cache_lock = threading.Lock()

    def forget(self) -> None:
        """Drop the documents kept in memory: those of a write that came to nothing are wrong."""
        with self._cache_lock:
            self._cache.clear()

    def document(self, image_id: str, by: User) -> Opened:
        """The newest document of an image, the seq to base an edit on, and the labels of undo and redo."""
        with self._store.database.reading() as session:
            row = image_of(session, image_id, by)
            return Opened(self._document(session, row), row.seq, *_labels(session, row))

    def append(
        self,
        image_id: str,
        base_seq: int,
        kind: str,
        label: str,
        change: Change,
        by: User,
        *,
        state: State | None = None,
        strict: bool = False,
    ) -> Appended:
        """Add an edit to the history. When this returns it is on the disk.

        base_seq: the seq of the state that was edited. kind: the command's name; it decides the image's state (see
        `_state_after`) where `state` is not given. strict: nothing at all may have come since, not even a note.
        Raises StaleEdit where somebody changed the image since, EditError where the change does not fit the document;
        nothing is written then.
        """

        def edit(session: Session, row: ImageTable) -> tuple[EntryTable, Change]:
            entry = EntryTable(kind=plain(kind)[:40], label=plain(label)[:300], rest=row.undo_top, state=state)
            row.undo_top, row.redo_top = row.seq + 1, None
            return entry, change

        return self._add_step(image_id, base_seq, by, edit, strict=strict)

    def undo(self, image_id: str, base_seq: int, by: User) -> Appended:
        """Take back the newest edit that stands, by adding its inverse. Raises StaleEdit; EditError at the start."""

        def take_back(session: Session, row: ImageTable) -> tuple[EntryTable, Change]:
            done = _entry_at(session, row, row.undo_top, "There is nothing to undo.")
            entry = EntryTable(kind="undo", label=f"Undo: {done.label}"[:300], undoes=done.seq, rest=row.redo_top)
            entry.state = _state_at(session, row, done.rest)
            row.undo_top, row.redo_top = done.rest, row.seq + 1
            return entry, inverse(_change(done))

        return self._add_step(image_id, base_seq, by, take_back)

    def redo(self, image_id: str, base_seq: int, by: User) -> Appended:
        """Do again what was undone last, if nothing was edited since. Raises StaleEdit, EditError."""

        def do_again(session: Session, row: ImageTable) -> tuple[EntryTable, Change]:
            undone = _entry_at(session, row, row.redo_top, "There is nothing to redo.")
            done = _entry_at(session, row, undone.undoes, "There is nothing to redo.")
            entry = EntryTable(kind="redo", label=f"Redo: {done.label}"[:300], redoes=done.seq, state=done.state)
            row.undo_top, row.redo_top = done.seq, undone.rest
            return entry, _change(done)

        return self._add_step(image_id, base_seq, by, do_again)

    def set_state(self, image_id: str, state: State, by: User) -> ImageRow:
        """Accept or reject an image, with an entry in its history. Any other state opens it again: it is then as far as
        its edits have brought it.
        """
        with self._store.database.writing() as session:
            row = image_of(session, image_id, by, lock=True)
            after = state if state in (State.ACCEPTED, State.REJECTED) else _state_at(session, row, row.undo_top)
            if after != row.state:
                label = {State.ACCEPTED: "Accepted", State.REJECTED: "Rejected"}.get(after, "Opened again")
                self._record(session, row, EntryTable(kind="state", label=label, state=after), by)
            return image_row(row, session.get_one(BlobTable, row.blob_hash))

    def set_note(self, image_id: str, note: str, by: User) -> ImageRow:
        """Replace the note of an image, with an entry in its history. Raises WorkspaceError where it is too long."""
        note = plain(note).strip()
        if len(note) > LONGEST_NOTE:
            raise WorkspaceError(f"A note has at most {LONGEST_NOTE} characters; this one has {len(note)}.")
        with self._store.database.writing() as session:
            row = image_of(session, image_id, by, lock=True)
            if note != row.note:
                row.note = note
                label = "Changed the note" if note else "Removed the note"
                self._record(session, row, EntryTable(kind="note", label=label, state=row.state, note=note), by)
                row.search = codec.search_text(row.name, note, self._document(session, row))
            return image_row(row, session.get_one(BlobTable, row.blob_hash))

    def entries(
        self, image_id: str, by: User, *, after: int = 0, limit: int | None = None, changes: bool = False
    ) -> tuple[Entry, ...]:
        """The entries after seq `after`, oldest first: who did what when. changes: with what each did to the document;
        else their `change` is None.
        """
        wanted = select(EntryTable).where(EntryTable.image_id == image_id, EntryTable.seq > after)
        wanted = wanted.order_by(EntryTable.seq).limit(limit)
        with self._store.database.reading() as session:
            image_of(session, image_id, by)
            rows = session.scalars(wanted if changes else wanted.options(defer(EntryTable.body)))
            return tuple(_entry(row, _change(row) if changes and row.body is not None else None) for row in rows)

    def fold(self, image_id: str, by: User) -> Document:
        """The document made anew from the whole history, whatever the quickly read copy says."""
        with self._store.database.reading() as session:
            row = image_of(session, image_id, by)
            return _folded(session, row, _empty(session, row), 0)

    def _add_step(self, image_id: str, base_seq: int, by: User, step: _Step, *, strict: bool = False) -> Appended:
        try:
            with self._store.database.writing() as session:
                row = image_of(session, image_id, by, lock=True)
                _check_base(session, row, base_seq, by, strict=strict)
                document = self._document(session, row)
                entry, change = step(session, row)
                change, after = codec.applied(document, change)
                entry.body = codec.pack(codec.change_data(change))
                if entry.state is None:
                    entry.state = _state_after(entry.kind, _state_at(session, row, entry.rest), after)
                self._record(session, row, entry, by)
                _keep(session, row, after)
                appended = _appended(_entry(entry, change), *_labels(session, row))
        except IntegrityError as error:  # another process took the number at the same moment
            raise self._stale(image_id, by) from error
        self._remember(image_id, appended.seq, after)
        return appended

    def _record(self, session: Session, row: ImageTable, entry: EntryTable, by: User) -> None:
        row.seq += 1
        row.state, row.changed_at, row.changed_by = entry.state, self._store.now(), by.name
        entry.image_id, entry.seq, entry.by, entry.at = row.id, row.seq, by.name, row.changed_at
        session.add(entry)
        session.flush()

    def _stale(self, image_id: str, by: User) -> StaleEdit:
        with self._store.database.reading() as session:
            row = image_of(session, image_id, by)
            return StaleEdit(row.changed_by, row.seq, row.changed_at)

    def _document(self, session: Session, row: ImageTable) -> Document:
        """The newest document: the kept copy, and whatever the history has beyond it."""
        with self._cache_lock:
            found = self._cache.get((row.id, row.seq))
        if found is None:
            kept = session.get(DocumentTable, row.id)
            if kept is None:
                found = _folded(session, row, _empty(session, row), 0)
            else:
                found = _folded(session, row, codec.document_of(codec.unpack(kept.body)), kept.seq)
            self._remember(row.id, row.seq, found)
        return found

    def _remember(self, image_id: str, seq: int, document: Document) -> None:
        with self._cache_lock:
            self._cache[image_id, seq] = document


def _state_after(kind: str, before: State, document: Document) -> State:
    """Of an image after an edit: imported words wait for the machine; its additions leave hand work hand work."""
    if kind == "replace":
        return State.ANNOTATED if codec.complete(document) else State.NEW
    if kind == "find" and before in (State.NEW, State.ANNOTATED):
        return State.ANNOTATED if codec.complete(document) or not document.words else State.NEW
    if kind in ("annotate", BATCH) and before is not State.CORRECTED:
        return State.ANNOTATED
    return State.CORRECTED


def _state_at(session: Session, row: ImageTable, edit: int | None) -> State:
    """The state that an image had after an edit of its undo stack; None: before the first."""
    return State.NEW if edit is None else State(session.get_one(EntryTable, (row.id, edit)).state)


def _check_base(session: Session, row: ImageTable, base_seq: int, by: User, *, strict: bool) -> None:
    """Raise StaleEdit if what has come since would be a surprise: any edit, or somebody else's verdict."""
    if base_seq == row.seq:
        return
    newer = select(EntryTable).options(defer(EntryTable.body)).where(EntryTable.image_id == row.id)
    newer = newer.where(EntryTable.seq > base_seq).order_by(EntryTable.seq.desc())
    for entry in session.scalars(newer):
        own = entry.kind == "note" or (entry.kind == "state" and entry.by == by.name)
        if strict or not own:
            raise StaleEdit(entry.by, row.seq, entry.at)
    if base_seq > row.seq:
        raise StaleEdit(row.changed_by, row.seq, row.changed_at)


def _entry_at(session: Session, row: ImageTable, seq: int | None, missing: str) -> EntryTable:
    if seq is None:
        raise EditError(missing)
    return session.get_one(EntryTable, (row.id, seq))


def _labels(session: Session, row: ImageTable) -> tuple[str | None, str | None]:
    """What undo and redo would act on."""
    undo = None if row.undo_top is None else session.get_one(EntryTable, (row.id, row.undo_top)).label
    if row.redo_top is None:
        return undo, None
    undone = session.get_one(EntryTable, (row.id, row.redo_top)).undoes
    return undo, session.get_one(EntryTable, (row.id, undone)).label


def _empty(session: Session, row: ImageTable) -> Document:
    blob = session.get_one(BlobTable, row.blob_hash)
    return Document(width=blob.width, height=blob.height)


def _folded(session: Session, row: ImageTable, document: Document, seq: int) -> Document:
    """A document with the changes of the entries after `seq` applied."""
    newer = select(EntryTable).where(EntryTable.image_id == row.id, EntryTable.seq > seq, EntryTable.body.is_not(None))
    rows = session.scalars(newer.order_by(EntryTable.seq).execution_options(yield_per=50))
    return codec.folded(document, (_change(entry) for entry in rows))


def _keep(session: Session, row: ImageTable, document: Document) -> None:
    """Write the copy for quick reading, and what the queue shows."""
    session.merge(DocumentTable(image_id=row.id, seq=row.seq, body=codec.pack(codec.document_data(document))))
    row.words, row.characters, row.to_check = codec.figures(document)
    if not document.words and row.state == State.ANNOTATED:  # nothing was found: somebody should look
        row.to_check = 1
    row.search = codec.search_text(row.name, row.note, document)


def _change(row: EntryTable) -> Change:
    if row.body is None:
        raise WorkspaceError(f"History entry {row.seq} has lost its change; restore the workspace from a backup.")
    return codec.change_of(codec.unpack(row.body))


def _entry(row: EntryTable, change: Change | None) -> Entry:
    return Entry(
        seq=row.seq,
        kind=row.kind,
        label=row.label,
        by=row.by,
        at=row.at,
        change=change,
        undoes=row.undoes,
        redoes=row.redoes,
        state=State(row.state),
        note=row.note,
    )


def _appended(entry: Entry, undo: str | None, redo: str | None) -> Appended:
    fields = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    return Appended(**fields, undo=undo, redo=redo)
