"""Finds the words of a photo that comes without any, and reads them: CRAFT and PP-OCR see, reading decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from charsam.cbr.recogniser import Recogniser
from charsam.finding import letters
from charsam.finding.duplicates import chosen_words
from charsam.finding.found_word import FoundWord
from charsam.finding.lines import LineFinder
from charsam.finding.pyramid import CELL, Sight, View, look, views
from charsam.finding.word_ends import with_ends
from charsam.types import ImageArray, Word

MOST_ENLARGED: Final = 1.6e6
"""Pixels that are looked at once more, enlarged, at most; the smallest parts come first."""


class WordFinder:
    """Both witnesses together. sight: CRAFT, loaded; threads may share one finder."""

    def __init__(self, sight: Sight) -> None:
        """Raises WeightsError without the files of PP-OCR's detection."""
        self._sight = sight
        self.lines = LineFinder()

    def find_words(self, image: ImageArray, recogniser: Recogniser) -> tuple[Word, ...]:
        """The words of an (H, W, 3) uint8 RGB image with what they read, in reading order.

        A word that was seen but could not be read has no text.
        """
        *_, words = self.words_as_found(image, recogniser)
        return words

    def words_as_found(self, image: ImageArray, recogniser: Recogniser) -> Iterator[tuple[Word, ...]]:
        """The words as soon as something is known: first those of PP-OCR's lines, then those of both witnesses, at last
        what `find_words` gives. Each replaces the one before.
        """
        lines = self.lines.find_words(image, recogniser)
        yield _as_words(lines)
        found = [*letters.read_words(image, self.seen_words(image), recogniser), *lines]
        yield _as_words(found)
        yield _as_words(with_ends(image, found, recogniser))

    def seen_words(self, image: ImageArray) -> list[letters.SeenWord]:
        """What CRAFT sees in the photo at all sizes, nothing read yet."""
        seen, finest = [], None
        for view in views(image, self._sight):
            finest = finest or view
            seen.append(letters.seen_words(view))
        if finest is not None:
            seen += [letters.seen_words(view) for view in self._enlarged(image, finest, seen[0])]
        return letters.without_repeats(seen)

    def _enlarged(self, image: ImageArray, view: View, seen: Sequence[letters.SeenWord]) -> Iterator[View]:
        """Once more, closer, at the parts of the photo with small words."""
        left = MOST_ENLARGED
        zoom = letters.ENLARGED * CELL / max(view.scale)
        parts = letters.small_parts(seen, view, image.shape)
        for x0, y0, x1, y1 in sorted(parts, key=lambda part: (part[2] - part[0]) * (part[3] - part[1])):
            left -= (x1 - x0) * (y1 - y0) * zoom**2
            if left < 0:
                break
            yield look(image[y0:y1, x0:x1], self._sight, zoom, (x0, y0))


def _as_words(found: Sequence[FoundWord]) -> tuple[Word, ...]:
    return tuple(Word(word.polygon, word.plain or None, text_read=bool(word.text)) for word in chosen_words(found))
