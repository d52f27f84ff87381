"""Words in the native format as an import brings them: with their masks and figures, where the file has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from charsam import rle
from charsam.cgr.masks import trimmed
from charsam.checks import MAX_CHARACTERS, MAX_WORDS
from charsam.datasets.fields import Field
from charsam.editing.document_json import LARGEST_SIDE, LONGEST_CATEGORY, LONGEST_TEXT, checked_text
from charsam.editing.state import Points, StoredMask, stored_figure, stored_points
from charsam.text import characters_of
from charsam.types import BoxSource

MOST_PIXELS: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class ImportedCharacter:
    """mask: None where the file has none. size: height and width of the image that the mask is of."""

    category: str
    polygon: Points
    box_source: BoxSource = BoxSource.GIVEN
    recognised: str = ""
    probability: float = 0.0
    positive: Points = ()
    negative: Points = ()
    quality: float = 0.0
    glyph_agreement: float | None = None
    suspicion: float = 0.0
    mask: StoredMask | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ImportedWord:
    polygon: Points
    text: str
    ignore: bool
    text_read: bool
    characters: tuple[ImportedCharacter, ...]


def imported_words(field: Field) -> tuple[ImportedWord, ...]:
    """The words of a native list. Raises WordsError, naming the field, for what is malformed."""
    if isinstance(field.value, list) and len(field.value) > MAX_WORDS:
        raise field.error(f"expected at most {MAX_WORDS} words")
    return tuple(_word(item) for item in field.items())


def _word(item: Field) -> ImportedWord:
    text, listed = item.find("text"), item.find("chars")
    if listed is not None and isinstance(listed.value, list) and len(listed.value) > MAX_CHARACTERS:
        raise listed.error(f"expected at most {MAX_CHARACTERS} characters")
    return ImportedWord(
        polygon=stored_points(item.get("polygon").points(4)),
        text="" if text is None else checked_text(text),
        ignore=_flag(item, "ignore"),
        text_read=_flag(item, "text_read"),
        characters=() if listed is None else tuple(_character(one) for one in listed.items()),
    )


def _character(item: Field) -> ImportedCharacter:
    named = item.get("category")
    category = "".join(characters_of(named.text()))
    if not 0 < len(category) <= LONGEST_CATEGORY:
        raise named.error("expected a character")
    points = item.find("points")
    positive, negative = (
        () if points is None or (found := points.find(name)) is None else stored_points(found.points(0))
        for name in ("positive", "negative")
    )
    agreement, recognised, source = (item.find(name) for name in ("glyph_agreement", "recognised", "box_source"))
    mask, size = _mask(item.find("mask"))
    if source is not None and source.value not in tuple(BoxSource):
        raise source.error(f"expected one of {', '.join(BoxSource)}")
    return ImportedCharacter(
        category=category,
        polygon=_polygon(item),
        box_source=BoxSource.GIVEN if source is None else BoxSource(source.value),
        recognised="" if recognised is None else recognised.text()[:LONGEST_TEXT],
        probability=_share(item, "probability"),
        positive=positive,
        negative=negative,
        quality=_share(item, "quality"),
        glyph_agreement=None if agreement is None else _share(item, "glyph_agreement"),
        suspicion=_share(item, "suspicion"),
        mask=mask,
        size=size,
    )


def _polygon(item: Field) -> Points:
    box = item.find("box")
    if item.find("polygon") is not None or box is None:
        return stored_points(item.get("polygon").points(3))
    numbers = [value.number() for value in box.items()] if isinstance(box.value, list) and len(box.value) == 4 else []
    if not numbers or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise box.error("expected x0, y0, x1, y1 with x0 < x1 and y0 < y1")
    x0, y0, x1, y1 = numbers
    return stored_points(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32))


def _mask(field: Field | None) -> tuple[StoredMask | None, tuple[int, int] | None]:
    if field is None:
        return None, None
    size = field.get("size")
    if not isinstance(size.value, list) or len(size.value) != 2:
        raise size.error("expected height and width")
    height, width = (item.whole(1, LARGEST_SIDE) for item in size.items())
    if height * width > MOST_PIXELS:
        raise size.error(f"expected at most {MOST_PIXELS} pixels")
    counts = field.get("counts")
    try:
        pixels = rle.decode((height, width), counts.text())
    except ValueError as error:
        raise counts.error(str(error)) from error
    return StoredMask.of(trimmed(pixels, 0, 0)), (height, width)


def _flag(item: Field, name: str) -> bool:
    found = item.find(name)
    return False if found is None else found.flag()


def _share(item: Field, name: str) -> float:
    found = item.find(name)
    if found is None:
        return 0.0
    if not 0.0 <= found.number() <= 1.0:
        raise found.error("expected a number from 0 to 1")
    return stored_figure(found.number())
