"""What the workspace hands out: frozen values, never rows that change under the reader's hands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from charsam.editing.changes import Change
from charsam.editing.document import Document

BATCH: Final = "batch"
"""The kind of a history entry that a job in the background made, whoever started it."""

IMPORT: Final = "replace"
"""The kind of a history entry that came of words in a file."""


class State(StrEnum):
    """How far the annotation of an image has come."""

    NEW = "new"
    """Nothing has been annotated yet; words may have been imported."""
    ANNOTATED = "annotated"
    """By the machine alone."""
    CORRECTED = "corrected"
    """Edited by hand."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Role(StrEnum):
    """What a member of a project may do."""

    OWNER = "owner"
    """Everything: members, the project itself, the trash."""
    LABELER = "labeler"
    """Look, edit, add images, put them into the trash."""
    READER = "reader"
    """Look and export."""


class Order(StrEnum):
    """How a queue is ordered."""

    ADDED = "added"
    """As the images came in."""
    NAME = "name"
    """By file name, numbers by their value."""
    TO_CHECK = "to_check"
    """Most characters to check first."""
    CHANGED = "changed"
    """Last changed first."""


@dataclass(frozen=True, slots=True)
class User:
    """A person. name: as it is shown; two names never differ in case alone. guest: without a password."""

    id: str
    name: str
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """Images that a group of people works on. inbox: its owner's, for photos opened one by one."""

    id: str
    name: str
    owner: str
    inbox: bool
    created_at: str


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of a project as a queue shows it.

    name: its file name, with folders as uploaded. hash: SHA-256 of the file's bytes. width, height: after EXIF
    orientation. seq: the number of the newest history entry, 0 where there is none. at, by: of the last change.
    to_check: characters that a person should look at. restored: entries up to this seq came with a backup, as it claims
    them to have been made. assigned_to: the name of whose it is to do.
    """

    id: str
    project: str
    name: str
    hash: str
    size: int
    width: int
    height: int
    state: State
    note: str
    words: int
    characters: int
    to_check: int
    seq: int
    added_at: str
    added_by: str
    at: str
    by: str
    restored: int
    assigned_to: str | None = None


@dataclass(frozen=True, slots=True)
class Trashed:
    """An image in the trash: when it was put there (ISO 8601, UTC), and by whom."""

    image: ImageRow
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who sees a project."""

    user: User
    role: Role


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a queue. next: what to give as `after` for the following part; None at the end."""

    images: tuple[ImageRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One entry of an image's history.

    kind: the command's name, "undo", "redo", "state" or "note". change: what it did to the document; None for state and
    note. undoes, redoes: the seq of the edit that it takes back or does again. state: of the image after it. note: the
    text of a note.
    """

    seq: int
    kind: str
    label: str
    by: str
    at: str
    change: Change | None
    undoes: int | None
    redoes: int | None
    state: State
    note: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Appended(Entry):
    """An entry that has just been written. undo, redo: the labels of what can now be taken back and done again."""

    undo: str | None = None
    redo: str | None = None


class Opened(NamedTuple):
    """The document of an image as of history entry `seq`, with the labels of what can be undone and redone."""

    document: Document
    seq: int
    undo: str | None
    redo: str | None
