"""Word frames: the maps between the image and each word's upright, straightened strip.

A quad maps by a homography; a polygon with more points by ruled cells between its top and bottom edge, so that curved
lines come out straight. All stages but official SAM work in the strip. Both directions are exact (tested to 0.1 px).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.errors import WordsError
from charsam.outline import reading_edges, ruled
from charsam.polygon import oriented_quad, simplified_polygon
from charsam.types import FloatArray, ImageArray, WordFrame

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


def sample_strip(image: ImageArray, frame: WordFrame, scale: float = 1.0) -> ImageArray:
    """The straightened word: (round(height * scale), round(width * scale), C), anti-aliased where it shrinks."""
    h, w = strip_size(frame, scale)
    ys, xs = np.mgrid[0:h, 0:w]
    grid = np.stack([(xs + 0.5) * frame.width / w, (ys + 0.5) * frame.height / h], axis=-1)
    mapped = frame.to_image(grid)
    x0, y0 = np.floor(mapped.min((0, 1))).astype(int) - 2
    x1, y1 = np.ceil(mapped.max((0, 1))).astype(int) + 3
    x0, x1 = np.clip([x0, x1], 0, image.shape[1])
    y0, y1 = np.clip([y0, y1], 0, image.shape[0])
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise WordsError("the word's polygon lies outside the image")
    crop = np.ascontiguousarray(image[y0:y1, x0:x1])
    mapped = mapped - np.array([x0, y0], np.float32)
    shrink = pixels_per_frame_pixel(frame) / scale
    if shrink > 1.25:
        size = (max(1, round(crop.shape[1] / shrink)), max(1, round(crop.shape[0] / shrink)))
        factor = np.array([size[0] / crop.shape[1], size[1] / crop.shape[0]], np.float32)
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
        mapped = mapped * factor
    mapped = mapped - np.float32(0.5)
    return sample(crop, mapped)


def strip_size(frame: WordFrame, scale: float) -> tuple[int, int]:
    """Height and width of the strip sampled at `scale`."""
    return max(1, round(frame.height * scale)), max(1, round(frame.width * scale))


def image_window(frame: WordFrame, image_shape: tuple[int, ...], box: FloatArray | None = None) -> tuple[int, ...]:
    """x0, y0, x1, y1 of the image pixels that the strip (or a box of it) covers, clipped to the image."""
    x0, y0, x1, y1 = (0.0, 0.0, frame.width, frame.height) if box is None else (float(v) for v in box)
    along = np.linspace(x0, x1, 17)
    border = np.concatenate([np.stack([along, np.full(17, y)], 1) for y in (y0, y1)])
    mapped = frame.to_image(border)
    low = np.clip(np.floor(mapped.min(0)).astype(int), 0, [image_shape[1], image_shape[0]])
    high = np.clip(np.ceil(mapped.max(0)).astype(int), 0, [image_shape[1], image_shape[0]])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def frame_coordinates(frame: WordFrame, window: tuple[int, ...]) -> FloatArray:
    """(h, w, 2) float32: the word-frame point of every pixel centre of an image window x0, y0, x1, y1."""
    x0, y0, x1, y1 = window
    if isinstance(frame, CurvedFrame) and (x1 - x0) * (y1 - y0) > 1024:
        step = int(np.clip(pixels_per_frame_pixel(frame), 4, 16))
        xs, ys = np.arange(x0, x1 + step, step) + 0.5, np.arange(y0, y1 + step, step) + 0.5
        coarse = frame.to_frame(np.stack(np.meshgrid(xs, ys), axis=-1))
        fine_x, fine_y = np.meshgrid(np.arange(x1 - x0) / step, np.arange(y1 - y0) / step)
        return sample(coarse, np.stack([fine_x, fine_y], -1).astype(np.float32))
    xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    return frame.to_frame(np.stack([xs, ys], axis=-1))


def warp_to_image(
    values: FloatArray,
    frame: WordFrame,
    window: tuple[int, ...],
    outside: float,
    *,
    coordinates: FloatArray | None = None,
) -> FloatArray:
    """A map over the strip (at any resolution), sampled at the pixel centres of an image window.

    values: (h, w) float32. window: x0, y0, x1, y1. outside: the value beyond the strip.
    coordinates: `frame_coordinates(frame, window)` where the caller has them already.
    """
    if coordinates is None:
        coordinates = frame_coordinates(frame, window)
    factor = np.array([values.shape[1] / frame.width, values.shape[0] / frame.height], np.float32)
    position = coordinates * factor - np.float32(0.5)
    warped = sample(values, position)
    x, y = coordinates[..., 0], coordinates[..., 1]
    warped[(x < 0) | (y < 0) | (x > frame.width) | (y > frame.height)] = outside
    return warped


def sample_map(
    values: FloatArray, offset: tuple[int, int], frame: WordFrame, box: FloatArray, outside: float
) -> FloatArray:
    """A map over a crop of the image, sampled over a box of the word frame at about the image's own resolution.

    values: (h, w) float32 over the crop at offset x, y. outside: the value beyond the crop.
    """
    scale = float(np.clip(pixels_per_frame_pixel(frame), 1.0, 3.0))
    w = max(2, round(float(box[2] - box[0]) * scale))
    h = max(2, round(float(box[3] - box[1]) * scale))
    xs, ys = np.meshgrid((np.arange(w) + 0.5) / w, (np.arange(h) + 0.5) / h)
    grid = np.stack([box[0] + xs * (box[2] - box[0]), box[1] + ys * (box[3] - box[1])], axis=-1)
    position = frame.to_image(grid) - np.array(offset, np.float32) - np.float32(0.5)
    sampled = sample(values, position)
    x, y = position[..., 0], position[..., 1]
    sampled[(x < -0.5) | (y < -0.5) | (x > values.shape[1] - 0.5) | (y > values.shape[0] - 0.5)] = outside
    return sampled


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


def sample(source: NDArray[Pixel], position: FloatArray) -> NDArray[Pixel]:
    """A picture or map at (h, w, 2) positions, bilinear; positions count from the centre of the first pixel.

    Beyond its rim the nearest pixel is repeated. Only the part that the positions need is touched: cv2.remap takes no
    side of 32767 pixels or more.
    """
    if not position.size or not source.size:
        return np.zeros((*position.shape[:2], *source.shape[2:]), source.dtype)
    x, y = (np.clip(position[..., axis], 0, np.float32(source.shape[1 - axis] - 1)) for axis in range(2))
    x0, y0, x1, y1 = int(x.min()), int(y.min()), math.ceil(x.max()) + 2, math.ceil(y.max()) + 2
    part = np.ascontiguousarray(source[y0:y1, x0:x1])
    at_x, at_y = np.asarray(x - np.float32(x0), np.float32), np.asarray(y - np.float32(y0), np.float32)
    sampled = cv2.remap(part, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, source.dtype).reshape(*position.shape[:2], *source.shape[2:])


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
