"""Ordinary signs, learned again: where a fit has forgotten too much of them, further rounds of it bring them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from charsam.learning.fit import REMEMBERED, fit_decoder
from charsam.learning.generated import CHECK_SEED, generated_pictures
from charsam.learning.lessons import Lesson
from charsam.learning.seen import answered, iou, see_each
from charsam.pipeline import CharSAM
from charsam.segmenters.compact import CompactSegmenter
from charsam.segmenters.compact_network import CompactNetwork
from charsam.segmenters.learned import Scores

ROUNDS: Final = (4 * REMEMBERED, 16 * REMEMBERED, 64 * REMEMBERED)
"""How many times more than what is taught the old answers to ordinary signs count in each round."""
STEPS: Final = 60
RATE: Final = 3e-4
SHARE: Final = 0.1
"""Of the seconds of a learning that a round may take."""


def reminded(
    pipeline: CharSAM,
    old: CompactSegmenter,
    fitted: CompactNetwork,
    lessons: Sequence[Lesson],
    mixed: Sequence[Lesson],
    *,
    pictures: int,
    seconds: float,
    told: Callable[[int], None],
) -> tuple[CompactNetwork, int, Scores]:
    """The fitted network, after as many rounds as it takes for ordinary signs not to suffer; how many these were, and
    the scores on ordinary signs.

    lessons, mixed: of the fit. pictures: generated ones that it is checked on. seconds: of the whole learning. told:
    called before each round, with its number from 1. Raises Cancelled.
    """
    check, rounds = _checked(pipeline, old, fitted, pictures), 0
    for remembered in ROUNDS:
        if not check.lost_too_much:
            break
        rounds += 1
        told(rounds)
        fitted = fit_decoder(
            old.network,
            lessons,
            mixed,
            steps=STEPS,
            seconds=max(seconds * SHARE, 1.0),
            start=fitted,
            remembered=remembered,
            rate=RATE,
            seed=rounds,
        )
        check = _checked(pipeline, old, fitted, pictures)
    return fitted, rounds, check


def _checked(pipeline: CharSAM, old: CompactSegmenter, fitted: CompactNetwork, pictures: int) -> Scores:
    """How well ordinary signs are answered before and after."""
    both = old, CompactSegmenter(fitted)
    values: tuple[list[float], list[float]] = ([], [])
    for seen in see_each(pipeline, generated_pictures(CHECK_SEED, pictures)):
        for own, segmenter in zip(values, both, strict=True):
            found, _ = answered(segmenter, seen)
            own += [iou(mask, right) for mask, right in zip(found, seen.masks, strict=True) if right is not None]
    before, after = (round(float(np.mean(own)), 4) for own in values)
    return Scores(len(values[0]), before, after)
