"""The ends of CRAFT's words: the last letter, which its heat often misses, is won back by reading a little further; and
a sign beside the word, such as an arrow, which it took for a letter, is cut off where a line of PP-OCR's reads none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from charsam.cbr.recogniser import Reading, Recogniser
from charsam.finding.directions import RIM, crop_of
from charsam.finding.found_word import FoundWord, Witness
from charsam.finding.outlines import Band
from charsam.finding.overlap import shared_areas
from charsam.types import ImageArray

FURTHER: Final = 1.1
"""How much further is read at each end, in the word's own letters; and at most, in its height."""
LEAST_LETTERS: Final = 3
"""Letters of a word from which on it is tried."""
SURE: Final = 0.7
"""Probability of each letter that is won."""
TOUCHING: Final = 0.08
"""Share of another word that a word may cover."""
DOUBTFUL: Final = 0.5
"""Probability of a character at an end (an arrow is read as C) below which a line without it, surely read, is right."""
SURE_LINE: Final = 0.95
SAME: Final = 0.5
"""Share of a word within a line of PP-OCR's with the same text from which on the line confirms it."""


def with_ends(image: ImageArray, found: Sequence[FoundWord], recogniser: Recogniser) -> list[FoundWord]:
    """The words; those of CRAFT's that no line of PP-OCR's confirms with the letters that read beyond their ends, and
    without signs that only they read there.
    """
    found = [_without_signs(word, found) for word in found]
    result = list(found)
    tried = [(index, word, word.band) for index, word in enumerate(found) if _may_be_short(word, found)]
    longer = []
    for _, word, band in tried:
        assert band is not None
        longer.append(_Longer(band, min(FURTHER * band.length / len(word.text), FURTHER * band.height)))
    readings = recogniser.read([crop_of(image, one.band) for one in longer])
    for (index, word, _), one, reading in zip(tried, longer, readings, strict=True):
        free = (now for now in one.won(word, reading) if not any(_runs_into(now, word, other) for other in found))
        result[index] = next(free, word)
    return result


def _without_signs(word: FoundWord, found: Sequence[FoundWord]) -> FoundWord:
    """A word of CRAFT's without a doubtful character at its end that a line at its place does not have."""
    if word.band is None:
        return word
    for line in found:
        if line.witness is not Witness.LINES or line.probability < SURE_LINE or len(line.text) < LEAST_LETTERS:
            continue
        start = word.text.casefold().find(line.text.casefold())
        stop = start + len(line.text)
        signs = [place for place in range(len(word.text)) if not start <= place < stop]
        if start < 0 or len(signs) != 1 or word.confidences[signs[0]] >= DOUBTFUL:
            continue
        if _within(word, line) > SAME:
            letter = 1.0 / len(word.text)
            band = word.band.part(start * letter, stop * letter)
            return replace(
                word,
                polygon=band.polygon,
                band=band,
                text=word.text[start:stop],
                confidences=word.confidences[start:stop],
                letters=max(1, word.letters - 1),
            )
    return word


def _runs_into(now: FoundWord, before: FoundWord, other: FoundWord) -> bool:
    """Whether what a word has won is another word, or a part of one; not where that is no more than what was won."""
    if other is before or other.probability < SURE or _within(other, before) > TOUCHING:
        return False
    if _ends_in(now.text, before.text, other.text) and _within(other, now) > SAME:
        return False
    return _within(other, now) > TOUCHING + _within(other, before)


def _ends_in(now: str, before: str, fragment: str) -> bool:
    """Whether a fragment is no more than what a text has won at one of its ends, with letters that it had, perhaps."""
    now, fragment = now.casefold(), fragment.casefold()
    start = now.find(before.casefold())
    won = start, len(now) - start - len(before)
    fits = now.startswith(fragment), now.endswith(fragment)
    return any(fit and 0 < count <= len(fragment) for fit, count in zip(fits, won, strict=True))


def _may_be_short(word: FoundWord, found: Sequence[FoundWord]) -> bool:
    if word.band is None or len(word.text) < LEAST_LETTERS:
        return False
    return not any(
        other.witness is Witness.LINES and other.text == word.text and _within(word, other) > SAME for other in found
    )


def _within(word: FoundWord, other: FoundWord) -> float:
    own, _, shared = shared_areas(word.polygon, other.polygon)
    return shared / max(own, 1e-9)


class _Longer:
    """A word's line with `more` pixels more at both ends."""

    def __init__(self, band: Band, more: float) -> None:
        self.band = band.longer(more, more)
        self._more = more / max(self.band.length, 1e-6)

    def won(self, word: FoundWord, reading: Reading) -> Iterator[FoundWord]:
        """The word as far as it reads now: with what was surely won at both ends, or at one of them."""
        text = reading.text
        start = text.casefold().find(word.text.casefold())
        if start < 0:
            return
        stop = start + len(word.text)
        first, last = start, stop
        while first > 0 and self._is_won(reading, first - 1):
            first -= 1
        while last < len(text) and self._is_won(reading, last):
            last += 1
        if first < start and last > stop:
            yield self._as_read(word, reading, (start, stop), (first, last))
        if first < start:
            yield self._as_read(word, reading, (start, stop), (first, stop))
        if last > stop:
            yield self._as_read(word, reading, (start, stop), (start, last))

    def _as_read(self, word: FoundWord, reading: Reading, before: tuple[int, int], now: tuple[int, int]) -> FoundWord:
        """The word with other places of the reading than before, the last exclusive."""
        (start, stop), (first, last) = before, now
        shares = np.clip((reading.centres - RIM) / max(reading.width - 2 * RIM, 1.0), 0.0, 1.0)
        half = float(np.median(np.diff(shares[first:last]))) / 2
        begin = max(0.0, float(shares[first]) - half) if first < start else self._more
        end = min(1.0, float(shares[last - 1]) + half) if last > stop else 1.0 - self._more
        band = self.band.part(begin, end)
        return replace(
            word,
            polygon=band.polygon,
            band=band,
            text=reading.text[first:last],
            confidences=reading.confidences[first:last],
            letters=word.letters + (last - first) - len(word.text),
        )

    @staticmethod
    def _is_won(reading: Reading, place: int) -> bool:
        return reading.text[place].isalnum() and bool(reading.confidences[place] >= SURE)
