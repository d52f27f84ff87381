"""What clicks mean for the answer of `compact`."""

from __future__ import annotations

import numpy as np

from charsam.segmenters.clicks import as_clicked, obeying
from charsam.types import FloatArray


def test_a_click_that_the_network_contradicts_is_obeyed_near_it_and_nowhere_else() -> None:
    logits = np.full((64, 64), 5, np.float32)
    maps = np.zeros((10, 64, 64), np.float32)
    ys, xs = np.mgrid[:64, :64]
    maps[6] = np.exp(-((xs - 30) ** 2 + (ys - 20) ** 2) / 8)
    maps[8, :, 29:] = 1  # a change of colour keeps the click from what lies left of it
    found = obeying(logits, maps, np.float32(0.5))
    changed = found != logits
    assert found[20, 30] < -1
    assert 10 < changed.sum() < 60
    assert not changed[:, :29].any()
    assert np.array_equal(obeying(-logits, maps, np.float32(0.5)), -logits)


def clicked(earlier: FloatArray, corrected: FloatArray, *clicks: tuple[float, float, int]) -> FloatArray:
    places = np.array([(x, y) for x, y, _ in clicks], np.float32)
    return as_clicked(earlier, corrected, places, np.array([label for *_, label in clicks], np.int8))


def test_a_click_that_adds_takes_nothing_away_and_one_that_takes_away_adds_nothing() -> None:
    ink_left = np.where(np.indices((8, 8))[1] < 4, 3, -3).astype(np.float32)
    turned = -ink_left
    assert (clicked(ink_left, turned, (6.5, 4.5, 1)) > 0).all()
    assert (clicked(ink_left, turned, (1.5, 4.5, 0)) < 0).all()


def test_of_several_clicks_the_nearest_tells_what_may_change() -> None:
    ink_left = np.where(np.indices((8, 8))[1] < 4, 3, -3).astype(np.float32)
    found = clicked(ink_left, -ink_left, (6.5, 1.5, 1), (1.5, 6.5, 0))
    assert found[1, 7] > 0  # added by the first
    assert found[6, 0] < 0  # taken away by the second
    assert found[6, 4] < 0  # nearer the second, which adds nothing


def test_ink_that_a_click_leaves_is_as_sure_as_before_beside_a_letter_that_holds_it_too() -> None:
    earlier = np.full((8, 8), 4, np.float32)
    corrected = np.full((8, 8), 0.5, np.float32)
    corrected[:3] = -2
    found = clicked(earlier, corrected, (4.5, 1.5, 0))
    assert (found[:3] == -2).all()
    assert (found[3:] == 4).all()
