"""The values that pass between the stages: frozen, made of numpy arrays, in the words of the paper.

Image coordinates are pixels after EXIF orientation, x right, y down, pixel centres at .5. Word-frame coordinates
are pixels of the word's upright strip (see `charsam.geometry`), with the same convention.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
ImageArray = NDArray[np.uint8]

SUSPICIOUS = 0.5
"""From this suspicion on a person should look at a character."""


class BoxSource(StrEnum):
    """Where the box of a character came from."""

    GIVEN = "given"
    """Read from the input annotation."""
    CRAFT = "craft"
    """A character region of CRAFT's heatmap."""
    WATERSHED = "watershed"
    """A segment of a CRAFT region that held several characters."""
    ALIGNED = "aligned"
    """The time steps of the text recogniser."""
    EVEN = "even"
    """Spread along the word by the fonts' advance widths: the last resort."""


class PromptMode(StrEnum):
    """The rows of the paper's Table III: what the segmenter is prompted with."""

    B = "B"
    P_CHAR = "P_char"
    P_CHAR_POS = "P_char+pos"
    P_CHAR_POS_NEG = "P_char+pos+neg"

    @property
    def positive(self) -> bool:
        return self in (PromptMode.P_CHAR_POS, PromptMode.P_CHAR_POS_NEG)

    @property
    def negative(self) -> bool:
        return self is PromptMode.P_CHAR_POS_NEG


@dataclass(frozen=True, slots=True, eq=False)
class GivenCharacter:
    """A character whose place is already known from the input annotation.

    polygon: (P, 2) float32, P >= 3, image pixels.
    """

    category: str
    polygon: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One annotated word of a scene image.

    polygon: (P, 2) float32, P >= 4, image pixels, clockwise from the reading-order top-left corner.
    text: the transcription; None where it is not known, in which case it is read.
    ignore: an illegible or "don't care" word; it gets no masks.
    text_read: True where `text` was read by the recogniser, not given by a person.
    characters: the word's characters where the input gives them; then no stage looks for them.
    """

    polygon: FloatArray
    text: str | None = None
    ignore: bool = False
    characters: tuple[GivenCharacter, ...] = ()
    text_read: bool = False


class WordFrame(Protocol):
    """The map between the image and one word's upright strip (made by `charsam.geometry.word_frame`).

    height, width: size of the strip in pixels, margins included.
    margin: pixels of the strip on each side of the word polygon.
    stacked: True where upright characters stand one below the other, so that the word runs down the strip.
    """

    @property
    def height(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def margin(self) -> float: ...
    @property
    def stacked(self) -> bool: ...

    def to_image(self, points: NDArray[np.floating]) -> FloatArray:
        """Map (..., 2) word-frame points into the image."""
        ...

    def to_frame(self, points: NDArray[np.floating]) -> FloatArray:
        """Map (..., 2) image points into the word frame; the inverse of `to_image`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class WordRegions:
    """What CRAFT saw in one word's strip.

    strip: (H, W, 3) uint8, RGB: the straightened word.
    region, affinity: (H/2, W/2) float32 in 0..1: CRAFT's character and link heatmaps, at half the strip's resolution.
    features: CRAFT's inner feature maps for segmenters that build on them; empty where not asked for.
    zoom: pixels of the strip per pixel of the word frame; 1 for all that CBR looks at.
    """

    frame: WordFrame
    strip: ImageArray
    region: FloatArray
    affinity: FloatArray
    features: tuple[FloatArray, ...] = ()
    zoom: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class CharacterBox:
    """One character of a word with its place in the word frame: what CBR makes.

    box: (4,) float32, x0, y0, x1, y1 in pixels of the word frame.
    recognised: what the text recogniser read in the box alone ("" where it was not asked).
    probability: of `category` here, by the recogniser, 0..1.
    doubt: how clearly the reading of the whole word contradicts the transcription here, 0..1: another character is
    seen, or none, or the transcription lacks one beside it.
    """

    category: str
    box: FloatArray
    source: BoxSource
    recognised: str = ""
    probability: float = 0.0
    doubt: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class GlyphVotes:
    """How many of the fonts' glyph templates of a category cover each cell of the character's box.

    foreground, hole: (G, G) float32 vote rates in 0..1 over the box, row 0 at its top.
    fonts: number of templates that voted.
    """

    foreground: FloatArray
    hole: FloatArray
    fonts: int


