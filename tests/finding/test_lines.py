"""The words of a scene are found, split and read, in whatever direction they run."""

import time

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from charsam.cancellation import cancellable
from charsam.errors import Cancelled
from charsam.finding import lines
from charsam.types import Word

FONT = ImageFont.load_default(size=48)


def scene(size: tuple[int, int], *texts: tuple[str, tuple[int, int]]) -> Image.Image:
    """Texts on a plain ground; size is width, height; each text with its x, y."""
    image = Image.new("RGB", size, (206, 214, 190))
    draw = ImageDraw.Draw(image)
    for text, place in texts:
        draw.text(place, text, font=FONT, fill=(40, 20, 60))
    return image


def contains(word: Word, x: float, y: float) -> bool:
    """Whether a point lies inside a word's polygon, whose corners run clockwise."""
    edges = np.roll(word.polygon, -1, axis=0) - word.polygon
    offsets = np.array([x, y]) - word.polygon
    return bool(np.all(edges[:, 0] * offsets[:, 1] - edges[:, 1] * offsets[:, 0] >= 0))


def upper_left_to_right(word: Word) -> np.ndarray:
    """The direction in which the word is read."""
    edge = word.polygon[1] - word.polygon[0]
    return edge / np.linalg.norm(edge)


def find_words(line_finder, recogniser, image: Image.Image) -> tuple[Word, ...]:
    return line_finder.find_words(np.asarray(image), recogniser)


def test_two_separated_words_are_found_inreading_order(line_finder, recogniser):
    image = scene((640, 360), ("Bakery", (60, 40)), ("Station", (330, 240)))

    words = find_words(line_finder, recogniser, image)

    assert [word.text for word in words] == ["Bakery", "Station"]
    for word, (text, x, y) in zip(words, [("Bakery", 60, 40), ("Station", 330, 240)], strict=True):
        box = FONT.getbbox(text)
        assert contains(word, x + (box[0] + box[2]) / 2, y + (box[1] + box[3]) / 2)


def test_line_is_split_between_its_words(line_finder, recogniser):
    image = scene((700, 200), ("Tea House Wine", (80, 70)))

    words = find_words(line_finder, recogniser, image)

    assert [word.text for word in words] == ["Tea", "House", "Wine"]
    for before, after, text in zip(words, words[1:], ["Tea", "Tea House"], strict=False):
        gap_start, gap_end = (80 + FONT.getlength(part) for part in (text, f"{text} "))
        assert gap_start - 4 <= before.polygon[1:3, 0].max() <= after.polygon[[0, 3], 0].min() <= gap_end + 4


@pytest.mark.parametrize(("turns", "direction"), [(1, (0, -1)), (2, (-1, 0)), (3, (0, 1))])
def test_turned_line_is_read_along_its_direction(line_finder, recogniser, turns, direction):
    upright = np.asarray(scene((480, 240), ("Colchester", (100, 90))))

    words = line_finder.find_words(np.rot90(upright, turns), recogniser)

    assert [word.text for word in words] == ["Colchester"]
    np.testing.assert_allclose(upper_left_to_right(words[0]), direction, atol=0.1)


def test_tilted_line_gets_a_tilted_polygon(line_finder, recogniser):
    image = scene((640, 480), ("Footpath", (200, 200))).rotate(-20, fillcolor=(206, 214, 190))

    words = find_words(line_finder, recogniser, image)

    assert [word.text for word in words] == ["Footpath"]
    np.testing.assert_allclose(
        upper_left_to_right(words[0]), (np.cos(np.radians(20)), np.sin(np.radians(20))), atol=0.1
    )


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 200), (200, 3), (400, 300)])
def test_empty_image_has_no_words(line_finder, recogniser, size):
    assert line_finder.find_words(np.full((*size, 3), 180, np.uint8), recogniser) == ()


def test_words_of_a_large_photo_are_in_its_own_pixels(line_finder, recogniser):
    image = scene((400, 300), ("Hotel", (140, 120))).resize((4000, 3000))

    (word,) = find_words(line_finder, recogniser, image)

    assert word.text == "Hotel"
    left, top, right, bottom = (10 * value for value in FONT.getbbox("Hotel"))
    np.testing.assert_allclose(word.polygon.min(axis=0), (1400 + left, 1200 + top), atol=150)
    np.testing.assert_allclose(word.polygon.max(axis=0), (1400 + right, 1200 + bottom), atol=150)


def test_widely_spaced_letters_are_one_word(line_finder, recogniser):
    words = find_words(line_finder, recogniser, scene((640, 240), ("H O T E L", (200, 90))))

    assert [word.text for word in words] == ["HOTEL"]


def test_lines_are_found_with_scores_and_clockwise_quads(line_finder):
    (line,) = line_finder.find(np.asarray(scene((640, 240), ("Freephone", (150, 90)))))

    assert 0.6 <= line.score <= 1
    assert line.quad.dtype == np.float32
    assert line.quad.shape == (4, 2)
    top_left, top_right, bottom_right, bottom_left = line.quad
    assert top_left[0] < top_right[0]
    assert top_right[1] < bottom_right[1]
    assert bottom_left[0] < bottom_right[0]


@pytest.mark.parametrize(
    ("left", "right", "expected"), [(1, 8, (3, 6)), (6, 8, (7, 8)), (8, 10, (8, 10)), (10, 10, (9, 10))]
)
def test_gap_is_the_widest_stretch_with_least_ink(left, right, expected):
    ink = np.array([90, 90, 80, 0, 5, 0, 90, 0, 90, 90], np.float32)

    assert lines._gap(ink, left, right) == expected


def testreading_order_is_by_rows():
    def box(x: float, y: float) -> np.ndarray:
        return np.array([(x, y), (x + 50, y), (x + 50, y + 20), (x, y + 20)], np.float32)

    assert lines.reading_order([box(100, 104), box(0, 40), box(0, 100), box(200, 99)]) == [1, 2, 0, 3]


def test_the_search_stops_within_a_photo_when_it_is_cancelled(line_finder):
    begun = time.monotonic()
    photo = np.random.default_rng(0).integers(0, 256, (960, 1280, 3), np.uint8)

    with cancellable(lambda: time.monotonic() - begun > 0.01), pytest.raises(Cancelled):
        line_finder.find(photo)
