"""Whether a photograph shows the letters in it: what nobody could trace is no truth to learn or to be judged by."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from charsam.types import BoolArray, FloatArray, ImageArray

REACH: Final = 2
"""Pixels to either side of an outline within which its two sides are compared."""
LEAST_DIFFERENCE: Final = 5.0
"""CIE76 colour difference from which two sides are told apart: about twice what is just noticeable."""
LEAST_OF_SPREAD: Final = 0.7
"""Their difference is also at least so many times the spread of the colours on either side."""


def outline_shown(image: ImageArray, own: BoolArray, text: BoolArray) -> float:
    """The share 0..1 of a word's outline along which the photograph shows a difference of colour.

    image: (H, W, 3) uint8. own: (H, W), the word's letters. text: (H, W), all letters. 0 for a word without pixels.
    """
    rows, columns = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
    if not len(rows):
        return 0.0
    top, left = max(rows[0] - REACH - 1, 0), max(columns[0] - REACH - 1, 0)
    crop = np.s_[top : rows[-1] + REACH + 2, left : columns[-1] + REACH + 2]
    ink, ground = own[crop], ~text[crop]
    colours = np.asarray(cv2.cvtColor(image[crop].astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    within, spread_within = _local(colours, ink)
    beyond, spread_beyond = _local(colours, ground)
    outline = ink & (cv2.dilate(ground.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    if not outline.any():
        return 0.0
    difference = np.linalg.norm(within - beyond, axis=2)
    least = np.maximum(LEAST_DIFFERENCE, LEAST_OF_SPREAD * (spread_within + spread_beyond) / 2)
    return float((difference >= least)[outline].mean())


def _local(colours: FloatArray, where: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Mean (h, w, 3) and spread (h, w) of the colours round every pixel, over the pixels of `where` alone."""
    size = (2 * REACH + 1, 2 * REACH + 1)
    weight = where.astype(np.float32)
    count = np.maximum(cv2.boxFilter(weight, -1, size, normalize=False), 1e-3)[..., None]
    mean = cv2.boxFilter(colours * weight[..., None], -1, size, normalize=False) / count
    square = cv2.boxFilter(colours**2 * weight[..., None], -1, size, normalize=False) / count
    spread = np.sqrt(np.maximum(square - mean**2, 0).sum(axis=2))
    return np.asarray(mean, np.float32), np.asarray(spread, np.float32)
