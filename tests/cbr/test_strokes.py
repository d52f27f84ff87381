"""Runs of ink tell narrow letters apart where nothing else does."""

import numpy as np

from charsam.cbr.strokes import stroke_boxes
from charsam.cbr.tight_boxes import find_ink


def drawn(*strokes: tuple[int, int]) -> np.ndarray:
    """(128, 160) logits at two pixels per word-frame pixel, upright strokes from x to x."""
    logits = np.full((128, 160), -1.0, np.float32)
    for left, right in strokes:
        logits[30:90, left:right] = 1.0
    return logits


def test_each_run_of_ink_is_a_box() -> None:
    boxes = stroke_boxes(find_ink(drawn((20, 30), (40, 52), (100, 110)), 2.0), 0, 80, 8, 56)
    np.testing.assert_allclose(boxes, [[10, 15, 15, 45], [20, 15, 26, 45], [50, 15, 55, 45]])


def test_only_the_asked_part_is_looked_at() -> None:
    boxes = stroke_boxes(find_ink(drawn((20, 30), (40, 52), (100, 110)), 2.0), 18, 40, 8, 56)
    np.testing.assert_allclose(boxes, [[20, 15, 26, 45]])


def test_dirt_and_ink_that_runs_out_of_the_strip_take_no_part() -> None:
    logits = drawn((20, 30))
    logits[50:52, 60:63] = 1.0
    logits[:, 120:130] = 1.0
    np.testing.assert_allclose(stroke_boxes(find_ink(logits, 2.0), 0, 80, 8, 56), [[10, 15, 15, 45]])
