"""The polygon of a chain of characters: a middle line that follows them, and two edges beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from charsam.types import FloatArray

Points = NDArray[np.float64]

STRAIGHT: Final = 0.07
"""Root mean square distance of the characters from a middle line that is taken, as a share of the line's height."""
MOST_BENDS: Final = 6
"""Highest degree of the polynomials of a middle line."""
EDGE: Final = 0.95
"""Share of the characters that do not reach beyond the edge."""
RAGGED: Final = 0.1
"""Mean distance of the characters' ends from an edge, as a share of the height, from which on it is not straight."""
MOST_SLOPES: Final = 200
THINNEST: Final = 0.3
"""Least height of a line, in the median height of its characters."""
FEW: Final = 4
"""Characters from which on their ends tell the direction of an edge."""
BEND_SAGITTA: Final = 0.04
"""By how much, as a share of the height, an edge may bend between two of its points."""
MOST_PAIRS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A line of text: top and bottom (k, 2) float64, image pixels, points that face each other, in one direction."""

    top: Points
    bottom: Points

    @property
    def polygon(self) -> FloatArray:
        """(2k, 2) float32: along the top, and back along the bottom."""
        return np.asarray(np.concatenate([self.top, self.bottom[::-1]]), np.float32)

    @property
    def height(self) -> float:
        """Mean distance between the edges, in pixels."""
        return float(np.linalg.norm(self.top - self.bottom, axis=1).mean())

    @property
    def length(self) -> float:
        """Length of the middle line in pixels."""
        return float(np.linalg.norm(np.diff((self.top + self.bottom) / 2, axis=0), axis=1).sum())

    def part(self, start: float, stop: float) -> Band:
        """What lies between two shares, 0..1, of the line's length."""
        middle = (self.top + self.bottom) / 2
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
        along /= max(along[-1], 1e-9)
        at = np.concatenate([[start], along[(along > start) & (along < stop)], [stop]])
        edges = [np.stack([np.interp(at, along, edge[:, k]) for k in range(2)], 1) for edge in (self.top, self.bottom)]
        return Band(*edges)

    def longer(self, before: float, after: float) -> Band:
        """The same line with so many pixels more at its start and end, going on to bend as it does there."""
        middle = (self.top + self.bottom) / 2
        shares = [
            length / max(float(np.linalg.norm(middle[end] - middle[near])), 1e-6)
            for length, end, near in ((before, 0, 1), (after, -1, -2))
        ]
        edges = []
        for edge in (self.top, self.bottom):
            longer = np.vstack([edge, _onward(edge, shares[1])])
            edges.append(np.vstack([_onward(longer[::-1], shares[0])[::-1], longer]))
        return Band(*edges)

    def turned(self) -> Band:
        """The same line upside down, read from its other end."""
        return Band(self.bottom[::-1], self.top[::-1])


def band_of(middles: FloatArray, cells: list[FloatArray], half_cell: float) -> Band:
    """The line through characters in their order.

    middles: (n, 2), n >= 1, image pixels. cells: of each character the (m, 2) middles of the cells it covers, image
    pixels. half_cell: half a cell in pixels. The top edge is the one on the left of the way.
    """
    rough = float(np.median([np.sqrt(max(len(own), 1)) for own in cells])) * 2 * half_cell
    line = _straightest_line(np.asarray(middles, np.float64), cells, half_cell, rough)
    upper, lower, back, ahead = _extents(line, cells, half_cell)
    start, stop = line.stations[0] + back[0], line.stations[-1] + ahead[-1]
    at = np.linspace(start, stop, line.pairs(start, stop, float(np.median(lower - upper))))
    tangents = line.directions(at)
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], 1)
    middle = line.points(at)
    above, below = (level + slope * at for level, slope in _edges(line.stations, -upper, lower))
    thin = np.maximum(THINNEST * np.median(lower - upper) - above - below, 0) / 2
    return Band(middle - (above + thin)[:, None] * normals, middle + (below + thin)[:, None] * normals)


def _straightest_line(middles: Points, cells: list[FloatArray], half_cell: float, height: float) -> _MiddleLine:
    """The smoothest line along the characters: through their middles or, where ascenders or descenders would bend it,
    along their feet or tops.
    """
    line = _MiddleLine(middles, height)
    if line.bends == 1:
        return line
    upper, lower, _, _ = _extents(line, cells, half_cell)
    tangents = line.directions(line.stations)
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], 1)
    foot = line.points(line.stations)
    beside = [_MiddleLine(foot + reach[:, None] * normals, height) for reach in (lower, upper)]
    return min([line, *beside], key=lambda one: one.bends)


def _extents(line: _MiddleLine, cells: list[FloatArray], half_cell: float) -> tuple[Points, Points, Points, Points]:
    """How far each character reaches across the line, to its left (< 0) and right, and along it, back and ahead."""
    tangents = line.directions(line.stations)
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], 1)
    foot = line.points(line.stations)
    result = np.empty((4, len(cells)))
    for index, own in enumerate(cells):
        away = own.astype(np.float64) - foot[index]
        across, along = away @ normals[index], away @ tangents[index]
        result[:, index] = across.min(), across.max(), along.min(), along.max()
    upper, lower, back, ahead = result + half_cell * np.array([[-1], [1], [-1], [1]])
    return upper, lower, back, ahead


