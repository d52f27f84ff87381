"""A word as one of the two witnesses, CRAFT or PP-OCR, found it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from charsam.finding.outlines import Band
from charsam.types import FloatArray


class Witness(StrEnum):
    """Which network saw a word."""

    CRAFT = "craft"
    LINES = "lines"


@dataclass(frozen=True, slots=True, eq=False)
class FoundWord:
    """One word with what was read in it.

    polygon: (P, 2) float32, image pixels, clockwise from the reading-order top-left corner. text: without spaces.
    confidences: (len(text),) float32: how probable the recogniser finds each character.
    seen: how sure the detector is that there is text, 0..1. letters: how many CRAFT saw; 0 from PP-OCR's lines.
    band: the word's line in the direction in which it is read; None of PP-OCR's, and of stacked letters.
    """

    polygon: FloatArray
    text: str
    confidences: FloatArray
    seen: float
    witness: Witness
    letters: int = 0
    band: Band | None = None

    @property
    def plain(self) -> str:
        """The text with full-width letters and digits made plain."""
        return "".join(_plain(character) for character in self.text)

    @property
    def probability(self) -> float:
        """Mean of the characters' probabilities; 0 for no text."""
        return float(self.confidences.mean()) if len(self.confidences) else 0.0


def _plain(character: str) -> str:
    composed = unicodedata.normalize("NFKC", character)
    return composed if composed.isascii() and composed.isalnum() else character


def word_runs(text: str) -> list[list[int]]:
    """The places of the characters of each word of a line: parted at spaces, and where one was overlooked after a
    stop between a small letter and a capital (St.Helena).
    """
    runs: list[list[int]] = [[]]
    for place, character in enumerate(text):
        if character.isspace():
            runs.append([])
            continue
        if runs[-1] and sentence_ends(text[:place], character):
            runs.append([])
        runs[-1].append(place)
    return [run for run in runs if run]


def sentence_ends(text: str, following: str) -> bool:
    """Whether a space was overlooked between a small letter with a stop and a capital."""
    return len(text) > 1 and text[-2].islower() and text[-1] in ".,:;!?" and following.isupper()
