"""A transcription with faults is aligned letter by letter with what is seen, and its faults are found."""

import numpy as np
import pytest
from drawn_words import drawn_word

from charsam.cbr.alignment import Alignment, align
from charsam.cbr.evidence import contradictions
from charsam.cbr.recogniser import Reading, Recogniser


def read(recogniser: Recogniser, shown: str) -> Reading:
    image, _ = drawn_word(shown)
    return recogniser.read([image[30:-30, 30:-30]])[0]


def aligned(reading: Reading, text: str, recogniser: Recogniser) -> Alignment:
    found = align(reading, text, recogniser.knows)
    assert found is not None
    return found


@pytest.mark.parametrize(("shown", "text", "place"), [("Station", "Stationx", 7), ("Fish", "Fissh", 2)])
def test_letter_that_the_picture_lacks_is_missing(recogniser: Recogniser, shown: str, text: str, place: int) -> None:
    found = aligned(read(recogniser, shown), text, recogniser)

    assert found.missing.sum() == 1
    assert found.missing[place] or text[int(found.missing.argmax())] == text[place]
    assert (np.diff(found.centres) >= 0).all()


@pytest.mark.parametrize(
    ("shown", "text", "before", "lacking"),
    [("Fish", "Fsh", 1, "i"), ("Station", "tation", 0, "S"), ("Hamburg", "Hambur", 6, "g"), ("JOE'S", "JOES", 3, "'")],
)
def test_letter_that_the_text_lacks_is_passed_over(
    recogniser: Recogniser, shown: str, text: str, before: int, lacking: str
) -> None:
    found = aligned(read(recogniser, shown), text, recogniser)

    assert found.extra == (lacking,)
    assert found.extra_places.tolist() == [before]
    assert not found.missing.any()
    assert "".join(found.seen) == text


def test_wrong_letter_stands_where_the_other_is_seen(recogniser: Recogniser) -> None:
    found = aligned(read(recogniser, "Station"), "Stakion", recogniser)

    assert found.seen[3] == "t"
    assert not found.missing.any()


@pytest.mark.parametrize("text", ["Fsh", "Fissh", "Fash"])
def test_faults_are_contradicted_and_nothing_far_from_them(recogniser: Recogniser, text: str) -> None:
    reading = read(recogniser, "Fish")

    doubts, gaps = contradictions(reading, aligned(reading, text, recogniser), text, recogniser.knows)

    assert max(doubts.max(), gaps.max()) > 0.8
    assert max(doubts[-1], gaps[-1]) < 0.1


@pytest.mark.parametrize(
    ("shown", "text"), [("Fish", "Fish"), ("illicit", "illicit"), ("10\u00b0C", "10\u00b0C"), ("OSOx", "0SOX")]
)
def test_text_that_looks_like_what_is_seen_is_not_contradicted(recogniser: Recogniser, shown: str, text: str) -> None:
    reading = read(recogniser, shown)

    doubts, gaps = contradictions(reading, aligned(reading, text, recogniser), text, recogniser.knows)

    assert not doubts.any()
    assert not gaps.any()


def test_characters_that_the_recogniser_cannot_read_are_not_contradicted(recogniser: Recogniser) -> None:
    text = "\u0445\u043b\u0435\u0431"  # Cyrillic
    reading = read(recogniser, "XAEB")

    doubts, gaps = contradictions(reading, aligned(reading, text, recogniser), text, recogniser.knows)

    assert not doubts.any()
    assert not gaps.any()
