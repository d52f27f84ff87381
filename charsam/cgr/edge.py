"""How wide masks are cut: datasets draw the edge of a letter differently."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from charsam.types import BoolArray, FloatArray, LogitMap

SLACK: Final = 0.25
"""Image pixels by which the logits may move an edge further than was asked."""


def with_edge(found: LogitMap, edge: float) -> LogitMap:
    """Logits whose mask is about `edge` image pixels wider at each of its edges, or tighter where it is negative.

    The logits near the edge are raised by what they rise there on so many pixels; so an edge moves less where they are
    steep, as at a gap to a neighbour, more where they are flat, and nothing far from an edge changes.
    """
    values = found.values
    mask = values > 0
    if edge == 0 or min(values.shape) < 2 or not mask.any() or mask.all():
        return found
    down, across = np.gradient(values)
    rim = _rim(mask)
    slope = float(np.median(np.hypot(down, across)[rim]))
    moved = values + np.float32(edge * slope)
    near = _away(mask if edge > 0 else ~mask) <= abs(edge) + SLACK
    return replace(found, values=np.where(near, moved, values).astype(np.float32))


def _rim(mask: BoolArray) -> BoolArray:
    """The pixels on both sides of a mask's edges."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    bits = mask.astype(np.uint8)
    return np.asarray(cv2.dilate(bits, cross) > cv2.erode(bits, cross))


def _away(mask: BoolArray) -> FloatArray:
    """How far the middle of each pixel is from the mask's edge; 0 within the mask."""
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.maximum(distance - 0.5, 0), np.float32)
