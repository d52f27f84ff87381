"""The edge preference: masks a given number of pixels wider or tighter, by their logits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from charsam.cgr.edge import with_edge
from charsam.types import FloatArray, LogitMap


def disc(steepness: float) -> FloatArray:
    """(80, 80) logits that fall with the distance from a circle of radius 20.3, within -6..6."""
    ys, xs = np.mgrid[0:80, 0:80] + 0.5
    return np.clip(steepness * (20.3 - np.hypot(xs - 40.2, ys - 39.9)), -6, 6).astype(np.float32)


@pytest.mark.parametrize("edge", [-1.5, -0.75, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("steepness", [0.8, 3.0])
def test_a_mask_grows_and_shrinks_by_so_many_pixels(edge: float, steepness: float) -> None:
    mask = with_edge(LogitMap(disc(steepness), 3, 4), edge).values > 0
    radius = np.sqrt(mask.sum() / np.pi)
    assert radius == pytest.approx(20.3 + edge, abs=0.35)


def test_nothing_far_from_an_edge_changes_and_no_edge_changes_nothing() -> None:
    found = LogitMap(disc(1.0), 0, 0)
    assert with_edge(found, 0.0) is found
    wider = with_edge(found, 1.0).values
    assert (wider[:12] == found.values[:12]).all()
    assert (with_edge(LogitMap(np.full((9, 9), -3, np.float32), 0, 0), 2.0).values < 0).all()


def test_a_clear_gap_between_strokes_is_not_closed_by_as_much_as_a_dilation_would() -> None:
    logits = np.full((40, 41), -1.0, np.float32)
    logits[:, :18] = logits[:, 23:] = 4.0
    logits[:, 20] = -40.0
    mask = with_edge(LogitMap(logits, 0, 0), 3.0).values > 0
    assert not mask[:, 20].any()
    assert cv2.dilate((logits > 0).astype(np.uint8), np.ones((7, 7)))[:, 20].all()
    assert mask[:, 18].all()
