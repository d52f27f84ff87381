"""Turns at the models: a few at a time, and fair rounds between people, however much one of them asks for."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from charsam.cancellation import checkpoint, time_limit
from charsam.errors import CharsamError
from charsam.memory import give_back
from charsam.server.budgets import HourlyBudget

AT_ONCE: Final = 2
HEAVY: Final = 1.0
"""Seconds of a turn from which on the memory that it used is given back to the system."""
LOOK: Final = 0.2
"""Seconds between two looks at whether a wait was cancelled."""


class TooBusy(CharsamError):
    """Somebody has as much work waiting as one person may."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Somebody's wish for a turn. large: it takes much memory."""

    large: bool


class Turns:
    """at_once: how many have a turn at the same time. each: how many of these one person may have. waiting: how many
    more of a person's wait; who asks for more is refused at once. longest: seconds after which a turn ends, as far as
    its work looks (`charsam.cancellation`). budget: of the seconds of a person's turns. Of turns that take much memory
    there is one at a time, whoever's it is. Safe for several threads.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        each: int = 1,
        waiting: int = 8,
        longest: float | None = None,
        budget: HourlyBudget | None = None,
    ) -> None:
        self._at_once, self._each, self._most, self._longest = at_once, each, waiting, longest
        self._budget = budget or HourlyBudget()
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[_Asked]] = {}
        self._large = False
        self._running: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._rounds = 0

    @contextmanager
    def turn(self, key: str, payer: str | None = None, stretch: float = 1.0, *, large: bool = False) -> Iterator[None]:
        """Wait for a turn and have it for the block. key: whose it is. payer: whose budget pays for it; None: theirs.
        stretch: how many times the budget may be used up for this kind of work. large: it takes much memory.

        Raises BudgetSpent where it is used up, TooBusy where that person has too much waiting, Cancelled where the work
        was asked to stop meanwhile, TooLong where it took too long.
        """
        mine, payer = _Asked(large), payer or key
        self._budget.check(payer, stretch)
        with self._changed:
            queue = self._waiting.setdefault(key, deque())
            if len(queue) >= self._most:
                raise TooBusy(f"{len(queue)} of your requests are waiting already; wait until they are done.")
            queue.append(mine)
            try:
                while self._next() is not mine:
                    self._changed.wait(LOOK)
                    checkpoint()
            finally:
                queue.remove(mine)
                if not queue:
                    del self._waiting[key]
                self._changed.notify_all()
            self._take(key)
            self._large = self._large or large
        begun = time.monotonic()
        try:
            self._budget.check(payer, stretch)  # what was waiting with it has been paid for meanwhile
            with time_limit(self._longest):
                yield
        finally:
            spent = time.monotonic() - begun
            self._budget.spend(payer, spent)
            if spent > HEAVY:  # a click is answered at once
                give_back()
            self._give_back(key, large)

    @contextmanager
    def if_free(self, key: str) -> Iterator[bool]:
        """A turn for the block if nobody needs it; else False, without a wait."""
        with self._changed:
            free = not self._waiting and sum(self._running.values()) < self._at_once
            if free:
                self._take(key)
        try:
            yield free
        finally:
            if free:
                self._give_back(key)

    def _next(self) -> _Asked | None:
        """Who has the next turn: of those who have the fewest now and can have it, the one served longest ago."""
        if sum(self._running.values()) >= self._at_once:
            return None
        able = [
            key
            for key, asked in self._waiting.items()
            if self._running[key] < self._each and not (self._large and asked[0].large)
        ]
        if not able:
            return None
        return self._waiting[min(able, key=lambda key: (self._running[key], self._served.get(key, 0)))][0]

    def _take(self, key: str) -> None:
        self._rounds += 1
        self._running[key] += 1
        self._served[key] = self._rounds

    def _give_back(self, key: str, large: bool = False) -> None:
        with self._changed:
            self._large = self._large and not large
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]
            if len(self._served) > 1000:
                self._served = {one: at for one, at in self._served.items() if one in self._running}
            self._changed.notify_all()
