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
    typical = max(float(spans[-1, 1] - spans[0, 0]) / len(spans), 1.0)
    expected = widths / widths.sum() * max(stop - start, 1)
    filled = ink.mean(axis=0)
    limit = ink.shape[1]
    # Each border has columns of its own to lie in, so long words cost no more a character than short ones.
    between = [_places(middles[i : i + 2], met[i], limit) for i in range(len(met))]
    places = [np.array([start]), *between, np.array([stop])]
    cost = np.zeros(1)
    came = []
    for index, wanted in enumerate(expected):
        before, here = places[index], places[index + 1]
        width = here[None, :] - before[:, None]
        off = WIDTH_PULL * (2 * (width - wanted) / (wanted + typical)) ** 2
        total = cost[:, None] + np.where(width > 0, off, np.inf)
        came.append(total.argmin(0))
        cost = total.min(0)
        if index < len(met):
            through = np.interp(here - 0.5, np.arange(limit), filled) if limit else np.zeros(len(here))
            cost = cost + through + VALLEY_PULL * ((here - met[index]) / typical) ** 2
    if not np.isfinite(cost[0]):
        return np.round(met).astype(np.intp)
    at, borders = 0, []
    for index in range(len(met), 0, -1):
        at = int(came[index][at])
        borders.append(int(places[index][at]))
    return np.array(borders[::-1], np.intp)


def _places(middles: FloatArray, met: float, limit: int) -> NDArray[np.intp]:
    """The columns between two characters' middles, and next to where their boxes meet."""
    low, high = min(float(middles[0]), met - 1), max(float(middles[1]), met + 1)
    columns = np.arange(max(int(low), 0), min(int(high) + 1, limit) + 1)
    between = (columns > middles[0]) & (columns < middles[1]) | (np.abs(columns - met) <= 1)
    return columns[between] if between.any() else columns[:1]


def _ends(ink: BoolArray, spans: FloatArray, middles: FloatArray, reach: tuple[float, float]) -> tuple[int, int]:
    """The first and the last column of the word's ink; those of its boxes where there is none."""
    inked = np.flatnonzero(ink.any(axis=0))
    before = inked[(inked >= reach[0]) & (inked < middles[0])]
    after = inked[(inked < reach[1]) & (inked > middles[-1])]
    start = int(before[0]) if len(before) else round(float(spans[0, 0]))
    stop = int(after[-1]) + 1 if len(after) else round(float(spans[-1, 1]))
    limit = ink.shape[1]
    return min(max(start, 0), limit), min(max(stop, 0), limit)
