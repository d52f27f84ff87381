"""The fields of commands: how each is read from JSON, with errors that name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import PlainValidator, ValidationInfo

from charsam.datasets.fields import Field
from charsam.editing.document import Points, stored_points
from charsam.editing.document_json import LONGEST_CATEGORY, LONGEST_ID, REVIEWS, checked_text
from charsam.text import characters_of

MOST_CHARACTERS: Final = 10_000
LARGEST_RADIUS: Final = 1000.0
PLACE: Final = "command"
MAY_BE_NULL: Final = ("text", "at", "categories", "category", "erase", "characters", "word", "everything")
ALIASES: Final = {"verdict": "as", "everything": "all"}


def read(read: Callable[[Field], Any]) -> PlainValidator:
    """A field that is read so; null where that may be left out."""

    def value_of(value: Any, info: ValidationInfo) -> Any:
        return None if value is None and info.field_name in MAY_BE_NULL else read(Field(_place(info.field_name), value))

    return PlainValidator(value_of)


def _place(name: str | None) -> str:
    return f"{PLACE}: {ALIASES.get(name or '', name)}"


def _id(field: Field) -> str:
    text = field.text()
    if not 0 < len(text) <= LONGEST_ID:
        raise field.error("expected an id")
    return text


def _ids(field: Field) -> tuple[str, ...]:
    if not isinstance(field.value, list) or not 0 < len(field.value) <= MOST_CHARACTERS:
        raise field.error(f"expected a list of 1 to {MOST_CHARACTERS} ids")
    return tuple(_id(item) for item in field.items())


def _two_ids(field: Field) -> tuple[str, ...]:
    pair = tuple(_id(item) for item in _pair(field))
    if pair[0] == pair[1]:
        raise field.error("expected the ids of two different characters")
    return pair


def _pair(field: Field) -> list[Field]:
    if not isinstance(field.value, list) or len(field.value) != 2:
        raise field.error("expected a list of two")
    return field.items()


def _category(field: Field) -> str:
    """One character as a reader counts them."""
    text = field.text()
    found = characters_of(text) if len(text) <= LONGEST_CATEGORY else ()
    if len(found) != 1:
        raise field.error("expected one character")
    return found[0]


def _two_categories(field: Field) -> tuple[str, ...]:
    return tuple(_category(item) for item in _pair(field))


def _quad(field: Field) -> Points:
    points = field.points(4)
    if len(points) != 4:
        raise field.error("expected four corners")
    return stored_points(points)


def _line(field: Field) -> Points:
    points = stored_points(field.points(2))
    if len(points) != 2 or points[0] == points[1]:
        raise field.error("expected two different points")
    return points


def _point(field: Field) -> tuple[float, float]:
    if not isinstance(field.value, list) or len(field.value) != 2:
        raise field.error("expected x and y")
    return stored_points(Field(field.place, [field.value]).points(1))[0]


def _radius(field: Field) -> float:
    if not 0.0 < field.number() <= LARGEST_RADIUS:
        raise field.error(f"expected a number of pixels above 0 and at most {LARGEST_RADIUS:.0f}")
    return field.number()


def _verdict(field: Field) -> str:
    if field.value not in REVIEWS:
        raise field.error(f"expected one of {', '.join(map(repr, REVIEWS))}")
    return str(field.value)


Id = Annotated[str, read(_id)]
Category = Annotated[str, read(_category)]
Quad = Annotated[Points, read(_quad)]
Polygon = Annotated[Points, read(lambda field: stored_points(field.points(4)))]
Point = Annotated[tuple[float, float], read(_point)]
Flag = Annotated[bool, read(Field.flag)]
Label = Annotated[int, read(lambda field: field.whole(0, 1))]
"""Of a point: 1 on the glyph, 0 off it."""
Index = Annotated[int, read(lambda field: field.whole(0, 4096))]

MaybeText = Annotated[str | None, read(lambda field: checked_text(field) or None)]
Text = Annotated[str, read(checked_text)]
Line = Annotated[Points, read(_line)]
Stroke = Annotated[Points, read(lambda field: stored_points(field.points(1)))]
Radius = Annotated[float, read(_radius)]
Place = Annotated[int | None, read(lambda field: field.whole(0, MOST_CHARACTERS))]
TwoIds = Annotated[tuple[str, str], read(_two_ids)]
TwoCategories = Annotated[tuple[str, str] | None, read(_two_categories)]
MaybeCategory = Annotated[str | None, read(_category)]
MaybeIds = Annotated[tuple[str, ...] | None, read(_ids)]
MaybeId = Annotated[str | None, read(_id)]
Verdict = Annotated[str, read(_verdict)]
Words = Annotated[Field, read(lambda field: field)]
"""Read when the image is there: their masks are of its size."""
