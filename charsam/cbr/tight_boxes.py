"""Character boxes drawn tight around the ink inside them: CRAFT's heat tells where a character is, not how large.

The ink is the word's text as the segmenter sees it in the whole word, in connected domains.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from charsam.cbr.borders import find_borders
from charsam.geometry import whole_box
from charsam.types import BoolArray, FloatArray

MOST_COVER = 0.9
"""Ink that covers more of a box than this is background taken for text, or a blot."""
LEAST_COVER = 0.04
MOST_OF_A_DOMAIN = 0.8
"""Share of a domain between a character's borders from which on it is that character's alone."""


@dataclass(frozen=True, slots=True, eq=False)
class WordInk:
    """The connected domains of a word's text at `scale` strip pixels per word-frame pixel.

    labels: (h, w) int32, 0 for no ink. areas: (domains,) pixels. open: (domains,) bool, those that run out of the
    strip: the ground, or what is joined to it, for the text itself ends before the strip's margin does.
    """

    labels: np.ndarray
    areas: np.ndarray
    open: BoolArray
    scale: float


NO_INK: Final = WordInk(np.zeros((1, 1), np.int32), np.ones(1, np.int64), np.zeros(1, np.bool_), 1.0)
"""Around this no box is drawn tighter."""


def find_ink(logits: FloatArray, scale: float) -> WordInk:
    """The domains of (h, w) word-level text logits."""
    labels, count = ndimage.label(logits > 0, structure=np.ones((3, 3)))
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    runs_out = np.bincount(rim, minlength=count + 1) > 0
    return WordInk(labels, np.bincount(labels.ravel(), minlength=count + 1), runs_out, scale)


def tighten(
    ink: WordInk,
    boxes: Sequence[FloatArray],
    cells: Sequence[FloatArray],
    axis: int = 0,
    widths: FloatArray | None = None,
) -> list[FloatArray]:
    """The box of the ink of each character of a word; its own box where the ink gives no clear answer.

    A domain that lies nearly all between one character's borders belongs to it as a whole; one that several characters
    share is cut at their borders; of one that runs out of the strip only what lies in the box counts.

    boxes: x0, y0, x1, y1 as CRAFT or the split made them, in order along the word. cells: the most that each character
    may take up. Both, and the answers, in pixels of the word frame. axis: along which the word runs, 0 for x.
    widths: (n,) how wide each character is expected to be, in any unit; alike where they are not given.
    """
    if not len(boxes):
        return []
    h, w = ink.labels.shape
    inner = [whole_box(box * ink.scale, w, h) for box in boxes]
    outer = [whole_box(cell * ink.scale, w, h) for cell in cells]
    parts = _parts(ink, inner, outer, axis, widths)
    share = np.stack([_counts(ink, part) for part in parts]) / np.maximum(ink.areas, 1)
    return [
        _tight(ink, box, inner[i], _common(parts[i], outer[i]), outer[i], share[i], np.delete(share, i, 0))
        for i, box in enumerate(boxes)
    ]


def _parts(
    ink: WordInk,
    inner: Sequence[tuple[int, ...]],
    outer: Sequence[tuple[int, ...]],
    axis: int,
    widths: FloatArray | None,
) -> list[tuple[int, ...]]:
    """The slices of the strip between the characters' borders."""
    h, w = ink.labels.shape
    start, stop = min(box[1 - axis] for box in inner), max(box[3 - axis] for box in inner)
    filled = ink.labels[start:stop] > 0 if axis == 0 else ink.labels[:, start:stop].T > 0
    spans = np.array([[box[axis], box[axis + 2]] for box in inner], np.float32)
    expected = np.ones(len(inner), np.float32) if widths is None else widths
    reach = (outer[0][axis], outer[-1][axis + 2])
    borders = [0, *(int(b) for b in find_borders(filled, spans, reach, expected)), filled.shape[1]]
    return [(a, 0, b, h) if axis == 0 else (0, a, w, b) for a, b in itertools.pairwise(borders)]


def _tight(
    ink: WordInk,
    box: FloatArray,
    inner: tuple[int, ...],
    part: tuple[int, ...],
    cell: tuple[int, ...],
    share: NDArray[np.float64],
    others: NDArray[np.float64],
) -> FloatArray:
    """One character's box. part: what of its cell lies between its borders. share, others: (domains,) and (n - 1,
    domains), how much of each domain lies between this character's borders, and the others'.
    """
    core = ink.labels[inner[1] : inner[3], inner[0] : inner[2]]
    seen = _counts(ink, inner)
    owned = (share >= MOST_OF_A_DOMAIN) & (seen >= 0.25 * ink.areas) & (_counts(ink, cell) >= 0.7 * ink.areas)
    shared = ~owned & (others.max(0, initial=0.0) < MOST_OF_A_DOMAIN)
    shared &= np.minimum(seen, share * ink.areas) >= 0.05 * core.size
    owned[0] = shared[0] = False
    taken = ((owned & ~ink.open, cell), (shared & ~ink.open, part), ((owned | shared) & ink.open, _common(part, inner)))
    pixels = np.zeros(ink.labels.shape, np.bool_)
    for domains, (x0, y0, x1, y1) in taken:
        pixels[y0:y1, x0:x1] |= domains[ink.labels[y0:y1, x0:x1]]
    if not _is_plausible(pixels, core):
        return box
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
    return found / np.float32(ink.scale)


def _common(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The pixels that two boxes share."""
    x0, y0 = max(a[0], b[0]), max(a[1], b[1])
    return x0, y0, max(min(a[2], b[2]), x0), max(min(a[3], b[3]), y0)


def _counts(ink: WordInk, box: tuple[int, ...]) -> np.ndarray:
    """How many pixels of each domain lie in a box of the ink's pixels."""
    return np.bincount(ink.labels[box[1] : box[3], box[0] : box[2]].ravel(), minlength=len(ink.areas))


def _is_plausible(pixels: BoolArray, core: np.ndarray) -> bool:
    if pixels.sum() < LEAST_COVER * core.size:
        return False
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    extent = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return bool((core > 0).mean() < MOST_COVER and extent >= 0.1 * core.size)
