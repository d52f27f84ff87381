"""The scenes of simulated labs, which learning from corrections is measured on."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from lab_scenes import LABS, WIDER, lab_scene

from charsam.errors import SettingsError
from charsam.scenes import Scene


@cache
def scene(lab: str) -> Scene:
    return lab_scene(lab, 5)


def test_the_same_seed_gives_the_same_scene_and_another_seed_another() -> None:
    again, other = lab_scene("brass", 5), lab_scene("brass", 4)
    assert np.array_equal(scene("brass").image, again.image)
    assert np.array_equal(scene("brass").character_mask, again.character_mask)
    assert not np.array_equal(scene("brass").image, other.image)


@pytest.mark.parametrize("lab", LABS)
def test_every_character_of_the_words_has_pixels(lab: str) -> None:
    made = scene(lab)
    count = sum(len(word.text) for word in made.words)
    assert [len(word.characters) for word in made.words] == [len(word.text) for word in made.words]
    assert sorted(set(np.unique(made.character_mask)) - {0}) == list(range(1, count + 1))


def test_hollow_and_filled_share_their_picture_and_differ_in_what_is_text() -> None:
    hollow, filled = scene("hollow"), scene("filled")
    assert np.array_equal(hollow.image, filled.image)
    stroke, whole = hollow.character_mask > 0, filled.character_mask > 0
    assert not (stroke & ~whole).any()
    assert whole.sum() > 1.25 * stroke.sum()


def test_wide_letters_reach_one_and_a_half_pixels_over_their_edges() -> None:
    usual = lab_scene("ordinary", 5).character_mask
    away = cv2.distanceTransform((usual == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    wide = scene("wide").character_mask > 0
    assert wide[away <= 1].all()
    assert not wide[away > 0.5 + WIDER + 0.75].any()


def test_an_unknown_lab_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(SettingsError, match=r"'mosaic'.*hollow, filled, shadow"):
        lab_scene("mosaic", 0)
