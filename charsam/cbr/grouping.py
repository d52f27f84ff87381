"""How many characters each CRAFT box holds (paper, section II-B: the number of characters and the reading tell).

Boxes and characters are walked through together along the word. A box may hold one character or several (then it is
to be split), several boxes may be the parts of one character (the dot of an i; then they are merged), a box may hold
none (dirt), and a character may have no box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from charsam.types import FloatArray

MOST_IN_A_BOX = 8
MOST_PARTS = 3
SPLIT_COST = 0.35
MERGE_COST = 0.45
EMPTY_BOX_COST = 0.8
NO_BOX_COST = 0.9
WRONG_READING_COST = 0.3


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes first_box..last_box (exclusive) hold the characters first..last (exclusive) of the transcription."""

    first_box: int
    last_box: int
    first: int
    last: int


def group_boxes(
    spans: FloatArray, readings: Sequence[str], text: Sequence[str], centres: FloatArray, width: float
) -> tuple[Group, ...]:
    """The cheapest walk through boxes and characters.

    spans: (M, 2) from and to of each box along the word, in order. readings: what was read in each box. text: the N
    characters. centres: (N,) where they are expected along the word. width: typical extent of a character there.
    Returns the groups in order; every box and every character is in exactly one.
    """
    boxes, characters = len(spans), len(text)
    cost = np.full((boxes + 1, characters + 1), np.inf)
    cost[0, 0] = 0.0
    came: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(boxes + 1):
        for j in range(characters + 1):
            if i + j == 0:
                continue
            options = []
            if i:
                options.append((cost[i - 1, j] + EMPTY_BOX_COST, i - 1, j))
            if j:
                options.append((cost[i, j - 1] + NO_BOX_COST, i, j - 1))
            for count in range(1, min(j, MOST_IN_A_BOX) + 1 if i else 0):
                step = _held_cost(spans[i - 1], readings[i - 1], text[j - count : j], centres[j - count : j], width)
                options.append((cost[i - 1, j - count] + step, i - 1, j - count))
            for parts in range(2, min(i, MOST_PARTS) + 1 if j else 0):
                whole = np.array([spans[i - parts, 0], spans[i - 1, 1]])
                step = _merged_cost(whole, centres[j - 1], width) + MERGE_COST * (parts - 1)
                options.append((cost[i - parts, j - 1] + step, i - parts, j - 1))
            best, a, b = min(options)
            cost[i, j] = best
            came[i, j] = (a, b)
    groups = []
    i, j = boxes, characters
    while i or j:
        a, b = came[i, j]
        groups.append(Group(a, i, b, j))
        i, j = a, b
    return tuple(reversed(groups))


def _held_cost(span: FloatArray, reading: str, text: Sequence[str], centres: FloatArray, width: float) -> float:
    """Of one box holding all of `text`: characters expected outside, characters to split, a reading that differs."""
    slack = np.maximum(np.maximum(span[0] - centres, centres - span[1]), 0.0) / width
    offset = abs(float(centres.mean()) - float(span.mean())) / width
    crowded = max(len(text) * 0.35 * width / max(float(span[1] - span[0]), 1.0) - 1.0, 0.0)
    cost = float(slack.sum()) * 2.0 + 0.5 * offset + SPLIT_COST * (len(text) - 1) + crowded
    if reading and len(reading) != len(text):
        cost += WRONG_READING_COST
    elif reading and reading.casefold() != "".join(text).casefold():
        cost += 0.5 * WRONG_READING_COST
    return cost


def _merged_cost(span: FloatArray, centre: float, width: float) -> float:
    """Of several boxes being one character: one that would be too wide, or stands elsewhere."""
    too_wide = max(float(span[1] - span[0]) / width - 1.3, 0.0)
    return 2.0 * too_wide + 0.5 * abs(float(centre) - float(span.mean())) / width
