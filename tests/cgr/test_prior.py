"""Glyph votes drawn as a mask in the character's box."""

import numpy as np
import pytest

from charsam.cgr.prior import STRENGTH, prior_logits
from charsam.geometry import word_frame
from charsam.types import GlyphVotes

UPRIGHT = word_frame(np.float32([[20, 20], [220, 20], [220, 68], [20, 68]]))
"""Its pixels are the image's, moved by (12, 12)."""
BOX = np.float32([28, 8, 60, 40])
LEFT = GlyphVotes(np.float32([[1, 0], [1, 0]]).repeat(16, 0).repeat(16, 1), np.zeros((32, 32), np.float32), 80)
"""Votes for the left half of the box: x from 40 to 56, y from 20 to 52 in the image."""


def foreground(logits: np.ndarray) -> tuple[int, ...]:
    """x0, y0, x1, y1 of the cells above 0, all of which must be."""
    ys, xs = np.nonzero(logits > 0)
    assert len(xs) == (xs.max() + 1 - xs.min()) * (ys.max() + 1 - ys.min())
    return int(xs.min()), int(ys.min()), int(xs.max() + 1), int(ys.max() + 1)


def test_votes_fill_the_cells_of_their_part_of_the_box() -> None:
    assert foreground(prior_logits(LEFT, UPRIGHT, BOX, (1.0, 1.0), (100, 240))) == (40, 20, 56, 52)


def test_cells_may_be_larger_than_pixels_and_not_square() -> None:
    assert foreground(prior_logits(LEFT, UPRIGHT, BOX, (4.0, 2.0), (50, 60))) == (10, 10, 14, 26)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_votes_turn_with_the_word(turns: int) -> None:
    square = np.float32([[40, 20], [88, 20], [88, 68], [40, 68]])
    frame = word_frame(np.roll(square, turns, axis=0))
    box = np.float32([12, 8, 44, 40])

    logits = prior_logits(LEFT, frame, box, (1.0, 1.0), (100, 100))

    ends = frame.to_image(np.float32([[12, 8], [28, 40]]))
    assert foreground(logits) == (*np.round(ends.min(0)).astype(int), *np.round(ends.max(0)).astype(int))


def test_agreed_cells_have_full_strength_and_divided_ones_none() -> None:
    half = GlyphVotes(np.full((32, 32), 0.5, np.float32), np.zeros((32, 32), np.float32), 80)

    logits = prior_logits(half, UPRIGHT, BOX, (1.0, 1.0), (100, 240))

    assert logits[36, 56] == 0
    assert logits[5, 5] == logits[36, 80] == -STRENGTH
    assert prior_logits(LEFT, UPRIGHT, BOX, (1.0, 1.0), (100, 240)).max() == STRENGTH


def test_box_beyond_the_mask_leaves_background_only() -> None:
    far = BOX + np.float32([150, 0, 150, 0])

    assert (prior_logits(LEFT, UPRIGHT, far, (1.0, 1.0), (100, 100)) == -STRENGTH).all()
