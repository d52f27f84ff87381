"""The words of the latest images as the segmenters encoded them, so that a click need not wait for an encoder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from charsam.geometry import frame_key
from charsam.memory import bytes_of
from charsam.segmenters.base import Embedding
from charsam.types import WordFrame, WordRegions

MOST_BYTES: Final = 50 * 2**20
"""Of all words that are kept; one takes a few megabytes, a long one more."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A word as CRAFT and a segmenter see it; of the embedding it is word 0."""

    regions: WordRegions
    embedding: Embedding


class Embeddings:
    """Encoded words by image, segmenter and word frame; those used longest ago go first. Safe for several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        def size(word: Encoded) -> int:
            return min(bytes_of(word), most_bytes)  # one that is larger than all stays until the next

        self._words: LRUCache[Key, Encoded] = LRUCache(most_bytes, getsizeof=size)
        self._lock = threading.Lock()

    def find(self, key: str, segmenter: str, frame: WordFrame) -> Encoded | None:
        """A word, if it is kept. key: names the pixels of its image."""
        with self._lock:
            found: Encoded | None = self._words.get((key, segmenter, *frame_key(frame)))
            return found

    def get(self, key: str, segmenter: str, frame: WordFrame, make: Callable[[], Encoded]) -> Encoded:
        """A word; made where it is not kept. Two threads may make one at the same time: it is the same both times."""
        found = self.find(key, segmenter, frame)
        if found is None:
            found = make()
            self.put(key, segmenter, frame, found)
        return found

    def put(self, key: str, segmenter: str, frame: WordFrame, word: Encoded) -> None:
        """Keep a word."""
        with self._lock:
            self._words[key, segmenter, *frame_key(frame)] = word

    def __len__(self) -> int:
        return len(self._words)
