"""How well a text agrees with a reading says which way a word runs, whatever faults the text has."""

import pytest
from drawn_words import drawn_word

from charsam.cbr.evidence import agreement, looks_the_same, same_upside_down, unlikeness
from charsam.cbr.recogniser import Recogniser

FAULTY = [
    ("Fish", "Fsh"),
    ("Station", "Staton"),
    ("office", "ofice"),
    ("$5.99", "599"),
    ("JOE'S", "JOES"),
    ("A&B", "AB"),
    ("HOTEL Rex", "Rex"),
    ("Parking", "Parking"),
    ("illicit", "illicit"),
    ("CAFE", "cafe"),
    ("MUSEUM", "MUSEXM"),
]


@pytest.mark.parametrize(("shown", "text"), FAULTY)
def test_upright_reading_agrees_better_than_one_upside_down(recogniser: Recogniser, shown: str, text: str) -> None:
    image, _ = drawn_word(shown)
    crop = image[36:-36, 36:-36]

    upright, turned = recogniser.read([crop, crop[::-1, ::-1]])

    assert agreement(upright, text).likelihood > agreement(turned, text).likelihood


def test_more_agreement_is_more_likely(recogniser: Recogniser) -> None:
    image, _ = drawn_word("Station")
    (reading,) = recogniser.read([image[36:-36, 36:-36]])

    scores = [agreement(reading, text) for text in ("Station", "Staton", "Stxtoon", "Bistro")]

    assert scores == sorted(scores, key=lambda one: -one.likelihood)
    assert scores[0].share == 1.0


@pytest.mark.parametrize("text", ["NOON", "pod", "69", "lllll", "OXO", "SIS"])
def test_text_that_reads_alike_upside_down(text: str) -> None:
    assert same_upside_down(text)


@pytest.mark.parametrize("text", ["HOTEL", "on", "66", "NO"])
def test_text_that_reads_otherwise_upside_down(text: str) -> None:
    assert not same_upside_down(text)


def test_case_accents_and_shape_twins_are_near() -> None:
    assert 0.0 == unlikeness("a", "a") < unlikeness("a", "A") < unlikeness("0", "O") < unlikeness("a", "x")
    assert unlikeness("\u00e9", "e") == unlikeness("a", "A")


def test_only_letters_of_one_shape_look_the_same() -> None:
    assert looks_the_same("0", "O")
    assert looks_the_same("s", "S")
    assert not looks_the_same("a", "A")
    assert not looks_the_same("e", "\u00e9")
