"""Where neighbouring characters whose ink has grown together are cut apart: by the fonts' widths and the thinnest ink.

A cut at the thinnest place alone falls into the middle of an M or an o. What a font says about the widths of the word's
letters, and where CRAFT's heat has its valley, keep the cuts near the true borders; the ink settles the rest.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.types import BoolArray, FloatArray

WIDTH_PULL: Final = 2.0
"""Cost of a character that is off its expected width by the mean of that and a typical one, against that of a cut
through ink as tall as the text."""
VALLEY_PULL: Final = 2.0
"""Cost of a cut that lies a typical character's width away from where the two boxes meet."""


def find_borders(ink: BoolArray, spans: FloatArray, reach: tuple[float, float], widths: FloatArray) -> NDArray[np.intp]:
    """The n - 1 cuts between n characters of a word that are cheapest taken together.

    ink: (h, w) bool, the rows of the text only. spans: (n, 2), from and to of each character's box along the word, in
    pixels of the ink, in order. reach: from where to where the first and the last character's ink may lie.
    widths: (n,) expected widths, in any unit.
    Returns rising columns; the mean of the two boxes' edges where no such cuts exist.
    """
    middles, met = spans.mean(1), (spans[:-1, 1] + spans[1:, 0]) / 2
    start, stop = _ends(ink, spans, middles, reach)
    columns = np.arange(ink.shape[1] + 1)
    typical = max(float(spans[-1, 1] - spans[0, 0]) / len(spans), 1.0)
    expected = widths / widths.sum() * max(stop - start, 1)
    filled = ink.mean(axis=0)
    through = np.interp(columns - 0.5, columns[:-1], filled) if len(filled) else np.zeros(1)
    width = columns[None, :] - columns[:, None]
    cost = np.where(columns == start, 0.0, np.inf)
    came = []
    for index, wanted in enumerate(expected):
        off = WIDTH_PULL * (2 * (width - wanted) / (wanted + typical)) ** 2
        total = cost[:, None] + np.where(width > 0, off, np.inf)
        came.append(total.argmin(0))
        cost = total.min(0)
        if index < len(met):
            cut = through + VALLEY_PULL * ((columns - met[index]) / typical) ** 2
            between = (columns > middles[index]) & (columns < middles[index + 1]) | (np.abs(columns - met[index]) <= 1)
            cost = cost + np.where(between, cut, np.inf)
    if not np.isfinite(cost[stop]):
        return np.round(met).astype(np.intp)
    borders = [stop]
    for back in reversed(came):
        borders.append(int(back[borders[-1]]))
    return np.array(borders[-2:0:-1], np.intp)


def _ends(ink: BoolArray, spans: FloatArray, middles: FloatArray, reach: tuple[float, float]) -> tuple[int, int]:
    """The first and the last column of the word's ink; those of its boxes where there is none."""
    inked = np.flatnonzero(ink.any(axis=0))
    before = inked[(inked >= reach[0]) & (inked < middles[0])]
    after = inked[(inked < reach[1]) & (inked > middles[-1])]
    start = int(before[0]) if len(before) else round(float(spans[0, 0]))
    stop = int(after[-1]) + 1 if len(after) else round(float(spans[-1, 1]))
    limit = ink.shape[1]
    return min(max(start, 0), limit), min(max(stop, 0), limit)
