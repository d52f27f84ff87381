"""How wide a lab draws edges, told from masks."""

import cv2
import numpy as np
import pytest

from charsam.cgr.masks import trimmed
from charsam.learning.edge import displacement, edge_of, moved_back
from charsam.learning.seen import iou
from charsam.types import CharacterMask


def letter(size: float = 40, thickness: int = 9) -> np.ndarray:
    drawn = np.zeros((120, 120), np.uint8)
    cv2.putText(drawn, "R", (30, 90), cv2.FONT_HERSHEY_SIMPLEX, size / 20, 255, thickness)
    return drawn > 0


def grown(mask: np.ndarray, by: float) -> np.ndarray:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= by)


def placed(mask: np.ndarray) -> CharacterMask:
    return trimmed(mask, 0, 0)


def test_a_mask_grown_by_two_pixels_is_two_pixels_wider() -> None:
    assert displacement(placed(letter()), placed(grown(letter(), 2.0))) == pytest.approx(2.0, abs=0.25)


def test_a_tighter_mask_is_negative() -> None:
    assert displacement(placed(grown(letter(), 2.0)), placed(letter())) == pytest.approx(-2.0, abs=0.25)


def test_a_shadow_on_one_side_is_no_edge() -> None:
    own = letter()
    shadow = own | np.roll(own, (4, 4), (0, 1))
    assert abs(displacement(placed(own), placed(shadow))) < 0.5


def test_few_letters_give_no_preference() -> None:
    pair = (placed(letter()), placed(grown(letter(), 2.0)), 0.8)
    assert edge_of([pair] * 4) == 0.0
    assert edge_of([pair] * 5) == pytest.approx(2.0, abs=0.25)


def test_masks_that_are_not_alike_say_nothing_of_edges() -> None:
    pair = (placed(letter()), placed(grown(letter(), 2.0)), 0.3)
    assert edge_of([pair] * 9) == 0.0


def test_a_wide_mask_moved_back_is_the_narrow_one() -> None:
    covered, x, y = moved_back(placed(grown(letter(), 2.0)), 2.0)
    back = trimmed(covered > 0.5, x, y)
    assert iou(back, placed(letter())) > 0.9


def test_thin_strokes_do_not_vanish() -> None:
    thin = placed(letter(thickness=2))
    covered, _, _ = moved_back(thin, 3.0)
    assert covered.max() > 0.5


def test_no_preference_leaves_the_mask_as_it_is() -> None:
    mask = placed(letter())
    covered, x, y = moved_back(mask, 0.0)
    assert (x, y) == (mask.x, mask.y)
    assert np.array_equal(covered > 0, mask.pixels)
