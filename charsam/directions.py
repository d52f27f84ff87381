"""The ways in which a word may run in its polygon, whichever corner the polygon starts from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from charsam.geometry import curved_frame, quad_frame, word_frame
from charsam.outline import reading_edges
from charsam.polygon import Points, oriented_quad, simplified_polygon
from charsam.types import WordFrame

ALONG = 1.3
"""From this length, in heights, on a word of several characters runs along its quad."""
CELL = 0.6
"""Least length, in widths of the quad, that each character of a stacked word takes."""
STACKING = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "LATIN", "DIGIT")
"""Beginnings of the Unicode names of the characters that are stacked upright."""


def candidate_frames(
    polygon: NDArray[np.floating], characters: int | None, *, stacks: bool = True
) -> tuple[WordFrame, ...]:
    """The ways in which a word may run in its polygon, the likeliest first.

    The first is as the annotation says, unless a word of several characters would then run across a quad. Then come
    the word upside down, turned by a quarter either way where the quad's shape allows it, and stacked.
    characters: how many the word has, None if not known. stacks: whether its script is stacked upright at all.
    Raises WordsError for a polygon that encloses no area.
    """
    polygon = simplified_polygon(polygon)
    if len(polygon) > 4:
        top, bottom = reading_edges(polygon)
        return word_frame(polygon), curved_frame(bottom[::-1], top[::-1])
    quads = [np.roll(oriented_quad(polygon), -shift, axis=0) for shift in range(4)]
    ratio = _length(quads[0]) / _length(quads[1])
    if characters == 1:
        return tuple(quad_frame(quads[turn]) for turn in (0, 2))
    stackable = [
        turn
        for turn in range(4)
        if stacks and _may_stack(quads[turn], characters) and (turn == 0 or _stands(quads[turn]))
    ]
    if ratio >= ALONG:
        return _frames(quads, [0, 2], stackable)
    if ratio > 1 / ALONG:
        return _frames(quads, [0, 2, 1, 3], stackable)
    lines = _frames(quads, [1, 3, 0, 2], [])
    return (*(quad_frame(quads[turn], stacked=True) for turn in stackable), *lines)


def _frames(quads: Sequence[Points], turns: Sequence[int], stacked: Sequence[int]) -> tuple[WordFrame, ...]:
    lines = tuple(quad_frame(quads[turn]) for turn in turns)
    return (*lines, *(quad_frame(quads[turn], stacked=True) for turn in stacked))


def _may_stack(quad: Points, characters: int | None) -> bool:
    """Whether so many characters have room one below the other, upright as the quad stands."""
    ratio = _length(np.roll(quad, -1, axis=0)) / _length(quad)
    return ratio >= ALONG and ratio >= CELL * (characters or 2)


def _stands(quad: Points) -> bool:
    """Whether its characters would stand upright in the image."""
    right, down = quad[1] - quad[0], quad[3] - quad[0]
    return bool(right[0] > abs(right[1]) and down[1] > abs(down[0]))


def _length(quad: Points) -> float:
    """The mean length of the quad's top and bottom edge."""
    edges = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return max(float(edges[0] + edges[2]) / 2, 1e-6)
