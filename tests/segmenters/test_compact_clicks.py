"""What clicks mean for the answer of `compact`."""

from __future__ import annotations

import numpy as np

from charsam.segmenters.clicks import as_clicked, obeying, with_regions
from charsam.segmenters.reach import region_under
from charsam.types import FloatArray


def test_a_click_that_the_network_contradicts_is_obeyed_near_it_and_nowhere_else() -> None:
    logits = np.full((64, 64), 5, np.float32)
    maps = np.zeros((10, 64, 64), np.float32)
    ys, xs = np.mgrid[:64, :64]
    maps[6] = np.exp(-((xs - 30) ** 2 + (ys - 20) ** 2) / 8)
    maps[8, :, 29:] = 1  # a change of colour keeps the click from what lies left of it
    found = obeying(logits, maps)
    changed = found != logits
    assert found[20, 30] < -1
    assert 10 < changed.sum() < 60
    assert not changed[:, :29].any()
    assert np.array_equal(obeying(-logits, maps), -logits)


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


def hollow_letter() -> tuple[FloatArray, np.ndarray, np.ndarray]:
    """(48, 48, 3) noisy colours of a ring with a face hardly darker than its ground, the ring and the face."""
    ys, xs = np.indices((48, 48))
    away = np.hypot(ys - 24, xs - 24)
    face, ring = away < 11, (away >= 11) & (away < 15)
    colours = np.where(ring[..., None], 2.0, np.where(face[..., None], -0.6, -0.3))
    return (colours + np.random.default_rng(0).normal(0, 0.04, (48, 48, 3))).astype(np.float32), ring, face


def mended(earlier: FloatArray, x: float, y: float, label: int, hole: float = 0) -> np.ndarray:
    colours, _, face = hollow_letter()
    prompt = np.zeros((10, 48, 48), np.float32)
    prompt[0, 6:42, 6:42] = 1
    prompt[4][face] = hole
    clicks, labels = np.array([[x, y]], np.float32), np.array([label], np.int8)
    return with_regions(earlier, earlier, colours, prompt, clicks, labels) > 0


def test_the_region_under_a_click_ends_at_plain_edges() -> None:
    colours, ring, face = hollow_letter()
    found = [region_under(colours, np.array(click, np.float32)) for click in ((24.5, 24.5), (24.5, 11.5))]
    for region, right in zip(found, (face, ring), strict=True):
        assert region is not None
        assert (region ^ right).sum() < 0.03 * right.sum()


def test_a_colour_that_changes_bit_by_bit_has_no_region() -> None:
    ys, xs = np.indices((48, 48), np.float32)
    colours = np.repeat((0.05 * xs + 0.02 * ys)[..., None], 3, 2)
    assert region_under(colours, np.array([24.5, 24.5], np.float32)) is None
    assert region_under(colours, np.array([60.5, 24.5], np.float32)) is None  # beyond the window


def test_a_click_empties_the_whole_face_of_a_hollow_letter_and_another_fills_it() -> None:
    _, ring, face = hollow_letter()
    filled = np.where(ring | face, 2, -2).astype(np.float32)
    emptied = mended(filled, 20.5, 22.5, 0)
    assert (emptied ^ ring).sum() < 0.03 * ring.sum()
    assert (mended(np.where(emptied, 2, -2).astype(np.float32), 28.5, 22.5, 1) == (filled > 0)).mean() > 0.99


def test_a_region_in_which_clicks_contradict_each_other_is_neither_added_nor_taken_away() -> None:
    colours, ring, face = hollow_letter()
    prompt = np.zeros((10, 48, 48), np.float32)
    prompt[0] = 1
    clicks, labels = np.array([[20.5, 24.5], [28.5, 24.5]], np.float32), np.array([0, 1], np.int8)
    for earlier in (np.where(ring, 2, -2).astype(np.float32), np.where(ring | face, 2, -2).astype(np.float32)):
        assert (with_regions(earlier, earlier, colours, prompt, clicks, labels) == earlier).all()


def test_no_click_takes_the_letter_itself_away_or_adds_the_ground() -> None:
    _, ring, _ = hollow_letter()
    outline = np.where(ring, 2, -2).astype(np.float32)
    assert (mended(outline, 24.5, 11.5, 0) == ring).all()
    assert (mended(outline, 3.5, 24.5, 1) == ring).all()


def test_no_click_fills_what_fonts_have_as_a_hole() -> None:
    _, ring, face = hollow_letter()
    outline = np.where(ring, 2, -2).astype(np.float32)
    assert mended(outline, 24.5, 24.5, 1)[face].mean() > 0.97
    assert not mended(outline, 24.5, 24.5, 1, hole=0.6)[face].any()
