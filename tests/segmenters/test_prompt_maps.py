"""Prompts as maps for the decoder of `compact`, and how far clicks reach in them."""

from __future__ import annotations

import numpy as np
import pytest

from charsam.cgr.templates import shipped_templates
from charsam.segmenters.prompt_maps import Correction, prompt_channels, prompt_window, standardised
from charsam.segmenters.reach import reach_of


def test_a_window_holds_its_box_and_is_aligned() -> None:
    window = prompt_window(np.float32([3, 10, 41, 50]), (64, 300, 3))
    assert window[0] <= 3 - 8
    assert window[2] >= 41 + 8
    assert (window[1], window[3]) == (0, 64)
    assert all(edge % 4 == 0 for edge in window)


def test_the_window_grows_with_the_zoom_of_the_strip() -> None:
    box = np.float32([100, 20, 150, 100])
    assert prompt_window(box, (128, 600, 3), 2.0) == (84, 0, 180, 128)
    assert prompt_window(box, (96, 600, 3), 1.5)[3] == 96


def test_prompt_channels_put_box_and_points_in_their_places() -> None:
    box, points = np.float32([8, 8, 24, 40]), np.float32([[12.5, 20.5], [20.5, 30.5], [1, 1]])
    maps = prompt_channels(box, points, np.array([1, 0, -1], np.int8), None, (0, 0, 64, 64))
    assert maps[0].sum() == pytest.approx(16 * 32, rel=0.05)
    assert np.unravel_index(maps[1].argmax(), maps[1].shape) == (20, 12)
    assert np.unravel_index(maps[2].argmax(), maps[2].shape) == (30, 20)
    assert maps[2, 1, 1] < 0.01
    assert not maps[3:].any()


def test_points_that_a_person_set_have_channels_of_their_own() -> None:
    box, points = np.float32([8, 8, 24, 40]), np.float32([[12.5, 20.5], [20.5, 30.5]])
    labels = np.array([1, 0], np.int8)
    made = prompt_channels(box, points, labels, None, (0, 0, 64, 64))
    clicked = prompt_channels(box, points, labels, None, (0, 0, 64, 64), np.array([True, True]))
    np.testing.assert_array_equal(clicked[5:7], made[1:3])
    assert not clicked[1:3].any()
    assert not clicked[7:].any()


def test_a_loosened_box_is_longer_while_its_votes_stay_in_place() -> None:
    box = np.float32([20, 10, 40, 50])
    votes = shipped_templates().votes("B", 80)
    none = np.zeros((0, 2), np.float32), np.zeros(0, np.int8)
    plain, loose = (
        prompt_channels(box, *none, votes, (0, 0, 64, 64), loosened=loosened) for loosened in ((0, 0), (4, 0))
    )
    assert np.flatnonzero(plain[0, 30]).tolist() == list(range(20, 40))
    assert np.flatnonzero(loose[0, 30]).tolist() == list(range(16, 44))
    assert np.flatnonzero(loose[0, :, 30]).tolist() == list(range(10, 50))
    assert np.array_equal(plain[1:], loose[1:])


def ring() -> np.ndarray:
    """(64, 64, 3) uint8: a dark ring, 10 pixels thick, on light ground; its hole has the ground's colour."""
    ys, xs = np.mgrid[:64, :64]
    away = np.hypot(xs - 31.5, ys - 31.5)
    image = np.full((64, 64, 3), 220, np.uint8)
    image[(away > 10) & (away < 20)] = 40
    return image


def test_a_click_into_a_hole_reaches_the_hole_and_not_the_stroke_round_it() -> None:
    found = reach_of(standardised(ring()), np.float32([[31.5, 31.5]]))
    assert found[31, 31] == 1
    assert found[31, 25:38].min() > 0.8
    assert found[31, 14:20].max() < 0.2  # the stroke
    assert found[2:6, 2:6].max() < 0.2  # the ground, alike in colour, but beyond the stroke


def test_clicks_beyond_the_picture_reach_nothing() -> None:
    assert not reach_of(standardised(ring()), np.float32([[-3, 10], [10, 64]])).any()


def test_a_correction_shows_the_reach_of_each_kind_of_click_and_the_answer_before_them() -> None:
    box, points = np.float32([8, 8, 56, 56]), np.float32([[31.5, 31.5], [16.5, 31.5], [40.5, 31.5]])
    labels, hand = np.array([0, 1, 0], np.int8), np.array([True, True, False])
    correction = Correction(standardised(ring()), np.full((64, 64), 3, np.float32))
    maps = prompt_channels(box, points, labels, None, (0, 0, 64, 64), hand, correction=correction)
    assert maps[7, 31, 16] == maps[8, 31, 31] == 1
    assert maps[7, 31, 31] < 0.2 and maps[8, 31, 16] < 0.2
    assert maps[8, 31, 44] < 0.2  # what is not set by hand reaches nothing
    assert np.allclose(maps[9], np.tanh(0.5))
