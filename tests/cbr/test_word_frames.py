"""The frame of a word is the way in which it can be read, wherever its polygon starts."""

import unicodedata

import numpy as np
import pytest
from drawn_words import drawn_word, given
from PIL import Image, ImageDraw, ImageFont

from charsam.cbr.recogniser import Recogniser
from charsam.cbr.word_frames import FramedWord, frame_words
from charsam.errors import WordsError
from charsam.paths import FONTS_DIR
from charsam.types import Word

FONT = ImageFont.truetype(FONTS_DIR / "020-arimo-bold.ttf", 48)
TEXT = "Harbour"
QUAD = np.float32([[56, 66], [250, 66], [250, 114], [56, 114]])


@pytest.fixture(scope="module")
def sign() -> np.ndarray:
    """(200, 320, 3): the text upright, within QUAD."""
    image = Image.new("RGB", (320, 200), (205, 214, 220))
    ImageDraw.Draw(image).text((60, 64), TEXT, font=FONT, fill=(60, 20, 30))
    return np.asarray(image)


def frame_of(recogniser: Recogniser, image: np.ndarray, word: Word) -> FramedWord:
    (framed,) = frame_words(image, [word], recogniser)
    return framed


def reading_direction(framed: FramedWord) -> np.ndarray:
    """Unit vector in the image along which the word is read."""
    m, h = framed.frame.margin, framed.frame.height / 2
    start, stop = framed.frame.to_image(np.float32([[m, h], [framed.frame.width - m, h]]))
    return (stop - start) / np.linalg.norm(stop - start)


def test_upright_word_keeps_the_frame_of_its_polygon(recogniser: Recogniser, sign: np.ndarray) -> None:
    framed = frame_of(recogniser, sign, Word(QUAD, TEXT))

    np.testing.assert_allclose(reading_direction(framed), [1, 0], atol=0.02)
    assert framed.reading.text == TEXT


def test_upside_down_polygon_is_recovered(recogniser: Recogniser, sign: np.ndarray) -> None:
    framed = frame_of(recogniser, sign, Word(np.roll(QUAD, 2, axis=0), TEXT))

    np.testing.assert_allclose(reading_direction(framed), [1, 0], atol=0.02)
    assert framed.reading.text == TEXT


@pytest.mark.parametrize(("turns", "direction"), [(1, (0, -1)), (3, (0, 1))])
def test_word_that_runs_up_or_down_is_recovered(
    recogniser: Recogniser, sign: np.ndarray, turns: int, direction: tuple[int, int]
) -> None:
    turned = np.ascontiguousarray(np.rot90(sign, turns))
    xs, ys = QUAD[:, 0], QUAD[:, 1]
    corners = np.stack([ys, 320 - xs], 1) if turns == 1 else np.stack([200 - ys, xs], 1)
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)

    framed = frame_of(recogniser, turned, Word(np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), TEXT))

    assert not framed.frame.stacked
    np.testing.assert_allclose(reading_direction(framed), direction, atol=0.02)


def test_stacked_word_is_recovered(recogniser: Recogniser) -> None:
    image = Image.new("RGB", (140, 420), (205, 214, 220))
    draw = ImageDraw.Draw(image)
    for index, letter in enumerate("HOTEL"):
        draw.text((70, 20 + 76 * index), letter, font=FONT, fill=(60, 20, 30), anchor="ma")

    framed = frame_of(
        recogniser, np.asarray(image), Word(np.float32([[45, 20], [95, 20], [95, 384], [45, 384]]), "HOTEL")
    )

    assert framed.frame.stacked
    assert unicodedata.normalize("NFKC", framed.reading.text) == "HOTEL"


def test_expected_centres_lie_on_the_letters(recogniser: Recogniser, sign: np.ndarray) -> None:
    framed = frame_of(recogniser, sign, Word(QUAD, TEXT))

    ends = np.cumsum([FONT.getlength(letter) for letter in TEXT])
    middles = 60 + (ends + np.concatenate([[0], ends[:-1]])) / 2
    at = np.stack([framed.reading.centres, np.full(len(TEXT), framed.frame.height / 2)], 1)
    np.testing.assert_allclose(framed.frame.to_image(at)[:, 0], middles, atol=9)


def test_expected_centres_never_run_backwards(recogniser: Recogniser, sign: np.ndarray) -> None:
    framed = frame_of(recogniser, sign, Word(QUAD, "rubraHx"))
    assert (np.diff(framed.reading.centres) >= 0).all()


def test_word_without_text_is_read(recogniser: Recogniser, sign: np.ndarray) -> None:
    framed = frame_of(recogniser, sign, Word(QUAD))
    assert "".join(framed.text) == TEXT


def test_combining_marks_are_counted_with_their_letters(recogniser: Recogniser, sign: np.ndarray) -> None:
    framed = frame_of(recogniser, sign, Word(QUAD, "Harbo\u0308ur"))
    assert framed.text == ("H", "a", "r", "b", "ö", "u", "r")


def test_word_outside_the_image_is_named(recogniser: Recogniser, sign: np.ndarray) -> None:
    with pytest.raises(WordsError, match=r"Harbour.*outside the image"):
        frame_of(recogniser, sign, Word(QUAD + np.float32([2000, 0]), TEXT))


