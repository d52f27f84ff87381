"""How many characters each CRAFT box holds (paper, section II-B: the number of characters and the reading tell).

Boxes and characters are walked through together along the word. A box may hold one character or several (then it is
to be split), several boxes may be the parts of one character (the dot of an i; then they are merged), a box may hold
none (dirt, or a glyph that the transcription lacks), and a character may have no box.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from charsam.types import BoolArray, FloatArray

MOST_IN_A_BOX = 8
MOST_PARTS = 3
SPLIT_COST = 0.35
MERGE_COST = 0.45
EMPTY_BOX_COST = 0.8
NO_BOX_COST = 0.9
WRONG_READING_COST = 0.3
KNOWN_COST = 0.1
"""Of an empty box where a glyph was read that the text lacks, and of no box for a character that the picture lacks."""
UNLIKELY_COST = 0.8
"""More for using such a box for a character, or a box for such a character."""
REACH = 12
"""Characters and boxes are not looked for farther than this from where each other's places lie, in characters."""


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes first_box..last_box (exclusive) hold the characters first..last (exclusive) of the transcription."""

    first_box: int
    last_box: int
    first: int
    last: int


def group_boxes(
    spans: FloatArray,
    readings: Sequence[str],
    text: Sequence[str],
    centres: FloatArray,
    width: float,
    *,
    missing: BoolArray | None = None,
    extra: Sequence[float] | FloatArray = (),
) -> tuple[Group, ...]:
    """The cheapest walk through boxes and characters.

    spans: (M, 2) from and to of each box along the word, in order. readings: what was read in each box. text: the N
    characters. centres: (N,) where they are expected along the word. width: typical extent of a character there.
    missing: (N,) the characters that the picture seems to lack. extra: where glyphs stand that the text lacks.
    Returns the groups in order; every box and every character is in exactly one.
    """
    boxes, characters = len(spans), len(text)
    absent = np.zeros(characters, np.bool_) if missing is None else missing
    spare = [any(span[0] <= x <= span[1] for x in extra) for span in spans.tolist()]
    no_box = np.where(absent, KNOWN_COST, NO_BOX_COST).tolist()
    empty_box = [KNOWN_COST if one else EMPTY_BOX_COST for one in spare]
    less_likely = np.concatenate([[0.0], np.cumsum(UNLIKELY_COST * absent)]).tolist()
    boxed, places = spans.tolist(), centres.tolist()
    cost = [[math.inf] * (characters + 1) for _ in range(boxes + 1)]
    cost[0][0] = 0.0
    came: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(boxes + 1):
        near, far = _near(i, spans, centres, width)
        for j in range(near, far + 1):
            if i + j == 0:
                continue
            options = []
            if i:
                options.append((cost[i - 1][j] + empty_box[i - 1], i - 1, j))
            if j:
                options.append((cost[i][j - 1] + no_box[j - 1], i, j - 1))
            held_costs = _held_costs(boxed[i - 1], readings[i - 1], text, places, j, width) if i else ()
            for count, held in enumerate(held_costs):
                first = j - count - 1
                step = held + less_likely[j] - less_likely[first] + UNLIKELY_COST * spare[i - 1]
                options.append((cost[i - 1][first] + step, i - 1, first))
            for parts in range(2, min(i, MOST_PARTS) + 1 if j else 0):
                whole = (boxed[i - parts][0], boxed[i - 1][1])
                step = _merged_cost(whole, places[j - 1], width) + MERGE_COST * (parts - 1)
                step += less_likely[j] - less_likely[j - 1] + UNLIKELY_COST * sum(spare[i - parts : i])
                options.append((cost[i - parts][j - 1] + step, i - parts, j - 1))
            best, a, b = min(options)
            cost[i][j] = best
            came[i, j] = (a, b)
    groups = []
    i, j = boxes, characters
    while i or j:
        a, b = came[i, j]
        groups.append(Group(a, i, b, j))
        i, j = a, b
    return tuple(reversed(groups))


def _near(box: int, spans: FloatArray, centres: FloatArray, width: float) -> tuple[int, int]:
    """From and to how many characters may be behind the walk when so many boxes are: long words need not be wide."""
    first = 0 if not box else int(np.searchsorted(centres, spans[box - 1, 0] - REACH * width)) - REACH
    last = len(centres) if box == len(spans) else int(np.searchsorted(centres, spans[box, 1] + REACH * width)) + REACH
    return max(first, 0), min(last, len(centres))


def _held_costs(
    span: Sequence[float], reading: str, text: Sequence[str], centres: Sequence[float], last: int, width: float
) -> Iterator[float]:
    """Of one box holding the last one, two, three … of the characters before `last`: characters expected outside,
    characters to split, a reading that differs.
    """
    middle = (span[0] + span[1]) / 2
    outside, total = 0.0, 0.0
    for count in range(1, min(last, MOST_IN_A_BOX) + 1):
        centre = centres[last - count]
        outside += max(span[0] - centre, centre - span[1], 0.0) / width
        total += centre
        offset = abs(total / count - middle) / width
        crowded = max(count * 0.35 * width / max(span[1] - span[0], 1.0) - 1.0, 0.0)
        cost = outside * 2.0 + 0.5 * offset + SPLIT_COST * (count - 1) + crowded
        if reading and len(reading) != count:
            cost += WRONG_READING_COST
        elif reading and reading.casefold() != "".join(text[last - count : last]).casefold():
            cost += 0.5 * WRONG_READING_COST
        yield cost


def _merged_cost(span: Sequence[float], centre: float, width: float) -> float:
    """Of several boxes being one character: one that would be too wide, or stands elsewhere."""
    too_wide = max((span[1] - span[0]) / width - 1.3, 0.0)
    return 2.0 * too_wide + 0.5 * abs(centre - (span[0] + span[1]) / 2) / width
