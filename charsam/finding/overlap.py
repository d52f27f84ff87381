"""How far polygons cover each other, whatever their shape: curved, touching or crossing themselves."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

RESOLUTION = 192.0
"""Pixels of the raster along the longer side of the smaller polygon's bounds: areas come out to about one percent."""


def shared_areas(a: NDArray[np.floating], b: NDArray[np.floating]) -> tuple[float, float, float]:
    """The areas of two polygons and of what they share, in square pixels. a, b: (P, 2), P >= 3, image pixels."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    low, high = np.maximum(a.min(0), b.min(0)), np.minimum(a.max(0), b.max(0))
    if (low >= high).any():
        return area(a), area(b), 0.0
    scale = RESOLUTION / max(float(np.ptp(a, axis=0).max()), float(np.ptp(b, axis=0).max()), 1e-6)
    origin = np.minimum(a.min(0), b.min(0))
    size = np.ceil((np.maximum(a.max(0), b.max(0)) - origin) * scale).astype(int) + 1
    first, second = (_filled((points - origin) * scale, size) for points in (a, b))
    return first.sum() / scale**2, second.sum() / scale**2, (first & second).sum() / scale**2


def iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Intersection over union of two polygons, 0..1."""
    first, second, shared = shared_areas(a, b)
    return shared / max(first + second - shared, 1e-9)


def ious(a: Sequence[NDArray[np.floating]], b: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """(len(a), len(b)): the IoU of every pair."""
    return np.array([[iou(one, other) for other in b] for one in a], np.float64).reshape(len(a), len(b))


def area(polygon: NDArray[np.floating]) -> float:
    """Square pixels within a polygon that does not cross itself."""
    return float(cv2.contourArea(np.asarray(polygon, np.float32)))


def _filled(points: NDArray[np.float64], size: NDArray[np.int64]) -> NDArray[np.bool_]:
    canvas = np.zeros((int(size[1]), int(size[0])), np.uint8)
    cv2.fillPoly(canvas, [np.round((points - 0.5) * 16).astype(np.int32)], (1,), cv2.LINE_8, 4)
    return canvas > 0
