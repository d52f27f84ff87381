"""Polygons of datasets made fit for the pipeline: clockwise from the reading-order top-left corner, with an area."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.checks import MAX_REACH
from charsam.datasets.fields import Field
from charsam.datasets.pictures import Size
from charsam.errors import WordsError
from charsam.polygon import clockwise, oriented_quad, simplified_polygon
from charsam.types import FloatArray


def word_polygon(points: NDArray[np.floating], size: Size, *, ordered: bool = True) -> FloatArray:
    """(P, 2) float32, P >= 4: the polygon of a word or character, clockwise on the screen.

    size: of the image; an upright rectangle is cut to it. ordered: the dataset starts each polygon at the reading-order
    top-left corner; where it does not, the corner nearest to the top-left of the polygon's bounds becomes the first.
    Raises WordsError for a polygon without area, outside the image, or far beyond it.
    """
    given = np.asarray(points, np.float64)
    _check_reach(given, size)
    distinct = np.unique(given, axis=0)
    hull = cv2.convexHull(np.asarray(distinct, np.float32))
    if len(distinct) < 3 or cv2.contourArea(hull) < 1.0:
        raise WordsError("the polygon encloses no area")
    if len(distinct) == 3:
        result = tightest_rectangle(given)
    elif len(given) == 4:
        result = oriented_quad(given)
    else:
        result = clockwise(simplified_polygon(given))
        result = oriented_quad(result) if len(result) == 4 else result
    if not ordered:
        result = _from_top_left(result)
    if _is_upright(result):
        result = np.clip(result, 0, size)
    return np.asarray(result, np.float32)


def polygon_at(place: str, points: NDArray[np.floating], size: Size, *, ordered: bool = True) -> FloatArray:
    """As `word_polygon`, with the place of the polygon in a file before the message of the error."""
    try:
        return word_polygon(points, size, ordered=ordered)
    except WordsError as error:
        raise WordsError(f"{place}: {error}") from error


def upright(numbers: Sequence[float]) -> FloatArray:
    """(4, 2) float32: the corners of the box x0, y0, x1, y1, clockwise from its top-left; its sides may be swapped."""
    x0, x1 = sorted((numbers[0], numbers[2]))
    y0, y1 = sorted((numbers[1], numbers[3]))
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def sized_box(box: Field) -> FloatArray:
    """The rectangle of a list x, y, width, height. Raises WordsError, naming the field."""
    numbers = [number.number() for number in box.items()]
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        raise box.error("expected x, y, width, height")
    x, y, width, height = numbers
    return upright([x, y, x + width, y + height])


def around(polygons: Sequence[FloatArray]) -> FloatArray:
    """(4, 2) float32: the upright rectangle around polygons."""
    points = np.concatenate(polygons)
    return upright([*(float(v) for v in points.min(0)), *(float(v) for v in points.max(0))])


def _check_reach(points: NDArray[np.float64], size: Size) -> None:
    if not np.isfinite(points).all():
        raise WordsError("the polygon has a coordinate that is not a finite number")
    width, height = size
    low, high = points.min(0), points.max(0)
    if high[0] <= 0 or high[1] <= 0 or low[0] >= width or low[1] >= height:
        raise WordsError(f"the polygon lies outside the image of {width} x {height} pixels")
    if np.abs(points / [width, height]).max() > MAX_REACH:
        raise WordsError(f"the polygon reaches far outside the image of {width} x {height} pixels")


def tightest_rectangle(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """(4, 2): the smallest rectangle around points, clockwise from its corner nearest to the first of them."""
    rectangle = clockwise(cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))).astype(np.float64))
    start = int(np.argmin(np.linalg.norm(rectangle - points[0], axis=1)))
    return np.roll(rectangle, -start, axis=0)


def _from_top_left(points: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = points.min(0), points.max(0)
    start = int(np.argmin(((points - low) / np.maximum(high - low, 1e-9)).sum(1)))
    return np.roll(points, -start, axis=0)


def _is_upright(points: NDArray[np.float64]) -> bool:
    return len(points) == 4 and bool((np.abs(points - np.roll(points, -1, axis=0)).min(1) < 1e-6).all())
