"""The intervals: percentiles of figures over images that are drawn again."""

import math

import numpy as np
import pytest

from charsam.evaluation.bootstrap import difference_intervals, intervals
from charsam.evaluation.metrics import CharacterCounts, ImageScore, PixelCounts, figures


def rows(*counts: tuple[int, int, int]) -> np.ndarray:
    return np.stack([ImageScore(PixelCounts(*count), CharacterCounts(2, 1.5, 2, 1)).sums() for count in counts])


def varied(count: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rows(*(tuple(int(v) for v in rng.integers(1, 100, 3)) for _ in range(count)))


def test_an_interval_holds_the_figure_itself() -> None:
    images = varied(40)
    measured = figures(images.sum(0))

    for name, (low, high) in intervals(images).items():
        assert low <= measured[name] <= high


def test_the_interval_is_that_of_resampling_image_by_image() -> None:
    images = varied(12)
    rng = np.random.default_rng(11)
    drawn = []
    for _ in range(4000):
        chosen = [images[index] for index in rng.integers(0, len(images), len(images))]
        hits, union = sum(row[1] for row in chosen), sum(row[1] + row[2] + row[3] for row in chosen)
        drawn.append(hits / union)

    assert intervals(images, resamples=4000)["fgiou"] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.01)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    images = varied(20)

    assert intervals(images, seed=5) == intervals(images, seed=5)
    assert intervals(images, seed=5) != intervals(images, seed=6)


def test_images_that_are_all_alike_have_an_interval_without_width() -> None:
    low, high = intervals(rows(*[(8, 1, 1)] * 10))["fgiou"]

    assert low == high == pytest.approx(0.8)


def test_a_difference_is_resampled_in_pairs() -> None:
    base = varied(30)
    better = base.copy()
    better[:, 2] = 0  # the same images without false pixels

    low, high = difference_intervals(better, base)["fgiou"]
    same = difference_intervals(base, base)["fgiou"]

    assert 0 < low < high
    assert same == (0.0, 0.0)


def test_differences_of_different_images_are_refused() -> None:
    with pytest.raises(ValueError, match="same images"):
        difference_intervals(varied(3), varied(4))


def test_without_images_there_is_no_interval() -> None:
    assert all(math.isnan(low) for low, _ in intervals(np.zeros((0, 10))).values())
