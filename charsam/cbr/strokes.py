"""Characters that CRAFT does not tell apart though nothing joins them: narrow letters side by side, as in `lllll`.

Where a stretch of the word holds as many separate runs of ink as characters, each run is a character.
"""

from __future__ import annotations

import numpy as np

from charsam.cbr.tight_boxes import WordInk
from charsam.types import FloatArray

LEAST_INK = 12
"""Pixels of ink, in word-frame pixels, below which a run is dirt."""


def stroke_boxes(ink: WordInk, start: float, stop: float, top: float, bottom: float) -> FloatArray:
    """The runs of columns with ink in a part of a word that runs along x.

    start, stop, top, bottom: the part, in pixels of the word frame. Ink that runs out of the strip takes no part.
    Returns (n, 4) float32 boxes x0, y0, x1, y1 in pixels of the word frame, from left to right.
    """
    scale = ink.scale
    x0, y0 = max(round(start * scale), 0), max(round(top * scale), 0)
    part = ink.labels[y0 : max(round(bottom * scale), y0), x0 : max(round(stop * scale), x0)]
    drawn = (part > 0) & ~ink.open[part]
    columns = np.concatenate([[False], drawn.any(axis=0), [False]])
    edges = np.flatnonzero(np.diff(columns.astype(np.int8)))
    boxes = []
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        run = drawn[:, left:right]
        if run.sum() < LEAST_INK * scale * scale:
            continue
        rows = np.flatnonzero(run.any(axis=1))
        boxes.append([x0 + left, y0 + rows[0], x0 + right, y0 + rows[-1] + 1])
    return np.array(boxes, np.float32).reshape(-1, 4) / np.float32(scale)
