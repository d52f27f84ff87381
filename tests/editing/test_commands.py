"""Commands from JSON: what is accepted, and what is refused with the field named."""

from typing import Any

import pytest

from charsam.datasets.fields import Field
from charsam.editing.commands import COMMANDS, AddPoint, AddWord, Paint, SetCategory, command_from_json
from charsam.editing.editor import _EDITS
from charsam.editing.native_words import imported_words
from charsam.errors import EditError, WordsError

SQUARE = [[0, 0], [9, 0], [9, 9], [0, 9]]
GOOD: list[dict[str, Any]] = [
    {"do": "add_word", "polygon": SQUARE},
    {"do": "add_word", "polygon": SQUARE, "text": "e\u0301"},
    {"do": "set_polygon", "word": "w1", "polygon": SQUARE},
    {"do": "set_text", "word": "w1", "text": "\U0001f468\u200d\U0001f469\u200d\U0001f467 HOTEL"},
    {"do": "set_ignore", "word": "w1", "ignore": True},
    {"do": "delete_word", "word": "w1"},
    {"do": "add_character", "word": "w1", "quad": SQUARE, "category": "A", "at": 0},
    {"do": "set_quad", "character": "c1", "quad": SQUARE},
    {"do": "delete_character", "character": "c1"},
    {"do": "set_category", "character": "c1", "category": "\U0001f468\u200d\U0001f469\u200d\U0001f467"},
    {"do": "split_character", "character": "c1", "line": [[0, 0], [1, 1]], "categories": ["A", "B"]},
    {"do": "merge_characters", "characters": ["c1", "c2"], "category": "A"},
    {"do": "add_point", "character": "c1", "point": [1, 2.5], "label": 1},
    {"do": "remove_point", "character": "c1", "label": 0, "index": 0},
    {"do": "move_point", "character": "c1", "label": 0, "index": 0, "point": [1, 2]},
    {"do": "paint", "character": "c1", "stroke": [[0, 0]], "radius": 0.5, "erase": True},
    {"do": "repaint", "character": "c1"},
    {"do": "review", "characters": ["c1"], "as": "accepted"},
    {"do": "review", "word": "w1", "as": ""},
    {"do": "review", "all": True, "as": "rejected"},
    {"do": "annotate"},
    {"do": "replace", "words": [{"polygon": SQUARE, "text": "A", "chars": [{"category": "A", "box": [0, 0, 9, 9]}]}]},
]
MANY = [[0, 0]] * 1_000_000


def masked(size: list[int], counts: str) -> dict[str, Any]:
    """A word of one character with a mask."""
    mask = {"size": size, "counts": counts}
    return {"polygon": SQUARE, "chars": [{"category": "A", "polygon": SQUARE, "mask": mask}]}


@pytest.mark.parametrize("data", GOOD, ids=lambda data: data["do"])
def test_commands_are_read(data: dict[str, Any]) -> None:
    assert command_from_json(data).do == data["do"]


def test_every_command_can_be_carried_out() -> None:
    assert {data["do"] for data in GOOD} == set(COMMANDS) == set(_EDITS)


def test_texts_are_composed() -> None:
    command = command_from_json({"do": "add_word", "polygon": SQUARE, "text": " e\u0301 "})
    assert isinstance(command, AddWord)
    assert command.text == "\u00e9"
    named = command_from_json({"do": "set_category", "character": "c1", "category": "e\u0301"})
    assert isinstance(named, SetCategory)
    assert named.category == "\u00e9"


def test_coordinates_are_kept_to_hundredths() -> None:
    command = command_from_json({"do": "add_point", "character": "c1", "point": [1.23456, 2], "label": 1})
    assert isinstance(command, AddPoint)
    assert command.point == (1.23, 2.0)


