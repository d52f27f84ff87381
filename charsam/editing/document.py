"""The labeling document of one image: plain values that compare by what they hold, so that every edit can be undone.

Coordinates are image pixels after EXIF orientation, kept to COORDINATE_DIGITS decimals; figures to FIGURE_DIGITS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from charsam import rle
from charsam.cgr.masks import trimmed
from charsam.errors import EditError
from charsam.types import BoxSource, CharacterMask, FloatArray

COORDINATE_DIGITS = 2
FIGURE_DIGITS = 4

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class StoredMask:
    """An exact mask: COCO's run-length encoding of a crop of the image at offset x, y. An empty one has no size."""

    x: int = 0
    y: int = 0
    height: int = 0
    width: int = 0
    counts: str = ""

    @classmethod
    def of(cls, mask: CharacterMask) -> StoredMask:
        cut = trimmed(mask.pixels, mask.x, mask.y)
        height, width = cut.pixels.shape
        if not height:
            return cls()
        encoded = rle.encode(CharacterMask(cut.pixels, 0, 0), height, width)
        return cls(cut.x, cut.y, height, width, str(encoded["counts"]))

    def mask(self) -> CharacterMask:
        return CharacterMask(rle.decode((self.height, self.width), self.counts), self.x, self.y)


@dataclass(frozen=True, slots=True)
class DocumentCharacter:
    """One character with its mask and all that it came from; see `charsam.types.Character` for the common fields.

    clicked_positive, clicked_negative: which of the points a person set; empty where none.
    points_edited, box_edited, category_edited: a person changed them. review: "", "accepted" or "rejected".
    brushed, erased: the pixels that brush strokes put into the mask and took out of it; None without strokes.
    """

    id: str
    category: str
    quad: Points
    box_source: BoxSource = BoxSource.GIVEN
    recognised: str = ""
    probability: float = 0.0
    positive: Points = ()
    negative: Points = ()
    clicked_positive: tuple[bool, ...] = ()
    clicked_negative: tuple[bool, ...] = ()
    points_edited: bool = False
    quality: float = 0.0
    glyph_agreement: float | None = None
    suspicion: float = 0.0
    signals: dict[str, float] = field(default_factory=dict)
    box_edited: bool = False
    category_edited: bool = False
    review: str = ""
    mask: StoredMask = field(default_factory=StoredMask)
    brushed: StoredMask | None = None
    erased: StoredMask | None = None

    @property
    def painted(self) -> bool:
        return self.brushed is not None or self.erased is not None

    @property
    def corrected(self) -> bool:
        """Whether a person changed or judged it."""
        edited = self.box_edited or self.points_edited or self.category_edited
        return edited or self.painted or bool(self.review)

    @property
    def judged(self) -> bool:
        """Whether its mask stays as it is when only others change: a person painted or accepted it."""
        return self.painted or self.review == "accepted"

    def clicks(self, label: int) -> tuple[bool, ...]:
        """For each of its positive (label 1) or negative (0) points whether a person set it."""
        points, clicked = (self.positive, self.clicked_positive) if label else (self.negative, self.clicked_negative)
        return clicked or (False,) * len(points)


@dataclass(frozen=True, slots=True)
class DocumentWord:
    """A word. text: "" where it is not known. text_read: the recogniser read it. problem: why it has no characters,
    in a sentence. edited: a person changed its polygon, text or number of characters after it was annotated. reads:
    what the recogniser reads where that clearly differs from the text; "" elsewhere.
    """

    id: str
    polygon: Points
    text: str = ""
    ignore: bool = False
    text_read: bool = False
    problem: str = ""
    characters: tuple[DocumentCharacter, ...] = ()
    edited: bool = False
    reads: str = ""

    @property
    def corrected(self) -> bool:
        return self.edited or any(character.corrected for character in self.characters)


@dataclass(frozen=True, slots=True)
class Document:
    """One image's words. next_id: the number of the next id; no id is given twice."""

    width: int
    height: int
    next_id: int = 1
    words: tuple[DocumentWord, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width

    def characters(self) -> Iterator[DocumentCharacter]:
        for word in self.words:
            yield from word.characters

    def word_at(self, word_id: str) -> int:
        """The place of a word. Raises EditError where there is none of that id."""
        for place, word in enumerate(self.words):
            if word.id == word_id:
                return place
        raise EditError(f"there is no word {word_id!r} in this image (any more)")

    def character_at(self, character_id: str) -> tuple[int, int]:
        """The place of a character: of its word, and in the word. Raises EditError where there is none of that id."""
        for place, word in enumerate(self.words):
            for index, character in enumerate(word.characters):
                if character.id == character_id:
                    return place, index
        raise EditError(f"there is no character {character_id!r} in this image (any more)")


def stored_points(points: FloatArray) -> Points:
    """(P, 2) points as a document keeps them."""
    return tuple((round(float(x), COORDINATE_DIGITS), round(float(y), COORDINATE_DIGITS)) for x, y in points)


def point_array(points: Points) -> FloatArray:
    """(P, 2) float32."""
    return np.array(points, np.float32).reshape(-1, 2)


def stored_figure(value: float) -> float:
    """A figure rounded as it is stored."""
    return round(float(value), FIGURE_DIGITS)
