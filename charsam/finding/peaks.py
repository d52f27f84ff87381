"""The characters that CRAFT sees: peaks of its region heat, each with the cells that belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from charsam.types import FloatArray

LEAST_HEAT: Final = 0.2
"""Heat of the faintest peak that may be a character."""
PROMINENCE: Final = 0.06
"""By how much a peak stands out from the saddle towards a higher one; less, and both are one character."""
SMOOTHING: Final = 0.7
"""Cells of the Gaussian that takes the noise off the heat."""
LEVEL: Final = 0.04
"""Heat between two levels of the flood that parts the hills."""
REACH: Final = 0.3
"""Share of a peak's heat that a cell must have to belong to it. The cells with more than 0.37 are as high as the
character (median of 270 characters of generated scenes, 10 to 300 pixels high); people draw words a little larger."""


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """The characters of one view.

    places: (n, 2) float32, x, y of each in cells of the heat, cell centres at .5. heat: (n,) float32 of each, 0..1.
    owner: (h, w) int32: the index + 1 of the peak that each cell belongs to, 0 for none.
    spreads: (n, 2, 2) float32: the covariance of the cells of each, about its middle. middles: (n, 2) float32.
    """

    places: FloatArray
    heat: FloatArray
    owner: NDArray[np.int32]
    middles: FloatArray
    spreads: FloatArray

    def __len__(self) -> int:
        return len(self.heat)

    @property
    def sizes(self) -> FloatArray:
        """(n,) float32: the side, in cells, of a square that spreads as much."""
        return np.asarray(np.sqrt(12.0 * np.sqrt(np.linalg.det(self.spreads.astype(np.float64)))), np.float32)


def find_peaks(region: FloatArray) -> Peaks:
    """region: (h, w) float32 heat. Plateaus and shoulders make no peaks of their own."""
    heat = np.asarray(cv2.GaussianBlur(region, (0, 0), SMOOTHING), np.float32)
    tops = _prominent(heat)
    count = int(tops.max(initial=0))
    if count == 0:
        none = np.zeros((0, 2), np.float32)
        return Peaks(none, none[:, 0], np.zeros(region.shape, np.int32), none, np.zeros((0, 2, 2), np.float32))
    numbers = np.arange(1, count + 1)
    places = np.array(ndimage.maximum_position(heat, tops, numbers), np.float32)[:, ::-1] + np.float32(0.5)
    top = np.asarray(ndimage.maximum(heat, tops, numbers), np.float32)
    owner = _basins(heat, tops)
    owner[heat < REACH * np.concatenate([[np.inf], top])[owner]] = 0
    middles, spreads = _moments(owner, heat, count)
    return Peaks(places, top, owner, middles, spreads)


def _prominent(heat: FloatArray) -> NDArray[np.int32]:
    """(h, w) int32: 1..n on the tops of the peaks that stand out, 0 elsewhere; a reconstruction by dilation."""
    lowered = heat - np.float32(PROMINENCE)
    filled = lowered
    kernel = np.ones((3, 3), np.uint8)
    for _ in range(200):
        grown = np.minimum(cv2.dilate(filled, kernel), heat)
        if np.array_equal(grown, filled):
            break
        filled = grown
    domes = (heat - filled > 0.999 * PROMINENCE) & (heat >= LEAST_HEAT)
    labels, _ = ndimage.label(domes, np.ones((3, 3)))
    return np.asarray(labels, np.int32)


def _basins(heat: FloatArray, tops: NDArray[np.int32]) -> NDArray[np.int32]:
    """The hill of each peak: the hills grow downwards level by level, and meet where they meet first."""
    owner = tops.astype(np.float32)  # OpenCV dilates no int32; labels below 2 ** 24 are exact
    kernel = np.ones((3, 3), np.uint8)
    for level in np.arange(1.0, 0.0, -LEVEL):
        free = (owner == 0) & (heat >= level)
        while free.any():
            grown = np.where(free, cv2.dilate(owner, kernel), owner)
            if np.array_equal(grown, owner):
                break
            owner, free = grown, free & (grown == 0)
    return owner.astype(np.int32)


def _moments(owner: NDArray[np.int32], heat: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Middle and covariance of the cells of each peak."""
    ys, xs = np.nonzero(owner)
    index = owner[ys, xs] - 1
    points = np.stack([xs + 0.5, ys + 0.5], 1)
    total = np.maximum(np.bincount(index, minlength=count), 1)
    middles = np.stack([np.bincount(index, points[:, k], count) / total for k in range(2)], 1)
    away = points - middles[index]
    spreads = np.empty((count, 2, 2))
    for i in range(2):
        for j in range(2):
            spreads[:, i, j] = np.bincount(index, away[:, i] * away[:, j], count) / total
    spreads[:, [0, 1], [0, 1]] += 1 / 12  # a cell is a square, not a point
    return middles.astype(np.float32), spreads.astype(np.float32)
