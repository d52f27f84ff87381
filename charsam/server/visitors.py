"""The visitors of the public demo: each is a guest of a temporary workspace, and all of theirs goes when they go."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from charsam.workspace.values import User
from charsam.workspace.workspace import Workspace

log = logging.getLogger("charsam.visitors")

MOST_VISITORS: Final = 400
IDLE: Final = 3600.0
"""Seconds without a request after which a visitor's work is deleted, pages open or not."""
GRACE: Final = 90.0
"""Seconds for which a visitor's work outlives their last open page, so that a reload finds it again."""
UNUSED: Final = 10_000
"""So many tokens are remembered for visitors who have only looked and own nothing yet."""
MOST_PAGES: Final = 200
PERIOD: Final = 20.0
"""Seconds between two looks at who has gone."""


@dataclass(eq=False)
class Visitor:
    """key: names the visitor in the server, to nobody else.

    pages: those that are open, by the names that they gave themselves. requests: how many are being answered now. user:
    from the first use on.
    """

    token: str
    key: str
    pages: set[str] = field(default_factory=set)
    seen: float = 0.0
    requests: int = 0
    user: User | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Visitors:
    """The visitors by token. workspace: a temporary one. clock: seconds, for the tests. on_gone: called with the key of
    each who has gone, before what is theirs is deleted.
    """

    def __init__(
        self,
        workspace: Workspace,
        clock: Callable[[], float] = time.monotonic,
        on_gone: Callable[[str], None] = lambda key: None,
    ) -> None:
        self._on_gone = on_gone
        self._workspace = workspace
        self._clock = clock
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._sweeper: threading.Thread | None = None

    def welcome(self) -> str:
        """A token for a new visitor; nothing is made for them yet."""
        visitor = Visitor(secrets.token_urlsafe(32), f"visitor:{secrets.token_hex(16)}", seen=self._clock())
        with self._lock:
            self._visitors[visitor.token] = visitor
            unused = [one.token for one in self._visitors.values() if one.user is None and not one.pages]
            for old in unused[:-UNUSED]:
                del self._visitors[old]
        return visitor.token

    def get(self, token: str) -> Visitor | None:
        """The visitor of a token that was given out and is still good; their idle time begins anew."""
        with self._lock:
            visitor = self._visitors.get(token)
            if visitor is not None:
                visitor.seen = self._clock()
                self._visitors.move_to_end(token)
            return visitor

    @contextmanager
    def answering(self, token: str) -> Iterator[None]:
        """Within it a request of that visitor is being answered: who waits for an answer has not gone."""
        visitor = self.get(token)
        if visitor is None:
            yield
            return
        with self._lock:
            visitor.requests += 1
        try:
            yield
        finally:
            with self._lock:
                visitor.requests -= 1
                visitor.seen = self._clock()

    def user(self, visitor: Visitor) -> User:
        """The visitor's user in the workspace, made at the first use."""
        with visitor.lock:
            if visitor.user is None:
                visitor.user = self._workspace.accounts.guest(f"visitor {secrets.token_hex(8)}")
            user = visitor.user
        with self._lock:
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._keep_sweeping, name="charsam-sweep", daemon=True)
                self._sweeper.start()
        return user

    def of(self, user: User) -> Visitor | None:
        """The visitor who is that user of the workspace."""
        with self._lock:
            return next(
                (one for one in self._visitors.values() if one.user is not None and one.user.id == user.id), None
            )

    def page_opened(self, token: str, page: str) -> None:
        """A page of this visitor is open."""
        with self._lock:
            if token in self._visitors and len(self._visitors[token].pages) < MOST_PAGES:
                self._visitors[token].pages.add(page)

    def page_closed(self, token: str, page: str) -> None:
        """A page of this visitor was left."""
        with self._lock:
            if token in self._visitors:
                visitor = self._visitors[token]
                visitor.pages.discard(page)
                visitor.seen = self._clock()

    def forget(self, token: str) -> None:
        """Delete all that is a visitor's now."""
        with self._lock:
            visitor = self._visitors.pop(token, None)
        if visitor is not None:
            self._delete(visitor)

    def sweep(self) -> None:
        """Delete what belongs to those who have gone, and to the ones idle for longest where there are too many."""
        now = self._clock()
        with self._lock:
            used = [one for one in self._visitors.values() if one.user is not None]
            surplus = {one.token for one in used[: max(0, len(used) - MOST_VISITORS)]}
            gone = [one for one in self._visitors.values() if one.token in surplus or self._has_gone(one, now)]
            for visitor in gone:
                del self._visitors[visitor.token]
        for visitor in gone:
            try:
                self._delete(visitor)
            except Exception:  # such as a full disk: it is tried again at the next look
                log.exception("what a visitor left could not be deleted")
                with self._lock:
                    self._visitors.setdefault(visitor.token, visitor)

    def close(self) -> None:
        """Delete what belongs to any of them."""
        self._over.set()
        with self._lock:
            gone = list(self._visitors.values())
            self._visitors.clear()
        for visitor in gone:
            self._delete(visitor)

    def __len__(self) -> int:
        """How many visitors own something."""
        with self._lock:
            return sum(one.user is not None for one in self._visitors.values())

    def _has_gone(self, visitor: Visitor, now: float) -> bool:
        here = visitor.pages or visitor.requests or visitor.user is None
        return now - visitor.seen > (IDLE if here else GRACE)

    def _delete(self, visitor: Visitor) -> None:
        self._on_gone(visitor.key)
        with visitor.lock:
            if visitor.user is not None:
                self._workspace.accounts.forget_guest(visitor.user)
                visitor.user = None

    def _keep_sweeping(self) -> None:
        while not self._over.wait(PERIOD):
            try:
                self.sweep()
            except Exception:  # whatever it is, those who leave later are looked after, too
                log.exception("what a visitor left could not be deleted")
