"""Histories from outside, taken only when they add up: every change fits, every undo takes back what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from charsam.editing.changes import inverse
from charsam.editing.document import Document
from charsam.errors import EditError, WorkspaceError
from charsam.inspection.truth_files import TruthFile
from charsam.workspace import codec
from charsam.workspace.images import add_row
from charsam.workspace.schema import BlobTable, DocumentTable, EntryTable, ImageTable
from charsam.workspace.values import Entry, ImageRow, User
from charsam.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class RestoredImage:
    """An image with its history. data: the image file; document: what the entries add up to."""

    name: str
    data: bytes
    added_at: str
    added_by: str
    document: Document
    entries: tuple[Entry, ...]
    truth: TruthFile | None = None


@dataclass(frozen=True, slots=True)
class Stacks:
    """What undo and redo would act on after a history. rests: for each entry what lies below it on its stack."""

    rests: tuple[int | None, ...]
    undo_top: int | None
    redo_top: int | None


def stacks_of(entries: Sequence[Entry]) -> Stacks:
    """The stacks after these entries. Raises EditError for an undo or redo that is not of what was due."""
    by_seq = {entry.seq: entry for entry in entries}
    rest: dict[int, int | None] = {}
    undo_top: int | None = None
    redo_top: int | None = None
    for entry in entries:
        if entry.change is None:
            rest[entry.seq] = None
        elif entry.undoes is not None:
            done = by_seq[entry.undoes].change if entry.undoes == undo_top else None
            if done is None or entry.change != inverse(done):
                raise EditError(f"entry {entry.seq} does not take back what it says")
            rest[entry.seq] = redo_top
            undo_top, redo_top = rest[entry.undoes], entry.seq
        elif entry.redoes is not None:
            due = by_seq[redo_top].undoes if redo_top is not None else None
            if redo_top is None or due != entry.redoes or entry.change != by_seq[entry.redoes].change:
                raise EditError(f"entry {entry.seq} does not do again what it says")
            rest[entry.seq] = None
            undo_top, redo_top = due, rest[redo_top]
        else:
            rest[entry.seq] = undo_top
            undo_top, redo_top = entry.seq, None
    return Stacks(tuple(rest[entry.seq] for entry in entries), undo_top, redo_top)


def check_history(document: Document, entries: Sequence[Entry]) -> None:
    """Raise EditError where entries are missing or do not add up to the document. Their times may run backwards, as a
    clock does that is set right.
    """
    if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
        raise EditError("the entries are not numbered one after the other")
    stacks_of(entries)
    changes = (entry.change for entry in entries if entry.change is not None)
    if codec.folded(Document(document.width, document.height), changes) != document:
        raise EditError("the history does not add up to the document")


def insert_image(workspace: Workspace, project_id: str, image: RestoredImage, by: User) -> ImageRow:
    """Add an image with its history as it was, under a new id. Raises NotFound."""
    document, stacks = image.document, stacks_of(image.entries)
    size = (document.width, document.height)

    def write_history(session: Session, row: ImageTable) -> None:
        blob = session.get_one(BlobTable, row.blob_hash)
        if (blob.width, blob.height) != size:
            raise WorkspaceError(f"{image.name} has another size here than in the backup.")
        row.added_at = row.changed_at = image.added_at
        row.added_by = row.changed_by = image.added_by
        row.words, row.characters, row.to_check = codec.figures(document)
        row.seq = row.restored = len(image.entries)
        row.undo_top, row.redo_top = stacks.undo_top, stacks.redo_top
        for entry, rest in zip(image.entries, stacks.rests, strict=True):
            row.state, row.changed_at, row.changed_by = entry.state, entry.at, entry.by
            row.note = row.note if entry.note is None else entry.note
            body = None if entry.change is None else codec.pack(codec.change_data(entry.change))
            session.add(
                EntryTable(
                    image_id=row.id,
                    seq=entry.seq,
                    kind=entry.kind,
                    label=entry.label,
                    by=entry.by,
                    at=entry.at,
                    body=body,
                    undoes=entry.undoes,
                    redoes=entry.redoes,
                    rest=rest,
                    state=entry.state,
                    note=entry.note,
                )
            )
        row.search = codec.search_text(image.name, row.note, document)
        if image.entries:
            body = codec.pack(codec.document_data(document))
            session.add(DocumentTable(image_id=row.id, seq=row.seq, body=body))

    return add_row(workspace.store, project_id, image.name, image.data, size, by, history=write_history)
