"""Word polygons: cleaning them, and finding the two long edges along which the text runs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from charsam.errors import WordsError

Points = NDArray[np.float64]

MOST_POINTS = 32
"""Points of a polygon with more are thinned out."""
ZIGZAG = np.deg2rad(75)
"""Turning to and fro, beyond the turning one way, from which on an edge is taken for carelessly drawn."""
EVEN_PAIRS = 12.0
"""How strongly the ends of a polygon's cells are held to equal shares of both edges."""


def simplified_polygon(polygon: NDArray[np.floating]) -> Points:
    """The polygon without repeated and needless points; (P, 2) float64, P >= 4.

    Raises WordsError where fewer than four distinct finite points or no area are left.
    """
    points = np.asarray(polygon, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise WordsError(f"a polygon must be a list of [x, y] points; its shape is {points.shape}")
    if not np.isfinite(points).all():
        raise WordsError("a polygon has a coordinate that is not a finite number")
    distinct = [p for i, p in enumerate(points) if i == 0 or np.linalg.norm(p - points[i - 1]) > 1e-6]
    if len(distinct) > 1 and np.linalg.norm(distinct[0] - distinct[-1]) <= 1e-6:
        distinct.pop()
    if len(distinct) < 4:
        raise WordsError(f"a word's polygon needs at least 4 different points; it has {len(distinct)}")
    points = _fewer(np.stack(distinct))
    if abs(signed_area(points)) < 1.0:
        raise WordsError("the word's polygon encloses no area")
    return points


def _fewer(points: Points) -> Points:
    """A contour of many points brought to MOST_POINTS, its first point kept."""
    tolerance = 0.5
    result = points
    while len(result) > MOST_POINTS:
        thinned = cv2.approxPolyDP(points.astype(np.float32)[:, None], tolerance, True)[:, 0]
        result = np.asarray(thinned, np.float64)
        tolerance *= 1.5
    if len(result) < 4:
        return np.asarray(points[np.linspace(0, len(points) - 1, MOST_POINTS).astype(int)])
    start = int(np.argmin(np.linalg.norm(result - points[0], axis=1)))
    return np.asarray(np.roll(result, -start, axis=0))


def signed_area(points: Points) -> float:
    """Area in square pixels; positive where the points run clockwise on the screen (y down)."""
    x, y = points[:, 0] - points[0, 0], points[:, 1] - points[0, 1]
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def clockwise(points: Points) -> Points:
    """The same polygon, clockwise on the screen, from the same first point."""
    return points if signed_area(points) > 0 else np.roll(points[::-1], 1, axis=0)


def oriented_quad(quad: Points) -> Points:
    """A convex quad, clockwise from its given first point; one that is not convex becomes its tightest rectangle."""
    quad = clockwise(quad)
    turns = _turns(quad)
    if (turns > 0).all() and turns.sum() < 2 * np.pi + 1e-6:
        return quad
    rectangle = clockwise(cv2.boxPoints(cv2.minAreaRect(quad.astype(np.float32))).astype(np.float64))
    start = int(np.argmin(np.linalg.norm(rectangle - quad[0], axis=1)))
    return np.roll(rectangle, -start, axis=0)


def reading_edges(polygon: Points) -> tuple[Points, Points]:
    """The top and the bottom edge of a word polygon with more than four points, each in reading order.

    The two ends of the word are the two edges that leave the least turning in the chains between them. Which chain is
    the top follows the first point where it starts one (the convention of Total-Text and CTW1500), else left to right.
    """
    points = clockwise(polygon)
    n = len(points)
    turns = np.abs(_turns(points))
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    best: tuple[float, int, int] | None = None
    for right in range(n):  # the right end runs from point `right` to `right + 1`
        for gap in range(2, n - 1):
            left = (right + gap) % n
            ends = {right, (right + 1) % n, left, (left + 1) % n}
            if len(ends) < 4:
                continue
            turning = sum(turns[i] for i in range(n) if i not in ends)
            perimeter = sides.sum()
            upper = sum(sides[(left + 1 + k) % n] for k in range((right - left - 1) % n))
            lower = sum(sides[(right + 1 + k) % n] for k in range((left - right - 1) % n))
            shape = (sides[right] + sides[left]) / perimeter + abs(upper - lower) / perimeter
            cost = float(turning + 2.0 * shape)
            if (left + 1) % n == 0:
                cost -= 0.15
            if best is None or cost < best[0]:
                best = (cost, right, left)
    if best is None:
        raise WordsError(f"no reading direction can be found in a polygon of {n} points")
    _, right, left = best
    top = _chain(points, (left + 1) % n, right)
    bottom = _chain(points, (right + 1) % n, left)[::-1]
    starts_top, starts_bottom = _same(top[0], polygon[0]), _same(bottom[-1], polygon[0])
    leftward = (top[-1] - top[0] + bottom[-1] - bottom[0])[0] < 0
    if not starts_top and (starts_bottom or leftward):
        top, bottom = bottom[::-1], top[::-1]
    return top, bottom


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
    turns = _turns(chain)[1:-1]
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
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            total[i, j] = cost[i - 1, j - 1] + min(total[i - 1, j - 1], total[i - 1, j], total[i, j - 1])
    path = [(n, m)]
    while path[-1] != (1, 1):
        i, j = path[-1]
        path.append(min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda step: total[step]))
    return np.array(path[::-1], np.int64) - 1


def _turns(points: Points) -> Points:
    """The turning angle at each point in radians, positive clockwise on the screen."""
    into, out = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    return np.asarray(np.arctan2(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0], (into * out).sum(1)))


def _chain(points: Points, start: int, stop: int) -> Points:
    count = (stop - start) % len(points) + 1
    return points[[(start + k) % len(points) for k in range(count)]]


def _same(a: Points, b: NDArray[np.floating]) -> bool:
    return bool(np.linalg.norm(a - b) < 1e-6)
