"""Boxes and characters are matched one to one, in order."""

import numpy as np
import pytest

from charsam.cbr.matching import match_boxes


def even(count: int, width: float = 20.0) -> np.ndarray:
    return (np.arange(count) * width + width / 2).astype(np.float32)


def test_boxes_at_their_places_are_matched() -> None:
    chosen = match_boxes(even(5), even(5), 20.0, np.full((5, 5), 0.5))
    assert chosen.tolist() == [0, 1, 2, 3, 4]


def test_character_whose_box_is_missing_has_none() -> None:
    positions = even(5)[[0, 1, 3, 4]]
    assert match_boxes(positions, even(5), 20.0, np.full((4, 5), 0.5)).tolist() == [0, 1, -1, 2, 3]


def test_box_too_many_is_left_over() -> None:
    positions = np.sort(np.append(even(3), 100.0))
    assert match_boxes(positions, even(3), 20.0, np.full((4, 3), 0.5)).tolist() == [0, 1, 2]


def test_box_that_is_far_from_every_character_is_not_taken() -> None:
    assert match_boxes(np.float32([500]), even(1), 20.0, np.ones((1, 1))).tolist() == [-1]


def test_recogniser_decides_between_boxes_that_are_equally_near() -> None:
    positions = np.float32([0, 20])
    second_read = np.array([[0.0], [1.0]])

    assert match_boxes(positions, np.float32([10]), 20.0, second_read).tolist() == [1]


def test_recogniser_that_contradicts_the_order_is_set_aside() -> None:
    crosswise = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert match_boxes(np.float32([9, 11]), np.float32([9.5, 10.5]), 20.0, crosswise).tolist() == [0, 1]


@pytest.mark.parametrize(("boxes", "characters"), [(0, 3), (3, 0), (0, 0)])
def test_without_boxes_or_characters_nothing_is_matched(boxes: int, characters: int) -> None:
    chosen = match_boxes(even(boxes), even(characters), 20.0, np.zeros((boxes, characters)))
    assert chosen.tolist() == [-1] * characters


@pytest.mark.parametrize("seed", range(60))
def test_order_along_the_word_is_always_kept(seed: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, characters = rng.integers(1, 12, 2)
    positions = np.sort(rng.uniform(0, 200, boxes)).astype(np.float32)
    expected = np.sort(rng.uniform(0, 200, characters)).astype(np.float32)

    chosen = match_boxes(positions, expected, 20.0, rng.uniform(0, 1, (boxes, characters)))

    taken = chosen[chosen >= 0]
    assert (np.diff(taken) > 0).all()
    assert len(chosen) == characters
    assert (taken < boxes).all()
