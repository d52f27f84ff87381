"""Two people's readings of one image: which words both have, whether they read the same, how alike the masks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment
from shapely import make_valid
from shapely.geometry import Polygon

from charsam.editing.conversion import to_annotation
from charsam.editing.document import Document
from charsam.types import AnnotatedWord, Character

SAME: Final = 0.5
"""From this IoU of their polygons on two words are the same one."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """words: that both have; first, second: that only one has; texts: of `words` those read alike, letter case and all.

    characters: compared ones; iou: mean IoU of their masks, None where there are none.
    """

    words: int
    first: int
    second: int
    texts: int
    characters: int
    iou: float | None


def agreement(first: Document, second: Document) -> Agreement:
    """How far two documents of one image agree; ignored words are left out."""
    ours, theirs = ([word for word in to_annotation(one).words if not word.ignore] for one in (first, second))
    pairs = _pairs(ours, theirs)
    alike = [pair for pair in pairs if len(pair[0].characters) == len(pair[1].characters)]
    ious = [_iou(x, y) for a, b in alike for x, y in zip(a.characters, b.characters, strict=True)]
    return Agreement(
        words=len(pairs),
        first=len(ours) - len(pairs),
        second=len(theirs) - len(pairs),
        texts=sum(a.text == b.text for a, b in pairs),
        characters=len(ious),
        iou=float(np.mean(ious)) if ious else None,
    )


def _pairs(ours: list[AnnotatedWord], theirs: list[AnnotatedWord]) -> list[tuple[AnnotatedWord, AnnotatedWord]]:
    if not ours or not theirs:
        return []
    a, b = ([make_valid(Polygon(word.polygon)) for word in words] for words in (ours, theirs))
    ious = np.array([[_overlap(one, other) for other in b] for one in a])
    rows, columns = linear_sum_assignment(ious, maximize=True)
    return [(ours[r], theirs[c]) for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if ious[r, c] >= SAME]


def _overlap(one: Polygon, other: Polygon) -> float:
    union = one.union(other).area
    return float(one.intersection(other).area / union) if union else 0.0


def _iou(one: Character, other: Character) -> float:
    a, b = one.mask, other.mask
    (ah, aw), (bh, bw) = a.pixels.shape, b.pixels.shape
    x0, y0 = max(a.x, b.x), max(a.y, b.y)
    x1, y1 = min(a.x + aw, b.x + bw), min(a.y + ah, b.y + bh)
    shared = 0
    if x1 > x0 and y1 > y0:
        shared = int(
            (
                a.pixels[y0 - a.y : y1 - a.y, x0 - a.x : x1 - a.x] & b.pixels[y0 - b.y : y1 - b.y, x0 - b.x : x1 - b.x]
            ).sum()
        )
    union = int(a.pixels.sum()) + int(b.pixels.sum()) - shared
    return shared / union if union else 1.0
