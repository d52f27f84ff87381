"""The trash: deleted images wait there for a while, so that no single person can destroy what belongs to all."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from charsam.errors import WorkspaceError
from charsam.workspace.errors import Forbidden
from charsam.workspace.images import image_row
from charsam.workspace.projects import owned, project_value, remove_project
from charsam.workspace.schema import BlobTable, ImageTable, ProjectTable
from charsam.workspace.store import Store, image_of, project_of
from charsam.workspace.values import ImageRow, Project, Role, Trashed, User


class Trash:
    """What was deleted: brought back, or gone for good. `by` is the acting user; what is not theirs raises NotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def images(self, project_id: str, by: User) -> tuple[Trashed, ...]:
        """What lies in the trash of a project, the newest first. Raises NotFound."""
        wanted = select(ImageTable, BlobTable).join(BlobTable)
        wanted = wanted.where(ImageTable.project_id == project_id, ImageTable.deleted_at.is_not(None))
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            rows = session.execute(wanted.order_by(ImageTable.deleted_at.desc(), ImageTable.id))
            return tuple(
                Trashed(image_row(row, blob), row.deleted_at or "", row.deleted_by or "") for row, blob in rows
            )

    def restore(self, image_id: str, by: User) -> ImageRow:
        """Take an image out of the trash, as it was. Raises NotFound, Forbidden for a reader."""
        with self._store.freeing() as session:
            row = image_of(session, image_id, by, lock=True, trashed=True)
            row.deleted_at = row.deleted_by = None
            return image_row(row, session.get_one(BlobTable, row.blob_hash))

    def purge(self, image_id: str, by: User) -> None:
        """Delete an image of the trash for good. Raises NotFound; Forbidden for all but the owner."""
        with self._store.freeing() as session:
            row = image_of(session, image_id, by, lock=True, trashed=True)
            if row.deleted_at is None:
                raise WorkspaceError("Only what lies in the trash is deleted for good.")
            if project_of(session, row.project_id, by).owner_id != by.id:
                raise Forbidden(f"Only the {Role.OWNER} of the project may do that.")
            digest = row.blob_hash
            session.delete(row)
        self._store.sweep([digest])

    def projects(self, by: User) -> tuple[tuple[Project, str], ...]:
        """The projects of `by` that lie in the trash, each with when it was put there, the newest first."""
        mine = select(ProjectTable).where(ProjectTable.owner_id == by.id, ProjectTable.deleted_at.is_not(None))
        with self._store.database.reading() as session:
            rows = session.scalars(mine.order_by(ProjectTable.deleted_at.desc(), ProjectTable.id))
            return tuple((project_value(session, row), row.deleted_at or "") for row in rows)

    def restore_project(self, project_id: str, by: User) -> Project:
        """Take a project out of the trash, as it was. Raises NotFound, Forbidden for all but the owner."""
        with self._store.freeing() as session:
            row = owned(session, project_id, by, trashed=True)
            row.deleted_at = None
            return project_value(session, row)

    def purge_project(self, project_id: str, by: User) -> None:
        """Delete a project of the trash for good. Raises NotFound, Forbidden for all but the owner."""
        with self._store.freeing() as session:
            row = owned(session, project_id, by, trashed=True)
            if row.deleted_at is None:
                raise WorkspaceError("Only what lies in the trash is deleted for good.")
            hashes = remove_project(session, row)
        self._store.sweep(hashes)

    def empty_old(self) -> None:
        """Delete for good what has lain in the trash for as long as the quota says."""
        until = self._store.now(-timedelta(days=self._store.quota.trash_days))
        with self._store.freeing() as session:
            old = session.scalars(select(ImageTable).where(ImageTable.deleted_at <= until)).all()
            digests = {row.blob_hash for row in old}
            for row in old:
                session.delete(row)
            for project in session.scalars(select(ProjectTable).where(ProjectTable.deleted_at <= until)).all():
                digests |= remove_project(session, project)
        self._store.sweep(digests)
