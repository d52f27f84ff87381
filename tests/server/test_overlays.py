"""What the browser draws lies exactly where the trace says."""

from __future__ import annotations

import base64
import io

import made
import numpy as np
import pytest
from PIL import Image

from charsam.colours import OKABE_ITO, colour_index, rgb
from charsam.server import overlays
from charsam.trace import Trace
from charsam.types import GlyphVotes


def decoded(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))


def test_heat_is_highest_at_the_image_position_of_each_character(sign_trace: Trace) -> None:
    heat = overlays.heatmap(sign_trace.regions, sign_trace.image.shape)
    for regions, boxes in zip(sign_trace.regions, sign_trace.boxes, strict=True):
        for box in boxes:
            x, y = regions.frame.to_image((box.box[:2] + box.box[2:]) / 2)
            assert heat[int(y), int(x)] > 0.9
    assert heat[5, 5] == 0


def test_every_character_has_one_peak_at_its_middle(sign_trace: Trace) -> None:
    for regions, boxes in zip(sign_trace.regions, sign_trace.boxes, strict=True):
        found = overlays.peaks(regions)
        middles = regions.frame.to_image(np.stack([(box.box[:2] + box.box[2:]) / 2 for box in boxes]))
        assert len(found) == len(middles)
        for middle in middles:
            assert np.linalg.norm(found - middle, axis=1).min() < 2.2  # half a cell of the map is 1.5 pixels


def test_a_map_without_heat_has_no_peak(sign_trace: Trace) -> None:
    word = sign_trace.regions[0]
    cold = type(word)(word.frame, word.strip, np.zeros_like(word.region), word.affinity)
    assert overlays.peaks(cold).shape == (0, 2)


def test_the_cut_out_shows_the_text_and_nothing_else(sign_trace: Trace) -> None:
    assert sign_trace.annotation is not None
    shown = overlays.cut_out(sign_trace.image, sign_trace.annotation.text_mask())
    assert np.array_equal(shown[..., 3], sign_trace.annotation.text_mask())
    assert np.array_equal(shown[..., :3], sign_trace.image)


def test_the_painted_photo_has_each_letters_colour_and_an_outline_in_black_and_white(sign_trace: Trace) -> None:
    annotation = sign_trace.annotation
    assert annotation is not None
    shown = overlays.painted(np.full_like(sign_trace.image, 128), annotation)
    for character in annotation.characters:
        colour = np.array(rgb(OKABE_ITO[colour_index(character.category)]))
        h, w = character.mask.pixels.shape
        part = shown[character.mask.y : character.mask.y + h, character.mask.x : character.mask.x + w]
        expected = 128 * (1 - overlays.OPACITY) + colour * overlays.OPACITY
        assert (np.abs(part[character.mask.pixels] - expected).max(-1) < 2).all(), "thin letters, too"
    assert (shown == 0).all(-1).any()
    assert (shown == 255).all(-1).any()


@pytest.mark.parametrize(("shape", "size"), [((100, 200), (180, 90)), ((60, 50), (50, 60))])
def test_thumbnails_are_no_larger_than_asked_and_never_enlarged(shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert Image.open(io.BytesIO(overlays.thumbnail(np.zeros((*shape, 3), np.uint8), 180))).size == size


def test_a_crop_shows_the_box_of_the_word_frame(sign_trace: Trace) -> None:
    image, _ = made.sign()
    regions, box = sign_trace.regions[0], sign_trace.boxes[0][0]
    shown = overlays.crop(image, regions.frame, box.box)
    width, height = overlays.tile_size(box.box)
    assert shown.shape == (2 * height, 2 * width, 3)
    assert 0.25 < (shown.mean(-1) < 150).mean() < 0.5  # the dark bar fills a third of its cell


def test_only_votes_above_the_threshold_are_kept() -> None:
    foreground = np.float32([[0.59, 0.61], [0.2, 0.9]])
    votes = GlyphVotes(foreground, np.float32([[0.7, 0], [0, 0]]), 80)
    shown = np.array(decoded(overlays.kept_uri(votes, 0.6, (2, 2))))
    green, red = rgb(OKABE_ITO[2]), rgb(OKABE_ITO[5])
    assert [tuple(pixel) for pixel in shown.reshape(-1, 3)] == [red, green, (32, 32, 32), green]
