"""A search for words only ever adds to what an image has."""

import numpy as np

from charsam.checks import UNREAD
from charsam.editing.added_words import found_words
from charsam.editing.document import Document, DocumentCharacter, DocumentWord, StoredMask
from charsam.types import Word

ARCH = ((0.0, 60.0), (20.0, 10.0), (80.0, 10.0), (100.0, 60.0), (80.0, 60.0), (66.0, 28.0), (34.0, 28.0), (20.0, 60.0))


def box(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def found(polygon: tuple[tuple[float, float], ...], text: str | None) -> Word:
    return Word(np.array(polygon, np.float32), text, text_read=bool(text))


def test_words_that_are_there_stay_with_their_masks_corrected_or_not():
    masked = DocumentCharacter("c2", "N", box(0, 0, 10, 20), mask=StoredMask(0, 0, 20, 10, "counts"))
    own = DocumentWord("w1", box(0, 0, 40, 20), "NO", characters=(masked,))
    document = Document(200, 100, 3, (own,))

    after = found_words(document, [found(box(1, 1, 41, 21), "N0"), found(box(60, 0, 150, 20), "PARKING")])

    assert after.words[0] == own
    assert [word.text for word in after.words] == ["NO", "PARKING"]
    assert found_words(document, []) == document


def test_a_word_within_an_arch_is_another_word():
    document = Document(200, 100, 2, (DocumentWord("w1", ARCH, "GATE"),))

    after = found_words(document, [found(box(36, 40, 64, 58), "12")])

    assert [word.text for word in after.words] == ["GATE", "12"]


def test_a_word_that_cannot_be_read_says_so():
    after = found_words(Document(200, 100), [found(box(0, 0, 40, 20), None)])

    assert [(word.text, word.problem) for word in after.words] == [("", UNREAD)]
