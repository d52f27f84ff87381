"""What the browser draws lies exactly where the trace says."""

from __future__ import annotations

import base64
import io
import re

import made
import numpy as np
import pytest
from PIL import Image

from charsam.server import overlays
from charsam.trace import Trace
from charsam.types import CharacterMask, GlyphVotes


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


def test_the_outline_follows_the_pixel_edges_of_a_mask_and_of_its_hole() -> None:
    pixels = np.ones((4, 5), bool)
    pixels[1:3, 2] = False
    edges = set()
    for x, y, way, length in re.findall(r"M(\d+) (\d+)([hv])(\d+)", overlays.outline(CharacterMask(pixels, 10, 20))):
        for step in range(int(length)):
            dx, dy = (step, 0) if way == "h" else (0, step)
            edges.add((way, int(x) + dx, int(y) + dy))
    padded = np.pad(pixels, 1)
    expected = {("h", 9 + x, 20 + y) for y, x in np.argwhere(padded[1:] != padded[:-1])}
    expected |= {("v", 10 + x, 19 + y) for y, x in np.argwhere(padded[:, 1:] != padded[:, :-1])}
    assert edges == expected


def test_an_empty_mask_has_no_outline() -> None:
    assert overlays.outline(CharacterMask(np.zeros((3, 3), bool), 0, 0)) == ""


def test_the_mask_overlay_covers_exactly_the_mask(sign_trace: Trace) -> None:
    assert sign_trace.annotation is not None
    shown = np.array(decoded(overlays.masks_uri(sign_trace.annotation)).convert("RGBA"))
    assert np.array_equal(shown[..., 3] > 0, sign_trace.annotation.text_mask() > 0)


def test_neighbouring_characters_differ_in_colour(sign_trace: Trace) -> None:
    assert sign_trace.annotation is not None
    shown = np.array(decoded(overlays.masks_uri(sign_trace.annotation)).convert("RGB"))
    values = sign_trace.annotation.character_mask()
    colours = [tuple(np.unique(shown[values == value], axis=0)[0]) for value in (1, 2, 3)]
    assert len(set(colours)) == 3


@pytest.mark.parametrize(
    ("shape", "size"), [((100, 200), (200, 100)), ((1600, 800), (800, 1600)), ((4000, 2000), (800, 1600))]
)
def test_photos_are_sent_no_larger_than_the_display_limit_and_never_enlarged(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    assert decoded(overlays.photo_uri(np.zeros((*shape, 3), np.uint8))).size == size


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
    green, red = overlays.rgb(overlays.OKABE_ITO[2]), overlays.rgb(overlays.OKABE_ITO[5])
    assert [tuple(pixel) for pixel in shown.reshape(-1, 3)] == [red, green, (32, 32, 32), green]
