"""From logits to masks: a pixel belongs to one character at most, holes stay holes; and how far to trust each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from charsam.cgr.prior import votes_at
from charsam.sampling import frame_coordinates, image_window
from charsam.types import (
    SUSPICIOUS,
    BoxSource,
    CharacterBox,
    CharacterMask,
    FloatArray,
    GlyphVotes,
    LogitMap,
    WordFrame,
)

SOURCE_DOUBT = {
    BoxSource.GIVEN: 0.0,
    BoxSource.CRAFT: 0.0,
    BoxSource.WATERSHED: 0.35,
    BoxSource.ALIGNED: 0.7,
    BoxSource.EVEN: 1.0,
}
TEXT_SIGNAL = "text"
SIGNAL_WEIGHTS = {
    "quality": 0.3,
    "glyph": 0.35,
    "reading": 0.15,
    "source": 0.1,
    "shape": 0.1,
    TEXT_SIGNAL: 0.25,
}
"""How much each signal counts in `suspicion`; the worst signal counts as much as all others together. `text`, which few
words raise, comes on top of the others, whose weights sum to 1."""


def exclusive_masks(logits: Sequence[LogitMap], shape: tuple[int, int]) -> tuple[CharacterMask, ...]:
    """One mask for each logit map: its pixels above 0 that no other map claims with a higher logit.

    shape: (height, width) of the image. An empty mask has no pixels at its map's offset.
    """
    strongest = np.zeros(shape, np.float32)
    owner = np.zeros(shape, np.int32)
    for value, found in enumerate(logits, start=1):
        h, w = found.values.shape
        area = np.s_[found.y : found.y + h, found.x : found.x + w]
        wins = found.values > strongest[area]
        strongest[area][wins] = found.values[wins]
        owner[area][wins] = value
    masks = []
    for value, found in enumerate(logits, start=1):
        h, w = found.values.shape
        masks.append(trimmed(owner[found.y : found.y + h, found.x : found.x + w] == value, found.x, found.y))
    return tuple(masks)


def own_masks(logits: Sequence[LogitMap]) -> tuple[CharacterMask, ...]:
    """One mask for each logit map: all its pixels above 0, whatever the others claim."""
    return tuple(trimmed(found.values > 0, found.x, found.y) for found in logits)


def trimmed(pixels: np.ndarray, x: int, y: int) -> CharacterMask:
    """A mask cut to its own bounds; pixels: (h, w) bool at offset x, y."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    if not len(rows):
        return CharacterMask(np.zeros((0, 0), np.bool_), x, y)
    cut = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return CharacterMask(np.ascontiguousarray(cut), x + int(columns[0]), y + int(rows[0]))


def glyph_agreement(
    mask: CharacterMask, votes: GlyphVotes | None, frame: WordFrame, box: FloatArray, shape: tuple[int, int]
) -> float | None:
    """How far the mask fits the glyph votes in the character's box: their soft IoU, 0..1; None without votes.

    Each pixel counts for the share of fonts that have foreground there; the best that a mask could reach, the vote map
    cut at one half, makes 1. shape: (height, width) of the image.
    """
    if votes is None:
        return None
    window = image_window(frame, shape, box)
    x0, y0, x1, y1 = _union(window, mask)
    rates = votes_at(votes, box, frame_coordinates(frame, (x0, y0, x1, y1)))
    drawn = np.zeros(rates.shape, np.bool_)
    h, w = mask.pixels.shape
    drawn[mask.y - y0 : mask.y - y0 + h, mask.x - x0 : mask.x - x0 + w] = mask.pixels
    best = _soft_iou(rates > 0.5, rates)
    return float(np.clip(_soft_iou(drawn, rates) / best, 0.0, 1.0)) if best > 0 else 0.0


def suspicion_signals(
    *, box: CharacterBox, mask: CharacterMask, quality: float, agreement: float | None, covered: float
) -> dict[str, float]:
    """What speaks against a mask, each 0..1: `quality` (the segmenter's own doubt), `glyph` (disagreement with the
    votes), `reading` (the recogniser sees another character), `source` (how the box was found), `shape` (empty, or
    covering nearly all of its box), `text` (the whole word's reading contradicts the transcription).
    covered: share of the box that the mask fills.
    """
    solid = 0.0 if agreement is None or agreement > 0.8 else max((covered - 0.8) / 0.2, 0.0)
    return {
        "quality": float(np.clip(1.0 - quality, 0.0, 1.0)),
        "glyph": 0.3 if agreement is None else float(np.clip(1.25 * (1.0 - agreement) - 0.1, 0.0, 1.0)),
        "reading": float(1.0 - box.probability) if box.source is not BoxSource.GIVEN else 0.0,
        "source": SOURCE_DOUBT[box.source],
        TEXT_SIGNAL: box.doubt,
        "shape": 1.0 if mask.area == 0 else float(np.clip(max(solid, (0.08 - covered) / 0.08), 0.0, 1.0)),
    }


def suspicion_of(signals: dict[str, float], doubtful: float = SUSPICIOUS) -> float:
    """One number 0..1 by which failure cases are ranked: half the weighted mean of the signals, half the worst.

    doubtful: that number from which a person should look, as the segmenter's corrections have shown; it becomes
    SUSPICIOUS, and those below and above it spread evenly to 0 and 1.
    """
    mean = sum(SIGNAL_WEIGHTS[name] * value for name, value in signals.items())
    worst = max(signals[name] * min(SIGNAL_WEIGHTS[name] * 4, 1.0) for name in signals)
    found = float(np.clip(0.5 * mean + 0.5 * worst, 0.0, 1.0))
    return found if doubtful == SUSPICIOUS else float(np.interp(found, (0, doubtful, 1), (0, SUSPICIOUS, 1)))


def _union(window: tuple[int, ...], mask: CharacterMask) -> tuple[int, int, int, int]:
    h, w = mask.pixels.shape
    return min(window[0], mask.x), min(window[1], mask.y), max(window[2], mask.x + w), max(window[3], mask.y + h)


def _soft_iou(mask: np.ndarray, rates: FloatArray) -> float:
    inside = float(rates[mask].sum())
    union = float(mask.sum()) + float(rates[~mask].sum())
    return inside / union if union > 0 else 0.0