@dataclass(frozen=True, slots=True, eq=False)
class Prompts:
    """A batch of N prompts in SAM's semantics, placed in word frames.

    word: (N,) int64: index of each prompt's word frame in the encoded image.
    boxes: (N, 4) float32, x0, y0, x1, y1 in pixels of that frame.
    points: (N, K, 2) float32 in pixels of that frame; K may be 0.
    labels: (N, K) int8: 1 positive, 0 negative, -1 padding.
    votes: the glyph votes of each prompt, a mask prior that a segmenter may use; None where there are none.
    clicks: (N, K) bool: the points that a person set, which a segmenter may trust more than those made from glyphs;
    None where there are none.
    votes_as_mask: official SAM, which knows no glyph votes, gets them as its mask input, too.
    multimask: it answers with the best of three masks, by its own estimate. uncut: its answers are not cut to the
    surroundings of the boxes.
    """

    word: NDArray[np.int64]
    boxes: FloatArray
    points: FloatArray
    labels: NDArray[np.int8]
    votes: tuple[GlyphVotes | None, ...] = ()
    clicks: BoolArray | None = None
    votes_as_mask: bool = False
    multimask: bool = False
    uncut: bool = False

    def __len__(self) -> int:
        return len(self.boxes)

    def chosen(self, rows: NDArray[np.int64]) -> Prompts:
        """Those prompts only. rows: (M,)."""
        return replace(
            self,
            word=self.word[rows],
            boxes=self.boxes[rows],
            points=self.points[rows],
            labels=self.labels[rows],
            votes=tuple(self.votes[row] for row in rows) if self.votes else (),
            clicks=None if self.clicks is None else self.clicks[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class LogitMap:
    """Mask logits over a crop of the image: values (h, w) float32, > 0 is foreground; x, y: the crop's offset."""

    values: FloatArray
    x: int
    y: int


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """What a segmenter answers to N prompts: N logit maps and (N,) float32 quality scores in 0..1."""

    logits: tuple[LogitMap, ...]
    quality: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CharacterMask:
    """An exact pixel mask: (h, w) bool over the crop of the image at offset x, y. Holes are kept."""

    pixels: BoolArray
    x: int
    y: int

    @property
    def area(self) -> int:
        return int(self.pixels.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Character:
    """One character of the result, with the trace of how it came about.

    quad: (4, 2) float32, image pixels: the box's corners, clockwise from the upright character's top-left.
    box: (4,) float32, x0, y0, x1, y1 in pixels of the word frame.
    positive, negative: (K, 2) float32, image pixels: the point prompts.
    quality: the segmenter's own estimate of the mask, 0..1.
    glyph_agreement: how far mask and glyph votes agree, 0..1; None where no font has the character.
    suspicion: 0..1, by which failure cases are ranked.
    signals: the parts of `suspicion` by name, each 0..1.
    review: a person's verdict, "accepted" or "rejected"; "" where there is none.
    """

    category: str
    quad: FloatArray
    box: FloatArray
    box_source: BoxSource
    recognised: str
    probability: float
    positive: FloatArray
    negative: FloatArray
    mask: CharacterMask
    quality: float
    glyph_agreement: float | None
    suspicion: float
    signals: dict[str, float] = field(default_factory=dict)
    review: str = ""

    @property
    def to_check(self) -> bool:
        """Whether a person should look at it."""
        return self.suspicion >= SUSPICIOUS and not self.review


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedWord:
    """A word of the result: its polygon, its text (given or read) and its characters in reading order.

    text_read: True where the transcription was read by the recogniser, not given. reads: what the recogniser reads in
    the whole word where that clearly differs from `text`, to be offered as a correction; "" elsewhere.
    """

    polygon: FloatArray
    text: str
    characters: tuple[Character, ...]
    ignore: bool = False
    text_read: bool = False
    reads: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ImageAnnotation:
    """The result for one image.

    timings: seconds by stage, in the order in which the stages ran.
    problems: a sentence for each word that could not be worked on; such a word has no characters.
    """

    width: int
    height: int
    words: tuple[AnnotatedWord, ...]
    segmenter: str
    prompts: PromptMode
    timings: dict[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def characters(self) -> tuple[Character, ...]:
        """Every character in reading order; the character at index i has `mask_value` i + 1."""
        return tuple(character for word in self.words for character in word.characters)

    def character_mask(self) -> NDArray[np.uint16]:
        """(height, width) uint16: 0 for background, else the `mask_value` of the pixel's character."""
        values = np.zeros((self.height, self.width), np.uint16)
        for value, character in enumerate(self.characters, start=1):
            mask = character.mask
            h, w = mask.pixels.shape
            values[mask.y : mask.y + h, mask.x : mask.x + w][mask.pixels] = value
        return values

    def text_mask(self) -> ImageArray:
        """(height, width) uint8: 255 where there is text, else 0."""
        return np.where(self.character_mask() > 0, np.uint8(255), np.uint8(0))
