"""Words against true masks: those that were missed altogether, and those that are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from charsam.datasets.base import TruthMask
from charsam.datasets.pictures import filled
from charsam.editing.document import Document
from charsam.types import BoolArray

COVERED: Final = 0.5
"""A piece of true text counts as found where at least this share of it lies in the words' polygons."""
LEAST: Final = 0.15
"""Pieces below this share of the height of the typical one are dots and noise, no words."""
TRUE: Final = 0.02
"""Below this share of true text in its polygon a word is one too many."""
AROUND: Final = 0.15
"""Of a polygon's height: letters may reach out of it by so much."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class WordsAgainstTruth:
    """missed: boxes (x0, y0, x1, y1), image pixels, of true words that no word covers. extra: the places in the
    document of words where there truly is none. words: of the document, ignored ones left out.
    """

    missed: tuple[Box, ...]
    extra: tuple[int, ...]
    words: int


def words_against_truth(document: Document, truth: TruthMask) -> WordsAgainstTruth:
    """Count the words that were missed and those too many. truth: of the image's size.

    True text that no word covers is put together into words by its gaps: pieces closer than their height are one.
    """
    size = (document.width, document.height)
    polygons = [np.array(word.polygon, np.float32) for word in document.words]
    wide = [_widened(polygon) for polygon in polygons]
    covered = filled(wide, size) if wide else np.zeros(truth.text.shape, np.bool_)
    text = truth.text & ~truth.ignored
    extra = [
        index
        for index, (word, polygon) in enumerate(zip(document.words, wide, strict=True))
        if not word.ignore and _share(polygon, text, truth.ignored, size) < TRUE
    ]
    words = sum(not word.ignore for word in document.words)
    return WordsAgainstTruth(_missed(text, covered), tuple(extra), words)


def _missed(text: BoolArray, covered: BoolArray) -> tuple[Box, ...]:
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(text.astype(np.uint8), connectivity=8)
    if count < 2:
        return ()
    heights = boxes[1:, cv2.CC_STAT_HEIGHT]
    least = LEAST * float(np.median(heights))
    inside = np.bincount(labels[covered], minlength=count)
    missed = [
        n
        for n in range(1, count)
        if boxes[n, cv2.CC_STAT_HEIGHT] >= least and inside[n] < COVERED * boxes[n, cv2.CC_STAT_AREA]
    ]
    joined: list[Box] = []
    for n in sorted(missed, key=lambda n: int(boxes[n, cv2.CC_STAT_LEFT])):
        x, y, w, h = (int(value) for value in boxes[n, :4])
        joined = _put(joined, (x, y, x + w, y + h))
    return tuple(joined)


def _put(words: list[Box], piece: Box) -> list[Box]:
    """The words with one more piece, which joins those that it is near to."""
    apart = []
    for word in words:
        reach = 0.6 * max(word[3] - word[1], piece[3] - piece[1])
        beside = piece[0] - word[2] < reach and word[0] - piece[2] < reach
        level = min(word[3], piece[3]) - max(word[1], piece[1])
        if beside and level > 0.3 * min(word[3] - word[1], piece[3] - piece[1]):
            piece = (min(word[0], piece[0]), min(word[1], piece[1]), max(word[2], piece[2]), max(word[3], piece[3]))
        else:
            apart.append(word)
    return [*apart, piece]


def _widened(polygon: np.ndarray) -> np.ndarray:
    """A polygon a little larger around its middle."""
    middle = polygon.mean(0)
    return np.asarray(middle + (polygon - middle) * (1 + AROUND), np.float32)


def _share(polygon: np.ndarray, text: BoolArray, ignored: BoolArray, size: tuple[int, int]) -> float:
    """The share of a polygon that is true text, or ignored."""
    inside = filled([polygon], size)
    return float((text | ignored)[inside].mean()) if inside.any() else 1.0
