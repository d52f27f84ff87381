"""The one store of traces: whatever a run found is kept for all that ask about the same picture and words later."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from cachetools import LRUCache

from charsam.memory import bytes_of
from charsam.trace import Settings, Stage, Trace
from charsam.types import Word

MOST_BYTES: Final = 80_000_000
"""Of all traces together; those not asked for longest go first."""

Key = tuple[str, bytes, Settings]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """asked: the words that a run was given, None where it had to find them. trace: what it left, which may have ended
    before its last stage.
    """

    asked: tuple[Word, ...] | None
    trace: Trace

    def has(self, stage: Stage) -> bool:
        """Whether the trace goes as far as this stage."""
        return stage in self.trace.timings


class Traces:
    """Traces by picture, words and settings. Safe for several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: LRUCache[Key, Kept] = LRUCache(most_bytes, getsizeof=lambda kept: nbytes(kept.trace))
        self._lock = threading.Lock()

    def get(self, picture: str, words: Sequence[Word], settings: Settings, stage: Stage = Stage.MASKS) -> Kept | None:
        """The trace of exactly these, if it goes as far as `stage`. picture: names its pixels."""
        with self._lock:
            found = self._kept.get((picture, digest(words), settings))
        return found if found is not None and found.has(stage) else None

    def near(self, picture: str, words: Sequence[Word], stage: Stage = Stage.FIND) -> Kept | None:
        """The newest trace of this picture and words under whatever settings that goes as far as `stage`."""
        own = digest(words)
        with self._lock:
            for key in reversed(list(self._kept)):
                if key[:2] == (picture, own) and self._kept[key].has(stage):
                    return self._kept[key]
        return None

    def put(self, picture: str, words: Sequence[Word], kept: Kept) -> None:
        """Keep a trace; one that is larger than the whole store is not kept."""
        key = picture, digest(words), kept.trace.settings
        with self._lock:
            self._kept.pop(key, None)
            if nbytes(kept.trace) <= self._kept.maxsize:
                self._kept[key] = kept

    @property
    def nbytes(self) -> int:
        """About how much memory the traces take."""
        with self._lock:
            return int(self._kept.currsize)

    def __len__(self) -> int:
        return len(self._kept)


def digest(words: Sequence[Word]) -> bytes:
    """The same for words that a run cannot tell apart."""
    found = hashlib.sha256()
    for word in words:
        found.update(repr((word.text, word.ignore, word.text_read, len(word.characters))).encode())
        found.update(np.ascontiguousarray(word.polygon, np.float32).tobytes())
        for character in word.characters:
            found.update(character.category.encode() + np.ascontiguousarray(character.polygon, np.float32).tobytes())
    return found.digest()


def nbytes(trace: Trace) -> int:
    """About how much memory a trace takes: its picture, strips, heatmaps, embedded words, masks."""
    return bytes_of(trace) + 10_000
