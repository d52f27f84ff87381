"""How long one person may compute in an hour, so that nobody keeps the models from the others for long."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from charsam.workspace.errors import BudgetSpent

HOUR: Final = 3600.0
MINUTE: Final = 60.0
"""What was spent within so many seconds is kept as one entry."""
MOST_PEOPLE: Final = 1000


class HourlyBudget:
    """seconds: of one person in any hour; None: as many as they like. clock: seconds. Safe for several threads."""

    def __init__(self, seconds: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._spent: dict[str, deque[tuple[float, float]]] = {}
        self._lock = threading.Lock()

    def check(self, who: str, times: float = 1.0) -> None:
        """Raise BudgetSpent where somebody has spent their budget, or so many times as much."""
        if self._seconds is None:
            return
        with self._lock:
            spent = self._recent(who)
            over, wait = sum(seconds for _, seconds in spent) - times * self._seconds, 0.0
            for at, seconds in spent:
                if over < 0:
                    break
                over, wait = over - seconds, at + HOUR - self._clock()
        if wait:
            raise BudgetSpent(self._seconds, math.ceil(wait))

    def spend(self, who: str, seconds: float) -> None:
        """Somebody has computed for so long, until now."""
        now = self._clock()
        with self._lock:
            spent = self._recent(who)
            if spent and now - spent[-1][0] < MINUTE:
                spent[-1] = spent[-1][0], spent[-1][1] + seconds
            else:
                spent.append((now, seconds))
            self._spent[who] = spent
            if len(self._spent) > MOST_PEOPLE:
                self._spent = {one: left for one in list(self._spent) if (left := self._recent(one))}

    def _recent(self, who: str) -> deque[tuple[float, float]]:
        """What somebody has spent in the last hour, oldest first: (when, seconds)."""
        spent = self._spent.get(who, deque())
        while spent and spent[0][0] <= self._clock() - HOUR:
            spent.popleft()
        return spent
