"""What every part of the workspace stands on: the database, the folder of files, the clock, and who may see what."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsam.scratch import sweep as sweep_scratch
from charsam.workspace.blobs import Blobs
from charsam.workspace.database import Database
from charsam.workspace.errors import Forbidden, NotFound
from charsam.workspace.quota import TEAM, Quota
from charsam.workspace.schema import BlobTable, ImageTable, MemberTable, ProjectTable
from charsam.workspace.values import Role, User

RESERVE: Final = ".reserve"
RESERVED: Final = 2 * 2**20
"""Bytes of the disk that are kept free for the database's own work when something is deleted on a full disk."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id that nothing else has."""
    return uuid4().hex


def is_id(text: object) -> bool:
    """Whether something from outside can be an id at all; databases differ in what they make of other texts."""
    return isinstance(text, str) and re.fullmatch(r"[0-9a-f]{32}", text) is not None


def plain(text: str) -> str:
    """A text that every database takes: no NUL, no half surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


class Store:
    """Where a workspace is kept. Safe for several threads and several processes.

    quota: what one person may bring and keep.
    """

    def __init__(self, folder: Path, url: str | None = None, clock: Clock = utc_now, quota: Quota = TEAM) -> None:
        self.folder = folder
        self.quota = quota
        self.blobs = Blobs(folder)
        self.database = Database(folder, url)
        self.clock = clock
        self._reserve = folder / RESERVE
        self._lay_reserve()

    @contextmanager
    def freeing(self) -> Iterator[Session]:
        """As the database's `writing`, for what makes room: it works on a full disk too, in room kept for that."""
        with contextlib.suppress(OSError):
            self._reserve.unlink()
        try:
            with self.database.writing() as session:
                yield session
        finally:
            self._lay_reserve()

    def _lay_reserve(self) -> None:
        if hasattr(os, "posix_fallocate"):
            with contextlib.suppress(OSError), self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVED)

    def sweep(self, hashes: Iterable[str]) -> None:
        """Delete the files of those that no image has any more. A crash before this leaves a file too many, no more."""
        for digest in sorted(hashes):
            with self.freeing() as session:
                blob = session.get(BlobTable, digest, with_for_update=True)
                used = session.scalar(select(ImageTable.id).where(ImageTable.blob_hash == digest).limit(1))
                if blob is not None and used is None:
                    self.blobs.remove(digest)
                    session.delete(blob)
        self.database.forget()

    def tidy(self, older: float = 3600.0) -> None:
        """Remove what killed processes left: scratch folders, halves of pictures, pictures that no image has.

        older: seconds for which such a file is left alone, as it may be somebody's who is at work. Call it at a start.
        """
        sweep_scratch(self.folder, ".upload-*")
        with self.database.reading() as session:
            known = set(session.scalars(select(BlobTable.hash)))
            used = set(session.scalars(select(ImageTable.blob_hash).distinct()))
        for path in self.blobs.old_files(time.time() - older):
            if path.name not in known:
                self.blobs.remove_old(path, time.time() - older)
        self.sweep(known - used)

    def now(self, later: timedelta = timedelta()) -> str:
        """The time, or one that much later, as the database keeps it."""
        moment = (self.clock() + later).astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(timespec="microseconds") + "Z"


def project_of(
    session: Session, project_id: str, by: User, *, write: bool = False, trashed: bool = False
) -> ProjectTable:
    """A project that `by` is a member of. write: as one who may change things. trashed: also one in the trash.

    Raises NotFound for every other, whether or not it exists; Forbidden for a reader who would write.
    """
    found = session.get(ProjectTable, project_id) if is_id(project_id) else None
    gone = found is None or (found.deleted_at is not None and not trashed)
    if found is None or gone or not _may(session, project_id, by, write=write):
        raise NotFound("There is no such project here, or it has not been shared with you.")
    return found


def image_of(session: Session, image_id: str, by: User, *, lock: bool = False, trashed: bool = False) -> ImageTable:
    """An image of a project that `by` is a member of; lock: as one who may change it, and nobody else may write it
    before this transaction ends. trashed: also one that lies in the project's trash.

    Raises NotFound for every other, whether or not it exists; Forbidden for a reader who would write.
    """
    found = session.get(ImageTable, image_id, with_for_update=lock or None) if is_id(image_id) else None
    gone = found is None or (found.deleted_at is not None and not trashed)
    if found is not None and not gone:
        project = session.get(ProjectTable, found.project_id)
        gone = project is None or project.deleted_at is not None
    if found is None or gone or not _may(session, found.project_id, by, write=lock):
        raise NotFound("There is no such image here, or its project has not been shared with you.")
    return found


def _may(session: Session, project_id: str, by: User, *, write: bool) -> bool:
    """Whether somebody is a member of a project; raises Forbidden for a reader who would write."""
    member = session.get(MemberTable, (project_id, by.id))
    if write and member is not None and member.role == Role.READER:
        raise Forbidden("You may look at this project, but not change it; its owner can let you.")
    return member is not None
