"""Word frames: the maps between the image and each word's upright, straightened strip.

A quad maps by a homography; a polygon with more points by ruled cells between its top and bottom edge, so that curved
lines come out straight. All stages but official SAM work in the strip. Both directions are exact (tested to 0.1 px).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.errors import WordsError
from charsam.outline import reading_edges, ruled
from charsam.polygon import oriented_quad, simplified_polygon
from charsam.types import FloatArray, WordFrame

TEXT_HEIGHT: Final = 48
"""Pixels of the strip from the top to the bottom edge of the word polygon."""
MARGIN: Final = 8
"""Pixels of the strip on each side of the word polygon."""
MAX_LENGTH: Final = 3072
"""Longest strip in pixels, margins aside; a longer word is squeezed along its length."""
MIN_LENGTH: Final = 12
CELLS: Final = 24
AT_ONCE: Final = 4096
"""Points that are mapped into a curved frame together, which takes some 40 floats for each and cell."""

Pixel = TypeVar("Pixel", np.uint8, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class QuadFrame:
    """A word frame by homography. matrix: (3, 3) float64, from the frame to the image."""

    matrix: NDArray[np.float64]
    height: int
    width: int
    margin: float
    stacked: bool = False

    def to_image(self, points: NDArray[np.floating]) -> FloatArray:
        return _project(self.matrix, np.asarray(points, np.float64))

    def to_frame(self, points: NDArray[np.floating]) -> FloatArray:
        return _project(np.asarray(np.linalg.inv(self.matrix), np.float64), np.asarray(points, np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class CurvedFrame:
    """A word frame of ruled cells.

    top, bottom: (K + 1, 2) float64, image points of the cells' corners along the text's top and bottom edge.
    knots: (K + 1,) float64, the x of those corners in the frame.
    """

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    knots: NDArray[np.float64]
    height: int
    width: int
    margin: float
    stacked: bool = False

    def to_image(self, points: NDArray[np.floating]) -> FloatArray:
        points = np.asarray(points, np.float64)
        x, y = points[..., 0], points[..., 1]
        cell = np.clip(np.searchsorted(self.knots, x, side="right") - 1, 0, len(self.knots) - 2)
        u = ((x - self.knots[cell]) / (self.knots[cell + 1] - self.knots[cell]))[..., None]
        t = ((y - self.margin) / (self.height - 2 * self.margin))[..., None]
        upper = self.top[cell] + u * (self.top[cell + 1] - self.top[cell])
        lower = self.bottom[cell] + u * (self.bottom[cell + 1] - self.bottom[cell])
        return np.asarray(upper + t * (lower - upper), np.float32)

    def to_frame(self, points: NDArray[np.floating]) -> FloatArray:
        flat = np.asarray(points, np.float64).reshape(-1, 2)
        parts = [self._inverse(flat[i : i + AT_ONCE]) for i in range(0, len(flat), AT_ONCE)]
        result = np.concatenate(parts) if parts else np.zeros((0, 2))
        return np.asarray(result.reshape(points.shape), np.float32)

    def _inverse(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of all cells, the one whose ruling through the point lies within the cell and nearest to the text."""
        a, b = (edge[:-1, None] - points for edge in (self.top, self.bottom))  # (cells, points, 2)
        da, db = (np.diff(edge, axis=0)[:, None] for edge in (self.top, self.bottom))
        roots = _quadratic_roots(_cross(da, db), _cross(a, db) + _cross(da, b), _cross(a, b))
        u = np.stack(roots, axis=1)  # (cells, 2, points)
        start = a[:, None] + u[..., None] * da[:, None]
        ruling = (b - a)[:, None] + u[..., None] * (db - da)[:, None]
        t = -(start * ruling).sum(-1) / np.maximum((ruling**2).sum(-1), 1e-12)
        low, high = -u, u - 1
        beyond = np.maximum(np.maximum(low, high), 0.0)
        low[0], high[-1] = 0.0, 0.0  # the outermost cells go on
        cost = np.maximum(np.maximum(low, high), 0.0) * 1e3 + np.abs(t - 0.5)
        cost[[0, -1]] += beyond[[0, -1]]
        cost[~np.isfinite(cost)] = np.inf
        cells = len(self.knots) - 1
        best, at = cost.reshape(2 * cells, -1).argmin(0), np.arange(len(points))
        u, t = u.reshape(2 * cells, -1)[best, at], t.reshape(2 * cells, -1)[best, at]
        cell = best // 2
        x = self.knots[cell] + u * (self.knots[cell + 1] - self.knots[cell])
        y = self.margin + t * (self.height - 2 * self.margin)
        found = np.isfinite(cost.reshape(2 * cells, -1)[best, at])
        return np.where(found[:, None], np.stack([x, y], 1), 0.0)


def word_frame(polygon: NDArray[np.floating], *, stacked: bool = False) -> WordFrame:
    """The frame of a word polygon, taking its first point as the reading-order top-left corner where it can be.

    polygon: (P, 2), P >= 4, image pixels. stacked: the characters stand upright one below the other.
    Raises WordsError for a polygon that encloses no area.
    """
    polygon = simplified_polygon(polygon)
    if len(polygon) == 4:
        return quad_frame(oriented_quad(polygon), stacked=stacked)
    top, bottom = reading_edges(polygon)
    if stacked:
        return quad_frame(np.stack([top[0], top[-1], bottom[-1], bottom[0]]), stacked=True)
    return curved_frame(top, bottom)


