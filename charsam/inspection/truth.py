"""Masks against truth: true, false and missed pixels, how far off the contour is, and which kind of failure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from charsam.datasets.base import TruthMask
from charsam.datasets.pictures import filled
from charsam.errors import DatasetError
from charsam.inspection.failures import FailureKind
from charsam.types import BoolArray, ImageAnnotation

FINE: Final = 0.75
"""From this IoU on a mask whose holes are open is taken as right."""
OPEN: Final = 0.5
"""A hole is filled where more than this share of it is covered."""
SAME: Final = 0.3
"""From this IoU on a mask is of the true character that it is compared with, whatever it is called."""
LEAST_HOLE: Final = 6
"""Pixels that a hole must have to count."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One mask against the true one. hits, false, missed: pixels. hole: pixels of the true mask's holes; filled: of
    them those that the mask covers. boundary: mean distance of the two contours in pixels, either way; None where one
    of them is empty. neighbours: false pixels that truly are other characters'.
    """

    hits: int
    false: int
    missed: int
    hole: int
    filled: int
    boundary: float | None
    neighbours: int = 0

    @property
    def iou(self) -> float:
        """0..1; 1 where both are empty."""
        union = self.hits + self.false + self.missed
        return self.hits / union if union else 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """What truth says of one character: how its mask compares, and the true category, None where that is not known."""

    comparison: Comparison
    category: str | None = None


def compare(mask: BoolArray, truth: BoolArray, others: BoolArray | None = None) -> Comparison:
    """Compare two masks of the same size. mask, truth: (h, w). others: the true pixels of all other characters."""
    if mask.shape != truth.shape:
        raise DatasetError(f"the masks have {mask.shape} and {truth.shape} rows and columns; expected the same")
    holes = ndimage.binary_fill_holes(truth) & ~truth
    return Comparison(
        hits=int((mask & truth).sum()),
        false=int((mask & ~truth).sum()),
        missed=int((truth & ~mask).sum()),
        hole=int(holes.sum()),
        filled=int((holes & mask).sum()),
        boundary=boundary_error(mask, truth),
        neighbours=0 if others is None else int((mask & ~truth & others).sum()),
    )


def boundary_error(mask: BoolArray, truth: BoolArray) -> float | None:
    """The mean distance in pixels from each contour to the other; None where one of the masks is empty."""
    a, b = contour(mask), contour(truth)
    if not a.any() or not b.any():
        return None
    to_a, to_b = (cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5) for edge in (a, b))
    return float((to_b[a].mean() + to_a[b].mean()) / 2)


def contour(mask: BoolArray) -> BoolArray:
    """The pixels of a mask that touch what is not of it; holes have a contour, too."""
    eroded = cv2.erode(np.pad(mask, 1).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    return np.asarray(mask & (eroded[1:-1, 1:-1] == 0), np.bool_)


def failure_of(match: Match, category: str) -> FailureKind | None:
    """The kind of failure by truth; None where the mask is right. category: what the annotation says it is."""
    found = match.comparison
    other = match.category is not None and match.category.casefold() != category.casefold()
    if other and found.iou >= SAME:
        return FailureKind.WRONG_TEXT
    if found.hole >= LEAST_HOLE and found.filled > OPEN * found.hole:
        return FailureKind.FILLED
    if found.iou >= FINE:
        return None
    true, made = found.hits + found.missed, found.hits + found.false
    if other or (true and made and found.hits < 0.2 * min(true, made)):
        return FailureKind.SHIFTED
    if found.neighbours > 0.5 * found.false and found.neighbours > 0.15 * max(true, 1):
        return FailureKind.MERGED
    return FailureKind.MISSING if found.missed >= found.false else FailureKind.SPILLED


def matched(
    annotation: ImageAnnotation, truth: TruthMask, categories: Sequence[str] | None = None
) -> tuple[Match | None, ...]:
    """What truth says of every character of an annotation, in reading order.

    Where truth tells characters apart, each made character is compared with the true one that it overlaps most, each
    used once; one that overlaps none is compared with the true one that lies in its box, if it is alone there. Else
    its mask is compared with the true text in its box that no other character has. None where truth says nothing of it,
    such as in ignored words. categories: of the true characters, in the order of `truth.characters`.
    Raises DatasetError where the truth is not of the image's size.
    """
    size = (annotation.height, annotation.width)
    if truth.text.shape != size:
        height, width = truth.text.shape
        raise DatasetError(f"the true mask has {width} x {height} pixels; the image has {size[1]} x {size[0]}")
    made = annotation.character_mask().astype(np.int64)
    made[truth.ignored] = 0
    if truth.characters is None:
        return tuple(_in_its_box(annotation, index, made, truth.text) for index in range(len(annotation.characters)))
    true = np.where(truth.ignored, 0, truth.characters).astype(np.int64)
    partner = _partners(annotation, made, true)
    found: list[Match | None] = []
    for index, value in enumerate(partner):
        if not value:
            found.append(
                None if _ignored(annotation, index, truth.ignored) else _in_its_box(annotation, index, made, true > 0)
            )
            continue
        window = _window((made == index + 1) | (true == value))
        mask, own = made[window] == index + 1, true[window] == value
        named = categories[value - 1] if categories is not None and value <= len(categories) else None
        found.append(Match(compare(mask, own, (true[window] > 0) & ~own), named))
    return tuple(found)


def _partners(annotation: ImageAnnotation, made: NDArray[np.int64], true: NDArray[np.int64]) -> list[int]:
    """For each made character the label of its true one, 0 for none."""
    count, most = len(annotation.characters), int(true.max(initial=0))
    if not count or not most:
        return [0] * count
    size = np.bincount(true.ravel(), minlength=most + 1)
    shared = np.zeros((count, most + 1))
    np.add.at(shared, (made[made > 0] - 1, true[made > 0]), 1)
    own = np.bincount(made.ravel(), minlength=count + 1)[1:, None]
    ious = shared / np.maximum(own + size[None] - shared, 1)
    # A box holds its character even where the mask misses it; so much counts for little, but more than nothing.
    for index, character in enumerate(annotation.characters):
        x0, y0 = np.clip(np.floor(character.quad.min(0)).astype(int), 0, None)
        x1, y1 = np.ceil(character.quad.max(0)).astype(int)
        inside = np.bincount(true[y0:y1, x0:x1].ravel(), minlength=most + 1)
        ious[index] += 0.02 * inside / np.maximum(size, 1)
    ious[:, 0] = 0
    rows, columns = linear_sum_assignment(ious, maximize=True)
    partner = [0] * count
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if ious[row, column] > 0:
            partner[row] = column
    return partner


def _in_its_box(annotation: ImageAnnotation, index: int, made: NDArray[np.int64], text: BoolArray) -> Match | None:
    """A mask against the true text in its box that no other character covers."""
    size = (annotation.width, annotation.height)
    own = made == index + 1
    box = filled([annotation.characters[index].quad], size) & (own | (made == 0))
    truth = text & (box | own)
    if not own.any() and not truth.any():
        return None
    window = _window(own | truth)
    return Match(compare(own[window], truth[window], (text & ~truth)[window]))


def _ignored(annotation: ImageAnnotation, index: int, ignored: BoolArray) -> bool:
    box = filled([annotation.characters[index].quad], (annotation.width, annotation.height))
    return bool(box.any()) and float(ignored[box].mean()) > 0.5


def _window(pixels: BoolArray) -> tuple[slice, slice]:
    """The bounds of some pixels, two pixels wider."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    if not len(rows):
        return np.s_[0:1, 0:1]
    return np.s_[max(rows[0] - 2, 0) : rows[-1] + 3, max(columns[0] - 2, 0) : columns[-1] + 3]
