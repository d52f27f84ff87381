"""Bipartite matching of character boxes and the characters of the transcription (paper, section II-B)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from charsam.types import FloatArray

UNMATCHED_COST = 2.5


def match_boxes(positions: FloatArray, expected: FloatArray, width: float, probability: FloatArray) -> np.ndarray:
    """Which box each character gets.

    Costs are the distance between a box and where the recogniser's alignment expects the character, their ranks along
    the word, and how unlikely the recogniser finds the character in the box. Should the cheapest matching break the
    order along the word, the recogniser's vote is set aside: by position alone the order always holds.

    positions: (M,) the boxes' centres along the word, rising. expected: (N,) those of the characters, rising.
    width: typical extent of a character along the word. probability: (M, N) in 0..1.
    Returns (N,) int64: the index of each character's box, -1 where it has none.
    """
    boxes, characters = len(positions), len(expected)
    if not boxes or not characters:
        return np.full(characters, -1, np.int64)
    distance = np.abs(positions[:, None] - expected[None, :]) / width
    rank = np.abs(np.arange(boxes)[:, None] / boxes - np.arange(characters)[None, :] / characters)
    by_place = distance**2 + rank
    for cost in (by_place + (1.0 - probability), by_place):
        chosen = _assign(cost)
        taken = chosen[chosen >= 0]
        if (np.diff(taken) > 0).all():
            return chosen
    return _in_order(chosen)


def _assign(cost: FloatArray) -> np.ndarray:
    boxes, characters = cost.shape
    padded = np.full((boxes + characters, characters + boxes), UNMATCHED_COST)
    padded[:boxes, :characters] = np.minimum(cost, 2 * UNMATCHED_COST)
    padded[boxes:, characters:] = 0.0
    rows, columns = linear_sum_assignment(padded)
    chosen = np.full(characters, -1, np.int64)
    kept = (rows < boxes) & (columns < characters)
    chosen[columns[kept]] = rows[kept]
    return chosen


def _in_order(chosen: np.ndarray) -> np.ndarray:
    """The same boxes, handed out in order."""
    matched = chosen >= 0
    result = chosen.copy()
    result[matched] = np.sort(chosen[matched])
    return result
