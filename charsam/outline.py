"""The two long edges of a word polygon, along which the text runs, and the cells between them."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from charsam.errors import WordsError
from charsam.polygon import Points, clockwise, turns_of

ZIGZAG = np.deg2rad(75)
"""Turning to and fro, beyond the turning one way, from which on an edge is taken for carelessly drawn."""
END_TURNING = 1.5
"""How much turning within an end of a word counts, where turning within an edge counts 1: ends are straight."""
EVEN_PAIRS = 12.0
"""How strongly the ends of a polygon's cells are held to equal shares of both edges."""


def reading_edges(polygon: Points) -> tuple[Points, Points]:
    """The top and the bottom edge of a word polygon with more than four points, each in reading order.

    The four corners are those points that leave the least turning between them and make the ends short; an end may have
    points of its own. Which edge is the top follows the first point where it starts one (the convention of Total-Text
    and CTW1500), else left to right.
    """
    points = clockwise(polygon)
    top, bottom = _likeliest_edges(points)
    starts_top, starts_bottom = _same(top[0], polygon[0]), _same(bottom[-1], polygon[0])
    leftward = (top[-1] - top[0] + bottom[-1] - bottom[0])[0] < 0
    if not starts_top and (starts_bottom or leftward):
        top, bottom = bottom[::-1], top[::-1]
    return top, bottom


def _likeliest_edges(points: Points) -> tuple[Points, Points]:
    """Two edges of a polygon that runs clockwise, both in the direction of the first of them."""
    n = len(points)
    if n < 5:
        raise WordsError(f"no reading direction can be found in a polygon of {n} points")
    corners = np.array(list(itertools.combinations(range(n), 4)))
    corners = np.concatenate([corners, np.roll(corners, -1, axis=1)])  # each pair of facing chains may be the edges
    start, right, below, left = corners.T
    turns = np.concatenate([[0.0], np.cumsum(np.tile(np.abs(turns_of(points)), 2))])
    sides = np.concatenate([[0.0], np.cumsum(np.tile(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1), 2))])

    def between(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The turning within, and the length of, the chains from one corner to another."""
        last = np.where(last > first, last, last + n)
        return turns[last] - turns[first + 1], sides[last] - sides[first]

    (turn_top, upper), (turn_right, right_end) = between(start, right), between(right, below)
    (turn_bottom, lower), (turn_left, left_end) = between(below, left), between(left, start)
    shape = (right_end + left_end + np.abs(upper - lower)) / sides[n]
    cost = turn_top + turn_bottom + END_TURNING * (turn_right + turn_left) + 2.0 * shape - 0.15 * (start == 0)
    best = int(cost.argmin())
    return _chain(points, int(start[best]), int(right[best])), _chain(points, int(below[best]), int(left[best]))[::-1]


def ruled(top: Points, bottom: Points, cells: int) -> tuple[Points, Points]:
    """Two edges cut into cells whose ends face each other: (cells + 1, 2) points along each.

    Points at the same share of the edges' lengths would make slanting cells where one edge winds more than the other;
    the pairs are moved, in order and by little, to where the distance between the edges is shortest.
    """
    dense = 4 * cells
    height = float(np.linalg.norm(top[0] - bottom[0]) + np.linalg.norm(top[-1] - bottom[-1])) / 2
    if _is_zigzag(top) and not _is_zigzag(bottom):
        top = _beside(_smooth(bottom), height)
    elif _is_zigzag(bottom) and not _is_zigzag(top):
        bottom = _beside(_smooth(top), -height)
    upper, lower = _evenly(_smooth(top), dense), _evenly(_smooth(bottom), dense)
    apart = np.linalg.norm(upper[:, None] - lower[None, :], axis=2)
    scale = float(np.median(np.diag(apart))) or 1.0
    shift = (np.arange(dense + 1)[:, None] - np.arange(dense + 1)[None, :]) / dense
    cost = (apart / scale) ** 2 + EVEN_PAIRS * shift**2
    path = _cheapest_path(cost)
    upper, lower = upper[path[:, 0]], lower[path[:, 1]]
    middle = (upper + lower) / 2
    return _evenly(upper, cells, by=middle), _evenly(lower, cells, by=middle)


def _smooth(chain: Points) -> Points:
    """A dense smooth curve through the chain's points; past a zigzag, which no line of text follows, between them."""
    if len(chain) < 3 or len(chain) >= 400:
        return chain
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(chain, axis=0), axis=1))])
    dense = np.linspace(0, length[-1], 400)
    if _is_zigzag(chain):
        even = np.linspace(0, length[-1], 64)
        points = np.stack([np.interp(even, length, chain[:, k]) for k in range(2)], axis=1)
        return np.stack([Polynomial.fit(even, points[:, k], 3)(dense) for k in range(2)], axis=1)
    from scipy.interpolate import Akima1DInterpolator  # a second's import that the app's start need not wait for

    return np.asarray(Akima1DInterpolator(length, chain, method="makima")(dense), np.float64)


def _is_zigzag(chain: Points) -> bool:
    turns = turns_of(chain)[1:-1]
    return bool(np.abs(turns).sum() - abs(turns.sum()) > ZIGZAG)


def _beside(curve: Points, distance: float) -> Points:
    """The curve moved by a distance in pixels to its left, as seen by one who walks along it (y down)."""
    direction = np.gradient(curve, axis=0)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    return np.asarray(curve + distance * np.stack([direction[:, 1], -direction[:, 0]], axis=1))


def _evenly(curve: Points, cells: int, by: Points | None = None) -> Points:
    """(cells + 1, 2): points of a curve, evenly spaced along it, or along a curve with the same number of points."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve if by is None else by, axis=0), axis=1))])
    at = np.linspace(0, along[-1], cells + 1)
    return np.stack([np.interp(at, along, curve[:, k]) for k in range(2)], axis=1)


def _cheapest_path(cost: Points) -> NDArray[np.int64]:
    """(L, 2): the cheapest monotone path of index pairs from one corner of a cost matrix to the other."""
    n, m = cost.shape
    total = np.full((n + 1, m + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(2, n + m + 1):  # what lies on one depends on the two before it alone
        i = np.arange(max(1, diagonal - m), min(n, diagonal - 1) + 1)
        j = diagonal - i
        before = np.minimum(np.minimum(total[i - 1, j - 1], total[i - 1, j]), total[i, j - 1])
        total[i, j] = cost[i - 1, j - 1] + before
    path = [(n, m)]
    while path[-1] != (1, 1):
        i, j = path[-1]
        path.append(min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda step: total[step]))
    return np.array(path[::-1], np.int64) - 1


def _chain(points: Points, start: int, stop: int) -> Points:
    count = (stop - start) % len(points) + 1
    return points[[(start + k) % len(points) for k in range(count)]]


def _same(a: Points, b: NDArray[np.floating]) -> bool:
    return bool(np.linalg.norm(a - b) < 1e-6)
