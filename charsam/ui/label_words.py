"""Words from elsewhere as a document's words: what an example brings, and what a search for words has found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from charsam.editing.state import Document, DocumentWord, Points, stored_points
from charsam.types import Word

SAME = 0.5
"""Two words are the same from this share of the smaller one's area on."""


def found_words(document: Document, found: Sequence[Word]) -> Document:
    """The document with these words in place of its own, but for those that a person corrected: they stay."""
    kept = tuple(word for word in document.words if word.corrected)
    fresh = [replace(word, text_read=True) for word in found if not any(_overlap(word, own) > SAME for own in kept)]
    return _with_words(document, kept, fresh)


def given_words(document: Document, words: Iterable[Word]) -> Document:
    """The document with these words behind its own."""
    return _with_words(document, document.words, words)


def _with_words(document: Document, kept: tuple[DocumentWord, ...], fresh: Iterable[Word]) -> Document:
    added = tuple(
        DocumentWord(f"w{number}", stored_points(word.polygon), word.text or "", word.ignore, word.text_read)
        for number, word in enumerate(fresh, start=document.next_id)
    )
    return replace(document, words=kept + added, next_id=document.next_id + len(added))


def _overlap(word: Word, own: DocumentWord) -> float:
    """The share of the smaller hull that lies in the other."""
    hulls = [_hull(stored_points(word.polygon)), _hull(own.polygon)]
    least = min(float(cv2.contourArea(hull)) for hull in hulls)
    return float(cv2.intersectConvexConvex(hulls[0], hulls[1])[0]) / max(least, 1e-6)


def _hull(polygon: Points) -> np.ndarray:
    return cv2.convexHull(np.array(polygon, np.float32).reshape(-1, 2))
