"""Character boxes drawn tight around the ink inside them: CRAFT's heat tells where a character is, not how large.

The ink is the word's text by colour (the `colour` segmenter's word-level answer), in connected domains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from charsam.types import BoolArray, FloatArray

MOST_COVER = 0.9
"""Ink that covers more of a box than this is background taken for text, or a blot."""
LEAST_COVER = 0.04


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


def tighten(ink: Ink, box: FloatArray, cell: FloatArray) -> FloatArray:
    """The box of the ink that belongs to a character, or `box` itself where the ink gives no clear answer.

    A domain that lies mostly in the character's cell belongs to it as a whole; of one that reaches into its
    neighbours, the part in the cell.

    box: x0, y0, x1, y1 as CRAFT or the split made it. cell: the most that the character may take up. Both, and the
    answer, in pixels of the word frame.
    """
    h, w = ink.labels.shape
    limit = _whole(cell * ink.scale, w, h)
    area = ink.labels[limit[1] : limit[3], limit[0] : limit[2]]
    inner = _whole(box * ink.scale, w, h)
    core = ink.labels[inner[1] : inner[3], inner[0] : inner[2]]
    seen = np.bincount(core.ravel(), minlength=len(ink.areas))
    within = np.bincount(area.ravel(), minlength=len(ink.areas))
    owned = (within >= 0.7 * ink.areas) & (seen >= 0.3 * ink.areas)
    shared = ~owned & (seen >= 0.05 * core.size)
    owned[0] = shared[0] = False
    pixels = owned[area]
    if shared.any():
        window = np.zeros_like(pixels)
        dx, dy = inner[0] - limit[0], inner[1] - limit[1]
        window[max(dy, 0) : dy + core.shape[0], max(dx, 0) : dx + core.shape[1]] = True
        pixels |= shared[area] & window
    if not _is_plausible(pixels, core):
        return box
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    found = np.float32(
        [limit[0] + columns[0], limit[1] + rows[0], limit[0] + columns[-1] + 1, limit[1] + rows[-1] + 1]
    )
    return found / np.float32(ink.scale)


def _is_plausible(pixels: BoolArray, core: np.ndarray) -> bool:
    if pixels.sum() < LEAST_COVER * core.size:
        return False
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    extent = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return bool((core > 0).mean() < MOST_COVER and extent >= 0.1 * core.size)


def _whole(box: FloatArray, w: int, h: int) -> tuple[int, int, int, int]:
    x0, y0 = int(np.clip(np.floor(box[0]), 0, w - 1)), int(np.clip(np.floor(box[1]), 0, h - 1))
    return x0, y0, int(np.clip(np.ceil(box[2]), x0 + 1, w)), int(np.clip(np.ceil(box[3]), y0 + 1, h))
