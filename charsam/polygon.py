"""Word polygons as people draw them, brought to what they mean: needless points, crossing sides, unclosed rings."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.errors import WordsError

Points = NDArray[np.float64]

MOST_POINTS = 32
"""Points of a polygon with more are thinned out."""
SLACK = 0.05
"""How far, as a share of the word's height, a point may lie off a straight side and still be needless."""
CLOSING = 0.2
"""How near to the first point, as a share of the word's height, a last one is taken for the closing of the ring."""
SMALL_LOOP = 0.1
"""A loop of crossing sides of at most this share of the perimeter is a slip of the hand, and cut off."""


def simplified_polygon(polygon: NDArray[np.floating]) -> Points:
    """The polygon without repeated and needless points and without crossing sides; (P, 2) float64, P >= 4.

    One that is a quad but for points along its sides becomes that quad. The first point stays the first; where it was
    needless, the upper left one is. Raises WordsError where fewer than four distinct finite points or no area are left.
    """
    points = np.asarray(polygon, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise WordsError(f"a polygon must be a list of [x, y] points; its shape is {points.shape}")
    return _simplified(points.tobytes()).copy()


@lru_cache(maxsize=2048)  # every stage and every edit asks for the polygons of the same words
def _simplified(buffer: bytes) -> Points:
    points = np.frombuffer(buffer).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise WordsError("a polygon has a coordinate that is not a finite number")
    distinct = [p for i, p in enumerate(points) if i == 0 or np.linalg.norm(p - points[i - 1]) > 1e-6]
    if len(distinct) > 1 and np.linalg.norm(distinct[0] - distinct[-1]) <= 1e-6:
        distinct.pop()
    if len(distinct) < 4:
        raise WordsError(f"a word's polygon needs at least 4 different points; it has {len(distinct)}")
    points = _uncrossed(_closed(_fewer(np.stack(distinct))))
    if abs(signed_area(points)) < 1.0:
        raise WordsError("the word's polygon encloses no area")
    return _as_quad(points)


def has_crossing_sides(polygon: NDArray[np.floating]) -> bool:
    """Whether two sides of the polygon cross, so that its points cannot be in order around the word."""
    points = np.asarray(polygon, np.float64)
    return len(points) >= 4 and _first_crossing(_closed(_fewer(points))) is not None


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
    if _is_convex(quad):
        return quad
    rectangle = clockwise(cv2.boxPoints(cv2.minAreaRect(quad.astype(np.float32))).astype(np.float64))
    start = int(np.argmin(np.linalg.norm(rectangle - quad[0], axis=1)))
    return np.roll(rectangle, -start, axis=0)


def turns_of(points: Points) -> Points:
    """The turning angle at each point in radians, positive clockwise on the screen."""
    into, out = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    return np.asarray(np.arctan2(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0], (into * out).sum(1)))


def _is_convex(quad: Points) -> bool:
    turns = turns_of(quad)
    return bool((turns > 0).all() and turns.sum() < 2 * np.pi + 1e-6)


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
    return _rolled_to(result, points[0])


def _closed(points: Points) -> Points:
    """Without a last point that was meant to be the first one again."""
    if len(points) <= 4:
        return points
    gap = float(np.linalg.norm(points[-1] - points[0]))
    return points[:-1] if gap <= CLOSING * _height(points[:-1]) else points


def _height(points: Points) -> float:
    """The height of the band that has the polygon's area and perimeter: that of the word, bent or straight."""
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    area = abs(signed_area(points)) if _first_crossing(points) is None else abs(signed_area(hull))
    half = float(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum()) / 2
    root = half * half - 4 * area
    return (half - float(np.sqrt(root))) / 2 if root > 0 else float(np.sqrt(area))


def _uncrossed(points: Points) -> Points:
    """A polygon whose sides do not cross: as given, without small loops, or with its points in a likelier order."""
    crossing = _first_crossing(points)
    while crossing is not None and len(points) > 4:
        i, j = crossing
        inside = [*range(i + 1, j + 1)]
        outside = [place for place in range(len(points)) if place not in inside]
        rest = np.roll(points, -j - 1, axis=0)[: len(outside)]
        loop = inside if _length(points[inside]) <= _length(rest) else outside
        whole = float(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum())
        ordered = points[[*loop, loop[0]]]
        if len(points) - len(loop) < 4 or _length(ordered) > SMALL_LOOP * whole:
            break
        points = np.delete(points, loop, axis=0)
        crossing = _first_crossing(points)
    if crossing is None:
        return points
    half = len(points) // 2
    both_rightwards = np.concatenate([points[:half], points[half:][::-1]])  # both edges drawn in reading order
    if len(points) % 2 == 0 and _first_crossing(both_rightwards) is None:
        return both_rightwards
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    if len(hull) != 4:
        hull = cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))).astype(np.float64)
    return _rolled_to(clockwise(hull), points[0])


def _first_crossing(points: Points) -> tuple[int, int] | None:
    """The first two sides that cross, by the places of their first points."""
    ends = np.roll(points, -1, axis=0)
    n = len(points)
    for i in range(n - 2):
        others = np.arange(i + 2, n if i else n - 1)
        a, b = points[i], ends[i]
        c, d = points[others], ends[others]
        apart = _side(a, b, c) * _side(a, b, d)
        across = _side(c, d, a) * _side(c, d, b)
        crossed = np.flatnonzero((apart < 0) & (across < 0))
        if len(crossed):
            return i, int(others[crossed[0]])
    return None


def _side(a: Points, b: Points, c: Points) -> NDArray[np.float64]:
    """On which side of the line from a to b the point c lies."""
    u, v = b - a, c - a
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])


def _as_quad(points: Points) -> Points:
    """The quad that a polygon is but for points along its sides; the polygon itself where it is none."""
    if len(points) == 4:
        return points
    slack = max(SLACK * _height(points), 0.75)
    kept = list(range(len(points)))
    while len(kept) > 3:
        offs = [_off(points, kept[place - 1], kept[(place + 1) % len(kept)]) for place in range(len(kept))]
        place = int(np.argmin(offs))
        if offs[place] > slack:
            break
        kept.pop(place)
    quad = points[kept]
    if len(quad) != 4 or not _is_convex(clockwise(quad)):
        return points
    if 0 in kept:
        return quad
    near = np.linalg.norm(quad - points[0], axis=1)
    start = int(near.argmin()) if near.min() <= 2 * slack else int(quad.sum(axis=1).argmin())
    return np.roll(quad, -start, axis=0)


def _off(points: Points, start: int, stop: int) -> float:
    """How far the points between two others, going round, lie off the straight side between these."""
    count = (stop - start) % len(points)
    between = points[[(start + step) % len(points) for step in range(1, count)]]
    a, b = points[start], points[stop]
    along = b - a
    share = np.clip(((between - a) @ along) / max(float(along @ along), 1e-12), 0.0, 1.0)
    return float(np.linalg.norm(between - (a + share[:, None] * along), axis=1).max(initial=0.0))


def _length(chain: Points) -> float:
    return float(np.linalg.norm(np.diff(chain, axis=0), axis=1).sum())


def _rolled_to(points: Points, first: Points) -> Points:
    """The points from the one that is nearest to `first` on."""
    return np.asarray(np.roll(points, -int(np.argmin(np.linalg.norm(points - first, axis=1))), axis=0))
