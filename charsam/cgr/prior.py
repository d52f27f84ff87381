"""Glyph votes as mask prior besides points: the votes drawn in a character's box, for segmenters that take a mask."""

from __future__ import annotations

from typing import Final

import numpy as np

from charsam.sampling import image_window, sample
from charsam.types import FloatArray, GlyphVotes, WordFrame

STRENGTH: Final = 6.0
"""The logit where all fonts agree, on foreground or on background."""


def prior_logits(
    votes: GlyphVotes, frame: WordFrame, box: FloatArray, cell: tuple[float, float], shape: tuple[int, int]
) -> FloatArray:
    """A mask in logits by the votes alone: 0 where half of the fonts have foreground, background outside the box.

    box: x0, y0, x1, y1 in the word frame. cell: width and height of a mask cell in image pixels; the first cell begins
    at the image's corner. shape: rows and columns of the mask.
    """
    rates = np.zeros(shape, np.float32)
    size = np.array(cell, np.float64)
    reach = np.ceil(np.array(shape[::-1]) * size).astype(int)
    seen = np.array(image_window(frame, (int(reach[1]), int(reach[0])), box), np.float64)
    x0, y0 = np.floor(seen[:2] / size).astype(int).tolist()
    x1, y1 = np.minimum(np.ceil(seen[2:] / size).astype(int), shape[::-1]).tolist()
    if x1 > x0 and y1 > y0:
        xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
        rates[y0:y1, x0:x1] = votes_at(votes, box, frame.to_frame(np.stack([xs, ys], -1) * size))
    return np.asarray(STRENGTH * (2 * rates - 1), np.float32)


def votes_at(votes: GlyphVotes, box: FloatArray, at: FloatArray) -> FloatArray:
    """The foreground votes at (h, w, 2) points of the word frame; 0 outside the box."""
    cells = np.array(votes.foreground.shape[::-1], np.float32)
    place = ((at - box[:2]) / np.maximum(box[2:] - box[:2], np.float32(1e-3)) * cells).astype(np.float32)
    x, y = place[..., 0], place[..., 1]
    inside = (x >= 0) & (y >= 0) & (x < cells[0]) & (y < cells[1])
    return np.where(inside, sample(votes.foreground, place - np.float32(0.5)), np.float32(0))
