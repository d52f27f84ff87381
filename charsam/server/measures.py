"""Results in numbers, as JSON values for the pages of inspection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from charsam.datasets.base import TruthMask
from charsam.datasets.pictures import filled
from charsam.editing.document import Document
from charsam.inspection.word_truth import WordsAgainstTruth
from charsam.types import BoolArray, Character, ImageAnnotation

Value = dict[str, Any]


def words_value(found: WordsAgainstTruth) -> Value:
    """The words that were missed and those too many."""
    return {"missed": [list(box) for box in found.missed], "extra": list(found.extra), "counted": found.words}


def measured_value(
    annotation: ImageAnnotation, truth: TruthMask | None, document: Document, places: Sequence[int]
) -> Value:
    """A result in numbers; iou: of its text with the true text, outside of what is ignored.

    letters: of each character its suspicion and, with truth, the IoU within its box. document, places: the image's, and
    the places there of the result's words; a letter is named by its place ("w0c3"), by its word's where the document's
    has other characters.
    """
    made = annotation.text_mask() > 0
    suspicions = [character.suspicion for character in annotation.characters]
    value: Value = {
        "characters": len(suspicions),
        "check": sum(character.to_check for character in annotation.characters),
        "suspicion": round(float(np.mean(suspicions)), 3) if suspicions else None,
        "iou": None,
    }
    true = None
    if truth is not None:
        made, true = made & ~truth.ignored, truth.text & ~truth.ignored
        value["iou"] = _iou(made, true)
    value["letters"] = [
        {
            "ref": f"w{place}c{index}" if named else f"w{place}",
            "text": f"{character.category} · {word.text}",
            "suspicion": round(character.suspicion, 3),
            "iou": None if true is None else _iou_within(character, made, true),
        }
        for word, place in zip(annotation.words, places, strict=True)
        for named in (_same_characters(word.characters, document, place),)
        for index, character in enumerate(word.characters)
    ]
    return value


def _same_characters(characters: Sequence[Character], document: Document, place: int) -> bool:
    kept = document.words[place].characters if place < len(document.words) else ()
    return [one.category for one in characters] == [one.category for one in kept]


def _iou(made: BoolArray, true: BoolArray) -> float:
    union = int((made | true).sum())
    return round(int((made & true).sum()) / union, 4) if union else 1.0


def _iou_within(character: Character, made: BoolArray, true: BoolArray) -> float:
    """The IoU in the character's box alone."""
    height, width = made.shape
    x0, y0 = np.clip(np.floor(character.quad.min(0)).astype(int), 0, (width, height))
    x1, y1 = np.clip(np.ceil(character.quad.max(0)).astype(int) + 1, 0, (width, height))
    inside = filled([character.quad - (x0, y0)], (x1 - x0, y1 - y0)) if x1 > x0 and y1 > y0 else np.zeros((0, 0), bool)
    return _iou(made[y0:y1, x0:x1] & inside, true[y0:y1, x0:x1] & inside)
