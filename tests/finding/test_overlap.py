"""Areas that polygons share, whatever their shape."""

import numpy as np
import pytest

from charsam.finding.overlap import iou, shared_areas


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def test_boxes_that_overlap_by_half():
    assert shared_areas(box(0, 0, 40, 20), box(20, 0, 60, 20)) == pytest.approx((800, 800, 400), rel=0.03)
    assert iou(box(0, 0, 40, 20), box(20, 0, 60, 20)) == pytest.approx(1 / 3, rel=0.03)


def test_an_arch_shares_nothing_with_the_word_below_it():
    arch = np.array([[0, 60], [20, 10], [80, 10], [100, 60], [80, 60], [66, 28], [34, 28], [20, 60]], np.float32)

    assert iou(arch, box(30, 40, 70, 60)) == 0
    assert iou(arch, arch) == 1


def test_polygons_far_apart_share_nothing():
    assert shared_areas(box(0, 0, 10, 10), box(1e5, 0, 1e5 + 10, 10))[2] == 0
