"""Word polygons: cleaned, oriented, and cut into the two edges along which the text runs."""

import numpy as np
import pytest

from charsam.errors import WordsError
from charsam.outline import reading_edges, ruled
from charsam.polygon import clockwise, oriented_quad, signed_area, simplified_polygon

SQUARE = np.array([[10.0, 10], [30, 10], [30, 30], [10, 30]])


def arc(points: int, *, sag: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower edge of an arched word, each from left to right."""
    angles = np.linspace(-0.7, 0.7, points // 2)
    upper, lower = (
        np.stack([200 + r * np.sin(angles), 250 - sag * r * np.cos(angles)], 1)
        for r in ((225, 175) if sag > 0 else (175, 225))
    )
    return upper, lower


def ring(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.concatenate([upper, lower[::-1]])


@pytest.mark.parametrize("sag", [1.0, -1.0])
@pytest.mark.parametrize("points", [8, 10, 12, 14])
def test_edges_of_an_arc_that_starts_at_its_top_left(points: int, sag: float) -> None:
    upper, lower = arc(points, sag=sag)

    top, bottom = reading_edges(ring(upper, lower))

    np.testing.assert_allclose(top, upper)
    np.testing.assert_allclose(bottom, lower)


@pytest.mark.parametrize("points", [8, 10, 12, 14])
def test_edges_of_an_arc_that_runs_counter_clockwise_from_its_top_left(points: int) -> None:
    upper, lower = arc(points)

    top, bottom = reading_edges(np.concatenate([upper[:1], lower, upper[:0:-1]]))

    np.testing.assert_allclose(top, upper)
    np.testing.assert_allclose(bottom, lower)


@pytest.mark.parametrize("points", [8, 10, 12, 14])
@pytest.mark.parametrize("shift", [1, 2])
def test_edges_of_an_arc_that_starts_within_an_edge_run_left_to_right(points: int, shift: int) -> None:
    upper, lower = arc(points)

    top, bottom = reading_edges(np.roll(ring(upper, lower), -shift, axis=0))

    np.testing.assert_allclose(top, upper)
    np.testing.assert_allclose(bottom, lower)


def test_word_that_starts_at_its_lower_right_corner_is_upside_down() -> None:
    upper, lower = arc(10)

    top, bottom = reading_edges(np.roll(ring(upper, lower), -5, axis=0))

    np.testing.assert_allclose(top, lower[::-1])
    np.testing.assert_allclose(bottom, upper[::-1])


def test_straight_word_with_points_between_has_its_long_edges() -> None:
    xs = np.linspace(50, 300, 5)
    upper, lower = np.stack([xs, np.full(5, 40.0)], 1), np.stack([xs, np.full(5, 90.0)], 1)

    top, bottom = reading_edges(ring(upper, lower))

    np.testing.assert_allclose(top, upper)
    np.testing.assert_allclose(bottom, lower)


def test_area_is_positive_clockwise_on_the_screen() -> None:
    assert signed_area(SQUARE) == 400
    assert signed_area(SQUARE[::-1]) == -400


def test_clockwise_keeps_the_first_point() -> None:
    turned = clockwise(SQUARE[[0, 3, 2, 1]])
    np.testing.assert_array_equal(turned, SQUARE)


def test_convex_quad_stays_as_it_is() -> None:
    np.testing.assert_array_equal(oriented_quad(SQUARE), SQUARE)


def test_dented_quad_becomes_a_rectangle_that_starts_near_its_first_point() -> None:
    dented = np.array([[10.0, 10], [90, 10], [30, 20], [10, 60]])

    quad = oriented_quad(dented)

    sides = np.roll(quad, -1, axis=0) - quad
    np.testing.assert_allclose((sides * np.roll(sides, -1, axis=0)).sum(1), 0, atol=1e-2)
    assert signed_area(quad) > 0
    assert np.linalg.norm(quad - dented[0], axis=1).argmin() == 0


def test_repeated_points_are_dropped() -> None:
    repeated = np.concatenate([SQUARE, SQUARE[-1:], SQUARE[:1]])
    np.testing.assert_array_equal(simplified_polygon(repeated), SQUARE)


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        (SQUARE[:3], "at least 4 different points; it has 3"),
        (np.zeros((0, 2)), "at least 4 different points; it has 0"),
        (np.tile(SQUARE[:1], (6, 1)), "at least 4 different points; it has 1"),
        (np.array([[0, 0], [5, 5], [10, 10], [20, 20.0]]), "no area"),
        (np.where(SQUARE == 30, np.nan, SQUARE), "not a finite number"),
        (SQUARE.ravel(), r"shape is \(8,\)"),
    ],
)
def test_polygon_without_area_or_points_is_refused(polygon: np.ndarray, message: str) -> None:
    with pytest.raises(WordsError, match=message):
        simplified_polygon(polygon)


@pytest.mark.parametrize("points", [8, 14])
def test_ruled_cells_run_across_the_arc(points: int) -> None:
    upper, lower = ruled(*arc(points), 24)

    assert upper.shape == lower.shape == (25, 2)
    radial = (upper + lower) / 2 - [200, 250]
    across = upper - lower
    cosine = (radial * across).sum(1) / np.linalg.norm(radial, axis=1) / np.linalg.norm(across, axis=1)
    assert (cosine > np.cos(np.deg2rad(8))).all()


def test_ruled_cells_follow_the_smooth_edge_where_the_other_is_a_zigzag() -> None:
    xs = np.linspace(0, 300, 7)
    smooth = np.stack([xs, np.full(7, 100.0)], 1)
    zigzag = np.stack([xs, np.where(np.arange(7) % 2, 20.0, 60.0) + 0.0], 1)

    upper, lower = ruled(zigzag, smooth, 12)

    np.testing.assert_allclose(lower[:, 1], 100, atol=0.5)
    assert np.ptp(upper[:, 1]) < 5
