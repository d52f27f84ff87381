"""Character boxes drawn tight around the ink inside them: CRAFT's heat tells where a character is, not how large.

The ink is the word's text by colour (the `colour` segmenter's word-level answer), in connected domains.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from charsam.geometry import whole_box
from charsam.types import BoolArray, FloatArray

MOST_COVER = 0.9
"""Ink that covers more of a box than this is background taken for text, or a blot."""
LEAST_COVER = 0.04
CUT_PULL = 0.1
"""Pixels of ink that a cut may cost for each pixel that it stays nearer to the border of two boxes."""
MOST_OF_A_DOMAIN = 0.8
"""Share of what a word's boxes see of a domain from which on it is one character's alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The connected domains of a word's text at `scale` strip pixels per word-frame pixel; labels: (h, w) int32."""

    labels: np.ndarray
    areas: np.ndarray
    scale: float


def find_ink(logits: FloatArray, scale: float) -> Ink:
    """The domains of (h, w) word-level text logits."""
    labels, count = ndimage.label(logits > 0, structure=np.ones((3, 3)))
    return Ink(labels, np.bincount(labels.ravel(), minlength=count + 1), scale)


def tighten(ink: Ink, boxes: Sequence[FloatArray], cells: Sequence[FloatArray], axis: int = 0) -> list[FloatArray]:
    """The box of the ink of each character of a word; its own box where the ink gives no clear answer.

    A domain that lies nearly all in one character's reach belongs to it as a whole; one that is shared is cut between
    neighbours where it is thinnest.

    boxes: x0, y0, x1, y1 as CRAFT or the split made them, in order along the word. cells: the most that each character
    may take up. Both, and the answers, in pixels of the word frame. axis: along which the word runs, 0 for x.
    """
    h, w = ink.labels.shape
    inner = [whole_box(box * ink.scale, w, h) for box in boxes]
    seen = np.stack([_counts(ink, box) for box in inner]) if boxes else np.zeros((0, len(ink.areas)))
    parts = _thin_cuts(ink, inner, axis)
    share = seen / np.maximum(seen.sum(0), 1)
    return [
        _tight(ink, box, inner[i], parts[i], whole_box(cells[i] * ink.scale, w, h), seen[i], share[i])
        for i, box in enumerate(boxes)
    ]


def _thin_cuts(ink: Ink, inner: Sequence[tuple[int, ...]], axis: int) -> list[tuple[int, ...]]:
    """The boxes, their common borders moved to where there is least ink between the middles of the two."""
    parts = [list(box) for box in inner]
    filled = ink.labels > 0
    for first, second in itertools.pairwise(parts):
        low, high = ((box[axis] + box[axis + 2]) // 2 for box in (first, second))
        border = (first[axis + 2] + second[axis]) // 2
        if high - low < 3 or second[axis] > first[axis + 2] + 1:
            continue
        start, stop = min(first[1 - axis], second[1 - axis]), max(first[3 - axis], second[3 - axis])
        between = filled[start:stop, low:high] if axis == 0 else filled[low:high, start:stop].T
        cost = between.sum(axis=0) + CUT_PULL * np.abs(np.arange(low, high) - border)
        cut = low + int(cost.argmin())
        first[axis + 2] = second[axis] = cut
    return [tuple(part) for part in parts]


def _tight(
    ink: Ink,
    box: FloatArray,
    inner: tuple[int, ...],
    part: tuple[int, ...],
    cell: tuple[int, ...],
    seen: np.ndarray,
    share: np.ndarray,
) -> FloatArray:
    area = ink.labels[cell[1] : cell[3], cell[0] : cell[2]]
    core = ink.labels[inner[1] : inner[3], inner[0] : inner[2]]
    owned = (_counts(ink, cell) >= 0.7 * ink.areas) & (share >= MOST_OF_A_DOMAIN) & (seen >= 0.25 * ink.areas)
    shared = ~owned & (seen >= 0.05 * core.size) & (share >= 1 - MOST_OF_A_DOMAIN)
    owned[0] = shared[0] = False
    pixels = owned[area]
    if shared.any():
        window = np.zeros_like(pixels)
        left, top, right, bottom = (max(a - b, 0) for a, b in zip(part, cell[:2] * 2, strict=True))
        window[top:bottom, left:right] = True
        pixels |= shared[area] & window
    if not _is_plausible(pixels, core):
        return box
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    found = np.array(
        [cell[0] + columns[0], cell[1] + rows[0], cell[0] + columns[-1] + 1, cell[1] + rows[-1] + 1], np.float32
    )
    return found / np.float32(ink.scale)


def _counts(ink: Ink, box: tuple[int, ...]) -> np.ndarray:
    """How many pixels of each domain lie in a box of the ink's pixels."""
    return np.bincount(ink.labels[box[1] : box[3], box[0] : box[2]].ravel(), minlength=len(ink.areas))


def _is_plausible(pixels: BoolArray, core: np.ndarray) -> bool:
    if pixels.sum() < LEAST_COVER * core.size:
        return False
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    extent = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return bool((core > 0).mean() < MOST_COVER and extent >= 0.1 * core.size)