def test_unusable_polygon_names_its_word(recogniser: Recogniser, sign: np.ndarray) -> None:
    words = [Word(QUAD, TEXT), Word(QUAD[:3], "Cafe")]
    with pytest.raises(WordsError, match=r"word 2 \(Cafe\): .*at least 4"):
        frame_words(sign, words, recogniser)


def test_no_words_give_no_frames(recogniser: Recogniser, sign: np.ndarray) -> None:
    assert frame_words(sign, [], recogniser) == ()


FAULTY = [("Fish", "Fsh"), ("Station", "Staton"), ("office", "ofice"), ("$5.99", "599"), ("Mr.", "Mr"), ("A&B", "AB")]


@pytest.mark.parametrize(("shown", "text"), [*FAULTY, ("HOTEL Rex", "Rex"), ("illicit", "illicit"), ("lllll", "lllll")])
def test_transcription_with_faults_turns_no_word(recogniser: Recogniser, shown: str, text: str) -> None:
    image, word = given(shown, text)
    np.testing.assert_allclose(reading_direction(frame_of(recogniser, image, word)), [1, 0], atol=0.02)


@pytest.mark.parametrize("text", ["HOTEL", "Parking", "TEA", "AREA", "Hire"])
@pytest.mark.parametrize("start", [1, 2, 3])
@pytest.mark.parametrize("clockwise", [True, False])
def test_word_reads_alike_from_whichever_corner_its_polygon_starts(
    recogniser: Recogniser, text: str, start: int, clockwise: bool
) -> None:
    image, quad = drawn_word(text)
    polygon = np.roll(quad if clockwise else quad[::-1], -start, axis=0)

    framed = frame_of(recogniser, image, Word(polygon, text))

    assert not framed.frame.stacked
    np.testing.assert_allclose(reading_direction(framed), [1, 0], atol=0.02)
    up = framed.frame.to_image(np.float32([[20, 8], [20, 40]]))
    assert up[0, 1] < up[1, 1]


def test_script_that_cannot_be_read_runs_as_annotated(recogniser: Recogniser) -> None:
    image, quad = drawn_word("\u0425\u041b\u0415\u0411")  # Cyrillic
    framed = frame_of(recogniser, image, Word(quad, "\u0425\u041b\u0415\u0411"))
    np.testing.assert_allclose(reading_direction(framed), [1, 0], atol=0.02)


def test_letters_of_a_right_to_left_script_are_expected_from_the_right(recogniser: Recogniser) -> None:
    image, quad = drawn_word("\u05dd\u05d5\u05dc\u05e9")  # as it stands in the picture, from the left
    framed = frame_of(recogniser, image, Word(quad, "\u05e9\u05dc\u05d5\u05dd"))

    assert framed.text == tuple("\u05e9\u05dc\u05d5\u05dd")
    np.testing.assert_allclose(reading_direction(framed), [1, 0], atol=0.02)
    assert len(framed.reading.centres) in (0, 4)
    assert (np.diff(framed.reading.centres) <= 0).all()


def test_what_is_read_is_told_where_the_text_differs(recogniser: Recogniser) -> None:
    image, word = given("Fish", "Fsh")
    assert frame_of(recogniser, image, word).reading.reads == "Fish"

    image, word = given("Fish", "Fish")
    assert frame_of(recogniser, image, word).reading.reads == ""


@pytest.mark.parametrize("text", ["DANGER", "Box", "STUART"])
@pytest.mark.parametrize("turns", [1, 3])
def test_line_in_an_upright_box_that_is_taller_than_wide_is_not_taken_for_a_stack(
    recogniser: Recogniser, text: str, turns: int
) -> None:
    image, quad = drawn_word(text)
    height, width = image.shape[:2]
    xs, ys = quad[:, 0], quad[:, 1]
    corners = np.stack([ys, width - xs], 1) if turns == 1 else np.stack([height - ys, xs], 1)
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    box = np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

    framed = frame_of(recogniser, np.ascontiguousarray(np.rot90(image, turns)), Word(box, text))

    assert not framed.frame.stacked
    np.testing.assert_allclose(reading_direction(framed), [0, -1 if turns == 1 else 1], atol=0.02)


@pytest.mark.parametrize("start", [1, 2, 3])
def test_stacked_word_is_recovered_from_whichever_corner_its_polygon_starts(recogniser: Recogniser, start: int) -> None:
    image = Image.new("RGB", (140, 330), (205, 214, 220))
    draw = ImageDraw.Draw(image)
    for index, letter in enumerate("MARKET"):
        draw.text((70, 10 + 52 * index), letter, font=FONT, fill=(60, 20, 30), anchor="ma")
    quad = np.float32([[44, 12], [96, 12], [96, 318], [44, 318]])

    framed = frame_of(recogniser, np.asarray(image), Word(np.roll(quad, -start, axis=0), "MARKET"))

    assert framed.frame.stacked
    top, below = framed.frame.to_image(np.float32([[32, 20], [32, 60]]))
    assert below[1] > top[1]
