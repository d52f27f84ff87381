"""Projects and who may see them."""

from __future__ import annotations

import unicodedata
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsam.errors import WorkspaceError
from charsam.workspace.accounts import checked_name, user_by_name
from charsam.workspace.errors import Forbidden
from charsam.workspace.schema import ImageTable, MemberTable, ProjectTable, SessionTable, UserTable
from charsam.workspace.store import Store, new_id, project_of
from charsam.workspace.values import Member, Project, Role, User

LONGEST_PROJECT_NAME: Final = 120
INBOX: Final = "Single photos"


class Projects(Store):
    """Projects and their members. `by` is always the acting user."""

    def create_project(self, name: str, by: User) -> Project:
        """A new project of `by`. Raises WorkspaceError for a name that is empty or too long."""
        return self._add_project(_checked(name), by, inbox=False)

    def inbox(self, by: User) -> Project:
        """The project for the photos that `by` opens one by one, made at the first."""
        with self._database.reading() as session:
            row = session.scalar(select(ProjectTable).where(ProjectTable.inbox_of == by.id))
            if row is not None:
                return project_value(session, row)
        try:
            return self._add_project(INBOX, by, inbox=True)
        except IntegrityError:  # another request has just made it
            return self.inbox(by)

    def projects(self, by: User) -> tuple[Project, ...]:
        """Those that `by` is a member of, the inbox first, then as they were made."""
        mine = select(ProjectTable).join(MemberTable).where(MemberTable.user_id == by.id)
        mine = mine.where(ProjectTable.deleted_at.is_(None))
        order = (ProjectTable.inbox_of.is_(None), ProjectTable.created_at, ProjectTable.id)
        with self._database.reading() as session:
            return tuple(project_value(session, row) for row in session.scalars(mine.order_by(*order)))

    def project(self, project_id: str, by: User) -> Project:
        """One project. Raises NotFound."""
        with self._database.reading() as session:
            return project_value(session, project_of(session, project_id, by))

    def project_named(self, name: str, owner: str | None = None) -> tuple[Project, User]:
        """A project by its name or id, with its owner, for whoever has the workspace's files at hand. owner: a name.

        Raises WorkspaceError where there is none, or where several persons have one of that name.
        """
        wanted = select(ProjectTable, UserTable).join(UserTable, UserTable.id == ProjectTable.owner_id)
        wanted = wanted.where(ProjectTable.deleted_at.is_(None))
        with self._database.reading() as session:
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

    def rename_project(self, project_id: str, name: str, by: User) -> Project:
        """Raises NotFound, WorkspaceError for an unfit name."""
        name = _checked(name)
        with self._database.writing() as session:
            row = project_of(session, project_id, by, write=True)
            row.name = name
            return project_value(session, row)

    def members(self, project_id: str, by: User) -> tuple[Member, ...]:
        """Who sees a project, its owner first. Raises NotFound."""
        with self._database.reading() as session:
            owner = project_of(session, project_id, by).owner_id
            rows = session.execute(
                select(UserTable, MemberTable.role)
                .join(MemberTable, MemberTable.user_id == UserTable.id)
                .where(MemberTable.project_id == project_id)
                .order_by(UserTable.id != owner, UserTable.name_key)
            )
            return tuple(Member(User(row.id, row.name, guest=row.password is None), Role(role)) for row, role in rows)

    def share(self, project_id: str, name: str, by: User, role: Role = Role.LABELER) -> None:
        """Let the user of that name see a project of `by`, in a role; a member changes to that role.

        Raises NotFound, Forbidden, WorkspaceError.
        """
        if role is Role.OWNER:
            raise WorkspaceError("A project has one owner; the others are labelers or readers.")
        with self._database.writing() as session:
            row = owned(session, project_id, by)
            if row.inbox_of is not None:
                raise WorkspaceError("Photos opened one by one can't be shared; make a project for them.")
            user = user_by_name(session, checked_name(name))
            if user is None or user.removed_at is not None:
                raise WorkspaceError(f"There is no user named {checked_name(name)}.")
            if user.id == row.owner_id:
                raise WorkspaceError("A project always keeps its owner.")
            session.merge(MemberTable(project_id=project_id, user_id=user.id, role=role))

    def unshare(self, project_id: str, name: str, by: User) -> None:
        """Take the project away from a member, who may also leave by themselves; one who is none is out already.

        Raises NotFound, Forbidden.
        """
        with self._database.writing() as session:
            row = project_of(session, project_id, by)
            if checked_name(name) != by.name:
                owned(session, project_id, by)
            user = user_by_name(session, checked_name(name))
            if user is None:
                return
            if user.id == row.owner_id:
                raise WorkspaceError("A project always keeps its owner.")
            member = session.get(MemberTable, (project_id, user.id))
            if member is not None:
                session.delete(member)

    def delete_project(self, project_id: str, by: User) -> None:
        """Put a project of `by` into the trash with its images and their history; where the quota keeps no trash it is
        gone for good. Raises NotFound, Forbidden.
        """
        with self._freeing() as session:
            row = owned(session, project_id, by)
            if self.quota.trash_days:
                row.deleted_at, row.inbox_of = self._time(), None
                return
            hashes = remove_project(session, row)
        self._sweep(hashes)

    def remove_user(self, name: str, heir: str | None = None) -> None:
        """Take an account away: its logins end, its memberships too; its name stays in the histories, and taken.

        heir: who gets the projects that it owns. Raises WorkspaceError where there is no such user, or the account owns
        images and nobody is to have them.
        """
        with self._database.writing() as session:
            user = user_by_name(session, checked_name(name))
            if user is None or user.removed_at is not None:
                raise WorkspaceError(f"There is no user named {checked_name(name)}.")
            follower = None if heir is None else user_by_name(session, checked_name(heir))
            if heir is not None and (follower is None or follower.removed_at is not None or follower is user):
                raise WorkspaceError(f"There is no other user named {checked_name(heir)} to have the projects.")
            for project in session.scalars(select(ProjectTable).where(ProjectTable.owner_id == user.id)).all():
                held = session.scalar(select(ImageTable.id).where(ImageTable.project_id == project.id).limit(1))
                if held is None:
                    session.delete(project)
                    continue
                if follower is None:
                    raise WorkspaceError(f"{user.name} owns {project.name}, with images; say who is to have them.")
                project.owner_id = follower.id
                if project.inbox_of is not None:
                    project.inbox_of, project.name = None, f"{project.name} of {user.name}"
                session.merge(MemberTable(project_id=project.id, user_id=follower.id, role=Role.OWNER))
            session.flush()
            session.execute(delete(MemberTable).where(MemberTable.user_id == user.id))
            session.execute(delete(SessionTable).where(SessionTable.user_id == user.id))
            user.password, user.removed_at = None, self._time()

    def forget_guest(self, user: User) -> None:
        """Delete a user without a password and all of the user's projects. Raises WorkspaceError for an account."""
        with self._freeing() as session:
            row = session.get(UserTable, user.id)
            if row is None:
                return
            if row.password is not None:
                raise WorkspaceError(f"{row.name} is an account with a password, which is not deleted.")
            mine = select(ProjectTable.id).where(ProjectTable.owner_id == user.id)
            hashes = set(session.scalars(select(ImageTable.blob_hash).where(ImageTable.project_id.in_(mine))))
            session.execute(delete(ProjectTable).where(ProjectTable.owner_id == user.id))
            session.execute(delete(SessionTable).where(SessionTable.user_id == user.id))
            session.delete(row)
        self._sweep(hashes)

    def _add_project(self, name: str, by: User, *, inbox: bool) -> Project:
        project_id = new_id()
        with self._database.writing() as session:
            row = ProjectTable(
                id=project_id,
                name=name,
                owner_id=by.id,
                inbox_of=by.id if inbox else None,
                created_at=self._time(),
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
