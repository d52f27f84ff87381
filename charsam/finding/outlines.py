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
RAGGED: Final = 0.08
"""Median distance of the characters' ends from an edge, as a share of the height, from which on it is not straight."""
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
    line = _MiddleLine(np.asarray(middles, np.float64), rough)
    tangents = line.directions(line.stations)
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], 1)
    foot = line.points(line.stations)
    upper, lower, back, ahead = np.empty((4, len(middles)))
    for index, own in enumerate(cells):
        away = own.astype(np.float64) - foot[index]
        across, along = away @ normals[index], away @ tangents[index]
        upper[index], lower[index] = across.min() - half_cell, across.max() + half_cell
        back[index], ahead[index] = along.min() - half_cell, along.max() + half_cell
    start, stop = line.stations[0] + back[0], line.stations[-1] + ahead[-1]
    height = float(np.median(lower - upper))
    at = np.linspace(start, stop, line.pairs(start, stop, height))
    tangents = line.directions(at)
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], 1)
    middle = line.points(at)
    least = 0.1 * height
    above, below = (
        np.maximum(level + slope * at, least)[:, None] for level, slope in _edges(line.stations, -upper, lower)
    )
    return Band(middle - above * normals, middle + below * normals)


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
    slopes = [_slope(stations, reach) for reach in (upper, lower)]
    if len(stations) < FEW:  # any line goes through two or three points
        slope = min((slopes[0], -slopes[1], 0.0), key=abs)
        slopes = [slope, -slope]
    else:
        ragged = [
            float(np.median(np.abs((rest := reach - slope * stations) - np.median(rest))))
            for reach, slope in zip((upper, lower), slopes, strict=True)
        ]
        if max(ragged) > RAGGED * height:
            slopes = [slopes[0], -slopes[0]] if ragged[0] < ragged[1] else [-slopes[1], slopes[1]]
    levels = [
        float(np.quantile(reach - slope * stations, EDGE)) for reach, slope in zip((upper, lower), slopes, strict=True)
    ]
    return np.array([levels[0], slopes[0]]), np.array([levels[1], slopes[1]])


def _slope(stations: Points, reach: Points) -> float:
    """The median of the slopes between all pairs (Theil and Sen)."""
    if len(stations) < 2:
        return 0.0
    first, second = np.triu_indices(len(stations), 1)
    return float(np.median((reach[second] - reach[first]) / (stations[second] - stations[first])))
