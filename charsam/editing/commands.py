"""What a person can ask for: commands from JSON, every field checked before anything is done.

pydantic chooses the command by its `do` and finds its fields; `charsam.datasets.fields` reads them, so that errors say
what was expected where, as in files.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, get_args

import pydantic
from pydantic import BaseModel, ConfigDict, Discriminator, TypeAdapter, model_validator

from charsam.datasets.fields import Field
from charsam.editing.command_fields import (
    PLACE,
    Category,
    Flag,
    Id,
    Index,
    Label,
    Line,
    MaybeCategory,
    MaybeId,
    MaybeIds,
    MaybeText,
    Place,
    Point,
    Polygon,
    Quad,
    Radius,
    Stroke,
    Text,
    TwoCategories,
    TwoIds,
    Verdict,
    Words,
)
from charsam.editing.document_json import as_edit_error
from charsam.errors import EditError, WordsError


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True)


class AddWord(_Command):
    """text: None to have it read."""

    do: Literal["add_word"]
    polygon: Polygon
    text: MaybeText = None


class SetPolygon(_Command):
    """Gives a word another outline."""

    do: Literal["set_polygon"]
    word: Id
    polygon: Polygon


class SetText(_Command):
    """text: "" to have it read."""

    do: Literal["set_text"]
    word: Id
    text: Text


class SetIgnore(_Command):
    """Leaves a word out of everything, or takes it in again."""

    do: Literal["set_ignore"]
    word: Id
    ignore: Flag


class DeleteWord(_Command):
    """Removes a word with its characters."""

    do: Literal["delete_word"]
    word: Id


class AddCharacter(_Command):
    """at: its place in the word; None for where it lies along the word."""

    do: Literal["add_character"]
    word: Id
    quad: Quad
    category: Category
    at: Place = None


class SetQuad(_Command):
    """Gives a character another box."""

    do: Literal["set_quad"]
    character: Id
    quad: Quad


class DeleteCharacter(_Command):
    """Removes a character."""

    do: Literal["delete_character"]
    character: Id


class SetCategory(_Command):
    """Says which letter a character is."""

    do: Literal["set_category"]
    character: Id
    category: Category


class SplitCharacter(_Command):
    """line: two points of the image. categories: of the two parts in reading order; None: both keep the character's."""

    do: Literal["split_character"]
    character: Id
    line: Line
    categories: TwoCategories = None


class MergeCharacters(_Command):
    """category: None to keep that of the first in reading order."""

    do: Literal["merge_characters"]
    characters: TwoIds
    category: MaybeCategory = None


class AddPoint(_Command):
    """Puts a point on a character. label: 1 on the letter, 0 beside it."""

    do: Literal["add_point"]
    character: Id
    point: Point
    label: Label


class RemovePoint(_Command):
    """index: among the character's points of that label."""

    do: Literal["remove_point"]
    character: Id
    label: Label
    index: Index


class MovePoint(_Command):
    """Moves one of a character's points."""

    do: Literal["move_point"]
    character: Id
    label: Label
    index: Index
    point: Point


class Paint(_Command):
    """stroke: the way of the brush's centre. radius: in image pixels."""

    do: Literal["paint"]
    character: Id
    stroke: Stroke
    radius: Radius
    erase: Flag = False


class Repaint(_Command):
    """Takes all brush strokes off a character."""

    do: Literal["repaint"]
    character: Id


class Review(_Command):
    """Of the characters named, or of one word's, or of all where both are None. verdict: "", "accepted", "rejected"."""

    do: Literal["review"]
    verdict: Annotated[Verdict, pydantic.Field(alias="as")]
    characters: MaybeIds = None
    word: MaybeId = None
    everything: Annotated[Flag | None, pydantic.Field(alias="all")] = None

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        given = [one for one in (self.characters, self.word, self.everything) if one is not None]
        if len(given) != 1 or self.everything is False:
            raise WordsError(f"{PLACE}: expected characters, or word, or all: true")
        return self


class Annotate(_Command):
    """Runs the pipeline on the whole image."""

    do: Literal["annotate"] = "annotate"


class Replace(_Command):
    """Puts another document in the place of this one."""

    do: Literal["replace"]
    words: Words


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
COMMANDS: Final = tuple(str(get_args(kind.model_fields["do"].annotation)[0]) for kind in get_args(Command))
_COMMAND: Final[TypeAdapter[Command]] = TypeAdapter(Annotated[Command, Discriminator("do")])


def command_from_json(data: Any) -> Command:
    """The command of such JSON. Raises EditError, naming the field and what was expected there."""
    with as_edit_error():
        try:
            return _COMMAND.validate_python(data)
        except pydantic.ValidationError as error:
            raise EditError(_sentence(data, error)) from error


def _sentence(data: Any, error: pydantic.ValidationError) -> str:
    """What pydantic itself has found: no object, no such command, a field that is missing."""
    root = Field(PLACE, data)
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "missing":
        return f"{PLACE}: the field {str(first['loc'][-1])!r} is missing"
    try:
        return str(root.get("do").error(f"expected one of {', '.join(COMMANDS)}"))
    except WordsError as missing:
        return str(missing)
