"""A word straightened: its photo, and of each pixel what a label map of the image holds there, in one small strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.sampling import sample_strip, strip_size
from charsam.types import FloatArray, ImageArray, WordFrame

SCALE: Final = 1.5
"""Pixels of the strip to one of the word frame."""
LONGEST: Final = 2040
"""Pixels along the longest strip; a longer word is drawn smaller."""


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """photo: (h, w, 3) uint8 RGB. labels: (h, w) int32, of each pixel what the image's label map holds there.

    scale: pixels of the strip to one of the word frame.
    """

    frame: WordFrame
    scale: float
    photo: ImageArray
    labels: NDArray[np.int32]

    def box(self, box: FloatArray) -> tuple[int, int, int, int]:
        """A box of the word frame in whole pixels of the strip, at least one pixel large."""
        h, w = self.labels.shape
        x0, y0, x1, y1 = (float(v) * self.scale for v in box)
        left, top = int(np.clip(np.floor(x0), 0, w - 1)), int(np.clip(np.floor(y0), 0, h - 1))
        return left, top, int(np.clip(np.ceil(x1), left + 1, w)), int(np.clip(np.ceil(y1), top + 1, h))


def word_strip(image: ImageArray, labels: NDArray[np.integer], frame: WordFrame) -> Strip:
    """The strip of a word. image: (H, W, 3) uint8. labels: (H, W). Raises WordsError for a word outside the image."""
    scale = min(SCALE, LONGEST / frame.width)
    return Strip(frame, scale, sample_strip(image, frame, scale), sample_labels(labels, frame, scale))


def sample_labels(labels: NDArray[np.integer], frame: WordFrame, scale: float) -> NDArray[np.int32]:
    """(h, w) int32: the labels of the image under the strip's pixels, never blended; 0 beyond the image."""
    h, w = strip_size(frame, scale)
    ys, xs = np.mgrid[0:h, 0:w]
    at = frame.to_image(np.stack([(xs + 0.5) * frame.width / w, (ys + 0.5) * frame.height / h], axis=-1))
    x, y = np.floor(at[..., 0]).astype(np.int64), np.floor(at[..., 1]).astype(np.int64)
    inside = (x >= 0) & (y >= 0) & (x < labels.shape[1]) & (y < labels.shape[0])
    found = np.zeros((h, w), np.int32)
    found[inside] = labels[y[inside], x[inside]]
    return found
