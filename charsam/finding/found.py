"""A word as one of the two witnesses, CRAFT or PP-OCR, found it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    seen: how sure the detector is that there is text, 0..1.
    """

    polygon: FloatArray
    text: str
    confidences: FloatArray
    seen: float
    witness: Witness

    @property
    def probability(self) -> float:
        """Mean of the characters' probabilities; 0 for no text."""
        return float(self.confidences.mean()) if len(self.confidences) else 0.0
