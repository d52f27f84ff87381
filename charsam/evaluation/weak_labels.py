"""Bad labels as weak methods make them from words alone: blobs and blurred thresholds, for `charsam downstream`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from scipy import ndimage

from charsam.types import BoolArray, FloatArray, ImageArray, Word

MISSING, SHRUNK, GROWN = 0.1, 0.1, 0.15
"""Shares of words without any label, labelled as a shrunk polygon, and as a grown one; the others are thresholded."""
SHRINK: Final = (0.65, 0.9)
GROW: Final = (1.1, 1.35)
BLUR: Final = (0.03, 0.09)
"""Standard deviation of the blur before a threshold, in heights of a line of text."""


def weak_label(image: ImageArray, words: Sequence[Word], rng: np.random.Generator) -> BoolArray:
    """(H, W) bool: a bad label of the text of an image, (H, W, 3) uint8 RGB, made from its words' polygons only."""
    label = np.zeros(image.shape[:2], bool)
    for word in words:
        kind = rng.random()
        if kind < MISSING:
            continue
        if kind < MISSING + SHRUNK:
            label |= _filled(_scaled(word.polygon, rng.uniform(*SHRINK)), label.shape)
        elif kind < MISSING + SHRUNK + GROWN:
            label |= _filled(_scaled(word.polygon, rng.uniform(*GROW)), label.shape)
        else:
            label |= _thresholded(image, word.polygon, rng.uniform(*BLUR))
    return label


def _thresholded(image: ImageArray, polygon: FloatArray, blur: float) -> BoolArray:
    """Otsu's threshold in the blurred grey of the polygon; the side that is rarer along its edge is taken for text."""
    inside = _filled(polygon, image.shape[:2])
    if not inside.any():
        return inside
    height = min(float(np.linalg.norm(polygon[0] - polygon[corner])) for corner in (-1, len(polygon) // 2 - 1))
    grey = ndimage.gaussian_filter(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), blur * max(height, 1.0))
    threshold, _ = cv2.threshold(grey[inside], 0, 255, cv2.THRESH_OTSU)
    dark = inside & (grey <= threshold)
    edge = inside & ~ndimage.binary_erosion(inside, iterations=2)
    text = dark if 2 * np.count_nonzero(dark & edge) <= np.count_nonzero(edge) else inside & ~dark
    return np.asarray(text, bool)


def _scaled(polygon: FloatArray, factor: float) -> FloatArray:
    centre = polygon.mean(0)
    return np.asarray(centre + (polygon - centre) * factor, np.float32)


def _filled(polygon: FloatArray, size: tuple[int, ...]) -> BoolArray:
    canvas = np.zeros(size, np.uint8)
    cv2.fillPoly(canvas, [np.round(polygon).astype(np.int32)], (1.0,))
    return canvas.astype(bool)
