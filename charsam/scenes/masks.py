"""The truth: which pixels belong to which character, from the glyphs' own coverage."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.scenes.layout import Matrix, PlacedGlyph, PlacedWord, transform, translation
from charsam.scenes.lettering import EM, Glyph, glyph
from charsam.scenes.view import local_scale
from charsam.types import FloatArray

SUPERSAMPLING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """How much of each pixel is covered: values (h, w) float32 in 0..1 at offset x, y of the image."""

    values: FloatArray
    x: int
    y: int


@dataclass(frozen=True, slots=True, eq=False)
class SeenGlyph:
    """A character as the camera sees it: its coverage and the quad (4, 2) float32 of its ink's box in the image."""

    character: str
    quad: FloatArray
    coverage: Coverage


def see_word(word: PlacedWord, view: Matrix, size: tuple[int, int]) -> tuple[SeenGlyph, ...]:
    """Every glyph of the word through the view (3, 3, plane -> image) into an image of `size` (width, height)."""
    return tuple(_see_glyph(placed, view, size) for placed in word.glyphs)


def _see_glyph(placed: PlacedGlyph, view: Matrix, size: tuple[int, int]) -> SeenGlyph:
    to_image = view @ placed.place
    middle = np.asarray(np.mean(np.reshape(glyph(placed.font, placed.character, EM).box, (2, 2)), axis=0))
    pixels_per_em = EM * local_scale(to_image, middle)
    # Rendered in steps of 8 pixels an em, near the supersampled size: sharp, and the cache of glyphs is of use.
    em = int(np.clip(np.ceil(pixels_per_em * SUPERSAMPLING / 8) * 8, 16, 480))
    drawn = glyph(placed.font, placed.character, em)
    to_image = to_image @ np.diag([EM / em, EM / em, 1.0])
    x0, y0, x1, y1 = drawn.box
    quad = transform(to_image, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64))
    coverage = _coverage(drawn, to_image, size)
    return SeenGlyph(placed.character, quad.astype(np.float32), coverage)


def _coverage(drawn: Glyph, to_image: Matrix, size: tuple[int, int]) -> Coverage:
    """Area coverage of the image's pixels: the glyph is warped to a finer grid and averaged over each pixel."""
    h, w = drawn.coverage.shape
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64) + np.array([drawn.x, drawn.y])
    seen = transform(to_image, corners)
    left, top = np.maximum(np.floor(seen.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(seen.max(axis=0)).astype(int) + 1, size)
    width, height = max(1, int(right - left)), max(1, int(bottom - top))
    fine = np.diag([SUPERSAMPLING, SUPERSAMPLING, 1.0]) @ translation(-float(left), -float(top))
    matrix = fine @ to_image @ translation(drawn.x, drawn.y)
    centred = translation(-0.5, -0.5) @ matrix @ translation(0.5, 0.5)
    warped = cv2.warpPerspective(drawn.coverage, centred, (width * SUPERSAMPLING, height * SUPERSAMPLING))
    values = cv2.resize(warped, (width, height), interpolation=cv2.INTER_AREA)
    return Coverage(np.asarray(values, np.float32), int(left), int(top))


def union(coverages: list[Coverage], size: tuple[int, int], margin: int) -> Coverage:
    """The highest coverage of several glyphs, over their common bounds grown by `margin` pixels within the image."""
    left = max(0, min(c.x for c in coverages) - margin)
    top = max(0, min(c.y for c in coverages) - margin)
    right = min(size[0], max(c.x + c.values.shape[1] for c in coverages) + margin)
    bottom = min(size[1], max(c.y + c.values.shape[0] for c in coverages) + margin)
    values = np.zeros((max(1, bottom - top), max(1, right - left)), np.float32)
    for c in coverages:
        h, w = c.values.shape
        part = values[c.y - top : c.y - top + h, c.x - left : c.x - left + w]
        np.maximum(part, c.values[: part.shape[0], : part.shape[1]], out=part)
    return Coverage(values, left, top)


def label(glyphs: list[SeenGlyph], size: tuple[int, int]) -> NDArray[np.uint16]:
    """(H, W) uint16: 1..n over the glyphs in their order where they cover at least half a pixel, 0 elsewhere.

    A pixel of several glyphs belongs to the one that covers more of it. A glyph too small to cover half of any
    pixel keeps the one that it covers most.
    """
    labels = np.zeros((size[1], size[0]), np.uint16)
    best = np.zeros((size[1], size[0]), np.float32)
    for value, seen in enumerate(glyphs, start=1):
        c = seen.coverage
        h, w = c.values.shape
        window = np.s_[c.y : c.y + h, c.x : c.x + w]
        covered = c.values[: best[window].shape[0], : best[window].shape[1]]
        if covered.size == 0:
            continue
        own = (covered >= min(0.5, max(float(covered.max()), 1e-3))) & (covered > best[window])
        labels[window][own] = value
        best[window][own] = covered[own]
    return labels
