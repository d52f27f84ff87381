"""What a person can ask for: commands from JSON, every field checked before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from charsam.datasets.fields import Field
from charsam.editing.document_json import LONGEST_CATEGORY, LONGEST_ID, REVIEWS, as_edit_error, checked_text
from charsam.editing.imported import ImportedWord, imported_words
from charsam.editing.state import Points, stored_points
from charsam.errors import WordsError
from charsam.text import characters_of

MOST_CHARACTERS: Final = 10_000
LARGEST_RADIUS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class AddWord:
    """text: None to have it read."""

    do: ClassVar[str] = "add_word"
    polygon: Points
    text: str | None


@dataclass(frozen=True, slots=True)
class SetPolygon:
    do: ClassVar[str] = "set_polygon"
    word: str
    polygon: Points


@dataclass(frozen=True, slots=True)
class SetText:
    """text: "" to have it read."""

    do: ClassVar[str] = "set_text"
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class SetIgnore:
    do: ClassVar[str] = "set_ignore"
    word: str
    ignore: bool


@dataclass(frozen=True, slots=True)
class DeleteWord:
    do: ClassVar[str] = "delete_word"
    word: str


@dataclass(frozen=True, slots=True)
class AddCharacter:
    """at: its place in the word; None for where it lies along the word."""

    do: ClassVar[str] = "add_character"
    word: str
    quad: Points
    category: str
    at: int | None


@dataclass(frozen=True, slots=True)
class SetQuad:
    do: ClassVar[str] = "set_quad"
    character: str
    quad: Points


@dataclass(frozen=True, slots=True)
class DeleteCharacter:
    do: ClassVar[str] = "delete_character"
    character: str


@dataclass(frozen=True, slots=True)
class SetCategory:
    do: ClassVar[str] = "set_category"
    character: str
    category: str


@dataclass(frozen=True, slots=True)
class SplitCharacter:
    """line: two points of the image. categories: of the two parts in reading order; None: both keep the character's."""

    do: ClassVar[str] = "split_character"
    character: str
    line: Points
    categories: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class MergeCharacters:
    """category: None to keep that of the first in reading order."""

    do: ClassVar[str] = "merge_characters"
    characters: tuple[str, str]
    category: str | None


@dataclass(frozen=True, slots=True)
class AddPoint:
    do: ClassVar[str] = "add_point"
    character: str
    point: tuple[float, float]
    label: int


@dataclass(frozen=True, slots=True)
class RemovePoint:
    """index: among the character's points of that label."""

    do: ClassVar[str] = "remove_point"
    character: str
    label: int
    index: int


@dataclass(frozen=True, slots=True)
class MovePoint:
    do: ClassVar[str] = "move_point"
    character: str
    label: int
    index: int
    point: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Paint:
    """stroke: the way of the brush's centre. radius: in image pixels."""

    do: ClassVar[str] = "paint"
    character: str
    stroke: Points
    radius: float
    erase: bool


@dataclass(frozen=True, slots=True)
class Repaint:
    do: ClassVar[str] = "repaint"
    character: str


@dataclass(frozen=True, slots=True)
class Review:
    """Of the characters named, or of one word's, or of all where both are None. verdict: "", "accepted", "rejected"."""

    do: ClassVar[str] = "review"
    characters: tuple[str, ...] | None
    word: str | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Annotate:
    do: ClassVar[str] = "annotate"


@dataclass(frozen=True, slots=True)
class Replace:
    do: ClassVar[str] = "replace"
    words: tuple[ImportedWord, ...]


Command = (
    AddWord
    | SetPolygon
    | SetText
    | SetIgnore
    | DeleteWord
    | AddCharacter
    | SetQuad
    | DeleteCharacter
    | SetCategory
    | SplitCharacter
    | MergeCharacters
    | AddPoint
    | RemovePoint
    | MovePoint
    | Paint
    | Repaint
    | Review
    | Annotate
    | Replace
)


def command_from_json(data: Any) -> Command:
    """The command of such JSON. Raises EditError, naming the field and what was expected there."""
    with as_edit_error():
        root = Field("command", data)
        name = root.get("do")
        read = _READERS.get(name.value) if isinstance(name.value, str) else None
        if read is None:
            raise name.error(f"expected one of {', '.join(COMMANDS)}")
        return read(root)


def _add_word(root: Field) -> Command:
    text = root.find("text")
    return AddWord(_polygon(root), None if text is None else checked_text(text) or None)


def _set_polygon(root: Field) -> Command:
    return SetPolygon(_id(root, "word"), _polygon(root))


def _set_text(root: Field) -> Command:
    return SetText(_id(root, "word"), checked_text(root.get("text")))


def _set_ignore(root: Field) -> Command:
    return SetIgnore(_id(root, "word"), root.get("ignore").flag())


def _delete_word(root: Field) -> Command:
    return DeleteWord(_id(root, "word"))


def _add_character(root: Field) -> Command:
    at = root.find("at")
    category = _category(root.get("category"))
    return AddCharacter(_id(root, "word"), _quad(root), category, None if at is None else at.whole(0, MOST_CHARACTERS))


