"""Histories from outside, taken only when they add up: every change fits, every undo takes back what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from charsam.editing.changes import inverse
from charsam.editing.document import Document
from charsam.errors import EditError, WorkspaceError
from charsam.workspace import codec
from charsam.workspace.images import image_row, sort_key
from charsam.workspace.quota import check_quota
from charsam.workspace.schema import BlobTable, DocumentTable, EntryTable, ImageTable
from charsam.workspace.store import new_id, project_of
from charsam.workspace.values import Entry, ImageRow, State, User
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
    digest = workspace._blobs.put(image.data)
    try:
        return _insert(workspace, project_id, digest, image, by)
    except IntegrityError:  # somebody has just brought the same picture
        return _insert(workspace, project_id, digest, image, by)


def _insert(workspace: Workspace, project_id: str, digest: str, image: RestoredImage, by: User) -> ImageRow:
    entries, document, stacks = image.entries, image.document, stacks_of(image.entries)
    note = next((entry.note for entry in reversed(entries) if entry.note is not None), "")
    words, characters, to_check = codec.figures(document)
    image_id, newest = new_id(), entries[-1] if entries else None
    with workspace._database.writing() as session:
        check_quota(session, workspace.quota, project_of(session, project_id, by), len(image.data))
        blob = session.get(BlobTable, digest, with_for_update=True)
        if blob is None:
            blob = BlobTable(hash=digest, size=len(image.data), width=document.width, height=document.height)
            session.add(blob)
            session.flush()
        elif (blob.width, blob.height) != (document.width, document.height):
            raise WorkspaceError(f"{image.name} has another size here than in the backup.")
        workspace._blobs.put(image.data)
        row = ImageTable(
            id=image_id,
            project_id=project_id,
            name=image.name,
            sort_name=sort_key(image.name),
            blob_hash=digest,
            state=State.NEW if newest is None else newest.state,
            note=note,
            search=codec.search_text(image.name, note, document),
            words=words,
            characters=characters,
            to_check=to_check,
            seq=len(entries),
            undo_top=stacks.undo_top,
            redo_top=stacks.redo_top,
            restored=len(entries),
            added_at=image.added_at,
            added_by=image.added_by,
            changed_at=image.added_at if newest is None else newest.at,
            changed_by=image.added_by if newest is None else newest.by,
        )
        session.add(row)
        session.flush()
        for entry, rest in zip(entries, stacks.rests, strict=True):
            body = None if entry.change is None else codec.pack(codec.change_data(entry.change))
            session.add(
                EntryTable(
                    image_id=image_id,
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
        if entries:
            body = codec.pack(codec.document_data(document))
            session.add(DocumentTable(image_id=image_id, seq=len(entries), body=body))
        session.flush()
        return image_row(row, blob)
