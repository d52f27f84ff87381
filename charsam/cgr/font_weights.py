"""Votes weighted by how well each font's glyph template agrees with the first mask of the character.

The paper gives each font one vote. Once a first mask is there, the fonts whose template looks like it can count for
more, so that the points fall on the strokes and into the holes of this very character.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from charsam.cgr.annotation import character_prompts, places_of
from charsam.cgr.prompts import points_of
from charsam.cgr.templates import GRID, TemplateSet, templates_of
from charsam.sampling import sample_map
from charsam.segmenters.base import Segmenter
from charsam.trace import Trace
from charsam.types import FloatArray, GlyphVotes, LogitMap, WordFrame

SHARPNESS: Final = 40.0
"""By how much (natural logarithm) a template of IoU 1 with the mask outweighs one of IoU 0."""
_OUTSIDE: Final = -1.0


def with_weighted_votes(trace: Trace, segmenter: Segmenter) -> Trace:
    """The trace with votes weighted by the masks that its own votes and points lead to, and points made from those."""
    places = places_of(trace)
    answer = segmenter.segment(trace.embedding, character_prompts(trace, places))
    templates = templates_of(trace.settings.font_folder)
    found: list[list[GlyphVotes | None]] = [[] for _ in trace.boxes]
    for (word, index), logits in zip(places, answer.logits, strict=True):
        box = trace.boxes[word][index]
        mask = mask_on_grid(logits, trace.frames[word], box.box)
        found[word].append(weighted_votes(templates, box.category, trace.settings.templates, mask))
    votes = tuple(tuple(of_word) for of_word in found)
    weighted = replace(trace, votes=votes)
    return replace(weighted, points=points_of(weighted))


def weighted_votes(templates: TemplateSet, category: str, count: int, mask: FloatArray) -> GlyphVotes | None:
    """The vote rates of the first `count` fonts, each weighted by the IoU of its template with the mask.

    mask: (GRID, GRID) float32, the share of each cell of the character's box that the mask covers; to an empty one all
    fonts are alike. None for a category that none of the fonts has.
    """
    drawn = templates.drawn(category, count)
    if drawn is None:
        return None
    shared = np.minimum(drawn[0], mask).sum((1, 2))
    agreement = shared / np.maximum(np.maximum(drawn[0], mask).sum((1, 2)), 1e-6)
    weights = np.exp(SHARPNESS * (agreement - agreement.max()))
    weights = weights.astype(np.float64) / weights.sum(dtype=np.float64)
    foreground, hole = (np.tensordot(weights, cells, 1).clip(0, 1).astype(np.float32) for cells in drawn)
    return GlyphVotes(foreground, hole, len(drawn[0]))


def mask_on_grid(logits: LogitMap, frame: WordFrame, box: FloatArray) -> FloatArray:
    """(GRID, GRID) float32: the share of each cell of a character's box that is foreground."""
    if not logits.values.size:
        return np.zeros((GRID, GRID), np.float32)
    sampled = sample_map(logits.values, (logits.x, logits.y), frame, box, _OUTSIDE) > 0
    return np.asarray(cv2.resize(sampled.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_AREA), np.float32)
