"""Boxes are drawn tight around the ink of their character, and stay where the ink tells nothing."""

import numpy as np

from charsam.cbr.tight_boxes import find_ink, tighten

SIZE = (60, 120)
EVERYWHERE = np.float32([0, 0, 120, 60])


def logits_of(*rectangles: tuple[int, int, int, int], size: tuple[int, int] = SIZE) -> np.ndarray:
    values = np.full(size, -3.0, np.float32)
    for x0, y0, x1, y1 in rectangles:
        values[y0:y1, x0:x1] = 3.0
    return values


def test_box_becomes_the_bounds_of_the_ink_inside() -> None:
    ink = find_ink(logits_of((20, 10, 40, 50)), 1.0)
    (box,) = tighten(ink, [np.float32([14, 6, 46, 56])], [EVERYWHERE])
    np.testing.assert_allclose(box, [20, 10, 40, 50])


def test_box_grows_over_ink_that_it_cut_off() -> None:
    ink = find_ink(logits_of((20, 10, 40, 50)), 1.0)
    (box,) = tighten(ink, [np.float32([24, 4, 44, 44])], [EVERYWHERE])
    np.testing.assert_allclose(box, [20, 10, 40, 50])


def test_answer_is_in_frame_pixels_whatever_the_inks_scale() -> None:
    ink = find_ink(logits_of((40, 20, 80, 100), size=(120, 240)), 2.0)
    (box,) = tighten(ink, [np.float32([14, 6, 46, 56])], [EVERYWHERE])
    np.testing.assert_allclose(box, [20, 10, 40, 50])


def test_dot_above_a_stem_belongs_to_its_box() -> None:
    ink = find_ink(logits_of((20, 24, 30, 50), (20, 8, 30, 16)), 1.0)
    (box,) = tighten(ink, [np.float32([16, 4, 34, 54])], [EVERYWHERE])
    np.testing.assert_allclose(box, [20, 8, 30, 50])


def test_ink_shared_by_two_characters_is_cut_at_their_boxes() -> None:
    ink = find_ink(logits_of((10, 20, 90, 40)), 1.0)

    left, right = tighten(
        ink,
        [np.float32([8, 10, 50, 50]), np.float32([50, 10, 92, 50])],
        [np.float32([0, 0, 71, 60]), np.float32([29, 0, 120, 60])],
    )

    np.testing.assert_allclose(left, [10, 20, 50, 40])
    np.testing.assert_allclose(right, [50, 20, 90, 40])


def test_neighbours_ink_in_the_corner_of_a_box_is_left_out() -> None:
    ink = find_ink(logits_of((20, 10, 40, 50), (44, 10, 64, 50)), 1.0)
    boxes = [np.float32([16, 6, 46, 54]), np.float32([42, 6, 68, 54])]

    left, right = tighten(ink, boxes, [np.float32([0, 0, 55, 60]), np.float32([31, 0, 120, 60])])

    np.testing.assert_allclose(left, [20, 10, 40, 50])
    np.testing.assert_allclose(right, [44, 10, 64, 50])


def test_box_without_ink_stays() -> None:
    box = np.float32([16, 6, 46, 54])
    (found,) = tighten(find_ink(logits_of(), 1.0), [box], [EVERYWHERE])
    np.testing.assert_array_equal(found, box)


def test_box_full_of_ink_stays() -> None:
    box = np.float32([16, 6, 46, 54])
    (found,) = tighten(find_ink(logits_of((0, 0, 120, 60)), 1.0), [box], [EVERYWHERE])
    np.testing.assert_array_equal(found, box)


def test_speck_in_a_box_does_not_become_the_box() -> None:
    box = np.float32([16, 6, 46, 54])
    (found,) = tighten(find_ink(logits_of((30, 30, 32, 32)), 1.0), [box], [EVERYWHERE])
    np.testing.assert_array_equal(found, box)


def test_box_beyond_the_strip_is_taken_at_its_rim() -> None:
    ink = find_ink(logits_of((100, 10, 120, 50)), 1.0)
    (box,) = tighten(ink, [np.float32([96, -5, 130, 70])], [np.float32([80, -10, 140, 80])])
    np.testing.assert_allclose(box, [100, 10, 120, 50])


def test_no_boxes_give_no_boxes() -> None:
    assert tighten(find_ink(logits_of((20, 10, 40, 50)), 1.0), [], []) == []


def test_letter_in_the_middle_of_a_word_grown_together_gets_its_share() -> None:
    """One domain of five letters: none of them has a fifth of it, each has its part."""
    ink = find_ink(logits_of((10, 20, 110, 40)), 1.0)
    boxes = [np.float32([10 + 20 * i, 15, 30 + 20 * i, 45]) for i in range(5)]
    cells = [np.float32([10 * (2 * i - 1), 0, 10 * (2 * i + 5), 60]) for i in range(5)]

    for i, box in enumerate(tighten(ink, boxes, cells)):
        np.testing.assert_allclose(box, [10 + 20 * i, 20, 30 + 20 * i, 40])


def test_dot_of_an_i_whose_stem_has_grown_into_its_neighbour_does_not_become_the_box() -> None:
    ink = find_ink(logits_of((20, 24, 80, 50), (24, 8, 32, 16)), 1.0)
    boxes = [np.float32([18, 6, 38, 52]), np.float32([38, 20, 82, 52])]

    dotted, _ = tighten(ink, boxes, [EVERYWHERE, EVERYWHERE], widths=np.float32([0.3, 0.7]))

    assert dotted[1] == 8
    assert dotted[3] == 50


def test_ink_that_runs_out_of_the_strip_does_not_widen_a_box() -> None:
    """A frame around a sign, joined to the letter that it touches."""
    ink = find_ink(logits_of((20, 10, 40, 50), (0, 0, 120, 4), (28, 2, 30, 12)), 1.0)
    (box,) = tighten(ink, [np.float32([18, 8, 42, 52])], [EVERYWHERE])
    np.testing.assert_allclose(box, [20, 8, 40, 50])
