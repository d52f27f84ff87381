"""Polygons of datasets: clockwise from the reading-order top-left, with an area, within reach of the image."""

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, box

from charsam.datasets.word_polygons import around, polygon_at, tightest_rectangle, upright, word_polygon
from charsam.errors import WordsError

SIZE = (WIDTH, HEIGHT)
TILTED = np.float32([[20, 4], [44, 16], [38, 28], [14, 16]])


def test_clockwise_quad_is_kept_as_it_is() -> None:
    np.testing.assert_array_equal(word_polygon(TILTED, SIZE), TILTED)


def test_quad_drawn_the_other_way_keeps_its_first_point() -> None:
    np.testing.assert_array_equal(word_polygon(TILTED[[0, 3, 2, 1]], SIZE), TILTED)


@pytest.mark.parametrize("shift", range(4))
def test_quad_in_no_order_starts_at_its_top_left(shift: int) -> None:
    quad = box(4, 6, 40, 20)
    np.testing.assert_array_equal(word_polygon(np.roll(quad, shift, axis=0), SIZE, ordered=False), quad)


@pytest.mark.parametrize("shift", range(4))
def test_ordered_quad_may_start_anywhere_for_its_word_may_be_turned(shift: int) -> None:
    quad = np.roll(box(4, 6, 40, 20), shift, axis=0)
    np.testing.assert_array_equal(word_polygon(quad, SIZE), quad)


def test_upright_box_is_cut_to_the_image() -> None:
    assert word_polygon(box(-5, -5, 20, 20), SIZE).tolist() == box(0, 0, 20, 20).tolist()


def test_tilted_quad_that_leaves_the_image_keeps_its_shape() -> None:
    quad = TILTED - np.float32([18, 0])
    np.testing.assert_array_equal(word_polygon(quad, SIZE), quad)


def test_repeated_points_do_not_count() -> None:
    closed = np.concatenate([TILTED, TILTED[:1]])
    np.testing.assert_array_equal(word_polygon(closed, SIZE), TILTED)


def test_three_points_become_the_rectangle_around_them() -> None:
    found = word_polygon(np.float32([[4, 4], [40, 4], [40, 20]]), SIZE)
    assert found.shape == (4, 2)
    assert word_polygon(found, SIZE).tolist() == found.tolist()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[5, 5]] * 4, "encloses no area"),
        ([[5, 5], [9, 9], [20, 20], [30, 30]], "encloses no area"),
        ([[5, 5], [np.nan, 5], [9, 9], [5, 9]], "not a finite number"),
        ([[70, 5], [80, 5], [80, 9], [70, 9]], r"outside the image of 64 x 48 pixels"),
        ([[-20, -20], [0, -20], [0, 0], [-20, 0]], r"outside the image"),
        ([[4, 4], [7000, 4], [7000, 20], [4, 20]], "reaches far outside the image"),
    ],
)
def test_useless_polygon_is_refused(points: list[list[float]], message: str) -> None:
    with pytest.raises(WordsError, match=rf"a\.txt: line 3: .*{message}"):
        polygon_at("a.txt: line 3", np.float32(points), SIZE)


@pytest.mark.parametrize("seed", range(30))
def test_every_accepted_polygon_has_an_area_and_runs_clockwise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-10, 70, (int(rng.integers(3, 8)), 2))
    try:
        found = word_polygon(points, SIZE, ordered=bool(seed % 2))
    except WordsError:
        return
    x, y = found.astype(np.float64).T
    assert (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0
    assert len(found) >= 4 and found.dtype == np.float32


def test_box_with_its_sides_swapped_is_turned_right() -> None:
    assert upright([40, 20, 4, 6]).tolist() == box(4, 6, 40, 20).tolist()


def test_rectangle_around_boxes() -> None:
    assert around([box(4, 6, 10, 20), box(8, 2, 30, 12)]).tolist() == box(4, 2, 30, 20).tolist()


def test_tightest_rectangle_of_a_tilted_word_starts_near_its_first_point() -> None:
    np.testing.assert_allclose(tightest_rectangle(TILTED), TILTED, atol=1e-3)
