"""Who has which image open, as far as their pages have said so lately."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

LATELY: Final = 45.0
"""Seconds for which somebody counts as being there after their page said so; pages do every twenty."""
MOST: Final = 20_000


class Presence:
    """Kept in memory alone, for one server. Safe for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[str, str, float]] = {}  # by person: project, image, when

    def here(self, name: str, project: str, image: str) -> None:
        """Somebody looks at an image, and at no other any more."""
        with self._lock:
            if len(self._seen) >= MOST and name not in self._seen:
                self._seen.clear()
            self._seen[name] = (project, image, self._clock())

    def on(self, project: str, but: str = "") -> dict[str, list[str]]:
        """The people on each image of a project, by image; without `but`."""
        since = self._clock() - LATELY
        found: dict[str, list[str]] = {}
        with self._lock:
            for name, (where, image, at) in sorted(self._seen.items()):
                if where == project and at >= since and name != but:
                    found.setdefault(image, []).append(name)
        return found
