"""Who is calling, and what is theirs: the local user, a person who has logged in, or a visitor of the demo."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cachetools import TTLCache

from charsam.server.serving import Mode, Serving
from charsam.server.visitors import Visitors
from charsam.workspace.quota import DEMO, TEAM
from charsam.workspace.values import User
from charsam.workspace.workspace import Workspace

COOKIE: Final = "charsam_session"
HEADER: Final = "x-charsam-session"
LOCAL_NAME: Final = "you"
REMEMBERED: Final = 10.0
"""Seconds for which a session that the database has confirmed is taken as good without asking again."""
MOST_REMEMBERED: Final = 2000
LONGEST_TOKEN: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """Somebody who may do something. key: the same for all requests of one person, and nobody else's."""

    key: str
    user: User
    workspace: Workspace


class Access:
    """Finds the caller of a request, over the one workspace of this server; that of a demo is temporary.

    Raises WorkspaceError where the workspace cannot be opened.
    """

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.mode = serving.mode
        self._lock = threading.Lock()
        self._known: TTLCache[str, Caller] = TTLCache(MOST_REMEMBERED, REMEMBERED)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        folder, database = serving.folder, serving.database
        if serving.mode is Mode.DEMO:
            self._temporary = tempfile.TemporaryDirectory(prefix="charsam-demo-", ignore_cleanup_errors=True)
            folder, database = Path(self._temporary.name), None
        quota = DEMO if serving.mode is Mode.DEMO else TEAM
        if serving.hour_seconds is not None:
            quota = replace(quota, hour_seconds=serving.hour_seconds or None)
        elif serving.mode is Mode.LOCAL:
            quota = replace(quota, hour_seconds=None)
        self.workspace = Workspace.open(folder, database, quota=quota)
        self.visitors = Visitors(self.workspace, on_gone=self._gone) if serving.mode is Mode.DEMO else None
        self._local: Caller | None = None
        self.closing: list[Callable[[], None]] = []
        """What is to be called before the workspace goes."""
        self.gone: list[Callable[[str], None]] = []
        """What is to be called with the key of a visitor who has left."""
        if serving.mode is Mode.LOCAL:
            self._local = Caller("local", self.workspace.accounts.guest(LOCAL_NAME), self.workspace)

    def caller(self, token: str | None) -> Caller | None:
        """Who calls with this token; None for a stranger. May ask the database, so it can take a few milliseconds."""
        if self._local is not None:
            return self._local
        if not token or len(token) > LONGEST_TOKEN or not token.isascii():
            return None
        return self._visitor(token) if self.visitors is not None else self._person(token)

    def key(self, token: str | None) -> str | None:
        """The key of the caller with this token, None for a stranger; unlike `caller` it makes nothing on the disk."""
        if self.visitors is None:
            caller = self.caller(token)
            return None if caller is None else caller.key
        visitor = self.visitors.get(token) if token else None
        return None if visitor is None else visitor.key

    def answering(self, token: str | None) -> AbstractContextManager[None]:
        """A context within which a request of whoever has that token is being answered."""
        return nullcontext() if self.visitors is None or not token else self.visitors.answering(token)

    def key_of(self, user: User) -> str:
        """The key of the caller who is that user."""
        if self._local is not None:
            return self._local.key
        visitor = self.visitors.of(user) if self.visitors is not None else None
        return f"user:{user.id}" if visitor is None else visitor.key

    def welcome(self) -> str:
        """A token for a new visitor of the demo."""
        assert self.visitors is not None
        return self.visitors.welcome()

    def login(self, name: str, password: str, address: str) -> str | None:
        """A token for a person with this name and password; None where they are wrong.

        Raises TooManyAttempts after too many wrong ones.
        """
        user = self.workspace.accounts.check_password(name, password, address=address)
        return None if user is None else self.workspace.accounts.open_session(user)

    def has_accounts(self) -> bool:
        """Whether anybody can log in at all."""
        return any(not user.guest for user in self.workspace.accounts.users())

    def logout(self, token: str | None) -> None:
        """The token is good for nothing any more, and a visitor's work is deleted."""
        if not token:
            return
        with self._lock:
            self._known.pop(token, None)
        if self.visitors is not None:
            self.visitors.forget(token)
        elif self.mode is Mode.LOGIN:
            self.workspace.accounts.close_session(token)

    def close(self) -> None:
        """Let go of the workspace; that of a demo is deleted."""
        for close in self.closing:
            close()
        if self.visitors is not None:
            self.visitors.close()
        self.workspace.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _gone(self, key: str) -> None:
        for forget in self.gone:
            forget(key)

    def _person(self, token: str) -> Caller | None:
        with self._lock:
            known: Caller | None = self._known.get(token)
        if known is not None:
            return known
        user = self.workspace.accounts.session_user(token)
        if user is None:
            return None
        caller = Caller(f"user:{user.id}", user, self.workspace)
        with self._lock:
            self._known[token] = caller
        return caller

    def _visitor(self, token: str) -> Caller | None:
        assert self.visitors is not None
        visitor = self.visitors.get(token)
        return None if visitor is None else Caller(visitor.key, self.visitors.user(visitor), self.workspace)


def token_of(cookies: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The token that a request carries: in its header, which a page in a frame must use, or its cookie."""
    return headers.get(HEADER) or cookies.get(COOKIE)
