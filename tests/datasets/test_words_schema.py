"""The published JSON Schema of words.json: what charsam writes fits it, and what does not fit is not read."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from charsam.datasets.native import found_entry, image_entry, parse_words, words_json
from charsam.errors import WordsError
from charsam.types import (
    AnnotatedWord,
    BoxSource,
    Character,
    CharacterMask,
    ImageAnnotation,
    PromptMode,
    Word,
)

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "words.schema.json").read_text(encoding="utf-8"))
SQUARE = np.array([[1, 1], [9, 1], [9, 9], [1, 9]], np.float32)


def fits(text: str | bytes) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(json.loads(text))


def annotation() -> ImageAnnotation:
    """One word of one accepted character."""
    point = np.array([[4.5, 4.5]], np.float32)
    character = Character(
        category="É",
        quad=SQUARE,
        box=np.array([1, 1, 9, 9], np.float32),
        box_source=BoxSource.CRAFT,
        recognised="E",
        probability=0.9,
        positive=point,
        negative=point[:0],
        mask=CharacterMask(np.ones((6, 6), np.bool_), 2, 2),
        quality=0.9,
        glyph_agreement=None,
        suspicion=0.7,
        review="accepted",
    )
    word = AnnotatedWord(polygon=SQUARE, text="É", ignore=False, text_read=True, reads="E", characters=(character,))
    return ImageAnnotation(
        width=12, height=12, segmenter="compact", prompts=PromptMode.P_CHAR, words=(word,), problems=("word 2: lost",)
    )


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_written_fits() -> None:
    entries = [
        image_entry("a.jpg", annotation(), "accepted", "looked at"),
        found_entry("b.jpg", (12, 12), [Word(SQUARE, "A"), Word(SQUARE)]),
    ]
    jsonschema.validate(json.loads(words_json(entries)), SCHEMA)


def test_the_words_of_the_examples_fit() -> None:
    assert fits((ROOT / "assets" / "examples" / "words.json").read_bytes())


@pytest.mark.parametrize(
    "word",
    [
        {"polygon": SQUARE.tolist()},
        {"polygon": SQUARE.tolist(), "chars": [{"category": "A", "box": [1, 1, 3, 3]}]},
        {"polygon": SQUARE[:3].tolist()},
        {"text": "A"},
        {"polygon": SQUARE.tolist(), "text": 7},
        {"polygon": SQUARE.tolist(), "ignore": "no"},
        {"polygon": SQUARE.tolist(), "chars": [{"category": "A"}]},
        {"polygon": [[1, "1"], *SQUARE[1:].tolist()]},
    ],
)
def test_what_the_schema_refuses_is_refused_when_it_is_read(word: dict[str, Any]) -> None:
    text = json.dumps({"charsam": 1, "images": [{"file": "a.jpg", "words": [word]}]})
    if fits(text):
        assert len(parse_words(text, name="words.json")[0].words) == 1
    else:
        with pytest.raises(WordsError):
            parse_words(text, name="words.json")
