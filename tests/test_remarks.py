"""What a person should know of a word is said in a sentence."""

import numpy as np

from charsam.remarks import remarks_on
from charsam.types import AnnotatedWord

QUAD = np.float32([[10, 10], [90, 10], [90, 40], [10, 40]])


def word(text: str, reads: str = "", polygon: np.ndarray = QUAD, *, ignore: bool = False) -> AnnotatedWord:
    return AnnotatedWord(polygon, text, (), ignore, reads=reads)


def test_text_that_is_not_what_is_seen() -> None:
    assert remarks_on(word("Fsh", "Fish")) == ("its text may lack a letter: it reads Fish",)
    assert remarks_on(word("Fissh", "Fish")) == ("its text may have a letter too many: it reads Fish",)
    assert remarks_on(word("Fash", "Fish")) == ("its text may have a wrong letter: it reads Fish",)


def test_crossing_sides() -> None:
    (remark,) = remarks_on(word("Fish", polygon=QUAD[[0, 1, 3, 2]]))
    assert "sides of its polygon cross" in remark


def test_nothing_is_said_of_sound_and_of_ignored_words() -> None:
    assert remarks_on(word("Fish")) == ()
    assert remarks_on(word("Fsh", "Fish", ignore=True)) == ()
