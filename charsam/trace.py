"""The trace that a run leaves: the values of every stage, for inspection and for reuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from charsam.segmenters.base import Embedding
from charsam.settings import BEYOND, Settings
from charsam.types import (
    BoolArray,
    CharacterBox,
    FloatArray,
    GlyphVotes,
    ImageAnnotation,
    ImageArray,
    Word,
    WordFrame,
    WordRegions,
)

__all__ = ["BEYOND", "CharacterPoints", "Settings", "Stage", "Trace", "WordReading"]


class Stage(StrEnum):
    """The stages in the order in which they run."""

    FIND = "find words"
    READ = "read"
    REGIONS = "CRAFT regions"
    ENCODE = "encode"
    SPLIT = "split and match"
    VOTES = "glyph votes"
    MASKS = "masks"


def _no_figures() -> FloatArray:
    return np.zeros(0, np.float32)


def _no_flags() -> BoolArray:
    return np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class WordReading:
    """What the text recogniser made of a whole word. All arrays run over the n characters of the transcription, in its
    order, and are empty where the recogniser had nothing to align.

    text: what it read; probability: its confidence, 0..1. reads: the same where it clearly differs from the
    transcription, tidied up to stand in for it; "" elsewhere.
    centres: (n,) float32: x of every character in the word frame, by alignment; empty also for stacked words and where
    too few were read. probabilities: (n,) float32, of each character there.
    missing: (n,) bool: the characters of the text that the picture lacks.
    doubts: (n,) float32, 0..1: how sure it is that another character, or none, stands there; gaps: (n,) float32, 0..1:
    how sure it is of a glyph beside it that the text lacks. extra: (m,) float32: x of such glyphs in the word frame.
    """

    text: str
    probability: float
    centres: FloatArray = field(default_factory=_no_figures)
    probabilities: FloatArray = field(default_factory=_no_figures)
    missing: BoolArray = field(default_factory=_no_flags)
    doubts: FloatArray = field(default_factory=_no_figures)
    gaps: FloatArray = field(default_factory=_no_figures)
    extra: FloatArray = field(default_factory=_no_figures)
    reads: str = ""

    def in_order(self, order: Sequence[int]) -> WordReading:
        """The same reading with the transcription's characters in another order."""
        places = list(order)
        names = ("centres", "probabilities", "missing", "doubts", "gaps")
        values = {name: getattr(self, name) for name in names}
        return replace(self, **{name: value[places] if len(value) else value for name, value in values.items()})


@dataclass(frozen=True, slots=True, eq=False)
class CharacterPoints:
    """The point prompts of one character in the word frame: positive (P, 2) and negative (N, 2) float32."""

    positive: FloatArray
    negative: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """All that a run found, stage by stage. A stage that has not run yet has left its field empty.

    given: every word of the image, as given or found; sought: whether they were found.
    words: those that were worked on (not ignored, polygon usable), with their texts; the tuples below run over them.
    given_index: the place of each of them in `given`. problems: why a word could not be worked on, a sentence each.
    read: whether each word's text was read. frames: how each word runs in the image. readings: of the whole words.
    regions: what CRAFT saw. craft_boxes: (n, 4) float32 per word, CRAFT's boxes before splitting, in the word frame.
    boxes: every character of the transcription with its box. votes, points: per character, parallel to `boxes`.
    annotation: the result; None until the last stage is done.
    timings: seconds by stage. reused: the stages that were taken from the previous trace.
    embedding, ink: what the segmenter made of the image, and what tells the text of the words (the colour model where
    the segmenter does not); for reuse only.
    """

    image: ImageArray
    settings: Settings
    given: tuple[Word, ...] = ()
    sought: bool = False
    words: tuple[Word, ...] = ()
    given_index: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()
    read: tuple[bool, ...] = ()
    frames: tuple[WordFrame, ...] = ()
    readings: tuple[WordReading, ...] = ()
    regions: tuple[WordRegions, ...] = ()
    craft_boxes: tuple[FloatArray, ...] = ()
    boxes: tuple[tuple[CharacterBox, ...], ...] = ()
    votes: tuple[tuple[GlyphVotes | None, ...], ...] = ()
    points: tuple[tuple[CharacterPoints, ...], ...] = ()
    annotation: ImageAnnotation | None = None
    embedding: Embedding | None = None
    ink: Embedding | None = None
    timings: dict[Stage, float] = field(default_factory=dict)
    reused: frozenset[Stage] = frozenset()
