"""Who works here: accounts with passwords, guests without, and the sessions of both."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsam.errors import WorkspaceError
from charsam.workspace.errors import TooManyAttempts
from charsam.workspace.schema import AttemptTable, SessionTable, UserTable
from charsam.workspace.store import Store, new_id, plain
from charsam.workspace.values import User

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1000
"""Characters as Unicode counts them; a browser counts some of them twice."""
FEWEST_LETTERS: Final = 5
"""Different characters of a password, besides spaces."""
EASY: Final = ("123456", "abcdef", "qwert", "asdfg", "passw", "letme", "admin", "welcome", "iloveyou", "charsam")
"""What nobody's password may mainly consist of; people guess these first."""
UNTYPED: Final = ("Cc", "Cs")
"""Kinds of characters that a browser's password field does not take, or sends as others: such a password could be set,
but not used."""
LONGEST_NAME: Final = 40
WINDOW: Final = timedelta(minutes=15)
PER_NAME: Final = 10
PER_ADDRESS: Final = 50
PER_NAME_ANYWHERE: Final = 300
"""Wrong passwords within WINDOW after which no more are looked at: for a name from one address, from an address, and
for a name from all addresses together; so no single address can keep somebody else out."""
SESSION_LENGTH: Final = timedelta(days=14)
COST: Final = (2**15, 8, 3)
"""scrypt's N, r and p: 32 MB of memory for each guess (as OWASP's password storage guide has it)."""

_hashing = threading.Semaphore(2)
_NOBODY: Final = f"scrypt${COST[0]}${COST[1]}${COST[2]}${b64encode(bytes(16)).decode()}${b64encode(bytes(32)).decode()}"