def _onward(edge: Points, share: float) -> Points:
    """(k, 2): points that go on from the end of a polyline, by so many times its last piece, k = ceil(share)."""
    way = edge[-1] - edge[-2]
    turn = 0.0
    if len(edge) > 2:
        before = edge[-2] - edge[-3]
        turn = float(np.arctan2(before[0] * way[1] - before[1] * way[0], before @ way))
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points, at = [np.zeros((0, 2))], edge[-1]
    while share > 1e-9:
        way = way @ rotation
        at = at + way * min(share, 1.0)
        share -= 1.0
        points.append(at[None])
    return np.concatenate(points)


class _MiddleLine:
    """A smooth curve through points in order, by the distance along them; straight beyond its ends."""

    def __init__(self, points: Points, height: float) -> None:
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        self.stations = np.concatenate([[0.0], np.cumsum(np.maximum(steps, 1e-6))])
        if len(points) == 1:
            self._fit = [Polynomial([points[0, 0], 1.0]), Polynomial([points[0, 1], 0.0])]
            self.bends = 1
            return
        most = min(MOST_BENDS, max(1, len(points) - 2))
        for degree in range(1, most + 1):
            self._fit = [Polynomial.fit(self.stations, points[:, k], degree) for k in range(2)]
            self.bends = degree
            away = points - np.stack([one(self.stations) for one in self._fit], 1)
            if np.sqrt((away**2).sum(1).mean()) <= STRAIGHT * height:
                break

    def points(self, at: Points) -> Points:
        within = np.clip(at, 0.0, self.stations[-1])
        curve = np.asarray(np.stack([one(within) for one in self._fit], 1), np.float64)
        return np.asarray(curve + (at - within)[:, None] * self.directions(at))

    def directions(self, at: Points) -> Points:
        """Unit vectors along the line."""
        within = np.clip(at, 0.0, self.stations[-1])
        slope = np.stack([one.deriv()(within) for one in self._fit], 1)
        return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9))

    def pairs(self, start: float, stop: float, height: float) -> int:
        """How many pairs of points the two edges need so as to follow the line."""
        if self.bends == 1:
            return 2
        dense = self.directions(np.linspace(start, stop, 33))
        turn = np.abs(np.arctan2(*_crossed(dense[:-1], dense[1:]))).sum()
        # An arc of length s that turns by the angle a rises s * a / 8 above its chord; cut into n, each rises 1 / n².
        rise = (stop - start) * turn / 8
        return int(np.clip(np.ceil(np.sqrt(rise / (BEND_SAGITTA * height))) + 1, 2, MOST_PAIRS))


def _crossed(a: Points, b: Points) -> tuple[Points, Points]:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(1)


def _edges(stations: Points, upper: Points, lower: Points) -> tuple[Points, Points]:
    """Level and slope of the two edges' distances from the middle line, (2,) each.

    Of lower case one edge is ragged: ascenders stand out of the one, descenders of the other. The straighter edge gives
    the direction, and the other runs beside it; both their own only where both are straight.
    """
    height = float(np.median(upper + lower))
    (rise, ragged), (fall, frayed) = (_straightest(stations, reach) for reach in (upper, lower))
    if len(stations) < FEW:  # any line goes through two or three points
        rise = min((rise, -fall, 0.0), key=abs)
        fall = -rise
    elif max(ragged, frayed) > RAGGED * height:
        rise, fall = (rise, -rise) if ragged < frayed else (-fall, fall)
    return np.array([_level(stations, upper, rise), rise]), np.array([_level(stations, lower, fall), fall])


def _level(stations: Points, reach: Points, slope: float) -> float:
    """Where an edge of that slope has to start so that the characters lie within."""
    return float(np.quantile(reach - slope * stations, EDGE))


def _straightest(stations: Points, reach: Points) -> tuple[float, float]:
    """Slope of the line through two of the points from which the others stray least, and the mean of how far they do.

    What counts is the median (Rousseeuw's least median of squares): half of the points may lie anywhere.
    """
    if len(stations) < 2:
        return 0.0, 0.0
    first, second = np.triu_indices(len(stations), 1)
    slopes = (reach[second] - reach[first]) / (stations[second] - stations[first])
    slopes = np.unique(np.quantile(slopes, np.linspace(0, 1, MOST_SLOPES))) if len(slopes) > MOST_SLOPES else slopes
    rest = reach[None] - slopes[:, None] * stations[None]
    away = np.abs(rest - np.median(rest, axis=1, keepdims=True))
    best = int(np.argmin(np.median(away, axis=1) + 1e-3 * away.mean(axis=1)))
    return float(slopes[best]), float(away[best].mean())
