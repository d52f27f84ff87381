"""Projects: made, found, renamed and put into the trash."""

from __future__ import annotations

import unicodedata
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsam.errors import WorkspaceError
from charsam.workspace.errors import Forbidden
from charsam.workspace.schema import ImageTable, MemberTable, ProjectTable, UserTable
from charsam.workspace.store import Store, new_id, project_of
from charsam.workspace.values import Project, Role, User

LONGEST_PROJECT_NAME: Final = 120
INBOX: Final = "Single photos"


class Projects:
    """Projects. `by` is always the acting user."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, name: str, by: User) -> Project:
        """A new project of `by`. Raises WorkspaceError for a name that is empty or too long."""
        return self._add(_checked(name), by, inbox=False)

    def inbox(self, by: User) -> Project:
        """The project for the photos that `by` opens one by one, made at the first."""
        with self._store.database.reading() as session:
            row = session.scalar(select(ProjectTable).where(ProjectTable.inbox_of == by.id))
            if row is not None:
                return project_value(session, row)
        try:
            return self._add(INBOX, by, inbox=True)
        except IntegrityError:  # another request has just made it
            return self.inbox(by)

    def of(self, by: User) -> tuple[Project, ...]:
        """Those that `by` is a member of, the inbox first, then as they were made."""
        mine = select(ProjectTable).join(MemberTable).where(MemberTable.user_id == by.id)
        mine = mine.where(ProjectTable.deleted_at.is_(None))
        order = (ProjectTable.inbox_of.is_(None), ProjectTable.created_at, ProjectTable.id)
        with self._store.database.reading() as session:
            return tuple(project_value(session, row) for row in session.scalars(mine.order_by(*order)))

    def get(self, project_id: str, by: User) -> Project:
        """One project. Raises NotFound."""
        with self._store.database.reading() as session:
            return project_value(session, project_of(session, project_id, by))

    def named(self, name: str, owner: str | None = None) -> tuple[Project, User]:
        """A project by its name or id, with its owner, for whoever has the workspace's files at hand. owner: a name.

        Raises WorkspaceError where there is none, or where several persons have one of that name.
        """
        wanted = select(ProjectTable, UserTable).join(UserTable, UserTable.id == ProjectTable.owner_id)
        wanted = wanted.where(ProjectTable.deleted_at.is_(None))
        with self._store.database.reading() as session:
            rows = session.execute(wanted.order_by(ProjectTable.created_at)).all()
            found = [
                (project_value(session, row), User(user.id, user.name, guest=user.password is None))
                for row, user in rows
                if name in (row.name, row.id) and owner in (None, user.name)
            ]
            known = ", ".join(dict.fromkeys(row.name for row, _ in rows))
        if len(found) == 1:
            return found[0]
        if found:
            owners = ", ".join(user.name for _, user in found)
            raise WorkspaceError(f"Several projects are called {name}; name the person: {owners}.")
        raise WorkspaceError(f"There is no project {name[:120]!r}; there are {known or 'none'}.")

    def rename(self, project_id: str, name: str, by: User) -> Project:
        """Raises NotFound, WorkspaceError for an unfit name."""
        name = _checked(name)
        with self._store.database.writing() as session:
            row = project_of(session, project_id, by, write=True)
            row.name = name
            return project_value(session, row)

    def delete(self, project_id: str, by: User) -> None:
        """Put a project of `by` into the trash with its images and their history; where the quota keeps no trash it is
        gone for good. Raises NotFound, Forbidden.
        """
        with self._store.freeing() as session:
            row = owned(session, project_id, by)
            if self._store.quota.trash_days:
                row.deleted_at, row.inbox_of = self._store.now(), None
                return
            hashes = remove_project(session, row)
        self._store.sweep(hashes)

    def _add(self, name: str, by: User, *, inbox: bool) -> Project:
        project_id = new_id()
        with self._store.database.writing() as session:
            row = ProjectTable(
                id=project_id,
                name=name,
                owner_id=by.id,
                inbox_of=by.id if inbox else None,
                created_at=self._store.now(),
            )
            session.add(row)
            session.flush()
            session.add(MemberTable(project_id=project_id, user_id=by.id, role=Role.OWNER))
            return project_value(session, row)


def remove_project(session: Session, row: ProjectTable) -> set[str]:
    """Delete a project with its images for good; the hashes of their files, some of which nobody may need any more."""
    hashes = set(session.scalars(select(ImageTable.blob_hash).where(ImageTable.project_id == row.id)))
    session.delete(row)
    return hashes


def owned(session: Session, project_id: str, by: User, *, trashed: bool = False) -> ProjectTable:
    """A project of `by`. Raises NotFound, Forbidden for what is somebody else's."""
    row = project_of(session, project_id, by, trashed=trashed)
    if row.owner_id != by.id:
        raise Forbidden("Only the owner of the project may do that.")
    return row


def _checked(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(name) <= LONGEST_PROJECT_NAME or not name.isprintable():
        raise WorkspaceError(f"The name of a project has 1 to {LONGEST_PROJECT_NAME} letters.")
    return name


def project_value(session: Session, row: ProjectTable) -> Project:
    """A project as it is told outside."""
    owner = session.get_one(UserTable, row.owner_id)
    return Project(row.id, row.name, owner.name, row.inbox_of is not None, row.created_at)
