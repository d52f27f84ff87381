"""Results in numbers, as JSON values for the pages of inspection."""

from __future__ import annotations

from typing import Any

import numpy as np

from charsam.datasets.base import TruthMask
from charsam.inspection.word_truth import WordsAgainstTruth
from charsam.types import ImageAnnotation

Value = dict[str, Any]


def words_value(found: WordsAgainstTruth) -> Value:
    """The words that were missed and those too many."""
    return {"missed": [list(box) for box in found.missed], "extra": list(found.extra), "counted": found.words}


def measured_value(annotation: ImageAnnotation, truth: TruthMask | None) -> Value:
    """A result in numbers; iou: of its text with the true text, outside of what is ignored."""
    made = annotation.text_mask() > 0
    suspicions = [character.suspicion for character in annotation.characters]
    value: Value = {
        "characters": len(suspicions),
        "check": sum(character.to_check for character in annotation.characters),
        "suspicion": round(float(np.mean(suspicions)), 3) if suspicions else None,
        "iou": None,
    }
    if truth is not None:
        made, true = made & ~truth.ignored, truth.text & ~truth.ignored
        union = int((made | true).sum())
        value["iou"] = round(int((made & true).sum()) / union, 4) if union else 1.0
    return value
