"""Prompts as the pipeline and its users give them, for training strips: loose boxes, wrong-ish points, glyph votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from compact_boxes import jittered, rough_boxes, shifted
from compact_clicks import correcting_click, fault_at, places_within
from compact_data import TrainingStrip
from numpy.typing import NDArray

from charsam.cgr.prompts import character_points
from charsam.cgr.templates import shipped_templates
from charsam.geometry import MARGIN
from charsam.types import BoolArray, FloatArray, GlyphVotes, PromptMode

MODES = (PromptMode.P_CHAR, PromptMode.P_CHAR_POS, PromptMode.P_CHAR_POS_NEG)
ROUGH_BOXES = 0.5
"""Share of character prompts whose box has the faults of those that CBR makes (`rough_boxes`)."""
WORD_PROMPTS = 0.35
PAIR_PROMPTS = 0.25
GAP = 5.0
"""Frame pixels to both of two characters within which the ground between them counts as their gap."""
MORE_CLICKS = 0.55
"""Chance that one more fault is clicked on."""
NEEDLESS = 0.4
"""Share of corrections that say by clicks what the mask says already, or nearly."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPrompt:
    """A prompt and the mask that answers it.

    box: (4,), points: (K, 2) float32, strip pixels. labels: (K,) int8. clicks: (K,) bool, as in `Prompts`.
    target: (H, W) uint8 coverage, 0..255.
    category: None where the prompt means several characters. gap: (H, W) bool, the ground between neighbours that a
    mask of several characters must leave open; None for one character. earlier: (h, w) float32 over the prompt's
    window, the logits that the clicks correct, and fault: (h, w) bool, what they are to change; None without clicks.
    """

    box: FloatArray
    points: FloatArray
    labels: NDArray[np.int8]
    clicks: BoolArray
    votes: GlyphVotes | None
    target: NDArray[np.uint8]
    category: str | None = None
    gap: BoolArray | None = None
    earlier: FloatArray | None = None
    fault: BoolArray | None = None


def random_prompts(rng: np.random.Generator, strip: TrainingStrip, most: int) -> list[TrainingPrompt]:
    """At most `most` characters of the strip, each prompted in a random way; sometimes a pair, or the whole word."""
    chosen = rng.permutation(len(strip.boxes))[:most]
    rough = rough_boxes(rng, strip)
    prompts = [_character_prompt(rng, strip, int(index), rough[index]) for index in chosen]
    if len(strip.boxes) > 1 and rng.random() < PAIR_PROMPTS:
        first = int(rng.integers(len(strip.boxes) - 1))
        prompts.append(_group_prompt(rng, strip, slice(first, first + 2)))
    if rng.random() < WORD_PROMPTS:
        prompts.append(_group_prompt(rng, strip, slice(None), whole=bool(rng.random() < 0.7)))
    return prompts


def mode_prompt(
    rng: np.random.Generator, strip: TrainingStrip, index: int, mode: PromptMode, *, true_box: bool
) -> TrainingPrompt:
    """One character prompted exactly as a row of the paper's Table III does, with points made from glyph votes.

    true_box: its own, else one with the faults of CBR's.
    """
    box = strip.boxes[index] if true_box else rough_boxes(rng, strip)[index]
    votes = _votes(strip.characters[index])
    points = character_points(votes, box, mode, 0.6, 4)
    prior = None if not mode.positive or not len(points.positive) else votes
    if prior is not None and not mode.negative:
        prior = replace(prior, hole=np.zeros_like(prior.hole))
    coordinates, labels = _joined(points.positive, points.negative)
    clicks = np.zeros(len(labels), np.bool_)
    return TrainingPrompt(box, coordinates, labels, clicks, prior, strip.coverage[index], strip.characters[index])


def _character_prompt(rng: np.random.Generator, strip: TrainingStrip, index: int, rough: FloatArray) -> TrainingPrompt:
    box = rough if rng.random() < ROUGH_BOXES else jittered(rng, strip, index)
    target = strip.coverage[index]
    mode = MODES[int(rng.choice(3, p=[0.4, 0.2, 0.4]))]
    votes = _votes(strip.characters[index])
    points = character_points(votes, box, mode, float(rng.uniform(0.4, 0.75)), int(rng.integers(1, 6)))
    prior = votes if rng.random() < (0.6 if mode.positive else 0.2) else None
    if prior is not None and not mode.negative:
        prior = replace(prior, hole=np.zeros_like(prior.hole))
    coordinates, labels = _joined(points.positive, points.negative)
    clicks = np.zeros(len(labels), np.bool_)
    return TrainingPrompt(box, coordinates, labels, clicks, prior, target, strip.characters[index])