def _set_quad(root: Field) -> Command:
    return SetQuad(_id(root, "character"), _quad(root))


def _delete_character(root: Field) -> Command:
    return DeleteCharacter(_id(root, "character"))


def _set_category(root: Field) -> Command:
    return SetCategory(_id(root, "character"), _category(root.get("category")))


def _split_character(root: Field) -> Command:
    line = root.get("line")
    points = stored_points(line.points(2))
    if len(points) != 2 or points[0] == points[1]:
        raise line.error("expected two different points")
    listed = root.find("categories")
    categories = None if listed is None else [_category(item) for item in _pair(listed)]
    return SplitCharacter(
        _id(root, "character"), points, None if categories is None else (categories[0], categories[1])
    )


def _merge_characters(root: Field) -> Command:
    listed = root.get("characters")
    first, second = (_id_of(item) for item in _pair(listed))
    if first == second:
        raise listed.error("expected the ids of two different characters")
    category = root.find("category")
    return MergeCharacters((first, second), None if category is None else _category(category))


def _add_point(root: Field) -> Command:
    return AddPoint(_id(root, "character"), _point(root.get("point")), _label(root))


def _remove_point(root: Field) -> Command:
    return RemovePoint(_id(root, "character"), _label(root), _index(root))


def _move_point(root: Field) -> Command:
    return MovePoint(_id(root, "character"), _label(root), _index(root), _point(root.get("point")))


def _paint(root: Field) -> Command:
    radius, erase = root.get("radius"), root.find("erase")
    if not 0.0 < radius.number() <= LARGEST_RADIUS:
        raise radius.error(f"expected a number of pixels above 0 and at most {LARGEST_RADIUS:.0f}")
    return Paint(
        _id(root, "character"),
        stored_points(root.get("stroke").points(1)),
        radius.number(),
        False if erase is None else erase.flag(),
    )


def _repaint(root: Field) -> Command:
    return Repaint(_id(root, "character"))


def _review(root: Field) -> Command:
    verdict = root.get("as")
    if verdict.value not in REVIEWS:
        raise verdict.error(f"expected one of {', '.join(map(repr, REVIEWS))}")
    listed, word, everything = root.find("characters"), root.find("word"), root.find("all")
    given = [field for field in (listed, word, everything) if field is not None]
    if len(given) != 1 or (everything is not None and not everything.flag()):
        raise WordsError(f"{root.place}: expected characters, or word, or all: true")
    if listed is None:
        return Review(None, None if word is None else _id_of(word), verdict.value)
    if not isinstance(listed.value, list) or not 0 < len(listed.value) <= MOST_CHARACTERS:
        raise listed.error(f"expected a list of 1 to {MOST_CHARACTERS} ids")
    return Review(tuple(_id_of(item) for item in listed.items()), None, verdict.value)


def _annotate(root: Field) -> Command:
    return Annotate()


def _replace(root: Field) -> Command:
    return Replace(imported_words(root.get("words")))


_READERS: dict[str, Callable[[Field], Command]] = {
    "add_word": _add_word,
    "set_polygon": _set_polygon,
    "set_text": _set_text,
    "set_ignore": _set_ignore,
    "delete_word": _delete_word,
    "add_character": _add_character,
    "set_quad": _set_quad,
    "delete_character": _delete_character,
    "set_category": _set_category,
    "split_character": _split_character,
    "merge_characters": _merge_characters,
    "add_point": _add_point,
    "remove_point": _remove_point,
    "move_point": _move_point,
    "paint": _paint,
    "repaint": _repaint,
    "review": _review,
    "annotate": _annotate,
    "replace": _replace,
}
COMMANDS: Final = tuple(_READERS)


def _polygon(root: Field) -> Points:
    return stored_points(root.get("polygon").points(4))


def _quad(root: Field) -> Points:
    quad = root.get("quad")
    points = quad.points(4)
    if len(points) != 4:
        raise quad.error("expected four corners")
    return stored_points(points)


def _point(field: Field) -> tuple[float, float]:
    if not isinstance(field.value, list) or len(field.value) != 2:
        raise field.error("expected x and y")
    return stored_points(Field(field.place, [field.value]).points(1))[0]


def _pair(field: Field) -> list[Field]:
    if not isinstance(field.value, list) or len(field.value) != 2:
        raise field.error("expected a list of two")
    return field.items()


def _label(root: Field) -> int:
    return root.get("label").whole(0, 1)


def _index(root: Field) -> int:
    return root.get("index").whole(0, 4096)


def _id(root: Field, name: str) -> str:
    return _id_of(root.get(name))


def _id_of(field: Field) -> str:
    text = field.text()
    if not 0 < len(text) <= LONGEST_ID:
        raise field.error("expected an id")
    return text


def _category(field: Field) -> str:
    """One character as a reader counts them."""
    text = field.text()
    found = characters_of(text) if len(text) <= LONGEST_CATEGORY else ()
    if len(found) != 1:
        raise field.error("expected one character")
    return found[0]
