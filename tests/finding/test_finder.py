"""Words of drawn scenes are found and read, whatever way they run."""

import numpy as np
import pytest
from lettering import FONT, GROUND, INK, arc, on_arc
from PIL import Image, ImageDraw

from charsam.finding.overlap import iou
from charsam.pipeline import CharSAM


def found(pipeline: CharSAM, image: Image.Image) -> dict[str | None, np.ndarray]:
    return {word.text: word.polygon for word in pipeline.find_words(np.asarray(image))}


def test_a_word_on_an_arc_is_found_with_a_polygon_that_follows_it(pipeline: CharSAM):
    image = Image.new("RGB", (420, 420), GROUND)
    on_arc(image, "SHELTER", (210, 210), 150, 220, 320)

    words = found(pipeline, image)

    assert list(words) == ["SHELTER"]
    outer, inner = (arc((210, 210), radius, 214, 326, 30) for radius in (168, 132))
    assert iou(words["SHELTER"], np.concatenate([outer, inner[::-1]])) > 0.7


def test_a_word_upside_down_starts_at_its_own_first_letter(pipeline: CharSAM):
    image = Image.new("RGB", (420, 420), GROUND)
    on_arc(image, "SHELTER", (210, 210), 150, 220, 320)

    words = found(pipeline, image.rotate(180))

    assert list(words) == ["SHELTER"]
    assert words["SHELTER"][0, 0] > 210


def test_a_letter_as_large_as_the_picture_and_a_small_word_are_both_found(pipeline: CharSAM):
    image = Image.new("RGB", (640, 480), GROUND)
    draw = ImageDraw.Draw(image)
    draw.text((40, 30), "B", font=FONT.font_variant(size=430), fill=INK)
    draw.text((480, 420), "station", font=FONT.font_variant(size=13), fill=INK)

    assert set(found(pipeline, image)) == {"B", "station"}


def test_words_of_one_line_are_parted(pipeline: CharSAM):
    image = Image.new("RGB", (640, 200), GROUND)
    ImageDraw.Draw(image).text((60, 70), "NO PARKING HERE", font=FONT, fill=INK)

    assert list(found(pipeline, image)) == ["NO", "PARKING", "HERE"]


def test_words_are_known_before_all_is_done(pipeline: CharSAM):
    image = Image.new("RGB", (640, 200), GROUND)
    ImageDraw.Draw(image).text((60, 70), "PARKING", font=FONT, fill=INK)

    first, *_, last = ([word.text for word in words] for words in pipeline.words_as_found(np.asarray(image)))

    assert first == last == ["PARKING"]


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (400, 300)])
def test_a_picture_without_words_has_none(pipeline: CharSAM, size: tuple[int, int]):
    assert pipeline.find_words(np.full((*size, 3), 180, np.uint8)) == ()
