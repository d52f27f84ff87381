"""How wide a lab draws the edge of letters, measured where its masks and the segmenter's are otherwise alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from charsam.types import BoolArray, CharacterMask, FloatArray

ALIKE: Final = 0.55
"""Least IoU of two masks of one letter whose edges can be compared."""
LEAST: Final = 0.25
"""Image pixels: smaller preferences are none, and all are multiples of it."""
WIDEST: Final = 3.0
FEWEST: Final = 5
"""Letters that must agree before there is a preference."""


def edge_of(pairs: Iterable[tuple[CharacterMask, CharacterMask, float]]) -> float:
    """By how many image pixels people draw letters wider than the segmenter, on the median of letters and of their
    outlines; so that a shadow, which lies on one side, is no edge.

    pairs: the segmenter's mask, the right one, and their IoU.
    """
    moved = [displacement(found, right) for found, right, score in pairs if score >= ALIKE]
    if len(moved) < FEWEST:
        return 0.0
    middle = float(np.clip(np.median(moved), -WIDEST, WIDEST))
    return round(middle / LEAST) * LEAST


def displacement(found: CharacterMask, right: CharacterMask) -> float:
    """How many pixels the outline of the right mask lies outside the found one, on its median; negative: within."""
    pad = 6
    x0, y0 = min(found.x, right.x) - pad, min(found.y, right.y) - pad
    x1 = max(found.x + found.pixels.shape[1], right.x + right.pixels.shape[1]) + pad
    y1 = max(found.y + found.pixels.shape[0], right.y + right.pixels.shape[0]) + pad
    drawn = [np.zeros((y1 - y0, x1 - x0), np.bool_) for _ in range(2)]
    for whole, mask in zip(drawn, (found, right), strict=True):
        h, w = mask.pixels.shape
        whole[mask.y - y0 : mask.y - y0 + h, mask.x - x0 : mask.x - x0 + w] = mask.pixels
    away, own = signed_distance(drawn[0]), signed_distance(drawn[1])
    rim = np.abs(own) < 1
    return -float(np.median(away[rim] - own[rim])) if rim.any() else 0.0


def signed_distance(mask: BoolArray) -> FloatArray:
    """(h, w) float32: pixels to the mask's edge, positive within it; half a pixel on either side of the edge."""
    bits = mask.astype(np.uint8)
    inside = cv2.distanceTransform(bits, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform(1 - bits, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.where(mask, inside - 0.5, 0.5 - outside), np.float32)


def moved_back(mask: CharacterMask, edge: float) -> tuple[FloatArray, int, int]:
    """How far each pixel is covered by a mask that is `edge` image pixels tighter: what `with_edge` makes the mask of.

    Thin strokes keep a third of their width. Returns (h, w) in 0..1, and x and y of its corner.
    """
    if not edge or not mask.area:
        return mask.pixels.astype(np.float32), mask.x, mask.y
    pad = int(np.ceil(abs(edge))) + 1
    away = signed_distance(np.pad(mask.pixels, pad))
    by = min(edge, 0.67 * float(away.max()))
    return np.asarray(np.clip(away - np.float32(by) + 0.5, 0, 1), np.float32), mask.x - pad, mask.y - pad
