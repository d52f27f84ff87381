"""Boxes that hold several characters, split by watershed on the segmenter's logits (paper, section II-B)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from charsam.types import BoolArray, FloatArray


def split_box(logits: FloatArray, centres: FloatArray) -> FloatArray:
    """Partition the logits of a box into as many segments as it holds characters.

    The watershed floods from a marker at each character's expected place, the highest logits first and level ground
    from all sides at once; each segment's box is that of its connected domain around the marker.

    logits: (h, w) float32 over the box in the word frame, along the word from left to right; > 0 is foreground.
    centres: (k,) expected x of the k characters, in pixels of `logits`, rising.
    Returns (k, 4) float32 boxes x0, y0, x1, y1 in pixels of `logits`; k equal slices where nothing is foreground.
    """
    h, w = logits.shape
    foreground = logits > 0
    cuts = np.concatenate([[0.0], (centres[1:] + centres[:-1]) / 2, [w]])
    if foreground.sum() < 4 * len(centres):
        return np.stack([cuts[:-1], np.zeros(len(centres)), cuts[1:], np.full(len(centres), h)], 1).astype(np.float32)
    segments: NDArray[np.int32] = watershed(-logits, _markers(foreground, centres, cuts), mask=foreground)
    boxes = []
    for index in range(len(centres)):
        domain = (segments == index + 1) & foreground
        if domain.sum() < 4:
            boxes.append([cuts[index], 0.0, cuts[index + 1], float(h)])
            continue
        rows, columns = np.flatnonzero(domain.any(1)), np.flatnonzero(domain.any(0))
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    return np.array(boxes, np.float32)


def _markers(foreground: BoolArray, centres: FloatArray, cuts: FloatArray) -> NDArray[np.int16]:
    """(h, w) int16: 1..k around each centre, on the deepest foreground of its slice; 0 elsewhere."""
    h, w = foreground.shape
    depth = cv2.distanceTransform(np.pad(foreground, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    markers = np.zeros((h, w), np.int16)
    xs = np.arange(w) + 0.5
    for index, centre in enumerate(centres):
        reach = 0.35 * min(centre - cuts[index], cuts[index + 1] - centre) + 1.0
        near = np.abs(xs - centre) <= reach
        core = foreground & near & (depth > 0.4 * max(float((depth * near).max()), 1e-6))
        markers[core if core.any() else np.broadcast_to(near, (h, w))] = index + 1
    return markers
