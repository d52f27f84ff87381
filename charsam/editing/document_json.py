"""The labeling document as JSON, and back with every field checked."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from charsam import rle
from charsam.checks import MAX_CHARACTERS
from charsam.datasets.fields import Field
from charsam.editing.document import (
    Document,
    DocumentCharacter,
    DocumentWord,
    Points,
    StoredMask,
    point_array,
    stored_figure,
    stored_points,
)
from charsam.errors import EditError, WordsError
from charsam.polygon import has_crossing_sides
from charsam.types import BoxSource

LONGEST_TEXT: Final = 200
LONGEST_CATEGORY: Final = 64
LONGEST_ID: Final = 32
LONGEST_PROBLEM: Final = 1000
LARGEST_SIDE: Final = 65_535
MOST_WORDS: Final = 10_000
MOST_SIGNALS: Final = 32
REVIEWS: Final = ("", "accepted", "rejected")


@contextmanager
def as_edit_error() -> Iterator[None]:
    """Raise what is wrong with a field as an EditError."""
    try:
        yield
    except WordsError as error:
        raise EditError(str(error)) from error


def document_to_json(document: Document) -> dict[str, Any]:
    """A document as JSON, for the page and the database."""
    return {
        "width": document.width,
        "height": document.height,
        "next_id": document.next_id,
        "words": [word_to_json(word) for word in document.words],
    }


def word_to_json(word: DocumentWord) -> dict[str, Any]:
    """One of its words."""
    return {
        "id": word.id,
        "polygon": _pairs(word.polygon),
        "text": word.text,
        "ignore": word.ignore,
        "text_read": word.text_read,
        "problem": word.problem,
        "edited": word.edited,
        "reads": word.reads,
        "crossing": has_crossing_sides(point_array(word.polygon)),
        "characters": [_character_to_json(character) for character in word.characters],
    }


def _character_to_json(character: DocumentCharacter) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": character.id,
        "category": character.category,
        "quad": _pairs(character.quad),
        "box_source": str(character.box_source),
        "recognised": character.recognised,
        "probability": character.probability,
        "positive": _pairs(character.positive),
        "negative": _pairs(character.negative),
        "points_edited": character.points_edited,
        "quality": character.quality,
        "glyph_agreement": character.glyph_agreement,
        "suspicion": character.suspicion,
        "signals": dict(character.signals),
        "box_edited": character.box_edited,
        "category_edited": character.category_edited,
        "painted": character.painted,
        "review": character.review,
        "mask": _mask_to_json(character.mask),
    }
    if character.clicked_positive or character.clicked_negative:
        data["clicked"] = {"positive": list(character.clicks(1)), "negative": list(character.clicks(0))}
    for name, mask in (("brushed", character.brushed), ("erased", character.erased)):
        if mask is not None:
            data[name] = _mask_to_json(mask)
    return data


def _mask_to_json(mask: StoredMask) -> dict[str, Any]:
    return {"x": mask.x, "y": mask.y, "size": [mask.height, mask.width], "counts": mask.counts}


def _pairs(points: Points) -> list[list[float]]:
    return [[x, y] for x, y in points]


def document_from_json(data: Any) -> Document:
    """The document of such JSON. Raises EditError, naming the field, for whatever is not as it should be."""
    with as_edit_error():
        root = Field("document", data)
        width, height = (root.get(key).whole(1, LARGEST_SIDE) for key in ("width", "height"))
        next_id = root.get("next_id").whole(1, 2**53)
        words = tuple(word_of(item, width, height) for item in _listed(root.get("words"), MOST_WORDS))
        document = Document(width, height, next_id, words)
        check_ids(document)
        return document


def check_ids(document: Document) -> None:
    """Raise EditError where two things have one id, or an id that is still to be given."""
    seen: set[str] = set()
    for name in [word.id for word in document.words] + [character.id for character in document.characters()]:
        if name in seen:
            raise EditError(f"document: the id {name!r} is there twice; ids must differ")
        seen.add(name)
        if name[1:].isdecimal() and int(name[1:]) >= document.next_id:
            raise EditError(f"document: next_id is {document.next_id}; it must be above the number of {name!r}")


def word_of(item: Field, width: int, height: int) -> DocumentWord:
    """A word of a document. Raises WordsError, naming the field."""
    characters = tuple(_character(one, width, height) for one in _listed(item.get("characters"), MAX_CHARACTERS))
    return DocumentWord(
        id=_short(item.get("id"), LONGEST_ID, least=2),
        polygon=stored_points(item.get("polygon").points(4)),
        text=checked_text(item.get("text")),
        ignore=item.get("ignore").flag(),
        text_read=item.flag_at("text_read"),
        problem=_text(item, "problem", LONGEST_PROBLEM),
        characters=characters,
        edited=item.flag_at("edited"),
        reads=_text(item, "reads", LONGEST_TEXT),
    )


def checked_text(field: Field) -> str:
    """A transcription, composed (NFC). Raises WordsError where it is too long or no text."""
    text = unicodedata.normalize("NFC", field.text()).strip()
    if len(text) > LONGEST_TEXT:
        raise WordsError(f"{field.place}: expected at most {LONGEST_TEXT} characters, there are {len(text)}")
    if any(unicodedata.category(code) == "Cc" for code in text):
        raise field.error("expected a text without control characters")
    return text


def _character(item: Field, width: int, height: int) -> DocumentCharacter:
    quad = item.get("quad").points(4)
    if len(quad) != 4:
        raise item.get("quad").error("expected four corners")
    positive, negative = (stored_points(item.get(name).points(0)) for name in ("positive", "negative"))
    clicked = item.find("clicked")
    review = item.find("review")
    if review is not None and review.value not in REVIEWS:
        raise review.error(f"expected one of {', '.join(map(repr, REVIEWS))}")
    agreement = item.find("glyph_agreement")
    mask = _mask(item.get("mask"), width, height)
    brushed, erased = (
        None if (found := item.find(name)) is None else _mask(found, width, height) for name in ("brushed", "erased")
    )
    if item.flag_at("painted") and brushed is None and erased is None:
        brushed = mask
    signals = item.find("signals")
    return DocumentCharacter(
        id=_short(item.get("id"), LONGEST_ID, least=2),
        category=_short(item.get("category"), LONGEST_CATEGORY, least=1),
        quad=stored_points(quad),
        box_source=_source(item.find("box_source")),
        recognised=_text(item, "recognised", LONGEST_TEXT),
        probability=_share(item, "probability"),
        positive=positive,
        negative=negative,
        clicked_positive=_clicks(clicked, "positive", len(positive)),
        clicked_negative=_clicks(clicked, "negative", len(negative)),
        points_edited=item.flag_at("points_edited"),
        quality=_share(item, "quality"),
        glyph_agreement=None if agreement is None else _share(item, "glyph_agreement"),
        suspicion=_share(item, "suspicion"),
        signals={} if signals is None else _signals(signals),
        box_edited=item.flag_at("box_edited"),
        category_edited=item.flag_at("category_edited"),
        review="" if review is None else str(review.value),
        mask=mask,
        brushed=brushed,
        erased=erased,
    )


def _mask(item: Field, width: int, height: int) -> StoredMask:
    x, y = item.get("x").whole(0, width), item.get("y").whole(0, height)
    size = item.get("size")
    sides = [side.whole(0, LARGEST_SIDE) for side in _listed(size, 2)]
    if len(sides) != 2:
        raise size.error("expected height and width")
    counts = item.get("counts").text()
    if x + sides[1] > width or y + sides[0] > height:
        raise size.error(f"expected a crop within the image of {width} x {height} pixels")
    fault = _rle_fault(sides[0], sides[1], counts)
    if fault:
        raise WordsError(f"{item.place}: {fault}")
    return StoredMask(x, y, sides[0], sides[1], counts) if all(sides) else StoredMask()


@functools.lru_cache(maxsize=20_000)
def _rle_fault(height: int, width: int, counts: str) -> str:
    """What is wrong with a run-length encoding; "" where nothing is."""
    if len(counts) > 16 + 8 * height * width:
        return f"the counts are too long for {height} x {width} pixels"
    try:
        rle.decode((height, width), counts)
    except ValueError as error:
        return str(error)
    return ""


def _source(field: Field | None) -> BoxSource:
    if field is None:
        return BoxSource.GIVEN
    try:
        return BoxSource(field.text())
    except ValueError as error:
        raise field.error(f"expected one of {', '.join(BoxSource)}") from error


def _signals(field: Field) -> dict[str, float]:
    if not isinstance(field.value, dict) or len(field.value) > MOST_SIGNALS:
        raise field.error(f"expected an object of at most {MOST_SIGNALS} figures")
    return {key[:LONGEST_ID]: _share(field, key) for key in field.value}


def _clicks(clicked: Field | None, name: str, count: int) -> tuple[bool, ...]:
    found = None if clicked is None else clicked.find(name)
    if found is None:
        return ()
    flags = tuple(item.flag() for item in _listed(found, count))
    if len(flags) != count:
        raise found.error(f"expected {count} flags, one a point")
    return flags if any(flags) else ()


def _listed(field: Field, most: int) -> list[Field]:
    if isinstance(field.value, list) and len(field.value) > most:
        raise WordsError(f"{field.place}: expected at most {most} entries, there are {len(field.value)}")
    return field.items()


def _text(item: Field, name: str, longest: int) -> str:
    found = item.find(name)
    return "" if found is None else _short(found, longest)


def _short(field: Field, longest: int, least: int = 0) -> str:
    text = field.text()
    if not least <= len(text) <= longest:
        raise field.error(f"expected {least} to {longest} characters")
    return text


def _share(item: Field, name: str) -> float:
    return stored_figure(item.share_at(name))
