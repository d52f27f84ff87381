"""Words that CRAFT cut short: its heat often misses the last letter, which reading a little further brings back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from charsam.cbr.reading import Reading, Recogniser
from charsam.finding.directions import RIM, crop_of
from charsam.finding.found import FoundWord, Witness
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
SAME: Final = 0.5
"""Share of a word within a line of PP-OCR's with the same text from which on the line confirms it."""


def with_ends(image: ImageArray, found: Sequence[FoundWord], recogniser: Recogniser) -> list[FoundWord]:
    """The words; those of CRAFT's that no line of PP-OCR's confirms with the letters that read beyond their ends."""
    result = list(found)
    tried = [(index, word, word.band) for index, word in enumerate(found) if _may_be_short(word, found)]
    longer = []
    for _, word, band in tried:
        assert band is not None
        longer.append(_Longer(band, min(FURTHER * band.length / len(word.text), FURTHER * band.height)))
    readings = recogniser.read([crop_of(image, one.band) for one in longer])
    for (index, word, _), one, reading in zip(tried, longer, readings, strict=True):
        now = one.won(word, reading)
        if now is word or not any(_runs_into(now, word, other) for other in found):
            result[index] = now
    return result


def _runs_into(now: FoundWord, before: FoundWord, other: FoundWord) -> bool:
    """Whether what a word has won is another word, or a part of one."""
    if other is before or other.probability < SURE or _within(other, before) > TOUCHING:
        return False
    return _within(other, now) > TOUCHING + _within(other, before)


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

    def won(self, word: FoundWord, reading: Reading) -> FoundWord:
        """The word as far as it reads now; itself where nothing was won, or not surely."""
        text = reading.text
        start = text.casefold().find(word.text.casefold())
        if start < 0:
            return word
        stop = start + len(word.text)
        first, last = start, stop
        while first > 0 and self._is_won(reading, first - 1):
            first -= 1
        while last < len(text) and self._is_won(reading, last):
            last += 1
        if (first, last) == (start, stop):
            return word
        shares = np.clip((reading.centres - RIM) / max(reading.width - 2 * RIM, 1.0), 0.0, 1.0)
        half = float(np.median(np.diff(shares[first:last]))) / 2
        begin = max(0.0, float(shares[first]) - half) if first < start else self._more
        end = min(1.0, float(shares[last - 1]) + half) if last > stop else 1.0 - self._more
        band = self.band.part(begin, end)
        return replace(
            word,
            polygon=band.polygon,
            band=band,
            text=text[first:last],
            confidences=reading.confidences[first:last],
            letters=word.letters + (last - first) - len(word.text),
        )

    @staticmethod
    def _is_won(reading: Reading, place: int) -> bool:
        return reading.text[place].isalnum() and bool(reading.confidences[place] >= SURE)
