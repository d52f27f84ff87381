"""The transcription follows its characters."""

import pytest

from charsam.editing.transcription import following
from charsam.errors import EditError


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("HOTEL", [("H", 0), ("O", 1), ("T", 2), ("E", 3), ("L", 4)], "HOTEL"),
        ("HO TEL", [("H", 0), ("O", 1), ("T", 2), ("E", 3), ("L", 4)], "HO TEL"),
        ("HO TEL", [("H", 0), ("O", 1), ("E", 3), ("L", 4)], "HOEL"),
        ("HO TEL", [("H", 0), ("O", 1), ("X", None), ("T", 2), ("E", 3), ("L", 4)], "HOX TEL"),
        ("HOTEL", [], ""),
        ("", [("A", None)], "A"),
        ("HOTEL", [("e\u0301", 0)], "\u00e9"),
    ],
)
def test_text_follows_characters(text: str, after: list[tuple[str, int | None]], expected: str) -> None:
    assert following(text, list("HOTEL") if text else [], after) == expected


def test_text_that_does_not_match_its_characters_is_written_anew() -> None:
    assert following("H O", ["A", "B"], [("A", 0), ("B", 1)]) == "AB"


@pytest.mark.parametrize(("letter", "count"), [("A", 201), ("\U0001f1e9\U0001f1ea", 150)])
def test_a_text_too_long_is_refused(letter: str, count: int) -> None:
    with pytest.raises(EditError, match="a word may have 200"):
        following("", [], [(letter, None)] * count)
