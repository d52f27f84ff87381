"""Who works here: accounts with passwords, guests without, and the sessions of both."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsam.errors import WorkspaceError
from charsam.workspace import passwords
from charsam.workspace.errors import TooManyAttempts
from charsam.workspace.schema import AttemptTable, ImageTable, MemberTable, ProjectTable, SessionTable, UserTable
from charsam.workspace.store import Store, new_id, plain
from charsam.workspace.values import Role, User

LONGEST_NAME: Final = 40
WINDOW: Final = timedelta(minutes=15)
PER_NAME: Final = 10
PER_ADDRESS: Final = 50
PER_NAME_ANYWHERE: Final = 300
"""Wrong passwords within WINDOW after which no more are looked at: for a name from one address, from an address, and
for a name from all addresses together; so no single address can keep somebody else out."""
SESSION_LENGTH: Final = timedelta(days=14)


class Accounts:
    """Users and their sessions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, name: str, password: str) -> User:
        """A new account. Raises WorkspaceError where the name is taken or unfit, or the password too short."""
        return self._add(name, passwords.hash_password(password))

    def guest(self, name: str) -> User:
        """The user of that name who has no password, made where there is none yet: whoever works here without a login.

        Raises WorkspaceError where an account with a password has the name.
        """
        name = checked_name(name)
        with self._store.database.reading() as session:
            found = user_by_name(session, name)
        if found is None:
            return self._add(name, None)
        if found.password is not None:
            raise WorkspaceError(f"{found.name} is an account with a password; log in.")
        if found.removed_at is not None:
            raise WorkspaceError(f"{found.name} was an account here; choose another name.")
        return _user(found)

    def users(self) -> tuple[User, ...]:
        """Every user by name."""
        with self._store.database.reading() as session:
            return tuple(
                _user(row)
                for row in session.scalars(
                    select(UserTable).where(UserTable.removed_at.is_(None)).order_by(UserTable.name_key)
                )
            )

    def set_password(self, name: str, password: str) -> User:
        """Give a user a new password and end all the user's sessions. Raises WorkspaceError."""
        hashed = passwords.hash_password(password)
        with self._store.database.writing() as session:
            row = user_by_name(session, checked_name(name))
            if row is None or row.removed_at is not None:
                raise WorkspaceError(f"There is no user named {name[:LONGEST_NAME]}.")
            row.password = hashed
            session.execute(delete(SessionTable).where(SessionTable.user_id == row.id))
            return _user(row)

    def remove(self, name: str, heir: str | None = None) -> None:
        """Take an account away: its logins end, its memberships too; its name stays in the histories, and taken.

        heir: who gets the projects that it owns. Raises WorkspaceError where there is no such user, or the account owns
        images and nobody is to have them.
        """
        with self._store.database.writing() as session:
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
            user.password, user.removed_at = None, self._store.now()

    def forget_guest(self, user: User) -> None:
        """Delete a user without a password and all of the user's projects. Raises WorkspaceError for an account."""
        with self._store.freeing() as session:
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
        self._store.sweep(hashes)

    def check_password(self, name: str, password: str, address: str = "") -> User | None:
        """The user of that name if the password is right. address: where the request came from.

        Raises TooManyAttempts after too many wrong ones for the name or from the address; they are counted in the
        database, so that neither a restart nor another process forgets them.
        """
        place = plain(address)[:100]
        who = [f"name:{_token_hash(_key(name))[:32]}@{place}", f"address:{place}", f"name:{_key(name)}"]
        attempts = self._count_attempt(who)
        with self._store.database.reading() as session:
            row = user_by_name(session, name)
            stored = row.password if row is not None else None
            user = _user(row) if row is not None else None
        right = passwords.matches(password, stored or passwords.NOBODY) and stored is not None
        if not right:
            return None
        with self._store.database.writing() as session:
            session.execute(delete(AttemptTable).where(AttemptTable.who == who[0]))
            session.execute(delete(AttemptTable).where(AttemptTable.id.in_(attempts)))
        return user

    def open_session(self, user: User, length: timedelta = SESSION_LENGTH) -> str:
        """A new session: its token, which only the caller gets to know (the database keeps a hash of it)."""
        token = secrets.token_urlsafe(32)
        with self._store.database.writing() as session:
            session.execute(delete(SessionTable).where(SessionTable.expires_at <= self._store.now()))
            expires = self._store.now(length)
            session.add(SessionTable(token_hash=_token_hash(token), user_id=user.id, expires_at=expires))
        return token

    def session_user(self, token: str) -> User | None:
        """Whose session it is; None where the token is unknown or has expired."""
        with self._store.database.reading() as session:
            row = session.get(SessionTable, _token_hash(token))
            if row is None or row.expires_at <= self._store.now():
                return None
            user = session.get(UserTable, row.user_id)
            return None if user is None else _user(user)

    def close_session(self, token: str) -> None:
        """End a session; one that is unknown is ended already."""
        with self._store.database.writing() as session:
            session.execute(delete(SessionTable).where(SessionTable.token_hash == _token_hash(token)))

    def _add(self, name: str, password: str | None) -> User:
        name = checked_name(name)
        row = UserTable(id=new_id(), name=name, name_key=_key(name), password=password, created_at=self._store.now())
        try:
            with self._store.database.writing() as session:
                session.add(row)
                session.flush()
                return _user(row)
        except IntegrityError as error:
            raise WorkspaceError(f"The name {name} is taken; choose another.") from error

    def _count_attempt(self, who: list[str]) -> list[str]:
        """Count an attempt as wrong before it is looked at, so that many at once are no way around the limit."""
        since, attempts = self._store.now(-WINDOW), [new_id() for _ in who]
        with self._store.database.writing() as session:
            session.execute(delete(AttemptTable).where(AttemptTable.at <= since))
            for key, most in zip(who, (PER_NAME, PER_ADDRESS, PER_NAME_ANYWHERE), strict=True):
                seen = select(func.count(), func.min(AttemptTable.at)).where(AttemptTable.who == key)
                count, first = session.execute(seen).one()
                if count >= most:
                    raise TooManyAttempts(self._seconds_until(first))
            for attempt, key in zip(attempts, who, strict=True):
                session.add(AttemptTable(id=attempt, who=key, at=self._store.now()))
        return attempts

    def _seconds_until(self, first: str) -> int:
        """Seconds until the attempt made at `first` no longer counts."""
        over = datetime.fromisoformat(first) + WINDOW - self._store.clock().astimezone(UTC)
        return max(1, round(over.total_seconds()))


def checked_name(name: str) -> str:
    """A user's name as it is kept. Raises WorkspaceError."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise WorkspaceError(f"A name has 1 to {LONGEST_NAME} letters, and no invisible ones.")
    return name


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _key(name: str) -> str:
    """What tells names apart: not their case, nor how their letters are composed."""
    return plain(unicodedata.normalize("NFKC", " ".join(name.split())).casefold())[:200]


def user_by_name(session: Session, name: str) -> UserTable | None:
    """The account of a name; None where there is none."""
    return session.scalar(select(UserTable).where(UserTable.name_key == _key(name)))


def _user(row: UserTable) -> User:
    return User(row.id, row.name, guest=row.password is None)
