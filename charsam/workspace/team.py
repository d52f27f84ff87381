"""A team at work on a project: whose each image is to do, and what everybody has done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from sqlalchemy import select

from charsam.errors import WorkspaceError
from charsam.workspace.accounts import checked_name, user_by_name
from charsam.workspace.images import Images
from charsam.workspace.projects import Projects, owned
from charsam.workspace.schema import EntryTable, ImageTable, MemberTable, UserTable
from charsam.workspace.store import Store, image_of, project_of
from charsam.workspace.values import BATCH, IMPORT, Member, Project, Role, State, User

PAUSE: Final = 300.0
"""Seconds: whoever does nothing for longer has paused."""
LEAST: Final = 10.0
"""Seconds that an action after a pause counts for."""
DECISIONS: Final = (State.ACCEPTED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one person has done in a project. pictures: that they edited, ran or decided on; accepted, rejected: that
    they were the last to decide on; edits: what they did on images, with the runs that they started there and what they
    took back, but no batch in the background and no words from a file; minutes: at work, pauses over PAUSE left out.
    """

    name: str
    pictures: int
    accepted: int
    rejected: int
    edits: int
    minutes: float
    assigned: int


class Team:
    """What the people of a project do together. `by` is always the acting user."""

    def __init__(self, store: Store, projects: Projects, images: Images) -> None:
        self._store, self._projects, self._images = store, projects, images

    def members(self, project_id: str, by: User) -> tuple[Member, ...]:
        """Who sees a project, its owner first. Raises NotFound."""
        with self._store.database.reading() as session:
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
        with self._store.database.writing() as session:
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
        with self._store.database.writing() as session:
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

    def assign(self, project_id: str, images: Sequence[str], name: str | None, by: User) -> None:
        """Give images to a member who may edit, or (None) to nobody. Raises NotFound; WorkspaceError for a stranger."""
        with self._store.database.writing() as session:
            project_of(session, project_id, by, write=True)
            if name is not None:
                wanted = select(MemberTable.role).join(UserTable, UserTable.id == MemberTable.user_id)
                wanted = wanted.where(MemberTable.project_id == project_id, UserTable.name == name)
                role = session.scalar(wanted)
                if role is None or role == Role.READER:
                    raise WorkspaceError(f"{name[:64]} is no labeler of this project.")
            for image_id in images:
                row = image_of(session, image_id, by, lock=True)
                if row.project_id != project_id:
                    raise WorkspaceError(f"{row.name} is of another project.")
                row.assigned_to = name

    def figures(self, project_id: str, by: User) -> tuple[Figures, ...]:
        """What each person has done in a project, by their names. Raises NotFound."""
        entries = select(EntryTable.by, EntryTable.at, EntryTable.kind, EntryTable.state, EntryTable.image_id)
        entries = entries.join(ImageTable, ImageTable.id == EntryTable.image_id).where(
            ImageTable.project_id == project_id, ImageTable.deleted_at.is_(None)
        )
        entries = entries.where(EntryTable.kind.not_in((BATCH, IMPORT)), EntryTable.seq > ImageTable.restored)
        given = select(ImageTable.assigned_to, ImageTable.state).where(
            ImageTable.project_id == project_id, ImageTable.deleted_at.is_(None), ImageTable.assigned_to.is_not(None)
        )
        with self._store.database.reading() as session:
            project_of(session, project_id, by)
            done = session.execute(entries.order_by(EntryTable.at, EntryTable.seq)).all()
            open_images = [str(name) for name, state in session.execute(given) if State(state) not in DECISIONS]
        work: dict[str, list[tuple[str, str, str, str]]] = {}
        last: dict[str, tuple[str, State]] = {}
        for name, at, kind, state, image in done:
            work.setdefault(name, []).append((at, kind, state, image))
            if kind == "state":
                last[image] = (name, State(state))
        names = sorted({*work, *open_images}, key=str.casefold)
        return tuple(_figures(name, work.get(name, []), last, open_images.count(name)) for name in names)

    def second_reading(self, project_id: str, images: Sequence[str] | None, by: User) -> Project:
        """A new project of the same photos without anything that was done on them, for somebody to read again.

        images: the ids of those to take; None for all that were accepted. Raises NotFound; WorkspaceError for none.
        """
        with self._store.database.reading() as session:
            project = project_of(session, project_id, by, write=True)
            wanted = select(ImageTable).where(ImageTable.project_id == project_id, ImageTable.deleted_at.is_(None))
            wanted = wanted.where(
                ImageTable.id.in_(images) if images is not None else ImageTable.state == State.ACCEPTED
            )
            rows = [(row.name, row.blob_hash) for row in session.scalars(wanted.order_by(ImageTable.added_at))]
            name = f"{project.name[:170]}, second reading"
        if not rows:
            raise WorkspaceError("There is nothing to read again: no image of this project is accepted yet.")
        made = self._projects.create(name, by)
        for file, digest in rows:
            self._images.add(made.id, file, self._store.blobs.get(digest), by)
        return made


def _figures(
    name: str, work: Sequence[tuple[str, str, str, str]], last: dict[str, tuple[str, State]], assigned: int
) -> Figures:
    mine = [state for who, state in last.values() if who == name]
    return Figures(
        name=name,
        pictures=len({image for _, _, _, image in work}),
        accepted=mine.count(State.ACCEPTED),
        rejected=mine.count(State.REJECTED),
        edits=sum(kind not in ("state", "note") for _, kind, _, _ in work),
        minutes=round(_seconds([at for at, _, _, _ in work]) / 60, 1),
        assigned=assigned,
    )


def _seconds(times: Sequence[str]) -> float:
    """How long somebody was at work who did something at these times."""
    moments = [datetime.fromisoformat(at.replace("Z", "+00:00")) for at in times]
    total = LEAST if moments else 0.0
    for before, after in pairwise(moments):
        gap = (after - before).total_seconds()
        total += gap if gap <= PAUSE else LEAST
    return total
