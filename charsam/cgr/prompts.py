"""Point prompts from glyph votes (paper, section II-C): positives on retained foreground, negatives in holes."""

from __future__ import annotations

import cv2
import numpy as np

from charsam.cgr.trusted_points import InkCells, ink_cells, is_trusted, trusted
from charsam.settings import PointChoice, Settings
from charsam.trace import CharacterPoints, Trace
from charsam.types import BoolArray, FloatArray, GlyphVotes, PromptMode

_NONE = np.zeros((0, 2), np.float32)


def retained(rates: FloatArray, threshold: float) -> BoolArray:
    """The cells whose vote rate exceeds the threshold (paper: 0.6)."""
    return rates > threshold


def character_points(
    votes: GlyphVotes | None,
    box: FloatArray,
    mode: PromptMode,
    threshold: float,
    count: int,
    *,
    choice: PointChoice = PointChoice.SPREAD,
    ink: InkCells | None = None,
) -> CharacterPoints:
    """The points of one character in the word frame.

    votes: None for a category without templates, which gets no points. box: x0, y0, x1, y1 in the word frame.
    count: most points of each kind, unless all are to be taken; none are made where nothing is retained. ink: what
    trusted points are compared with; without, they are spread as if they were all to be trusted.
    """
    if votes is None or count == 0:
        return CharacterPoints(_NONE, _NONE)
    check = ink if choice == PointChoice.TRUSTED else None
    if check is not None and not is_trusted(votes, check):
        return CharacterPoints(_NONE, _NONE)
    found = []
    for wanted, rates, text in ((mode.positive, votes.foreground, True), (mode.negative, votes.hole, False)):
        kept = retained(rates, threshold)
        if not wanted:
            places = _NONE
        elif choice == PointChoice.ALL:
            places = _cells(kept)
        elif check is not None:
            places = spread_points(rates, kept & trusted(check, text=text), count)
        else:
            places = spread_points(rates, kept, count)
        found.append((box[:2] + places * (box[2:] - box[:2])).astype(np.float32))
    return CharacterPoints(*found)


def points_of(trace: Trace) -> tuple[tuple[CharacterPoints, ...], ...]:
    """The points of every character of every word of a trace that has boxes and votes, by its settings."""
    settings = trace.settings
    return tuple(
        tuple(settings_points(vote, box.box, settings, ink_cells(trace, word, box.box)) for vote, box in pairs)
        for word, pairs in enumerate(zip(v, b, strict=True) for v, b in zip(trace.votes, trace.boxes, strict=True))
    )


def settings_points(
    votes: GlyphVotes | None, box: FloatArray, settings: Settings, ink: InkCells | None
) -> CharacterPoints:
    """The points of one character by the settings of a run."""
    return character_points(
        votes,
        box,
        settings.prompts,
        settings.vote_threshold,
        settings.points,
        choice=settings.point_choice,
        ink=ink,
    )


def spread_points(rates: FloatArray, kept: BoolArray, count: int) -> FloatArray:
    """Well-spread points on the kept cells of a vote map.

    The first is the deepest kept cell, weighted by its votes; each further one is the cell for which the distance to
    the points so far, held down near the rim of the kept area, is greatest.

    rates, kept: (G, G). Returns (K, 2) float32, K <= count, x and y as shares 0..1 of the box.
    """
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


def _cells(kept: BoolArray) -> FloatArray:
    """(K, 2) float32: the middles of all kept cells, as shares of the box."""
    ys, xs = np.nonzero(kept)
    return np.asarray((np.stack([xs, ys], 1) + 0.5) / len(kept), np.float32)