def _group_prompt(
    rng: np.random.Generator, strip: TrainingStrip, which: slice, *, whole: bool = False
) -> TrainingPrompt:
    h, w = strip.text.shape
    boxes = strip.boxes[which]
    box = np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)]).astype(np.float32)
    rim = MARGIN * strip.zoom
    box = np.array([rim, rim, w - rim, h - rim], np.float32) if whole else shifted(rng, box, 0.05, strip.zoom)
    none = np.zeros((0, 2), np.float32)
    together = strip.coverage[which]
    return TrainingPrompt(
        box,
        none,
        np.zeros(0, np.int8),
        np.zeros(0, np.bool_),
        None,
        together.max(axis=0),
        gap=gaps(together, strip.zoom),
    )


def gaps(coverage: NDArray[np.uint8], zoom: float = 1.0) -> BoolArray:
    """(H, W): the ground near two characters at once. coverage: (n, H, W), of a strip at that zoom."""
    ink = coverage >= 128
    away = np.sort([cv2.distanceTransform((~one).astype(np.uint8), cv2.DIST_L2, 3) for one in ink], axis=0)
    if len(away) < 2:
        return np.zeros(ink.shape[1:], np.bool_)
    return np.asarray((away[1] < GAP * zoom) & ~ink.any(axis=0))


def with_glyph_points(rng: np.random.Generator, prompt: TrainingPrompt) -> TrainingPrompt | None:
    """The prompt of a character with points and votes made from its glyphs, None where there are none."""
    votes = _votes(prompt.category) if prompt.category else None
    if votes is None:
        return None
    found = character_points(votes, prompt.box, PromptMode.P_CHAR_POS_NEG, 0.6, int(rng.integers(2, 6)))
    negative = found.negative if rng.random() < 0.7 else found.negative[:0]
    prior = votes if len(negative) else replace(votes, hole=np.zeros_like(votes.hole))
    points, labels = _joined(found.positive, negative)
    return replace(prompt, points=points, labels=labels, clicks=np.zeros(len(labels), np.bool_), votes=prior)


def with_clicks(
    prompt: TrainingPrompt, places: FloatArray, labels: Sequence[int], earlier: FloatArray, fault: BoolArray
) -> TrainingPrompt:
    """The prompt with more points, by hand. earlier, fault: over its window, what they correct and are to change."""
    return replace(
        prompt,
        points=np.concatenate([prompt.points, places]).astype(np.float32),
        labels=np.concatenate([prompt.labels, np.asarray(labels, np.int8)]),
        clicks=np.concatenate([prompt.clicks, np.ones(len(labels), np.bool_)]),
        earlier=earlier,
        fault=fault,
    )


def with_corrections(
    rng: np.random.Generator,
    prompt: TrainingPrompt,
    logits: FloatArray,
    truth: BoolArray,
    valid: BoolArray,
    corner: FloatArray,
) -> TrainingPrompt | None:
    """The prompt with clicks on the faults of its answer; None where it has none.

    logits, truth, valid: (h, w) over the prompt's window. corner: (2,) the window's, in strip pixels.
    """
    mask = (logits > 0) & valid
    if rng.random() < NEEDLESS:
        box = prompt.box - np.tile(corner, 2)
        positive, negative = true_points(rng, truth, box, int(rng.integers(0, 4)), int(rng.integers(0, 3)))
        places, labels = _joined(positive, negative)
        if not len(labels):
            return None
        return with_clicks(prompt, places + corner, labels.tolist(), logits, np.zeros_like(mask))
    clicked: list[tuple[FloatArray, int]] = []
    mended, fault = mask.copy(), np.zeros_like(mask)
    while not clicked or rng.random() < MORE_CLICKS:
        click = correcting_click(mended, truth, rng)
        if click is None:
            break
        clicked.append(click)
        wrong = fault_at(mended, truth, *click)
        mended ^= wrong
        fault |= wrong
    if not clicked:
        return None
    places = np.stack([place for place, _ in clicked]) + corner
    return with_clicks(prompt, places, [label for _, label in clicked], logits, fault)


def true_points(
    rng: np.random.Generator, ink: BoolArray, box: FloatArray, positives: int, negatives: int
) -> tuple[FloatArray, FloatArray]:
    """Clicks well inside the strokes, and clicks on background within the box, away from the strokes."""
    x0, y0, x1, y1 = np.round(box).astype(int)
    near = np.zeros_like(ink)
    near[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
    inside = places_within(rng, cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3), positives)
    room = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 3) * near
    return inside, places_within(rng, np.where(room > 1, room, np.float32(0)), negatives)


def _joined(positive: FloatArray, negative: FloatArray) -> tuple[FloatArray, NDArray[np.int8]]:
    labels = np.concatenate([np.ones(len(positive), np.int8), np.zeros(len(negative), np.int8)])
    return np.concatenate([positive, negative]).astype(np.float32), labels


@lru_cache(maxsize=512)
def _votes(category: str) -> GlyphVotes | None:
    return shipped_templates().votes(category, 80)
