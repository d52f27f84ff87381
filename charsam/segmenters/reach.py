"""How far a click reaches: the pixels joined to it by a path of like colour; and, where its edges are plain, the whole
region of one colour that it lies in.

A click means more than the pixel under it: a hole and not its rim, a stroke and not its ground. The geodesic distance
from the click, over the strip's colours, says so (Wang et al., "DeepIGeoS", 2018).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from charsam.types import BoolArray, FloatArray

GRAIN: Final = 0.1
"""Difference of neighbouring pixels, in units of the strip's spread of colours, that costs nothing: noise."""
STEP: Final = 0.02
"""Cost of a pixel of way, however alike: so that what lies nearer is reached more."""
FARTHEST: Final = 4.0
"""Cost from which nothing is reached."""


def reach_of(colours: FloatArray, clicks: FloatArray) -> FloatArray:
    """(h, w) in 0..1: 1 at the clicks, less with every change of colour on the way to a pixel.

    colours: (h, w, 3), in units of the strip's spread. clicks: (K, 2), x and y of pixels; those outside are left out.
    """
    h, w = colours.shape[:2]
    places = np.floor(clicks).astype(int)
    places = places[((places >= 0) & (places < (w, h))).all(axis=1)]
    if not len(places):
        return np.zeros((h, w), np.float32)
    number = np.arange(h * w).reshape(h, w)
    across, down = (np.linalg.norm(np.diff(colours, axis=axis), axis=2) for axis in (1, 0))
    costs = np.maximum(np.concatenate([across.ravel(), down.ravel()]) - GRAIN, 0) + STEP
    ends = (
        np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()]),
        np.concatenate([number[:, 1:].ravel(), number[1:].ravel()]),
    )
    graph = csr_array((costs, ends), shape=(h * w, h * w))
    sources = number[places[:, 1], places[:, 0]]
    away = dijkstra(graph, directed=False, indices=sources, min_only=True, limit=FARTHEST)
    return np.asarray(np.exp(-away).reshape(h, w), np.float32)


DIFFERENCES: Final = tuple(0.25 * 1.3**step for step in range(7))
"""From the colour under a click, in units of the strip's spread, up to which its region is tried."""
STABLE: Final = 1.12
"""How many times larger a region may become with the next difference, and still have plain edges."""
SMALLEST: Final = 6
"""Pixels of a region; a smaller one is noise."""


def region_under(colours: FloatArray, click: FloatArray) -> BoolArray | None:
    """(h, w): the connected pixels of about the colour under a click, None where they have no plain edges.

    Such a region hardly grows when more difference is allowed (Matas et al., "Robust wide-baseline stereo from
    maximally stable extremal regions", 2004). Of several the largest. colours: as for `reach_of`. click: (2,), x and y.
    """
    h, w = colours.shape[:2]
    x, y = (int(value) for value in np.floor(click))
    if not (0 <= x < w and 0 <= y < h):
        return None
    under = np.median(colours[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].reshape(-1, 3), axis=0)
    apart = np.linalg.norm(colours - under, axis=2)
    apart[y, x] = 0
    found: BoolArray | None = None
    smaller, area = np.zeros((h, w), np.bool_), 0
    for difference in DIFFERENCES:
        _, numbered = cv2.connectedComponents((apart <= difference).astype(np.uint8), connectivity=4)
        region = numbered == numbered[y, x]
        if area >= SMALLEST and region.sum() <= STABLE * area:
            found = smaller
        smaller, area = region, int(region.sum())
    return found
