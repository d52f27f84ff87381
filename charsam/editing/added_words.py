"""Words from elsewhere as a document's words: what an example brings, and what a search for words has found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from charsam.checks import UNREAD
from charsam.editing.document import Document, DocumentWord, point_array, stored_points
from charsam.finding.overlap import shared_areas
from charsam.types import FloatArray, Word

SAME = 0.5
"""Two words are the same from this share of the smaller one's area on."""


def found_words(document: Document, found: Sequence[Word]) -> Document:
    """The document with these words behind its own, all of which stay; those that are there already come once."""
    own = [point_array(word.polygon) for word in document.words]
    fresh = [word for word in found if not any(_covered(word.polygon, polygon) > SAME for polygon in own)]
    return _with_words(document, document.words, [replace(word, text_read=True) for word in fresh])


def given_words(document: Document, words: Iterable[Word]) -> Document:
    """The document with these words behind its own."""
    return _with_words(document, document.words, words)


def _with_words(document: Document, kept: tuple[DocumentWord, ...], fresh: Iterable[Word]) -> Document:
    added = tuple(
        DocumentWord(
            f"w{number}",
            stored_points(word.polygon),
            word.text or "",
            word.ignore,
            word.text_read,
            UNREAD if word.text_read and not word.text else "",
        )
        for number, word in enumerate(fresh, start=document.next_id)
    )
    return replace(document, words=kept + added, next_id=document.next_id + len(added))


def _covered(polygon: FloatArray, own: FloatArray) -> float:
    """The share of the smaller polygon that lies in the other."""
    first, second, shared = shared_areas(polygon, own)
    return shared / max(min(first, second), 1e-6)
