"""The tables. Every change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REVISION: Final = "0007"
"""The newest migration: what a database is brought to when it is opened."""

ID = String(32)
"""A random uuid4 in hex, so that nobody can guess another's."""
TIME = String(27)
"""ISO 8601 in UTC to the microsecond: sorts as text, and means the same in every database."""
NAME = String(400).with_variant(String(400, collation="C"), "postgresql")
"""Sorted by code point everywhere, whatever language the server speaks."""


class Table(DeclarativeBase):
    """Base of all tables."""


class UserTable(Table):
    """removed_at: the account is no more; its name stays taken, as the histories name it."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    password: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[str] = mapped_column(TIME)
    removed_at: Mapped[str | None] = mapped_column(TIME)


class SessionTable(Table):
    """One login."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[str] = mapped_column(TIME, index=True)


class AttemptTable(Table):
    """One wrong password. who: "name:…" or "address:…"."""

    __tablename__ = "attempts"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    who: Mapped[str] = mapped_column(String(220))
    at: Mapped[str] = mapped_column(TIME, index=True)

    __table_args__ = (Index("attempts_by_who", "who", "at"),)


class ProjectTable(Table):
    """deleted_at: of a project in the trash."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    inbox_of: Mapped[str | None] = mapped_column(ForeignKey("users.id"), unique=True)
    created_at: Mapped[str] = mapped_column(TIME)
    deleted_at: Mapped[str | None] = mapped_column(TIME)


class MemberTable(Table):
    """Who may see a project, and do what there; its owner is a member too. role: see `values.Role`."""

    __tablename__ = "members"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(10), server_default="labeler")


class BlobTable(Table):
    """An image file, once for all projects that have it. width, height: after EXIF orientation."""

    __tablename__ = "blobs"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]


class ImageTable(Table):
    """seq: newest history entry. undo_top: the edit that undo takes back; redo_top: the undo entry that redo takes.

    search: name, note and transcriptions, case-folded. deleted_at, deleted_by: of an image in the trash.
    assigned_to: the name of whose it is to do.
    """

    __tablename__ = "images"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(400))
    sort_name: Mapped[str] = mapped_column(NAME)
    blob_hash: Mapped[str] = mapped_column(ForeignKey("blobs.hash"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)
    search: Mapped[str] = mapped_column(Text)
    words: Mapped[int]
    characters: Mapped[int]
    to_check: Mapped[int]
    seq: Mapped[int]
    undo_top: Mapped[int | None]
    redo_top: Mapped[int | None]
    restored: Mapped[int]
    added_at: Mapped[str] = mapped_column(TIME)
    added_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[str] = mapped_column(TIME)
    changed_by: Mapped[str] = mapped_column(String(64))
    deleted_at: Mapped[str | None] = mapped_column(TIME)
    deleted_by: Mapped[str | None] = mapped_column(String(64))
    assigned_to: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("images_by_assignment", "project_id", "assigned_to"),
        Index("images_by_state", "project_id", "state", "added_at", "id"),
        Index("images_by_added", "project_id", "added_at", "id"),
        Index("images_by_name", "project_id", "sort_name", "id"),
        Index("images_by_check", "project_id", "to_check", "id"),
        Index("images_by_changed", "project_id", "changed_at", "id"),
        Index("images_by_deletion", "deleted_at"),
    )


class EntryTable(Table):
    """The append-only history. The primary key is what lets exactly one of two writers at once have a number.

    body: the change as deflated JSON. rest: what lies below this edit on the undo stack or, for an undo, on the
    redo stack. by: a name, which outlives the account and is never given to another.
    """

    __tablename__ = "entries"

    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(300))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[str] = mapped_column(TIME)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    undoes: Mapped[int | None]
    redoes: Mapped[int | None]
    rest: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10))
    note: Mapped[str | None] = mapped_column(Text)


class DocumentTable(Table):
    """The newest document of an image: the fold of its history, kept so that it can be read at once."""

    __tablename__ = "documents"

    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class LearnedTable(Table):
    """A segmenter that a project learned from its corrections. body: its file. used: whether it makes the project's
    masks; at most one of a project does.
    """

    __tablename__ = "learned"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[str] = mapped_column(TIME)
    added_by: Mapped[str] = mapped_column(String(64))
    used: Mapped[bool]

    __table_args__ = (UniqueConstraint("project_id", "name"),)


class TruthTable(Table):
    """The true mask of an image, given by somebody. body: a PNG (see `charsam.inspection.truth_files.truth_png`).
    form: what the file was taken for. categories: of its characters as JSON, where they are known.
    """

    __tablename__ = "truths"

    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    form: Mapped[str] = mapped_column(String(100))
    categories: Mapped[str | None] = mapped_column(Text)
    given_at: Mapped[str] = mapped_column(TIME)
    given_by: Mapped[str] = mapped_column(String(64))


class JobTable(Table):
    """A run over many images in the background. state: running, done or cancelled. states: which images, by comma."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), index=True)
    states: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[str] = mapped_column(TIME)
    finished_at: Mapped[str | None] = mapped_column(TIME)


class JobImageTable(Table):
    """One image of a job. state: waiting, done, failed, or left as it is. message: why it failed or was left.
    changed: the share of its mask that is another now, 0..1; None where it had none before.
    """

    __tablename__ = "job_images"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(Text)
    changed: Mapped[float | None] = mapped_column(Float)

    __table_args__ = (Index("job_images_by_state", "job_id", "state", "position"),)
