"""Words in the native format as an import brings them: with their masks and figures, where the file has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from charsam import rle
from charsam.cgr.masks import trimmed
from charsam.checks import MAX_CHARACTERS, MAX_WORDS
from charsam.datasets.fields import Field
from charsam.editing.document_json import LARGEST_SIDE, LONGEST_CATEGORY, LONGEST_TEXT, checked_text
from charsam.editing.state import Points, StoredMask, point_array, stored_figure, stored_points
from charsam.errors import WordsError
from charsam.geometry import word_frame
from charsam.text import characters_of
from charsam.types import BoxSource, CharacterMask, Word

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
    review: str = ""
    mask: StoredMask | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ImportedWord:
    """A word of a file. reads: what the recogniser read where the text may be wrong."""

    polygon: Points
    text: str
    ignore: bool
    text_read: bool
    characters: tuple[ImportedCharacter, ...]
    reads: str = ""


def imported_words(field: Field) -> tuple[ImportedWord, ...]:
    """The words of a native list. Raises WordsError, naming the field, for what is malformed."""
    if isinstance(field.value, list) and len(field.value) > MAX_WORDS:
        raise field.error(f"expected at most {MAX_WORDS} words")
    return tuple(_word(item) for item in field.items())


def imported_entry(field: Field, shape: tuple[int, int]) -> tuple[tuple[ImportedWord, ...], list[WordsError]]:
    """The words of a native list that can be used for an image of that height and width, and what is wrong with others.

    Raises WordsError where it is no list.
    """
    words: list[ImportedWord] = []
    problems: list[WordsError] = []
    for item in field.items()[:MAX_WORDS]:
        try:
            word = _word(item)
            if word.characters:
                word_frame(point_array(word.polygon))
            for one in word.characters:
                if one.size is not None and one.size != shape:
                    raise WordsError(
                        f"{item.place}: chars: expected masks of the image's {shape[1]} x {shape[0]} pixels; "
                        f"there is one of {one.size[1]} x {one.size[0]}"
                    )
            words.append(word)
        except WordsError as error:
            problems.append(error if str(error).startswith(item.place) else WordsError(f"{item.place}: {error}"))
    if len(field.value) > MAX_WORDS:
        problems.append(field.error(f"an image may have {MAX_WORDS} words; those after are left out"))
    return tuple(words), problems


def imported_from(words: Sequence[Word], masks: NDArray[np.uint16] | None = None) -> tuple[ImportedWord, ...]:
    """Words of a dataset. masks: (H, W) the number, from 1, of each pixel's character among those of all words."""
    boxes = [] if masks is None else find_objects(masks.astype(np.int32))
    number = 0
    result = []
    for word in words[:MAX_WORDS]:
        characters = []
        for given in word.characters[:MAX_CHARACTERS]:
            number += 1
            mask = None
            if masks is not None and number <= len(boxes) and (window := boxes[number - 1]) is not None:
                pixels = masks[window] == number
                mask = StoredMask.of(CharacterMask(pixels, int(window[1].start), int(window[0].start)))
            characters.append(ImportedCharacter(given.category, stored_points(given.polygon), mask=mask))
        number += max(0, len(word.characters) - MAX_CHARACTERS)
        text = (word.text or "")[:LONGEST_TEXT]
        result.append(ImportedWord(stored_points(word.polygon), text, word.ignore, word.text_read, tuple(characters)))
    return tuple(result)


def _word(item: Field) -> ImportedWord:
    text, listed, reads = item.find("text"), item.find("chars"), item.find("reads")
    if listed is not None and isinstance(listed.value, list) and len(listed.value) > MAX_CHARACTERS:
        raise listed.error(f"expected at most {MAX_CHARACTERS} characters")
    return ImportedWord(
        polygon=stored_points(item.get("polygon").points(4)),
        text="" if text is None else checked_text(text),
        ignore=_flag(item, "ignore"),
        text_read=_flag(item, "text_read"),
        characters=() if listed is None else tuple(_character(one) for one in listed.items()),
        reads="" if reads is None else checked_text(reads),
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
        review=_review(item),
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


def _review(item: Field) -> str:
    found = item.find("review")
    if found is None:
        return ""
    if found.value not in ("accepted", "rejected"):
        raise found.error("expected accepted or rejected")
    return found.text()


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
