"""Words as `compact` keeps them once it has embedded them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from charsam.sampling import frame_coordinates
from charsam.segmenters.compact_network import StripEmbedding
from charsam.types import FloatArray, ImageArray, WordFrame, WordRegions

TEXT_SCALE: Final = 2.0
"""Pixels per frame pixel at which the text of a word is told: its edges lie between the strip's pixels."""
TEXT_BIAS: Final = 0.5
"""Added to it: without, the boxes around it are a little tight."""


@dataclass(frozen=True, slots=True, eq=False)
class CompactView:
    """One strip of a word, embedded. regions: at the view's zoom. scale: image pixels per strip pixel."""

    regions: WordRegions
    embedding: StripEmbedding
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class CompactWord:
    """One embedded word.

    views: its strips, of which the logits are averaged. image: the photo. window: x0, y0, x1, y1 of the image pixels
    that the strip covers. kept: its `coordinates`; None where they would take as much as all else of the word.
    """

    frame: WordFrame
    views: tuple[CompactView, ...]
    image: ImageArray
    window: tuple[int, ...]
    kept: FloatArray | None = None

    def coordinates(self) -> FloatArray:
        """(h, w, 2) float32: the frame point of each pixel of the window; kept for words that are not large."""
        return self.kept if self.kept is not None else frame_coordinates(self.frame, self.window)


@dataclass(frozen=True, slots=True, eq=False)
class CompactEmbedding:
    """What was seen of the words of an image."""

    words: tuple[CompactWord, ...]

    def word_text(self, word: int) -> tuple[FloatArray, float]:
        view, frame = self.words[word].views[0], self.words[word].frame
        height, width = view.regions.strip.shape[:2]
        logits = view.embedding.text[0, :height, :width].numpy() + np.float32(TEXT_BIAS)
        size = (round(frame.width * TEXT_SCALE), round(frame.height * TEXT_SCALE))
        return np.asarray(cv2.resize(logits, size, interpolation=cv2.INTER_LINEAR), np.float32), TEXT_SCALE
