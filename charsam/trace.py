"""The settings of a run, and the trace that it leaves: the values of every stage, for inspection and for reuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from charsam.errors import SettingsError
from charsam.segmenters import DEFAULT
from charsam.segmenters.base import Embedding
from charsam.types import (
    BoolArray,
    CharacterBox,
    FloatArray,
    GlyphVotes,
    ImageAnnotation,
    ImageArray,
    PromptMode,
    Word,
    WordFrame,
    WordRegions,
)

MAX_POINTS = 16
WIDEST = 4.0
"""Image pixels: the largest edge preference, either way."""


class Stage(StrEnum):
    """The stages in the order in which they run."""

    FIND = "find words"
    READ = "read"
    REGIONS = "CRAFT regions"
    ENCODE = "encode"
    SPLIT = "split and match"
    VOTES = "glyph votes"
    MASKS = "masks"


BEYOND = ("careful", "weighted_votes", "resolve_case", "mask_prior", "zoom")
"""The settings that go beyond the paper, all off unless asked for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can choose about a run.

    segmenter: a name of `charsam.segmenters.NAMES`.
    prompts: the row of the paper's Table III.
    vote_threshold: the share of glyph templates that a pixel needs to be retained, 0..1 (paper: 0.6).
    templates: number of fonts that vote, 1..the number of fonts (paper: 40 and 80).
    points: most positive points a character gets, and most negative points, each 0..16.
    font_folder: the user's own fonts, which then vote instead of the shipped ones.
    edge: how much wider masks are cut at each edge, in image pixels, -4..4; negative: tighter.

    Beyond the paper:
    careful: `compact` looks at large words in strips of every height, at several times the cost for these words.
    weighted_votes: fonts whose templates look like the first mask of a character count for more; asks the segmenter
    twice.
    resolve_case: a given transcription gets the case that the image shows, for datasets that write all in one case.
    mask_prior: official SAM gets the glyph votes as its mask input, too; `colour` and `compact` always use the votes.
    zoom: official SAM encodes small words from crops of the image, each at the cost of another encoder pass.
    """

    segmenter: str = DEFAULT
    prompts: PromptMode = PromptMode.P_CHAR_POS_NEG
    vote_threshold: float = 0.6
    templates: int = 80
    points: int = 4
    font_folder: Path | None = None
    edge: float = 0.0
    careful: bool = False
    weighted_votes: bool = False
    resolve_case: bool = False
    mask_prior: bool = False
    zoom: bool = False

    @property
    def beyond(self) -> tuple[str, ...]:
        """The settings beyond the paper that are on."""
        return tuple(name for name in BEYOND if getattr(self, name))

    @classmethod
    def checked(cls, *, prompts: str, font_folder: Path | str | None, **others: Any) -> Settings:
        """Settings from what a user typed. Raises SettingsError, naming the setting, for what is not allowed."""
        try:
            mode = PromptMode(prompts)
        except ValueError as error:
            names = ", ".join(PromptMode)
            raise SettingsError(f"prompts is {prompts!r}; it must be one of {names}") from error
        return cls(prompts=mode, font_folder=None if font_folder is None else Path(font_folder), **others)

    def __post_init__(self) -> None:
        if not 0.0 <= self.vote_threshold <= 1.0:
            raise SettingsError(f"vote_threshold is {self.vote_threshold}; it must lie between 0 and 1")
        if self.templates < 1:
            raise SettingsError(f"templates is {self.templates}; at least one font must vote")
        if not 0 <= self.points <= MAX_POINTS:
            raise SettingsError(f"points is {self.points}; it must lie between 0 and {MAX_POINTS}")
        if not -WIDEST <= self.edge <= WIDEST:
            raise SettingsError(f"edge is {self.edge}; it must lie between {-WIDEST:g} and {WIDEST:g} pixels")


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
