"""The frame of a word is the way in which it can be read, wherever its polygon starts."""

import unicodedata

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam.cbr.framing import FramedWord, frame_words
from charsam.cbr.reading import Recogniser
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
