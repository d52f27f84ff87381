"""The click of a person who mends a mask."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.types import BoolArray, FloatArray

BY_EYE: Final = 0.5
"""Share of clicks that are set anywhere well within a fault, not in its very middle."""


def correcting_click(
    mask: BoolArray, truth: BoolArray, rng: np.random.Generator | None = None
) -> tuple[FloatArray, int] | None:
    """The click of a person who mends a mask: on its largest fault, 1 to add or 0 to take away.

    It lies in the middle of the fault; with `rng`, half of the time elsewhere in it. None where there is no fault worth
    a click. mask, truth: (h, w). Returns x and y, pixel middles at .5, and the label.
    """
    best: tuple[float, FloatArray, int] | None = None
    for wrong, label in ((truth & ~mask, 1), (mask & ~truth, 0)):
        depth = cv2.distanceTransform(np.pad(wrong, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        if depth[y, x] > 1.0 and (best is None or depth[y, x] > best[0]):
            place = np.array([x + 0.5, y + 0.5], np.float32)
            if rng is not None and rng.random() < BY_EYE:
                place = places_within(rng, np.where(fault_at(mask, truth, place, label), depth, np.float32(0)), 1)[0]
            best = float(depth[y, x]), place, label
    return None if best is None else (best[1], best[2])


def fault_at(mask: NDArray[np.bool_], truth: NDArray[np.bool_], place: FloatArray, label: int) -> BoolArray:
    """The connected fault of a mask that a click lies on: what is missing for label 1, what is too much for 0."""
    wrong = truth & ~mask if label else mask & ~truth
    _, numbered = cv2.connectedComponents(wrong.astype(np.uint8), connectivity=4)
    return np.asarray(wrong & (numbered == numbered[int(place[1]), int(place[0])]))


def places_within(rng: np.random.Generator, depth: NDArray[Any], count: int) -> FloatArray:
    """(K, 2) float32, K <= count: places where depth (h, w) is above 0, deeper ones more likely."""
    ys, xs = np.nonzero(depth > 0)
    if not len(xs) or not count:
        return np.zeros((0, 2), np.float32)
    weight = np.minimum(depth[ys, xs], 4.0) ** 2
    picked = rng.choice(len(xs), min(count, len(xs)), replace=False, p=weight / weight.sum())
    return np.stack([xs[picked], ys[picked]], 1).astype(np.float32) + np.float32(0.5)
