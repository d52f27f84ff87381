"""Boxes of characters as CBR and people give them, faults and all: the network will meet such."""

from __future__ import annotations

import numpy as np
from compact_data import TrainingStrip

from charsam.geometry import MARGIN
from charsam.types import FloatArray


def rough_boxes(rng: np.random.Generator, strip: TrainingStrip) -> FloatArray:
    """(n, 4): the characters' boxes with the faults of those that CBR makes.

    Two neighbours share a border, which lies off their gap now and then; tops and bottoms are tight, a little off, or
    the line's own; now and then all boxes are shifted along the word, or spread evenly over it.
    """
    boxes = strip.boxes.copy()
    along, across = (1, 0) if strip.stacked else (0, 1)
    size = float((boxes[:, along + 2] - boxes[:, along]).mean())
    off = float(rng.choice([0.02, 0.06, 0.15], p=[0.55, 0.33, 0.12])) * size + 0.5 * strip.zoom
    boxes[:, [along, along + 2]] += rng.normal(0, 0.4 * off, (len(boxes), 2))
    for left in range(len(boxes) - 1):
        if rng.random() < 0.6:  # else each keeps its own tight border
            border = (boxes[left, along + 2] + boxes[left + 1, along]) / 2 + rng.normal(0, off)
            boxes[left, along + 2] = boxes[left + 1, along] = border
    share = rng.random()
    low, high = float(strip.boxes[:, across].min()), float(strip.boxes[:, across + 2].max())
    tall = high - low
    if share < 0.25:
        boxes[:, across], boxes[:, across + 2] = low + rng.normal(0, 0.04 * tall), high + rng.normal(0, 0.04 * tall)
    else:
        boxes[:, [across, across + 2]] += rng.normal(0, 0.03 * tall + 0.5 * strip.zoom, (len(boxes), 2))
    if rng.random() < 0.06:
        boxes[:, [along, along + 2]] += rng.normal(0, 0.2) * size
    least = 2 * strip.zoom
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + least)
    return np.asarray(boxes, np.float32)


def jittered(rng: np.random.Generator, strip: TrainingStrip, index: int) -> FloatArray:
    box, share = strip.boxes[index], rng.random()
    if share < 0.25:
        return np.asarray(box + rng.normal(0, 0.5 * strip.zoom, 4), np.float32)
    if share < 0.7:
        return shifted(rng, box, 0.05, strip.zoom)
    w, h = float(box[2] - box[0]), float(box[3] - box[1])
    size = (w + h) / 2
    if share < 0.9:
        grown = rng.uniform(0, 0.25, 4) * np.array([-size, -size, size, size])
        return np.asarray(box + grown, np.float32)
    # CRAFT's domains: often as tall as the line, somewhat too wide or too narrow.
    along = 1 if strip.stacked else 0
    domain, rim = box.copy(), MARGIN * strip.zoom
    domain[along] += rng.normal(-0.05, 0.1) * size
    domain[along + 2] = max(float(domain[along + 2] + rng.normal(0.05, 0.1) * size), float(domain[along]) + 2)
    domain[1 - along], domain[3 - along] = rim, strip.strip.shape[along] - rim
    return np.asarray(domain, np.float32)


def shifted(rng: np.random.Generator, box: FloatArray, by: float, zoom: float) -> FloatArray:
    size = float(box[2] - box[0] + box[3] - box[1]) / 2
    moved = box + rng.normal(0, 1, 4) * (by * size + 0.6 * zoom)
    moved[2:] = np.maximum(moved[2:], moved[:2] + 2)
    return np.asarray(moved, np.float32)
