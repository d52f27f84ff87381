"""Letters that have grown together are cut where the fonts' widths, CRAFT's boxes and thin ink agree."""

import numpy as np

from charsam.cbr.borders import find_borders


def ink_of(*columns: tuple[int, int, float], width: int = 120, height: int = 40) -> np.ndarray:
    """Ink that fills, from one column to another, a share of the height from the foot up."""
    ink = np.zeros((height, width), bool)
    for start, stop, share in columns:
        ink[round(height * (1 - share)) :, start:stop] = True
    return ink


def test_cut_goes_through_the_thin_place_between_two_letters() -> None:
    ink = ink_of((10, 48, 1.0), (48, 52, 0.1), (52, 90, 1.0))
    (cut,) = find_borders(ink, np.float32([[8, 46], [46, 92]]), (0, 120), np.ones(2))
    assert 48 <= cut <= 52


def test_wide_letter_keeps_its_width_though_its_middle_is_thin() -> None:
    """An M beside an i that it touches: CRAFT's boxes meet in the M, whose middle is thinner than its end."""
    ink = ink_of((10, 20, 1.0), (20, 40, 0.5), (40, 50, 1.0), (50, 62, 1.0))
    spans = np.float32([[10, 40], [40, 62]])

    (alike,) = find_borders(ink, spans, (0, 120), np.ones(2))
    (by_width,) = find_borders(ink, spans, (0, 120), np.float32([0.85, 0.25]))

    assert abs(by_width - 50) <= 3
    assert abs(alike - 50) > 5


def test_cuts_rise_and_stay_between_the_middles_of_their_boxes() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        count = int(rng.integers(2, 9))
        edges = np.sort(rng.choice(np.arange(5, 300, 4), 2 * count, replace=False)).reshape(count, 2)
        ink = rng.random((30, 320)) < 0.5
        cuts = find_borders(ink, edges.astype(np.float32), (0, 320), rng.uniform(0.2, 1, count))

        assert len(cuts) == count - 1
        assert (np.diff(cuts) > 0).all()
        assert (cuts > edges.mean(1)[:-1]).all()
        assert (cuts < edges.mean(1)[1:]).all()


def test_boxes_of_one_column_are_cut_where_they_meet() -> None:
    """No place for a border is left between the middles: the boxes' own edges are the answer."""
    cuts = find_borders(ink_of((0, 6, 1.0), width=6), np.float32([[2, 3], [2, 3]]), (0, 6), np.ones(2))
    assert cuts.tolist() in ([2], [3])


def test_one_character_needs_no_cut() -> None:
    assert len(find_borders(ink_of((10, 40, 1.0)), np.float32([[10, 40]]), (0, 120), np.ones(1))) == 0
