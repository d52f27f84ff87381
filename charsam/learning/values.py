"""What teaches: pictures with words whose masks a person has decided on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from charsam.types import CharacterMask, ImageArray, Word


@dataclass(frozen=True, slots=True, eq=False)
class TaughtWord:
    """A word with the masks that its characters should have.

    word: with its characters' places, which a run of the pipeline keeps. masks: parallel to `word.characters`; None for
    a character of which nothing is known. rejected: parallel too: the masks that somebody called wrong, None elsewhere.
    """

    word: Word
    masks: tuple[CharacterMask | None, ...]
    rejected: tuple[CharacterMask | None, ...] = ()

    @property
    def teaches(self) -> bool:
        return any(mask is not None for mask in (*self.masks, *self.rejected))


@dataclass(frozen=True, slots=True, eq=False)
class TaughtPicture:
    """An image with the words that teach. name: tells it from all others. image: reads it, (H, W, 3) uint8 RGB.

    people_drew: whether its masks are as people draw them, or the generator's coverage, of which `compact` adds a bias
    (`charsam.segmenters.placing.bias_at`).
    """

    name: str
    image: Callable[[], ImageArray]
    words: tuple[TaughtWord, ...]
    people_drew: bool = True

    def count(self) -> int:
        """How many words teach."""
        return sum(word.teaches for word in self.words)
