"""Boxes that hold several characters, split by watershed on the segmenter's logits (paper, section II-B)."""

from __future__ import annotations

import heapq

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.types import BoolArray, FloatArray


def split_box(logits: FloatArray, centres: FloatArray) -> FloatArray:
    """Partition the logits of a box into as many segments as it holds characters.

    The watershed floods from a marker at each character's expected place; each segment's box is that of its connected
    domain around the marker.

    logits: (h, w) float32 over the box in the word frame, along the word from left to right; > 0 is foreground.
    centres: (k,) expected x of the k characters, in pixels of `logits`, rising.
    Returns (k, 4) float32 boxes x0, y0, x1, y1 in pixels of `logits`; k equal slices where nothing is foreground.
    """
    h, w = logits.shape
    foreground = logits > 0
    cuts = np.concatenate([[0.0], (centres[1:] + centres[:-1]) / 2, [w]])
    if foreground.sum() < 4 * len(centres):
        return np.stack([cuts[:-1], np.zeros(len(centres)), cuts[1:], np.full(len(centres), h)], 1).astype(np.float32)
    segments = _flood(logits, foreground, _markers(foreground, centres, cuts))
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


def _flood(logits: FloatArray, foreground: BoolArray, markers: NDArray[np.int16]) -> NDArray[np.int16]:
    """The watershed of the logits within the foreground, from the markers, the highest logits being taken first.

    (scipy's watershed_ift floods by the steps between neighbours instead of by height, so it leaks over flat ground.)
    """
    h, w = logits.shape
    segments = np.where(foreground, markers, 0).astype(np.int16)
    height = (-logits).tolist()
    queue = [(height[y][x], y, x) for y, x in zip(*(place.tolist() for place in np.nonzero(segments)), strict=True)]
    heapq.heapify(queue)
    while queue:
        level, y, x = heapq.heappop(queue)
        for a, b in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= a < h and 0 <= b < w and foreground[a, b] and not segments[a, b]:
                segments[a, b] = segments[y, x]
                heapq.heappush(queue, (max(level, height[a][b]), a, b))
    return segments
