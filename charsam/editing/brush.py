"""Brush strokes as exact pixels: those whose centre is no farther from the stroke than the brush's radius."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.editing.document import Points
from charsam.errors import EditError
from charsam.types import CharacterMask

MOST_CELLS: Final = 500_000
"""Rows of pieces of a stroke that are worked out at a time."""

Floats = NDArray[np.float64]


def stroke_mask(stroke: Points, radius: float, shape: tuple[int, int]) -> CharacterMask:
    """The pixels of a round brush drawn along a line, and always those that the line's points lie in.

    stroke: (P, 2), image pixels, P >= 1. shape: (height, width) of the image.
    Raises EditError where none of them is in the image.
    """
    height, width = shape
    points = np.array(stroke, np.float64)
    low, high = np.floor(points.min(0) - radius), np.ceil(points.max(0) + radius) + 1
    x0, y0 = (int(value) for value in np.clip(low, 0, [width, height]))
    x1, y1 = (int(value) for value in np.clip(high, 0, [width, height]))
    pixels = np.zeros((y1 - y0, x1 - x0), np.bool_)
    if pixels.size:
        local = points - [x0, y0]
        pixels |= _swept(local, radius, pixels.shape)
        columns, rows = np.floor(local).astype(int).T
        inside = (columns >= 0) & (columns < x1 - x0) & (rows >= 0) & (rows < y1 - y0)
        pixels[rows[inside], columns[inside]] = True
    if not pixels.any():
        raise EditError(f"stroke: expected to touch the image of {width} x {height} pixels; it lies outside")
    return CharacterMask(pixels, x0, y0)


def _swept(points: Floats, radius: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) bool: what a disc sweeps along the points; each row of each piece is one span from column to column."""
    h, w = shape
    starts = points if len(points) == 1 else points[:-1]
    stops = points if len(points) == 1 else points[1:]
    rows: Floats = np.arange(h, dtype=np.float64) + 0.5
    change = np.zeros(h * (w + 1), np.int64)
    step = max(1, MOST_CELLS // h)
    for first in range(0, len(starts), step):
        low, high = _spans(starts[first : first + step], stops[first : first + step], radius, rows)
        left = np.clip(np.ceil(low - 0.5), 0, w)
        right = np.clip(np.floor(high - 0.5) + 1, 0, w)
        drawn = left < right
        line = np.broadcast_to(np.arange(h) * (w + 1), drawn.shape)[drawn]
        change += np.bincount(line + left[drawn].astype(int), minlength=len(change))
        change -= np.bincount(line + right[drawn].astype(int), minlength=len(change))
    return np.asarray(change.reshape(h, w + 1).cumsum(axis=1)[:, :w] > 0)


def _spans(starts: Floats, stops: Floats, radius: float, rows: Floats) -> tuple[Floats, Floats]:
    """(P, R) each: from where to where a disc swept from start to stop covers each row; from inf to -inf for none."""
    low, high = np.full((len(starts), len(rows)), np.inf), np.full((len(starts), len(rows)), -np.inf)
    for centre in (starts, stops):
        squared = radius**2 - (rows - centre[:, 1:]) ** 2
        covered, reach = squared >= 0, np.sqrt(np.maximum(squared, 0.0))
        low = np.where(covered, np.minimum(low, centre[:, :1] - reach), low)
        high = np.where(covered, np.maximum(high, centre[:, :1] + reach), high)
    length = np.linalg.norm(stops - starts, axis=1)[:, None]
    along = (stops - starts) / np.maximum(length, 1e-12)
    dx, dy, down = along[:, :1], along[:, 1:], rows - starts[:, 1:]
    across_low, across_high = _slab(-dy, dx * down, -radius, np.float64(radius))
    along_low, along_high = _slab(dx, dy * down, 0.0, length)
    left, right = np.maximum(across_low, along_low), np.minimum(across_high, along_high)
    between = (left <= right) & (length > 0)
    low = np.where(between, np.minimum(low, starts[:, :1] + left), low)
    high = np.where(between, np.maximum(high, starts[:, :1] + right), high)
    return low, high


def _slab(slope: Floats, offset: Floats, least: float, most: Floats | np.float64) -> tuple[Floats, Floats]:
    """The x for which least <= slope * x + offset <= most; from inf to -inf for none."""
    level = np.abs(slope) < 1e-12
    safe = np.where(level, 1.0, slope)
    a, b = (least - offset) / safe, (most - offset) / safe
    always = (offset >= least) & (offset <= most)
    low = np.where(level, np.where(always, -np.inf, np.inf), np.minimum(a, b))
    high = np.where(level, np.where(always, np.inf, -np.inf), np.maximum(a, b))
    return low, high
