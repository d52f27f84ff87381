"""Point prompts lie on what the votes retain: positives on foreground, negatives in holes."""

import itertools

import numpy as np
import pytest

from charsam.cgr.prompts import character_points, retained, spread_points
from charsam.cgr.templates import GRID, shipped_templates
from charsam.types import GlyphVotes, PromptMode

BOX = np.float32([100, 40, 132, 104])
ALL = PromptMode.P_CHAR_POS_NEG


def votes(category: str) -> GlyphVotes:
    found = shipped_templates().votes(category, 80)
    assert found is not None
    return found


def cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the vote grid in which points of BOX lie."""
    share = (points - BOX[:2]) / (BOX[2:] - BOX[:2])
    column, row = np.floor(share * GRID).astype(int).T
    return row, column


@pytest.mark.parametrize("threshold", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("category", ["A", "B", "O", "e", "R", "8", "g", "&"])
def test_positives_lie_on_retained_foreground_and_negatives_in_retained_holes(category: str, threshold: float) -> None:
    found = votes(category)

    points = character_points(found, BOX, ALL, threshold, 6)

    assert retained(found.foreground, threshold)[cells(points.positive)].all()
    assert retained(found.hole, threshold)[cells(points.negative)].all()


@pytest.mark.parametrize("count", [1, 2, 4, 8, 16])
def test_there_are_at_most_as_many_points_as_asked_for(count: int) -> None:
    points = character_points(votes("B"), BOX, ALL, 0.5, count)

    assert 1 <= len(points.positive) <= count
    assert 1 <= len(points.negative) <= count


def test_large_letters_get_all_the_points_asked_for() -> None:
    assert len(character_points(votes("B"), BOX, ALL, 0.5, 4).positive) == 4


def test_no_points_are_made_when_none_are_asked_for() -> None:
    points = character_points(votes("B"), BOX, ALL, 0.5, 0)
    assert points.positive.shape == points.negative.shape == (0, 2)


def test_nothing_is_retained_at_the_threshold_1() -> None:
    points = character_points(votes("B"), BOX, ALL, 1.0, 4)
    assert points.positive.shape == points.negative.shape == (0, 2)


def test_letter_without_a_hole_has_no_negatives() -> None:
    points = character_points(votes("T"), BOX, ALL, 0.6, 4)
    assert len(points.positive) > 0
    assert points.negative.shape == (0, 2)


def test_category_without_votes_has_no_points() -> None:
    points = character_points(None, BOX, ALL, 0.6, 4)
    assert points.positive.shape == points.negative.shape == (0, 2)


@pytest.mark.parametrize(
    ("mode", "positive", "negative"),
    [
        (PromptMode.B, False, False),
        (PromptMode.P_CHAR, False, False),
        (PromptMode.P_CHAR_POS, True, False),
        (PromptMode.P_CHAR_POS_NEG, True, True),
    ],
)
def test_prompt_mode_says_which_points_are_made(mode: PromptMode, positive: bool, negative: bool) -> None:
    points = character_points(votes("O"), BOX, mode, 0.6, 4)
    assert (len(points.positive) > 0, len(points.negative) > 0) == (positive, negative)


@pytest.mark.parametrize("category", ["O", "H", "8", "W"])
def test_points_are_well_spread(category: str) -> None:
    points = spread_points(votes(category).foreground, votes(category).foreground > 0.5, 4)

    nearest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(points, 2))

    assert nearest > 0.2


def test_points_on_a_ring_lie_all_around_it() -> None:
    points = spread_points(votes("O").foreground, votes("O").foreground > 0.5, 4) - 0.5

    assert points[:, 0].min() < -0.2
    assert points[:, 0].max() > 0.2
    assert points[:, 1].min() < -0.2
    assert points[:, 1].max() > 0.2


def test_first_point_is_deep_within_the_foreground() -> None:
    rates = np.zeros((GRID, GRID), np.float32)
    rates[4:28, 2:26] = 0.9
    rates[:3, 28:31] = 1.0

    (point,) = spread_points(rates, rates > 0.6, 1)

    np.testing.assert_allclose(point, [14 / 32, 16 / 32], atol=1.5 / 32)


def test_single_retained_cell_gives_one_point_at_its_centre() -> None:
    rates = np.zeros((GRID, GRID), np.float32)
    rates[10, 20] = 0.9

    points = spread_points(rates, rates > 0.6, 4)

    np.testing.assert_allclose(points, [[20.5 / GRID, 10.5 / GRID]])


def test_rate_at_the_threshold_is_not_retained() -> None:
    assert retained(np.float32([0.59, 0.6, 0.61]), np.float32(0.6)).tolist() == [False, False, True]
