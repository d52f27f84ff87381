"""fgIoU, the two F-scores, mean character IoU and box recall: sums over images, and the figures made of them.

Definitions as in the evaluators of TexRNet and Hi-SAM, text class only, at the images' own resolution:

- fgIoU = sum of TP / sum of unions over all images.
- f_mean_pr = 2PR / (P + R) with P and R the means over images of precision and recall. An image with an empty
  prediction has P = 0, one with an empty truth has R = 0, and those zeros stay in the means.
- f_dataset = 2PR / (P + R) with P and R over all pixels of the dataset.

Ignored pixels take part in nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.types import BoolArray

SumsArray = NDArray[np.float64]
"""(..., len(Sum)) float64: what the figures are made of, over one image or many."""


class Sum(IntEnum):
    """The columns of SumsArray."""

    IMAGES = 0
    HITS = 1
    FALSE = 2
    MISSED = 3
    PRECISION = 4
    RECALL = 5
    CHARACTERS = 6
    CHARACTER_IOU = 7
    BOXES = 8
    BOXES_FOUND = 9


FIGURES: Final = ("fgiou", "f_mean_pr", "f_dataset", "mean_precision", "mean_recall", "character_iou", "box_recall")


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """The pixels of one image. hits: text in truth and prediction; false: in the prediction only; missed: in the
    truth only.
    """

    hits: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """0 where nothing was predicted."""
        return self.hits / max(self.hits + self.false, 1)

    @property
    def recall(self) -> float:
        """0 where the truth is empty."""
        return self.hits / max(self.hits + self.missed, 1)

    @property
    def f_score(self) -> float:
        return 2 * self.hits / max(2 * self.hits + self.false + self.missed, 1)

    @property
    def iou(self) -> float | None:
        """None where neither the truth nor the prediction has text."""
        union = self.hits + self.false + self.missed
        return self.hits / union if union else None


@dataclass(frozen=True, slots=True)
class CharacterCounts:
    """The true characters of one image and how they were found.

    masks: characters that have true pixels; iou: the sum of their IoUs. boxes: characters that have a true box; found:
    those of them that were found, with IoU >= 0.5 and the right category.
    """

    masks: int = 0
    iou: float = 0.0
    boxes: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class ImageScore:
    """One image's part in the scores. pixels: None where its true mask is not known."""

    pixels: PixelCounts | None
    characters: CharacterCounts = CharacterCounts()

    def sums(self) -> SumsArray:
        """(len(Sum),): what it adds to the sums."""
        row = np.zeros(len(Sum), np.float64)
        if self.pixels is not None:
            counts = self.pixels
            row[: Sum.CHARACTERS] = 1, counts.hits, counts.false, counts.missed, counts.precision, counts.recall
        found = self.characters
        row[Sum.CHARACTERS :] = found.masks, found.iou, found.boxes, found.found
        return row


class Scores:
    """Streaming scores: `update` with image after image, `summary` at any time. Its memory does not grow."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._sums = np.zeros(len(Sum), np.float64)

    def update(self, score: ImageScore) -> None:
        self._sums += score.sums()

    def summary(self) -> dict[str, float]:
        """The figures by name; nan where there was nothing to score."""
        return {name: float(value) for name, value in figures(self._sums).items()}


def count_pixels(predicted: BoolArray, truth: BoolArray, ignored: BoolArray | None = None) -> PixelCounts:
    """predicted, truth, ignored: (H, W) bool. Raises ValueError where their shapes differ."""
    if predicted.shape != truth.shape or (ignored is not None and ignored.shape != truth.shape):
        shapes = ", ".join(str(a.shape) for a in (predicted, truth, ignored) if a is not None)
        raise ValueError(f"prediction, truth and ignored pixels must have one shape; they have {shapes}")
    if ignored is not None:
        predicted, truth = predicted & ~ignored, truth & ~ignored
    hits = int(np.count_nonzero(predicted & truth))
    return PixelCounts(hits, int(np.count_nonzero(predicted)) - hits, int(np.count_nonzero(truth)) - hits)


def figures(sums: SumsArray) -> dict[str, NDArray[np.float64]]:
    """The figures (...) of sums (..., len(Sum)) by name, each 0..1; nan where there was nothing to score."""
    hits, false, missed = sums[..., Sum.HITS], sums[..., Sum.FALSE], sums[..., Sum.MISSED]
    images = sums[..., Sum.IMAGES]
    precision = _share(sums[..., Sum.PRECISION], images)
    recall = _share(sums[..., Sum.RECALL], images)
    return {
        "fgiou": _share(hits, hits + false + missed),
        "f_mean_pr": _harmonic(precision, recall),
        "f_dataset": np.where(images > 0, _share(2 * hits, np.maximum(2 * hits + false + missed, 1)), np.nan),
        "mean_precision": precision,
        "mean_recall": recall,
        "character_iou": _share(sums[..., Sum.CHARACTER_IOU], sums[..., Sum.CHARACTERS]),
        "box_recall": _share(sums[..., Sum.BOXES_FOUND], sums[..., Sum.BOXES]),
    }


def _share(part: SumsArray, whole: SumsArray) -> SumsArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), np.float64)


def _harmonic(precision: SumsArray, recall: SumsArray) -> SumsArray:
    """2PR / (P + R), 0 where both are 0."""
    both = precision + recall
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(both == 0, 0.0, 2 * precision * recall / both), np.float64)
