"""Words that were missed, and words where there is none, by true masks."""

from __future__ import annotations

import numpy as np

from charsam.datasets.base import TruthMask
from charsam.editing.document import Document, DocumentWord
from charsam.inspection.word_truth import words_against_truth

SIZE = (60, 200)


def truth(*letters: tuple[int, int, int, int], ignored: tuple[int, int, int, int] | None = None) -> TruthMask:
    """True text at boxes x0, y0, x1, y1."""
    text, dull = np.zeros(SIZE, np.bool_), np.zeros(SIZE, np.bool_)
    for x0, y0, x1, y1 in letters:
        text[y0:y1, x0:x1] = True
    if ignored is not None:
        x0, y0, x1, y1 = ignored
        dull[y0:y1, x0:x1] = True
    return TruthMask(text, dull)


def document(*boxes: tuple[int, int, int, int]) -> Document:
    words = tuple(
        DocumentWord(f"w{n}", ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), "X") for n, (x0, y0, x1, y1) in enumerate(boxes)
    )
    return Document(SIZE[1], SIZE[0], 9, words)


def test_letters_side_by_side_that_no_word_covers_are_one_word_that_was_missed() -> None:
    found = words_against_truth(document((5, 5, 60, 25)), truth((8, 8, 18, 22), (100, 8, 110, 22), (116, 8, 126, 22)))
    assert found.missed == ((100, 8, 126, 22),)
    assert found.extra == ()


def test_a_word_where_truly_is_none_is_one_too_many_unless_that_place_is_ignored() -> None:
    boxes = document((5, 5, 60, 25), (120, 30, 180, 50))
    letters = ((8, 8, 50, 22),)
    assert words_against_truth(boxes, truth(*letters)).extra == (1,)
    assert words_against_truth(boxes, truth(*letters, ignored=(110, 25, 190, 55))).extra == ()
