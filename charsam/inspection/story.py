"""The whole story of one character: what each stage made of it, and what it would be under each prompt mode."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from charsam.cgr.annotation import annotate_trace, character_prompts
from charsam.cgr.font_weights import mask_on_grid
from charsam.cgr.prompts import points_of
from charsam.cgr.templates import templates_of
from charsam.errors import SettingsError
from charsam.inspection.strips import sample_labels
from charsam.segmenters.base import Segmenter
from charsam.trace import CharacterPoints, Trace
from charsam.types import (
    BoolArray,
    Character,
    CharacterBox,
    FloatArray,
    GlyphVotes,
    ImageAnnotation,
    LogitMap,
    PromptMode,
    WordRegions,
)

_OUTSIDE = -20.0


@dataclass(frozen=True, slots=True, eq=False)
class FontVote:
    """How one font votes. font: its file's name. foreground, hole: (G, G) bool. iou: of its glyph with the mask."""

    font: str
    foreground: BoolArray
    hole: BoolArray
    iou: float


@dataclass(frozen=True, slots=True, eq=False)
class ModeMask:
    """The character under one prompt mode. mask: (h, w) bool over the word's strip."""

    mode: PromptMode
    mask: BoolArray
    character: Character


WordModes = dict[PromptMode, tuple[Character, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One character, stage by stage. All arrays over the strip have its size (see `charsam.sampling.sample_strip`).

    regions: what CRAFT saw. craft_boxes: (n, 4), all of its boxes in the word, before splitting; boxes: those of all
    characters after. read, read_probability: what the recogniser made of the whole word; position_probability: of this
    character at its place in it; None where it was not aligned.
    votes: of all fonts; fonts: each of them, that most like the mask first. points: the point prompts.
    logits: (h, w) float32, the segmenter's answer to this character alone. modes: the masks of the four prompt modes.
    """

    word: str
    index: int
    regions: WordRegions
    craft_boxes: FloatArray
    boxes: tuple[CharacterBox, ...]
    read: str
    read_probability: float
    position_probability: float | None
    votes: GlyphVotes | None
    fonts: tuple[FontVote, ...]
    points: CharacterPoints
    logits: FloatArray
    modes: tuple[ModeMask, ...]


def tell_story(trace: Trace, segmenter: Segmenter, slot: int, index: int, modes: WordModes | None = None) -> Story:
    """The story of the character `index` of the word in that slot of a trace that ran to its end.

    modes: of `word_modes`, where they are known; most of the work goes into them.
    Raises SettingsError where the trace has no such character.
    """
    if not 0 <= slot < len(trace.boxes) or not 0 <= index < len(trace.boxes[slot]):
        raise SettingsError("There is no such character in this result; run again and choose it anew.")
    known = modes if modes is not None else word_modes(trace, segmenter, slot)
    answer = segmenter.segment(trace.embedding, character_prompts(trace, [(slot, index)]))
    reading = trace.readings[slot]
    aligned = len(reading.probabilities) == len(trace.boxes[slot])
    return Story(
        word=trace.words[slot].text or "",
        index=index,
        regions=trace.regions[slot],
        craft_boxes=trace.craft_boxes[slot],
        boxes=trace.boxes[slot],
        read=reading.text,
        read_probability=reading.probability,
        position_probability=float(reading.probabilities[index]) if aligned else None,
        votes=trace.votes[slot][index],
        fonts=font_votes(trace, slot, index, answer.logits[0]),
        points=trace.points[slot][index],
        logits=logits_on_strip(answer.logits[0], trace, slot),
        modes=tuple(
            ModeMask(mode, mask_on_strip(trace, slot, found[index]), found[index]) for mode, found in known.items()
        ),
    )


def only_word(trace: Trace, slot: int) -> Trace:
    """The trace with one word; its embedding still has all of them, so the others stay as places without characters."""
    boxes = tuple(found if place == slot else () for place, found in enumerate(trace.boxes))
    votes = tuple(found if place == slot else () for place, found in enumerate(trace.votes))
    points = tuple(found if place == slot else () for place, found in enumerate(trace.points))
    return replace(trace, boxes=boxes, votes=votes, points=points)


def font_votes(trace: Trace, slot: int, index: int, logits: LogitMap) -> tuple[FontVote, ...]:
    """How each font votes on a character, the one whose glyph is most like its mask first."""
    box, settings = trace.boxes[slot][index], trace.settings
    templates = templates_of(settings.font_folder)
    drawn = templates.drawn(box.category, settings.templates)
    if drawn is None:
        return ()
    row = templates.categories.find(box.category)
    names = [templates.fonts[place] for place in np.flatnonzero(templates.present[row, : settings.templates])]
    mask = mask_on_grid(logits, trace.frames[slot], box.box)
    ious = np.minimum(drawn[0], mask).sum((1, 2)) / np.maximum(np.maximum(drawn[0], mask).sum((1, 2)), 1e-6)
    order = np.argsort(-ious, kind="stable")
    return tuple(FontVote(names[n], drawn[0][n], drawn[1][n], float(ious[n])) for n in order)


def logits_on_strip(found: LogitMap, trace: Trace, slot: int) -> FloatArray:
    """(h, w) float32: logits over the pixels of a word's strip; far below 0 where the segmenter said nothing."""
    frame, strip = trace.frames[slot], trace.regions[slot].strip
    h, w = strip.shape[:2]
    if not found.values.size:
        return np.full((h, w), _OUTSIDE, np.float32)
    ys, xs = np.mgrid[0:h, 0:w]
    at = frame.to_image(np.stack([xs + 0.5, ys + 0.5], -1)) - np.array([found.x, found.y], np.float32)
    x, y = np.floor(at[..., 0]).astype(int), np.floor(at[..., 1]).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < found.values.shape[1]) & (y < found.values.shape[0])
    values = np.full((h, w), _OUTSIDE, np.float32)
    values[inside] = found.values[y[inside], x[inside]]
    return values


def mask_on_strip(trace: Trace, slot: int, character: Character) -> BoolArray:
    """(h, w) bool: a character's mask over the pixels of its word's strip."""
    labels = np.zeros(trace.image.shape[:2], np.int32)
    mask = character.mask
    h, w = mask.pixels.shape
    labels[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return sample_labels(labels, trace.frames[slot], 1.0) > 0


def word_modes(trace: Trace, segmenter: Segmenter, slot: int) -> WordModes:
    """The characters of one word of a trace under each of the prompt modes; under its own as they are in the trace."""
    assert trace.annotation is not None
    own, place = only_word(trace, slot), trace.given_index[slot]
    return {
        mode: trace.annotation.words[place].characters
        if mode is trace.settings.prompts
        else _under(own, segmenter, mode).words[place].characters
        for mode in PromptMode
    }


def _under(trace: Trace, segmenter: Segmenter, mode: PromptMode) -> ImageAnnotation:
    """A trace under another prompt mode."""
    asked = replace(trace, settings=replace(trace.settings, prompts=mode))
    return annotate_trace(replace(asked, points=points_of(asked)), segmenter)
