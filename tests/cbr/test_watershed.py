"""Boxes of several characters are split by watershed on logits."""

import numpy as np
import pytest

from charsam.cbr.watershed import split_box


def discs(*centres: float, radius: float = 20.0, size: tuple[int, int] = (44, 100)) -> np.ndarray:
    """Logits of discs in a row: 4 deep inside, falling to -4 outside."""
    ys, xs = np.mgrid[0 : size[0], 0 : size[1]] + 0.5
    nearest = np.min([np.hypot(xs - x, ys - size[0] / 2) for x in centres], axis=0)
    return np.clip((radius - nearest) * 0.5, -4, 4).astype(np.float32)


def test_two_touching_discs_are_split_between_their_centres() -> None:
    left, right = split_box(discs(22, 60), np.float32([22, 60]))

    np.testing.assert_allclose(left, [2, 2, 41, 42], atol=2.5)
    np.testing.assert_allclose(right, [41, 2, 80, 42], atol=2.5)


def test_split_follows_the_ink_where_the_expected_places_are_off() -> None:
    left, right = split_box(discs(22, 60), np.float32([26, 54]))

    assert abs(left[2] - 41) <= 3
    assert abs(right[0] - 41) <= 3


def test_discs_apart_get_their_own_bounds() -> None:
    left, right = split_box(discs(18, 80, radius=12), np.float32([20, 78]))

    np.testing.assert_allclose(left, [6, 10, 30, 34], atol=1.5)
    np.testing.assert_allclose(right, [68, 10, 92, 34], atol=1.5)


def test_nothing_in_the_foreground_gives_slices_between_the_places() -> None:
    boxes = split_box(np.full((30, 90), -3, np.float32), np.float32([15, 45, 75]))

    np.testing.assert_allclose(boxes, [[0, 0, 30, 30], [30, 0, 60, 30], [60, 0, 90, 30]])


def test_character_without_foreground_gets_its_slice() -> None:
    first, second = split_box(discs(20, radius=14), np.float32([20, 80]))

    np.testing.assert_allclose(first, [6, 8, 34, 36], atol=1.5)
    np.testing.assert_allclose(second, [50, 0, 100, 44])


@pytest.mark.parametrize("seed", range(20))
def test_there_are_always_as_many_boxes_as_characters_and_they_lie_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    h, w = (int(v) for v in rng.integers(6, 60, 2))
    centres = np.sort(rng.uniform(0, w, rng.integers(1, 7))).astype(np.float32)

    boxes = split_box(rng.normal(0, 4, (h, w)).astype(np.float32), centres)

    assert boxes.shape == (len(centres), 4)
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= [w, h]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