class Accounts(Store):
    """Users and their sessions."""

    def create_user(self, name: str, password: str) -> User:
        """A new account. Raises WorkspaceError where the name is taken or unfit, or the password too short."""
        return self._add_user(name, hash_password(password))

    def guest(self, name: str) -> User:
        """The user of that name who has no password, made where there is none yet: whoever works here without a login.

        Raises WorkspaceError where an account with a password has the name.
        """
        name = checked_name(name)
        with self._database.reading() as session:
            found = user_by_name(session, name)
        if found is None:
            return self._add_user(name, None)
        if found.password is not None:
            raise WorkspaceError(f"{found.name} is an account with a password; log in.")
        if found.removed_at is not None:
            raise WorkspaceError(f"{found.name} was an account here; choose another name.")
        return _user(found)

    def users(self) -> tuple[User, ...]:
        """Every user by name."""
        with self._database.reading() as session:
            return tuple(
                _user(row)
                for row in session.scalars(
                    select(UserTable).where(UserTable.removed_at.is_(None)).order_by(UserTable.name_key)
                )
            )

    def set_password(self, name: str, password: str) -> User:
        """Give a user a new password and end all the user's sessions. Raises WorkspaceError."""
        hashed = hash_password(password)
        with self._database.writing() as session:
            row = user_by_name(session, checked_name(name))
            if row is None or row.removed_at is not None:
                raise WorkspaceError(f"There is no user named {name[:LONGEST_NAME]}.")
            row.password = hashed
            session.execute(delete(SessionTable).where(SessionTable.user_id == row.id))
            return _user(row)

    def check_password(self, name: str, password: str, address: str = "") -> User | None:
        """The user of that name if the password is right. address: where the request came from.

        Raises TooManyAttempts after too many wrong ones for the name or from the address; they are counted in the
        database, so that neither a restart nor another process forgets them.
        """
        place = plain(address)[:100]
        who = [f"name:{_token_hash(_key(name))[:32]}@{place}", f"address:{place}", f"name:{_key(name)}"]
        attempts = self._count_attempt(who)
        with self._database.reading() as session:
            row = user_by_name(session, name)
            stored = row.password if row is not None else None
            user = _user(row) if row is not None else None
        right = _matches(password, stored or _NOBODY) and stored is not None
        if not right:
            return None
        with self._database.writing() as session:
            session.execute(delete(AttemptTable).where(AttemptTable.who == who[0]))
            session.execute(delete(AttemptTable).where(AttemptTable.id.in_(attempts)))
        return user

    def open_session(self, user: User, length: timedelta = SESSION_LENGTH) -> str:
        """A new session: its token, which only the caller gets to know (the database keeps a hash of it)."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as session:
            session.execute(delete(SessionTable).where(SessionTable.expires_at <= self._time()))
            expires = self._time(length)
            session.add(SessionTable(token_hash=_token_hash(token), user_id=user.id, expires_at=expires))
        return token

    def session_user(self, token: str) -> User | None:
        """Whose session it is; None where the token is unknown or has expired."""
        with self._database.reading() as session:
            row = session.get(SessionTable, _token_hash(token))
            if row is None or row.expires_at <= self._time():
                return None
            user = session.get(UserTable, row.user_id)
            return None if user is None else _user(user)

    def close_session(self, token: str) -> None:
        """End a session; one that is unknown is ended already."""
        with self._database.writing() as session:
            session.execute(delete(SessionTable).where(SessionTable.token_hash == _token_hash(token)))

    def _add_user(self, name: str, password: str | None) -> User:
        name = checked_name(name)
        row = UserTable(id=new_id(), name=name, name_key=_key(name), password=password, created_at=self._time())
        try:
            with self._database.writing() as session:
                session.add(row)
                session.flush()
                return _user(row)
        except IntegrityError as error:
            raise WorkspaceError(f"The name {name} is taken; choose another.") from error

    def _count_attempt(self, who: list[str]) -> list[str]:
        """Count an attempt as wrong before it is looked at, so that many at once are no way around the limit."""
        since, attempts = self._time(-WINDOW), [new_id() for _ in who]
        with self._database.writing() as session:
            session.execute(delete(AttemptTable).where(AttemptTable.at <= since))
            for key, most in zip(who, (PER_NAME, PER_ADDRESS, PER_NAME_ANYWHERE), strict=True):
                seen = select(func.count(), func.min(AttemptTable.at)).where(AttemptTable.who == key)
                count, first = session.execute(seen).one()
                if count >= most:
                    raise TooManyAttempts(self._seconds_until(first))
            for attempt, key in zip(attempts, who, strict=True):
                session.add(AttemptTable(id=attempt, who=key, at=self._time()))
        return attempts

    def _seconds_until(self, first: str) -> int:
        """Seconds until the attempt made at `first` no longer counts."""
        over = datetime.fromisoformat(first) + WINDOW - self._clock().astimezone(UTC)
        return max(1, round(over.total_seconds()))


def checked_name(name: str) -> str:
    """A user's name as it is kept. Raises WorkspaceError."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise WorkspaceError(f"A name has 1 to {LONGEST_NAME} letters, and no invisible ones.")
    return name


def hash_password(password: str) -> str:
    """A password as it is stored: salted scrypt, with its cost. Raises WorkspaceError for one that is too short, too
    long, or among the first that people guess.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WorkspaceError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    if any(unicodedata.category(one) in UNTYPED for one in password):
        raise WorkspaceError(
            "This password holds a character that no login page can send, such as a line break or a tab."
        )
    plainly = password.casefold()
    if len({*plainly} - {" "}) < FEWEST_LETTERS or any(
        len(plainly.replace(easy, "")) < SHORTEST_PASSWORD - 2 for easy in EASY if easy in plainly
    ):
        raise WorkspaceError("This password is too easy to guess; take three or four words that nobody expects.")
    salt = secrets.token_bytes(16)
    hashed = _scrypt(password, salt, *COST)
    return "$".join(["scrypt", *map(str, COST), b64encode(salt).decode(), b64encode(hashed).decode()])


def _matches(password: str, stored: str) -> bool:
    _, n, r, p, salt, hashed = stored.split("$")
    found = _scrypt(password[: LONGEST_PASSWORD + 1], b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, b64decode(hashed))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    with _hashing:  # each takes 32 MB: many logins at once wait for each other
        return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=256 * 2**20, dklen=32)


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
