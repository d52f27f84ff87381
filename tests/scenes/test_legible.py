"""What a photograph shows of the letters in it."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import pytest

from charsam.scenes import make_scene
from charsam.scenes.legible import outline_shown
from charsam.scenes.scene import LEAST_SHOWN
from charsam.types import BoolArray, ImageArray


def painted(mask: BoolArray, letters: int, ground: int) -> ImageArray:
    return np.where(mask[..., None], np.uint8(letters), np.uint8(ground)).repeat(3, axis=-1)


@pytest.fixture
def bars() -> BoolArray:
    mask = np.zeros((40, 80), np.bool_)
    mask[8:32, 10:18] = mask[8:32, 40:48] = True
    return mask


def test_letters_of_another_colour_are_shown_whole(bars: BoolArray) -> None:
    assert outline_shown(painted(bars, 200, 60), bars, bars) == 1.0


def test_letters_of_the_colour_of_their_ground_are_not_shown(bars: BoolArray) -> None:
    assert outline_shown(painted(bars, 122, 120), bars, bars) == 0.0


def test_letters_lost_in_noise_are_not_shown(bars: BoolArray) -> None:
    grain = np.random.default_rng(0).normal(0, 40, (*bars.shape, 1))
    noisy = np.clip(painted(bars, 128, 118) + grain, 0, 255).astype(np.uint8)
    assert outline_shown(noisy, bars, bars) < 0.2


def test_one_of_two_letters_hidden_is_half_shown(bars: BoolArray) -> None:
    image = painted(bars, 200, 60)
    image[:, 30:] = 60
    assert outline_shown(image, bars, bars) == pytest.approx(0.5)


def test_stripes_that_the_photograph_merges_are_not_shown(bars: BoolArray) -> None:
    striped = bars.copy()
    striped[10:30:4] = False
    assert outline_shown(painted(bars, 200, 60), striped, striped) < outline_shown(
        painted(striped, 200, 60), striped, striped
    )


def test_a_neighbours_letters_are_no_ground(bars: BoolArray) -> None:
    beside = np.zeros_like(bars)
    beside[8:32, 18:26] = True
    both = bars | beside
    image = painted(both, 200, 60)
    assert outline_shown(image, bars, both) == 1.0
    assert outline_shown(image, bars, bars) < 1.0


def test_a_word_without_pixels_is_not_shown(bars: BoolArray) -> None:
    assert outline_shown(painted(bars, 200, 60), np.zeros_like(bars), bars) == 0.0


@pytest.mark.parametrize(("kind", "seed"), [("hard", 6), ("dark", 14), (None, 25)])
def test_a_scene_whose_first_drawing_hides_a_word_shows_them_all(kind: str | None, seed: int) -> None:
    scene = make_scene(seed, size=(320, 240), kind=kind)
    text = scene.character_mask > 0
    for first, after in pairwise(accumulate((len(w.characters) for w in scene.words), initial=1)):
        own = (scene.character_mask >= first) & (scene.character_mask < after)
        assert outline_shown(scene.image, own, text) >= LEAST_SHOWN
