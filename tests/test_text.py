"""Transcriptions are counted as a reader counts their characters."""

import pytest

from charsam.text import characters_of


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Hotel", ("H", "o", "t", "e", "l")),
        ("No. 7", ("N", "o", ".", "7")),
        ("Cafe\u0301", ("C", "a", "f", "é")),
        ("q\u0303a", ("q\u0303", "a")),
        ("\u4f60\u597d", ("你", "好")),
        ("\u0915\u093f", ("\u0915\u093f",)),
        ("a\u200bb\u00adc", ("a", "b", "c")),
        ("a\tb\nc\u00a0d\u3000e", ("a", "b", "c", "d", "e")),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467!", ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "!")),
        ("\U0001f44d\U0001f3fd", ("\U0001f44d\U0001f3fd",)),
        ("\u2764\ufe0f", ("\u2764\ufe0f",)),
        ("", ()),
        (" \n\u200b", ()),
    ],
)
def test_characters(text: str, characters: tuple[str, ...]) -> None:
    assert characters_of(text) == characters


def test_mark_at_the_start_is_a_character_of_its_own() -> None:
    assert characters_of("\u0301a") == ("\u0301", "a")


def test_joiner_at_the_start_or_the_end_is_left_out() -> None:
    assert characters_of("\u200da\u200d") == ("a",)


def test_joiner_does_not_reach_across_a_space() -> None:
    assert characters_of("a\u200d b") == ("a", "b")


def test_flag_is_one_character() -> None:
    assert characters_of("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea") == ("\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea")


def test_keycap_is_one_character() -> None:
    assert characters_of("1\ufe0f\u20e3") == ("1\ufe0f\u20e3",)
