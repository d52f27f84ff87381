"""Words from files as a document holds them: with masks, points, figures and decisions, where the file has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from charsam import rle
from charsam.cgr.masks import trimmed
from charsam.checks import MAX_CHARACTERS, MAX_WORDS
from charsam.datasets.fields import Field
from charsam.datasets.native import outline_of
from charsam.editing.conversion import quad_around
from charsam.editing.document import (
    DocumentCharacter,
    DocumentWord,
    StoredMask,
    point_array,
    stored_figure,
    stored_points,
)
from charsam.editing.document_json import LARGEST_SIDE, LONGEST_CATEGORY, LONGEST_TEXT, checked_text
from charsam.errors import WordsError
from charsam.geometry import word_frame
from charsam.text import characters_of
from charsam.types import BoxSource, CharacterMask, FloatArray, Word

Shape = tuple[int, int]
"""Height and width of an image."""


def imported_words(field: Field, shape: Shape) -> tuple[DocumentWord, ...]:
    """The words of a native list for an image of that shape; they and their characters have no ids yet.

    Raises WordsError, naming the field, for what is malformed.
    """
    if isinstance(field.value, list) and len(field.value) > MAX_WORDS:
        raise field.error(f"expected at most {MAX_WORDS} words")
    return tuple(_word(item, shape) for item in field.items())


def imported_entry(field: Field, shape: Shape) -> tuple[tuple[DocumentWord, ...], list[WordsError]]:
    """The words of a native list that can be used, and what is wrong with the others.

    Raises WordsError where it is no list.
    """
    words: list[DocumentWord] = []
    problems: list[WordsError] = []
    for item in field.items()[:MAX_WORDS]:
        try:
            words.append(_word(item, shape))
        except WordsError as error:
            problems.append(error if str(error).startswith(item.place) else WordsError(f"{item.place}: {error}"))
    if len(field.value) > MAX_WORDS:
        problems.append(field.error(f"an image may have {MAX_WORDS} words; those after are left out"))
    return tuple(words), problems


def imported_from(words: Sequence[Word], masks: NDArray[np.uint16] | None = None) -> tuple[DocumentWord, ...]:
    """Words of a dataset. masks: (H, W) the number, from 1, of each pixel's character among those of all words."""
    boxes = [] if masks is None else find_objects(masks.astype(np.int32))
    number = 0
    result = []
    for place, word in enumerate(words[:MAX_WORDS]):
        polygon, characters = stored_points(word.polygon), []
        for given in word.characters[:MAX_CHARACTERS]:
            number += 1
            mask = StoredMask()
            if masks is not None and number <= len(boxes) and (window := boxes[number - 1]) is not None:
                pixels = masks[window] == number
                mask = StoredMask.of(CharacterMask(pixels, int(window[1].start), int(window[0].start)))
            quad = quad_around(point_array(stored_points(given.polygon)), point_array(polygon))
            characters.append(DocumentCharacter("", given.category, quad, mask=mask))
        number += max(0, len(word.characters) - MAX_CHARACTERS)
        text = (word.text or "")[:LONGEST_TEXT]
        found = DocumentWord("", polygon, text, word.ignore, word.text_read, "", tuple(characters))
        result.append(_checked(found, f"words[{place}]"))
    return tuple(result)


def _word(item: Field, shape: Shape) -> DocumentWord:
    text, listed, reads = item.find("text"), item.find("chars"), item.find("reads")
    if listed is not None and isinstance(listed.value, list) and len(listed.value) > MAX_CHARACTERS:
        raise listed.error(f"expected at most {MAX_CHARACTERS} characters")
    polygon = item.get("polygon").points(4)
    word = DocumentWord(
        id="",
        polygon=stored_points(polygon),
        text="" if text is None else checked_text(text),
        ignore=item.flag_at("ignore"),
        text_read=item.flag_at("text_read"),
        characters=() if listed is None else tuple(_character(one, polygon, shape) for one in listed.items()),
        reads="" if reads is None else checked_text(reads),
    )
    return _checked(word, item.place)


def _checked(word: DocumentWord, place: str) -> DocumentWord:
    """The word as a document holds it: one to be ignored has no characters. Raises WordsError for an outline that
    cannot hold its characters.
    """
    if not word.characters:
        return replace(word, reads="")
    try:
        word_frame(point_array(word.polygon))
    except WordsError as error:
        raise WordsError(f"{place}.polygon: expected one that encloses its characters; {error}") from error
    if word.ignore:
        return replace(word, characters=(), reads="")
    return word if word.text else replace(word, text="".join(one.category for one in word.characters))


def _character(item: Field, word: FloatArray, shape: Shape) -> DocumentCharacter:
    named = item.get("category")
    category = "".join(characters_of(named.text()))
    if not 0 < len(category) <= LONGEST_CATEGORY:
        raise named.error("expected a character")
    points = item.find("points")
    positive, negative = (
        () if points is None or (found := points.find(name)) is None else stored_points(found.points(0))
        for name in ("positive", "negative")
    )
    recognised, source, review = (item.find(name) for name in ("recognised", "box_source", "review"))
    voted = item.find("glyph_agreement") is not None
    if source is not None and source.value not in tuple(BoxSource):
        raise source.error(f"expected one of {', '.join(BoxSource)}")
    if review is not None and review.value not in ("accepted", "rejected"):
        raise review.error("expected accepted or rejected")
    return DocumentCharacter(
        id="",
        category=category,
        quad=quad_around(point_array(stored_points(outline_of(item))), point_array(stored_points(word))),
        box_source=BoxSource.GIVEN if source is None else BoxSource(source.value),
        recognised="" if recognised is None else recognised.text()[:LONGEST_TEXT],
        probability=stored_figure(item.share_at("probability")),
        positive=positive,
        negative=negative,
        quality=stored_figure(item.share_at("quality")),
        glyph_agreement=stored_figure(item.share_at("glyph_agreement")) if voted else None,
        suspicion=stored_figure(item.share_at("suspicion")),
        review="" if review is None else str(review.value),
        mask=_mask(item, shape),
    )


def _mask(item: Field, shape: Shape) -> StoredMask:
    field = item.find("mask")
    if field is None:
        return StoredMask()
    size = field.get("size")
    if not isinstance(size.value, list) or len(size.value) != 2:
        raise size.error("expected height and width")
    height, width = (item.whole(1, LARGEST_SIDE) for item in size.items())
    if (height, width) != shape:
        raise WordsError(
            f"{item.place.rsplit('[', 1)[0]}: expected masks of the image's {shape[1]} x {shape[0]} pixels; "
            f"there is one of {width} x {height}"
        )
    counts = field.get("counts")
    try:
        pixels = rle.decode((height, width), counts.text())
    except ValueError as error:
        raise counts.error(str(error)) from error
    return StoredMask.of(trimmed(pixels, 0, 0))
