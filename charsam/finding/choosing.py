"""Which of the words that were found in several ways stay, so that nothing is found twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.finding.overlap import shared_areas
from charsam.types import FloatArray

CONFLICT: Final = 0.3
"""Share of the smaller of two words that lies within the other from which on only one of them can stay."""
MOST_EXACT: Final = 14
"""Words in one tangle of conflicts up to which the best choice is found exactly; beyond, the best word goes first."""


def conflicts(polygons: Sequence[FloatArray], share: float = CONFLICT) -> NDArray[np.bool_]:
    """(n, n) bool: which of the polygons cannot both stay."""
    count = len(polygons)
    result = np.zeros((count, count), bool)
    bounds = np.array([np.concatenate([p.min(0), p.max(0)]) for p in polygons]).reshape(count, 4)
    for i in range(count):
        near = (bounds[i + 1 :, :2] < bounds[i, 2:]).all(1) & (bounds[i + 1 :, 2:] > bounds[i, :2]).all(1)
        for j in i + 1 + np.flatnonzero(near):
            first, second, shared = shared_areas(polygons[i], polygons[j])
            result[i, j] = result[j, i] = shared > share * max(min(first, second), 1e-9)
    return result


def best_choice(values: Sequence[float], against: NDArray[np.bool_]) -> list[int]:
    """The indices of those that together are worth most, no two of them in conflict. values: of each; <= 0 never stays.

    against: (n, n) bool, the conflicts.
    """
    worth = np.asarray(values, np.float64)
    left = {index for index in range(len(worth)) if worth[index] > 0}
    chosen: list[int] = []
    while left:
        tangle = _tangle(next(iter(left)), left, against)
        left -= tangle
        if len(tangle) <= MOST_EXACT:
            chosen += _exact(frozenset(tangle), worth, against)[1]
        else:
            chosen += _greedy(tangle, worth, against)
    return sorted(chosen)


def _tangle(start: int, left: set[int], against: NDArray[np.bool_]) -> set[int]:
    found, open_ = {start}, [start]
    while open_:
        following = set(np.flatnonzero(against[open_.pop()]).tolist()) & left - found
        found |= following
        open_ += following
    return found


def _exact(nodes: frozenset[int], worth: NDArray[np.float64], against: NDArray[np.bool_]) -> tuple[float, list[int]]:
    if not nodes:
        return 0.0, []
    first = max(nodes, key=lambda node: (sum(bool(against[node, other]) for other in nodes), -node))
    rivals = {node for node in nodes if against[first, node]}
    value, chosen = _exact(nodes - {first} - rivals, worth, against)
    taken = (value + worth[first], [first, *chosen])
    return taken if not rivals else max(taken, _exact(nodes - {first}, worth, against), key=lambda found: found[0])


def _greedy(nodes: set[int], worth: NDArray[np.float64], against: NDArray[np.bool_]) -> list[int]:
    chosen: list[int] = []
    for node in sorted(nodes, key=lambda node: -worth[node]):
        if not any(against[node, other] for other in chosen):
            chosen.append(node)
    return chosen
