"""Point prompts from glyph votes (paper, section II-C): positives on retained foreground, negatives in holes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from charsam.trace import CharacterPoints, Settings
from charsam.types import BoolArray, CharacterBox, FloatArray, GlyphVotes, PromptMode

_NONE = np.zeros((0, 2), np.float32)


def retained(rates: FloatArray, threshold: float) -> BoolArray:
    """The cells whose vote rate exceeds the threshold (paper: 0.6)."""
    return rates > threshold


def character_points(
    votes: GlyphVotes | None, box: FloatArray, mode: PromptMode, threshold: float, count: int
) -> CharacterPoints:
    """The points of one character in the word frame.

    votes: None for a category without templates, which gets no points. box: x0, y0, x1, y1 in the word frame.
    count: most points of each kind; none are made where nothing is retained.
    """
    if votes is None:
        return CharacterPoints(_NONE, _NONE)
    positive = spread_points(votes.foreground, threshold, count) if mode.positive else _NONE
    negative = spread_points(votes.hole, threshold, count) if mode.negative else _NONE
    origin, size = box[:2], box[2:] - box[:2]
    return CharacterPoints((origin + positive * size).astype(np.float32), (origin + negative * size).astype(np.float32))


def points_of(
    votes: Sequence[Sequence[GlyphVotes | None]], boxes: Sequence[Sequence[CharacterBox]], settings: Settings
) -> tuple[tuple[CharacterPoints, ...], ...]:
    """The points of every character of every word, by the settings of a run."""
    return tuple(
        tuple(
            character_points(vote, box.box, settings.prompts, settings.vote_threshold, settings.points)
            for vote, box in zip(of_word, in_word, strict=True)
        )
        for of_word, in_word in zip(votes, boxes, strict=True)
    )


def spread_points(rates: FloatArray, threshold: float, count: int) -> FloatArray:
    """Well-spread points on the retained cells of a vote map.

    The first is the deepest retained cell, weighted by its votes; each further one is the cell for which the distance
    to the points so far, held down near the rim of the retained area, is greatest.

    rates: (G, G). Returns (K, 2) float32, K <= count, x and y as shares 0..1 of the box.
    """
    kept = retained(rates, threshold)
    if not kept.any() or count == 0:
        return _NONE
    depth = cv2.distanceTransform(np.pad(kept, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = np.asarray(depth, np.float32) * rates
    ys, xs = np.nonzero(kept)
    places = np.stack([xs, ys], 1) + 0.5
    worth = depth[ys, xs] / depth.max()
    chosen = [int(worth.argmax())]
    away = np.linalg.norm(places - places[chosen[0]], axis=1)
    while len(chosen) < count:
        score = away * np.minimum(worth + 0.25, 1.0)
        best = int(score.argmax())
        if away[best] < 0.12 * len(rates):
            break
        chosen.append(best)
        away = np.minimum(away, np.linalg.norm(places - places[best], axis=1))
    return (places[chosen] / len(rates)).astype(np.float32)