def box_quad(frame: WordFrame, box: FloatArray) -> FloatArray:
    """(4, 2) float32, image pixels: the corners of a box of the frame, clockwise from its top-left."""
    x0, y0, x1, y1 = box
    return frame.to_image(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32))


def whole_box(box: FloatArray, width: int, height: int) -> tuple[int, int, int, int]:
    """A box in whole pixels within width x height, at least one pixel large."""
    x0, y0 = int(np.clip(np.floor(box[0]), 0, width - 1)), int(np.clip(np.floor(box[1]), 0, height - 1))
    return x0, y0, int(np.clip(np.ceil(box[2]), x0 + 1, width)), int(np.clip(np.ceil(box[3]), y0 + 1, height))


def pixels_per_frame_pixel(frame: WordFrame) -> float:
    """How many image pixels long one pixel of the strip is, at the middle of the word."""
    middle = np.array([frame.width / 2, frame.height / 2])
    corners = frame.to_image(middle + np.array([[0, 0], [1, 0], [0, 1]], np.float64)).astype(np.float64)
    return float(np.sqrt(abs(_cross(corners[1] - corners[0], corners[2] - corners[0]))))


def frame_key(frame: WordFrame) -> tuple[object, ...]:
    """What tells one frame from another: where it maps points all along its upper and lower rim, bends included."""
    along = np.linspace(0, frame.width, 2 * CELLS + 1)
    mapped = frame.to_image(np.stack([np.stack([along, np.full_like(along, y)], 1) for y in (0, frame.height)]))
    return frame.width, frame.height, frame.stacked, mapped.tobytes()


def quad_frame(quad: NDArray[np.float64], *, stacked: bool = False) -> QuadFrame:
    """The frame of a quad, (4, 2) clockwise from the corner that is the upper left of the first character."""
    across = (np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    down = (np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    if min(across, down) < 1e-3:
        raise WordsError("the word's polygon encloses no area")
    length = int(np.clip(round(TEXT_HEIGHT * (down / across if stacked else across / down)), MIN_LENGTH, MAX_LENGTH))
    w, h = (TEXT_HEIGHT, length) if stacked else (length, TEXT_HEIGHT)
    m = MARGIN
    corners = np.array([[m, m], [m + w, m], [m + w, m + h], [m, m + h]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, quad.astype(np.float32)).astype(np.float64)
    rim = np.array([[0, 0, 1], [w + 2 * m, 0, 1], [w + 2 * m, h + 2 * m, 1], [0, h + 2 * m, 1]]) @ matrix.T
    if rim[:, 2].min() <= 0.2 * rim[:, 2].max():  # the margin would reach across the horizon of a strong perspective
        matrix = np.vstack([cv2.getAffineTransform(corners[:3], quad[:3].astype(np.float32)), [0, 0, 1]])
    return QuadFrame(matrix, h + 2 * m, w + 2 * m, float(m), stacked)


def curved_frame(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> CurvedFrame:
    """The frame between the top and the bottom edge of a word, (N, 2) and (M, 2) in reading order."""
    return _curved_frame(*(np.asarray(edge, np.float64).tobytes() for edge in (top, bottom)))


@lru_cache(maxsize=512)  # an edit asks a dozen times for the same word's
def _curved_frame(*edges: bytes) -> CurvedFrame:
    top, bottom = (np.frombuffer(edge).reshape(-1, 2) for edge in edges)
    top, bottom = ruled(top, bottom, CELLS)
    across = (np.linalg.norm(np.diff(top, axis=0), axis=1) + np.linalg.norm(np.diff(bottom, axis=0), axis=1)) / 2
    down = np.linalg.norm(bottom - top, axis=1).mean()
    if down < 1e-3 or across.sum() < 1e-3:
        raise WordsError("the word's polygon encloses no area")
    length = int(np.clip(round(TEXT_HEIGHT * across.sum() / down), MIN_LENGTH, MAX_LENGTH))
    knots = MARGIN + np.concatenate([[0], np.cumsum(across)]) / across.sum() * length
    lead = MARGIN / length * across.sum()

    def extended(chain: NDArray[np.float64]) -> NDArray[np.float64]:
        first, last = chain[0] - chain[1], chain[-1] - chain[-2]
        return np.vstack(
            [
                chain[0] + first / max(np.linalg.norm(first), 1e-9) * lead,
                chain,
                chain[-1] + last / max(np.linalg.norm(last), 1e-9) * lead,
            ]
        )

    knots = np.concatenate([[0.0], knots, [length + 2.0 * MARGIN]])
    return CurvedFrame(
        extended(top), extended(bottom), knots, TEXT_HEIGHT + 2 * MARGIN, length + 2 * MARGIN, float(MARGIN)
    )


def _project(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> FloatArray:
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    scale = homogeneous[..., 2:]
    return np.asarray(homogeneous[..., :2] / np.where(np.abs(scale) < 1e-12, 1e-12, scale), np.float32)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _quadratic_roots(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Real roots of a u² + b u + c by the stable formula; nan or inf where there is none."""
    root = np.sqrt(np.where((d := b * b - 4 * a * c) < 0, np.nan, d))
    q = -0.5 * (b + np.where(b < 0, -root, root))
    with np.errstate(divide="ignore", invalid="ignore"):
        return q / a, c / q
