"""Transcriptions are counted as a reader counts their characters."""

import pytest

from charsam.text import characters_of, is_made_of, visual_order


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


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("\u0926\u0941\u0915\u093e\u0928", ("\u0926\u0941", "\u0915\u093e", "\u0928")),
        ("\u0915\u094d\u0937\u0924\u094d\u0930", ("\u0915\u094d\u0937", "\u0924\u094d\u0930")),
        ("\u0995\u09cd\u09b7", ("\u0995\u09cd\u09b7",)),
        ("\ud55c\uae00", ("\ud55c", "\uae00")),
    ],
)
def test_conjuncts_and_vowel_signs_are_one_character_with_their_letter(text: str, characters: tuple[str, ...]) -> None:
    assert characters_of(text) == characters


@pytest.mark.parametrize(
    ("text", "from_left"),
    [
        ("Hotel", "Hotel"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05dd\u05d5\u05dc\u05e9"),
        ("\u05e9\u05dc\u05d5\u05dd123", "123\u05dd\u05d5\u05dc\u05e9"),
        ("\u0645\u0631\u062d\u0628\u0627ABC5", "ABC5\u0627\u0628\u062d\u0631\u0645"),
        ("tel\u05e9\u05dc", "tel\u05dc\u05e9"),
    ],
)
def test_right_to_left_scripts_stand_from_the_right(text: str, from_left: str) -> None:
    assert "".join(text[place] for place in visual_order(characters_of(text))) == from_left


def test_text_of_marks_alone_is_told_from_a_text_with_marks() -> None:
    assert is_made_of("###", "#*")
    assert is_made_of(" # * ", "#*")
    assert not is_made_of("#1", "#*")
    assert not is_made_of("", "#*")
