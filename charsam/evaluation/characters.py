"""True characters against those that were made: mask IoU and box recall, one to one within each word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from charsam.datasets.base import TruthMask
from charsam.evaluation.metrics import CharacterCounts
from charsam.types import AnnotatedWord, Character, GivenCharacter, ImageAnnotation, Word

BOX_IOU = 0.5


def count_characters(words: Sequence[Word], truth: TruthMask | None, annotation: ImageAnnotation) -> CharacterCounts:
    """How the true characters of an image were found.

    words: as the dataset annotates them, in the order of the annotation's; ignored ones don't count.
    A true character is compared with the one of its category and word that fits best, each used once; one that has
    none counts with IoU 0. Boxes are compared by their bounds in the image. Characters without a visible true pixel
    have no mask to compare.
    """
    overlap = None if truth is None or truth.characters is None else _Overlap(truth, annotation.character_mask())
    masks, boxes, found = 0, 0, 0
    iou = 0.0
    first_true, first_made = 1, 1
    for word, made in zip(words, annotation.words, strict=True):
        if word.characters and not word.ignore:
            same = _same_category(word.characters, made)
            box_ious = _box_ious(word.characters, made.characters) * same
            boxes += len(word.characters)
            found += _assigned(box_ious >= BOX_IOU)[1]
            if overlap is not None:
                values = np.arange(first_true, first_true + len(word.characters))
                visible = overlap.visible(values)
                ious = overlap.ious(values[visible], np.arange(first_made, first_made + len(made.characters)))
                masks += int(visible.sum())
                iou += _assigned(ious * same[visible])[0]
        first_true += len(word.characters)
        first_made += len(made.characters)
    return CharacterCounts(masks, iou, boxes, found)


class _Overlap:
    """Areas of true and made characters, and of what each pair shares; ignored pixels left out."""

    def __init__(self, truth: TruthMask, made: NDArray[np.uint16]) -> None:
        assert truth.characters is not None
        true = np.where(truth.ignored, 0, truth.characters).astype(np.int64)
        ours = np.where(truth.ignored, 0, made).astype(np.int64)
        self._true, self._made = np.bincount(true.ravel()), np.bincount(ours.ravel())
        both = (true > 0) & (ours > 0)
        pairs, counts = np.unique(np.stack([true[both], ours[both]]), axis=1, return_counts=True)
        self._shared = {(int(t), int(m)): int(n) for (t, m), n in zip(pairs.T, counts, strict=True)}

    def visible(self, values: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.array([value < len(self._true) and self._true[value] > 0 for value in values], bool)

    def ious(self, true: NDArray[np.int64], made: NDArray[np.int64]) -> NDArray[np.float64]:
        """(T, M): IoU of every true with every made character."""
        result = np.zeros((len(true), len(made)))
        for row, t in enumerate(true):
            for column, m in enumerate(made):
                shared = self._shared.get((int(t), int(m)), 0)
                if shared:
                    result[row, column] = shared / (self._true[t] + self._made[m] - shared)
        return result


def _assigned(values: NDArray[np.generic]) -> tuple[float, int]:
    """The best one-to-one assignment of rows to columns: its sum, and how many of its pairs are above 0."""
    weights = np.asarray(values, np.float64)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    chosen = weights[rows, columns]
    return float(chosen.sum()), int((chosen > 0).sum())


def _same_category(true: Sequence[GivenCharacter], made: AnnotatedWord) -> NDArray[np.bool_]:
    ours = [character.category for character in made.characters]
    return np.array([[a.category == b for b in ours] for a in true], bool).reshape(len(true), len(ours))


def _box_ious(true: Sequence[GivenCharacter], made: Sequence[Character]) -> NDArray[np.float64]:
    """(T, M): IoU of the boxes' bounds in the image."""
    a = np.array([_bounds(character.polygon) for character in true]).reshape(-1, 1, 4)
    b = np.array([_bounds(character.quad) for character in made]).reshape(1, -1, 4)
    shared = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - shared
    return np.asarray(shared / np.maximum(union, 1e-9), np.float64)


def _bounds(points: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(np.concatenate([points.min(0), points.max(0)]), np.float64)