def test_the_brush_paints_unless_told_to_erase() -> None:
    command = command_from_json({"do": "paint", "character": "c1", "stroke": [[0, 0]], "radius": 1})
    assert isinstance(command, Paint)
    assert not command.erase


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "command: expected an object"),
        ([], "command: expected an object"),
        ({}, "'do' is missing"),
        ({"do": "explode"}, "do: expected one of add_word, "),
        ({"do": ["add_word"]}, "do: expected one of"),
        ({"do": "add_word"}, "'polygon' is missing"),
        ({"do": "add_word", "polygon": [[0, 0], [1, 1]]}, "polygon: expected at least 4 points, there are 2"),
        ({"do": "add_word", "polygon": MANY}, "polygon: expected at most 4096 points"),
        ({"do": "add_word", "polygon": [[0, 0], [1, float("nan")], [2, 2], [3, 3]]}, r"polygon\[1\]\[1\]: expected"),
        ({"do": "add_word", "polygon": [[0, 0], [1, 10**400], [2, 2], [3, 3]]}, r"polygon\[1\]\[1\]: expected"),
        ({"do": "add_word", "polygon": [[0, 0, 0]] * 4}, r"polygon\[0\]: expected x and y"),
        ({"do": "add_word", "polygon": SQUARE, "text": "x" * 1_000_000}, "text: expected at most 200 characters"),
        ({"do": "add_word", "polygon": SQUARE, "text": "a\x00b"}, "text: expected a text without control"),
        ({"do": "add_word", "polygon": SQUARE, "text": "\ud800"}, "text: expected Unicode text"),
        ({"do": "add_word", "polygon": SQUARE, "text": ["A"]}, "text: expected a text"),
        ({"do": "set_text", "word": "w1"}, "'text' is missing"),
        ({"do": "set_text", "word": 1, "text": "A"}, "word: expected a text"),
        ({"do": "set_text", "word": "w" * 100, "text": "A"}, "word: expected an id"),
        ({"do": "set_ignore", "word": "w1", "ignore": "yes"}, "ignore: expected true or false"),
        ({"do": "add_character", "word": "w1", "quad": SQUARE[:3], "category": "A"}, "quad: expected at least 4"),
        ({"do": "add_character", "word": "w1", "quad": [*SQUARE, [1, 1]], "category": "A"}, "quad: expected four"),
        ({"do": "add_character", "word": "w1", "quad": SQUARE, "category": "AB"}, "category: expected one character"),
        ({"do": "add_character", "word": "w1", "quad": SQUARE, "category": "A", "at": -1}, "at: expected a whole"),
        ({"do": "set_category", "character": "c1", "category": " "}, "category: expected one character"),
        ({"do": "set_category", "character": "c1", "category": "A" + "\u0301" * 10**6}, "category: expected one"),
        ({"do": "split_character", "character": "c1", "line": [[0, 0]]}, "line: expected at least 2 points"),
        ({"do": "split_character", "character": "c1", "line": [[0, 0], [0, 0]]}, "line: expected two different"),
        ({"do": "split_character", "character": "c1", "line": SQUARE}, "line: expected two different points"),
        (
            {"do": "split_character", "character": "c1", "line": SQUARE[:2], "categories": ["A"]},
            "categories: expected a list of two",
        ),
        ({"do": "merge_characters", "characters": ["c1"]}, "characters: expected a list of two"),
        ({"do": "merge_characters", "characters": ["c1", "c1"]}, "ids of two different characters"),
        ({"do": "merge_characters", "characters": ["c1"] * 10**6}, "characters: expected a list of two"),
        ({"do": "add_point", "character": "c1", "point": [1], "label": 1}, "point: expected x and y"),
        ({"do": "add_point", "character": "c1", "point": [1, None], "label": 1}, "point"),
        ({"do": "add_point", "character": "c1", "point": [1, 2], "label": 2}, "label: expected a whole number from 0"),
        ({"do": "add_point", "character": "c1", "point": [1, 2], "label": True}, "label: expected a whole number"),
        ({"do": "remove_point", "character": "c1", "label": 0, "index": -1}, "index: expected a whole number"),
        ({"do": "remove_point", "character": "c1", "label": 0, "index": 1.0}, "index: expected a whole number"),
        ({"do": "paint", "character": "c1", "stroke": [], "radius": 1}, "stroke: expected at least 1 points"),
        ({"do": "paint", "character": "c1", "stroke": MANY, "radius": 1}, "stroke: expected at most 4096 points"),
        ({"do": "paint", "character": "c1", "stroke": [[0, 0]], "radius": 0}, "radius: expected a number of pixels"),
        ({"do": "paint", "character": "c1", "stroke": [[0, 0]], "radius": 1e6}, "radius: expected a number of pixels"),
        ({"do": "paint", "character": "c1", "stroke": [[0, 0]], "radius": float("nan")}, "radius: expected a number"),
        ({"do": "review", "all": True, "as": "fine"}, "as: expected one of"),
        ({"do": "review", "as": "accepted"}, "expected characters, or word, or all: true"),
        ({"do": "review", "all": False, "as": "accepted"}, "expected characters, or word, or all: true"),
        ({"do": "review", "all": True, "word": "w1", "as": "accepted"}, "expected characters, or word, or all"),
        ({"do": "review", "characters": [], "as": "accepted"}, "characters: expected a list of 1 to 10000 ids"),
        ({"do": "review", "characters": ["c1"] * 10**6, "as": "accepted"}, "expected a list of 1 to 10000 ids"),
    ],
)
def test_hostile_commands_are_refused_with_the_field_named(data: object, said: str) -> None:
    with pytest.raises(EditError, match=said):
        command_from_json(data)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([{}] * 1001, "words: expected at most 1000 words"),
        ([{"polygon": SQUARE, "chars": [{}]}], r"words\[0\].chars\[0\]: the field"),
        ([{"polygon": SQUARE, "chars": [{"category": "A", "box": [5, 0, 1, 9]}]}], r"chars\[0\].box: expected x0, y0"),
        (
            [masked([65000, 65000], "0")],
            r"chars: expected masks of the image's 12 x 9 pixels; there is one of 65000 x 65000",
        ),
        ([masked([9, 12], "5")], "counts: the runs cover 5 pixels"),
    ],
)
def test_hostile_words_are_refused_with_the_field_named(words: list[Any], said: str) -> None:
    with pytest.raises(WordsError, match=said):
        imported_words(Field("command", {"words": words}).get("words"), (9, 12))
