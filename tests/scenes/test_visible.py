"""The truth of a scene reaches as far as its photograph shows the letters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from charsam.scenes.camera import Camera, out_of_focus, photograph
from charsam.scenes.visible import visible_labels
from charsam.types import BoolArray, FloatArray

STEADY = Camera(defocus=1.0, noise=0.0, aberration=0.0, vignette=0.0, sharpening=0.0, bloom=0.0, quality=100)


def bars(width: int) -> FloatArray:
    """Two upright bars, the right one's edges in the middle of pixels."""
    covered = np.zeros((48, 96), np.float32)
    covered[8:40, 16 : 16 + width] = 1
    covered[8:40, 60 : 60 + width] = 0.5
    covered[8:40, 61 : 60 + width] = 1
    covered[8:40, 60 + width] = 0.5
    return covered


def labelled(covered: FloatArray) -> NDArray[np.uint16]:
    labels = (covered >= 0.5).astype(np.uint16)
    labels[:, 48:] *= 2
    return labels


def painted(covered: FloatArray, letter: float, ground: float) -> FloatArray:
    return np.repeat((ground + (letter - ground) * covered)[..., None], 3, axis=2).astype(np.float32)


def half_way(image: NDArray[np.uint8]) -> BoolArray:
    """The pixels on the letters' side of the middle between the colours of letters and ground."""
    values = image.mean(axis=2)
    letter, ground = values[16:32, 20:24].mean(), values[:4].mean()
    return (values - ground) / (letter - ground) >= 0.5


@pytest.mark.parametrize(("letter", "ground"), [(0.9, 0.05), (0.05, 0.9), (0.5, 0.2), (6.0, 0.1)])
def test_letters_end_half_way_between_the_colours_that_the_photograph_shows(letter: float, ground: float) -> None:
    covered = bars(12)
    light = painted(covered, letter, ground)
    image, exposure = photograph(np.random.default_rng(0), light, STEADY)
    labels = visible_labels(labelled(covered), covered, light, exposure, STEADY)
    shown = half_way(image)
    assert ((labels > 0) != shown).sum() <= 0.02 * shown.sum()


def test_light_letters_grow_and_dark_ones_shrink() -> None:
    covered = bars(12)
    areas = {}
    for letter, ground in ((0.9, 0.05), (0.05, 0.9)):
        labels = visible_labels(labelled(covered), covered, painted(covered, letter, ground), 1.0, STEADY)
        areas[letter] = int((labels > 0).sum())
    assert areas[0.05] < (covered >= 0.5).sum() < areas[0.9]


def test_a_dark_line_thinner_than_the_blur_is_not_lost() -> None:
    covered = np.zeros((48, 96), np.float32)
    covered[8:40, 20] = 1
    labels = visible_labels(labelled(covered), covered, painted(covered, 0.05, 0.9), 1.0, STEADY)
    assert (labels[10:38, 20] == 1).all()
    assert labels[10:38].sum(axis=1).max() <= 4


def test_a_pixel_belongs_to_the_nearest_letter() -> None:
    covered = bars(12)
    labels = visible_labels(labelled(covered), covered, painted(covered, 6.0, 0.05), 1.0, STEADY)
    assert set(np.unique(labels[:, :48])) == {0, 1}
    assert set(np.unique(labels[:, 48:])) == {0, 2}


def test_a_letter_in_the_colour_of_its_ground_ends_where_its_blurred_coverage_does() -> None:
    covered = bars(12)
    labels = visible_labels(labelled(covered), covered, painted(covered, 0.3, 0.3), 1.0, STEADY)
    assert np.array_equal(labels[:, :48] > 0, out_of_focus(covered, STEADY)[:, :48] >= 0.5)


def test_a_character_of_which_nothing_is_shown_keeps_its_pixels() -> None:
    covered = np.zeros((48, 96), np.float32)
    covered[20, 20] = 0.2
    labels = np.zeros(covered.shape, np.uint16)
    labels[20, 20] = 1
    shown = visible_labels(labels, covered, painted(covered, 0.3, 0.3), 1.0, STEADY)
    assert np.array_equal(shown, labels)


def test_without_letters_nothing_is_text() -> None:
    covered = np.zeros((48, 96), np.float32)
    assert not visible_labels(labelled(covered), covered, painted(covered, 0.9, 0.1), 1.0, STEADY).any()
