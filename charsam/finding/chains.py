"""Characters joined to words: CRAFT's affinity heat lies between the characters of one word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from charsam.finding.peaks import Peaks
from charsam.types import FloatArray

NEIGHBOURS: Final = 8
"""How many of the nearest characters may be a character's neighbour in its word."""
LEAST_AFFINITY: Final = 0.2
"""Affinity between two characters of one word, at the best place of the middle of the way."""
ONE_GLYPH: Final = 0.7
"""Two peaks with no valley below this share of the lower one between them are parts of one wide character."""
MOST_SIZES: Final = 3.0
"""How many times larger a character may be than its neighbour in the word."""
SHARPEST: Final = np.deg2rad(75)
"""By how much the way may turn at a character."""


LEAST_PARTED: Final = 4
"""Characters of a chain from which on its rhythm tells where a space may be."""
WIDE, WIDER = 1.25, 1.45
"""Steps, in the chain's median step, that may be spaces: the first where the affinity is `FAINT`, too."""
FAINT: Final = 0.45
"""Affinity of a space, as a share of the chain's median."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The characters of one word of a view, in order along it; which end comes first is not known yet.

    members: (n,) int64, n >= 1, indices of peaks. strength: (n - 1,) float32: the affinity between neighbours, 0..1.
    """

    members: NDArray[np.int64]
    strength: FloatArray


def find_chains(peaks: Peaks, affinity: FloatArray, region: FloatArray) -> list[Chain]:
    """All characters of a view, each in one chain. affinity, region: (h, w) float32."""
    if not len(peaks):
        return []
    pairs, strength = _links(peaks, affinity, region)
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(len(peaks))]
    group = np.arange(len(peaks))
    for row in np.argsort(-strength, kind="stable"):
        i, j = (int(index) for index in pairs[row])
        if group[i] == group[j] or not (_fits(peaks, neighbours, i, j) and _fits(peaks, neighbours, j, i)):
            continue
        neighbours[i].append((j, float(strength[row])))
        neighbours[j].append((i, float(strength[row])))
        group[group == group[j]] = group[i]
    return [_walk(neighbours, members) for members in _grouped(group)]


def parted(chain: Chain, places: FloatArray) -> list[Chain]:
    """The parts of a chain between what may be spaces, by the rhythm of its steps; none where there is no such place.

    places: (n, 2), of all peaks.
    """
    if len(chain.members) < LEAST_PARTED:
        return []
    steps = np.linalg.norm(np.diff(places[chain.members], axis=0), axis=1)
    steps, strength = steps / np.median(steps), chain.strength / np.median(chain.strength)
    cuts = 1 + np.flatnonzero(((steps >= WIDE) & (strength <= FAINT)) | ((steps >= WIDER) & (strength < 1)))
    if not len(cuts):
        return []
    return [
        Chain(members, chain.strength[start : start + len(members) - 1])
        for members, start in zip(np.split(chain.members, cuts), [0, *cuts.tolist()], strict=True)
    ]


def _links(peaks: Peaks, affinity: FloatArray, region: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Pairs of characters with no third one between them, (m, 2), and the affinity between them, (m,)."""
    places, count = peaks.places, len(peaks)
    if count < 2:
        return np.zeros((0, 2), np.int64), np.zeros(0, np.float32)
    _, near = KDTree(places).query(places, k=min(NEIGHBOURS + 1, count))
    first = np.repeat(np.arange(count), near.shape[1] - 1)
    pairs = np.unique(np.sort(np.stack([first, near[:, 1:].ravel()], 1), axis=1), axis=0)
    a, b = places[pairs[:, 0]], places[pairs[:, 1]]
    sizes = peaks.sizes[pairs]
    fits = sizes.max(1) <= MOST_SIZES * sizes.min(1)
    fits &= np.linalg.norm(a - b, axis=1) <= 4 * sizes.mean(1)
    pairs, a, b = pairs[fits], a[fits], b[fits]
    # No third character within the circle over the pair (a Gabriel graph).
    middle, radius = (a + b) / 2, np.linalg.norm(a - b, axis=1) / 2
    inside = np.linalg.norm(places[None] - middle[:, None], axis=2) < 0.98 * radius[:, None]
    alone = ~inside.any(1)
    pairs, a, b = pairs[alone], a[alone], b[alone]
    share = np.linspace(0, 1, 17, dtype=np.float32)[None, :, None]
    way = a[:, None] * (1 - share) + b[:, None] * share
    along = _sampled(affinity, way)[:, 4:13].max(1)
    between = _sampled(np.asarray(cv2.GaussianBlur(region, (0, 0), 0.7), np.float32), way).min(1)
    strength = np.where(between > ONE_GLYPH * peaks.heat[pairs].min(1), np.maximum(along, between), along)
    linked = strength >= LEAST_AFFINITY
    return pairs[linked], strength[linked].astype(np.float32)


def _fits(peaks: Peaks, neighbours: list[list[tuple[int, float]]], i: int, j: int) -> bool:
    """Whether j may come next to i: i has a free end, and the way does not turn back there."""
    if not neighbours[i]:
        return True
    if len(neighbours[i]) > 1:
        return False
    before, after = peaks.places[i] - peaks.places[neighbours[i][0][0]], peaks.places[j] - peaks.places[i]
    turn = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
    return bool(abs(turn) <= SHARPEST)


def _grouped(group: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _walk(neighbours: list[list[tuple[int, float]]], members: NDArray[np.int64]) -> Chain:
    """The members of a chain from one end to the other."""
    ends = [int(index) for index in members if len(neighbours[index]) < 2]
    order, strength = [ends[0]], []
    while len(order) < len(members):
        following = next(pair for pair in neighbours[order[-1]] if len(order) < 2 or pair[0] != order[-2])
        order.append(following[0])
        strength.append(following[1])
    return Chain(np.array(order, np.int64), np.array(strength, np.float32))


def _sampled(heat: FloatArray, points: FloatArray) -> FloatArray:
    """Bilinear values of a map at (n, k, 2) points in cells whose centres lie at .5."""
    at = points - np.float32(0.5)
    rows = 32000  # OpenCV takes no side of 32767 or more
    parts = [
        cv2.remap(heat, np.ascontiguousarray(at[i : i + rows, :, 0]), np.ascontiguousarray(at[i : i + rows, :, 1]), 1)
        for i in range(0, len(at), rows)
    ]
    return np.concatenate(parts) if parts else np.zeros(points.shape[:2], np.float32)
