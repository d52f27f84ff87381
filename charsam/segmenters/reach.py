"""How far a click reaches: the pixels joined to it by a path of like colour.

A click means more than the pixel under it: a hole and not its rim, a stroke and not its ground. The geodesic distance
from the click, over the strip's colours, says so (Wang et al., "DeepIGeoS", 2018).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from charsam.types import FloatArray

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
