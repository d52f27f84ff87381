"""Polygons as people draw them mean the same as those drawn with care."""

import numpy as np
import pytest

from charsam.polygon import has_crossing_sides, signed_area, simplified_polygon

QUAD = np.array([[41.0, 50], [245, 50], [245, 99], [41, 99]])


def with_points(*more: tuple[int, list[float]]) -> np.ndarray:
    """QUAD with points inserted before these places."""
    points = QUAD.tolist()
    for place, point in more:
        points.insert(place, point)
    return np.array(points)


@pytest.mark.parametrize(
    "polygon",
    [
        with_points((4, [41, 74.5])),
        with_points((2, [245, 74.5])),
        with_points((1, [110, 50.4]), (2, [180, 49.7])),
        with_points((2, [245, 53])),
        with_points((4, [42, 51])),
        with_points((4, [44.0, 48.0])),
        with_points((4, [41, 60]), (4, [41, 70]), (4, [41, 80]), (2, [245, 60]), (1, [100, 50])),
    ],
    ids=["left", "right", "top, not quite straight", "just below a corner", "ring", "ring off", "many"],
)
def test_points_along_the_sides_of_a_quad_change_nothing(polygon: np.ndarray) -> None:
    np.testing.assert_allclose(simplified_polygon(polygon), QUAD)


def test_bent_sides_are_kept() -> None:
    arched = with_points((1, [143, 38]), (4, [143, 87]))
    assert len(simplified_polygon(arched)) == 6


def test_first_point_that_is_needless_gives_way_to_the_upper_left_one() -> None:
    started_within_the_top = np.array([[140.0, 50], [245, 50], [245, 99], [41, 99], [41, 50]])
    np.testing.assert_allclose(simplified_polygon(started_within_the_top)[0], [41, 50])


@pytest.mark.parametrize("order", [[0, 1, 3, 2], [0, 2, 1, 3]])
def test_quad_whose_sides_cross_has_its_points_put_in_order(order: list[int]) -> None:
    crossed = QUAD[order]

    found = simplified_polygon(crossed)

    assert has_crossing_sides(crossed)
    assert not has_crossing_sides(found)
    np.testing.assert_allclose(found[0], QUAD[0])
    assert abs(signed_area(found)) == pytest.approx(signed_area(QUAD))


def test_edges_both_drawn_rightwards_are_the_edges_of_the_word() -> None:
    top = np.array([[10.0, 20], [60, 8], [110, 6], [160, 20]])
    bottom = top + np.array([0, 40])

    found = simplified_polygon(np.concatenate([top, bottom]))

    np.testing.assert_allclose(found, np.concatenate([top, bottom[::-1]]))


def test_small_loop_at_the_closing_of_a_contour_is_cut_off() -> None:
    around = np.linspace(0.1, 2 * np.pi + 0.25, 24)
    contour = np.stack([200 + 150 * np.cos(around), 100 + 30 * np.sin(around)], axis=1)
    contour[-1] += [0, 3]

    found = simplified_polygon(contour)

    assert not has_crossing_sides(found)
    assert abs(signed_area(found)) == pytest.approx(np.pi * 150 * 30, rel=0.05)
