"""Finds the words of a photo that comes without any, and reads them: CRAFT and PP-OCR see, reading decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from charsam.cbr.reading import Recogniser
from charsam.finding import letters
from charsam.finding.choosing import best_choice, conflicts
from charsam.finding.found import FoundWord, Witness
from charsam.finding.lines import LineFinder, reading_order
from charsam.finding.pyramid import Sight, views
from charsam.types import ImageArray, Word

LEAST: Final = 0.5
"""Probability of a character from which on reading it speaks for a word, below which against it."""
SINGLE: Final = 0.3
"""What a word of a single character is worth less: letters of a spaced word are not found one by one."""
CRAFT_LEAD: Final = 0.02
"""Where two findings read alike, CRAFT's polygon is taken: it follows the letters."""


class WordFinder:
    """Both witnesses together. sight: CRAFT, loaded; threads may share one finder."""

    def __init__(self, sight: Sight) -> None:
        """Raises WeightsError without the files of PP-OCR's detection."""
        self._sight = sight
        self._lines = LineFinder()

    def find_words(self, image: ImageArray, recogniser: Recogniser) -> tuple[Word, ...]:
        """The words of an (H, W, 3) uint8 RGB image with what they read, in reading order."""
        seen = letters.without_repeats([letters.seen_words(view) for view in views(image, self._sight)])
        found = letters.read_words(image, seen, recogniser)
        found += self._lines.find_words(image, recogniser)
        return tuple(Word(word.polygon, word.text, text_read=True) for word in chosen_words(found))


def chosen_words(found: Sequence[FoundWord]) -> list[FoundWord]:
    """What stays of all that was found, nothing twice, in reading order."""
    against = conflicts([word.polygon for word in found])
    kept = [found[index] for index in best_choice([worth(word) for word in found], against)]
    return [kept[index] for index in reading_order([word.polygon for word in kept])]


def worth(word: FoundWord) -> float:
    """How much a word speaks for itself: what its characters' probabilities exceed one half by, summed."""
    if word.probability < LEAST:
        return -1.0
    value = float((word.confidences - LEAST).sum())
    if len(word.text) == 1:
        value -= SINGLE
    return value + (CRAFT_LEAD * np.sqrt(len(word.text)) if word.witness is Witness.CRAFT else 0.0)
