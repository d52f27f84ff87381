"""The words of the latest images as the segmenters encoded them, so that a click need not wait for an encoder."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from typing import Final

from charsam.editing.frames import frame_key
from charsam.segmenters.base import Embedding
from charsam.types import WordFrame

MOST_IMAGES: Final = 8
"""Images whose words are kept; an embedding may hold on to its image's pixels."""
MOST_WORDS: Final = 160
MOST_BYTES: Final = 50 * 2**20
"""Words kept in all; one takes a few megabytes, a long one more."""


class Embeddings:
    """Embeddings by image, segmenter and word frame; those used longest ago go first. Safe for several threads."""

    def __init__(
        self, most_images: int = MOST_IMAGES, most_words: int = MOST_WORDS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._most_images = most_images
        self._most_words = most_words
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._images: OrderedDict[str, OrderedDict[tuple[object, ...], tuple[Embedding, int]]] = OrderedDict()

    def get(self, key: str, segmenter: str, frame: WordFrame, make: Callable[[], Embedding]) -> Embedding:
        """The embedding of a word; made where it is not there. Two threads may make one at the same time: it is the
        same both times.
        """
        place = (segmenter, *frame_key(frame))
        with self._lock:
            words = self._images.get(key)
            if words is not None and place in words:
                self._images.move_to_end(key)
                words.move_to_end(place)
                return words[place][0]
        embedding = make()
        self.put(key, segmenter, frame, embedding)
        return embedding

    def put(self, key: str, segmenter: str, frame: WordFrame, embedding: Embedding) -> None:
        with self._lock:
            words = self._images.setdefault(key, OrderedDict())
            self._images.move_to_end(key)
            words[segmenter, *frame_key(frame)] = embedding, _bytes_of(embedding)
            words.move_to_end((segmenter, *frame_key(frame)))
            while len(self._images) > self._most_images:
                self._images.popitem(last=False)
            while self._too_much():
                oldest = next(iter(self._images))
                self._images[oldest].popitem(last=False)
                if not self._images[oldest]:
                    del self._images[oldest]

    def _too_much(self) -> bool:
        """Whether a word has to go; the last one stays, whatever its size."""
        sizes = [size for words in self._images.values() for _, size in words.values()]
        return len(sizes) > self._most_words or (len(sizes) > 1 and sum(sizes) > self._most_bytes)

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._images.values()))


def _bytes_of(value: object, known: set[int] | None = None) -> int:
    """Bytes of the arrays and tensors that a value holds, each once."""
    known = set() if known is None else known
    if id(value) in known:
        return 0
    known.add(id(value))
    if isinstance(size := getattr(value, "nbytes", None), int):  # of NumPy or PyTorch
        return size
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    elif is_dataclass(value):
        parts = (getattr(value, part.name) for part in fields(value))
    return sum(_bytes_of(part, known) for part in parts)
