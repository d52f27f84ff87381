"""An inspected image as a report holds it: its rows, ready for JSON, and a picture with the strips of its words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.colours import OKABE_ITO, colour_index, rgb
from charsam.evaluation.overlay import FALSE_COLOUR, IGNORED_COLOUR, MISSED_COLOUR, TRUE_COLOUR
from charsam.inspection.failures import FailureKind
from charsam.inspection.findings import CharacterFinding, WordFinding
from charsam.types import ImageArray

WIDTH: Final = 2048
"""Pixels across a picture of strips; a strip has at most `charsam.inspection.strips.LONGEST`."""
KINDS: Final = tuple(FailureKind)
MASK_COLOURS: Final = tuple(map(rgb, OKABE_ITO))
TRUTH_COLOURS: Final = (TRUE_COLOUR, FALSE_COLOUR, MISSED_COLOUR, IGNORED_COLOUR)
"""Of true, false, missed and ignored pixels."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """rows: of the image's words and characters, ready for JSON. photo: a JPEG with the strips of all words; masks,
    truth: PNGs to lay over it; truth is None where there is none. Empty pictures where the image has no words.
    """

    rows: dict[str, Any]
    photo: bytes
    masks: bytes
    truth: bytes | None


def make_sheet(file: str, findings: Sequence[WordFinding], problem: str | None = None) -> Sheet:
    """The sheet of one image. file: its name. problem: why it has no words, where it could not be inspected."""
    places, size = packed([word.strip.labels.shape for word in findings])
    rows = {
        "file": file,
        "problem": problem,
        "size": [size[1], size[0]],
        "words": [_word(word, place) for word, place in zip(findings, places, strict=True)],
    }
    if not findings:
        return Sheet(rows, b"", b"", None)
    photo, masks = np.full((*size, 3), 128, np.uint8), np.zeros(size, np.uint8)
    truth = np.zeros(size, np.uint8)
    for word, (x, y) in zip(findings, places, strict=True):
        h, w = word.strip.labels.shape
        area = np.s_[y : y + h, x : x + w]
        photo[area] = word.strip.photo
        masks[area] = mask_indices(word.strip.labels, [one.character.category for one in word.characters])
        if word.true is not None:
            truth[area] = truth_indices(word.strip.labels, word.true)
    compared = any(word.true is not None for word in findings)
    return Sheet(
        rows, _jpeg(photo), palette_png(masks, MASK_COLOURS), palette_png(truth, TRUTH_COLOURS) if compared else None
    )


def packed(shapes: Sequence[tuple[int, ...]]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Places (x, y) for pictures of these shapes (h, w) in lines from the left, and the (height, width) of them all."""
    places: list[tuple[int, int]] = []
    x = y = line = widest = 0
    for h, w in shapes:
        if x and x + w > WIDTH:
            x, y, line = 0, y + line, 0
        places.append((x, y))
        x, line = x + w, max(line, h)
        widest = max(widest, x)
    return places, (y + line, widest)


def mask_indices(labels: NDArray[np.int32], categories: Sequence[str]) -> NDArray[np.uint8]:
    """The place + 1 of a letter's colour in MASK_COLOURS where a character of the word is, 0 elsewhere.

    labels: n where the word's n-th character is. categories: of its characters.
    """
    places = np.array([0, *(colour_index(category) + 1 for category in categories)], np.uint8)
    return np.asarray(places[np.maximum(labels, 0)])


def truth_indices(labels: NDArray[np.int32], true: NDArray[np.int32]) -> NDArray[np.uint8]:
    """1 true, 2 false, 3 missed, 4 ignored, 0 none of these. true: see `charsam.inspection.findings.truth_labels`."""
    made, text = labels != 0, true == 1
    found = np.select([true == 2, made & text, made, text], [4, 1, 2, 3], 0)
    return found.astype(np.uint8)


def palette_png(indices: NDArray[np.uint8], colours: Sequence[tuple[int, int, int]]) -> bytes:
    """A PNG in which index n has the n-th colour and 0 is clear."""
    image = Image.fromarray(indices)
    image.putpalette([0, 0, 0, *(part for colour in colours for part in colour)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=0)
    return buffer.getvalue()


def _word(word: WordFinding, place: tuple[int, int]) -> dict[str, Any]:
    h, w = word.strip.labels.shape
    return {
        "index": word.index,
        "text": word.text,
        "read": word.text_read,
        "rotation": round(word.rotation, 1),
        "at": [*place, w, h],
        "characters": [_character(word, one) for one in word.characters],
    }


def _character(word: WordFinding, one: CharacterFinding) -> dict[str, Any]:
    found = one.character
    row: dict[str, Any] = {
        "index": one.index,
        "category": found.category,
        "suspicion": _rounded(one.suspicion),
        "suspected": None if one.suspected is None else str(one.suspected),
        "kinds": [_rounded(one.clues.kinds[kind]) for kind in KINDS],
        "quality": _rounded(found.quality),
        "agreement": None if found.glyph_agreement is None else _rounded(found.glyph_agreement),
        "recognised": found.recognised,
        "probability": _rounded(found.probability),
        "source": str(found.box_source),
        "size": round(one.size, 1),
        "contrast": None if one.clues.contrast is None else round(one.clues.contrast, 1),
        "box": list(word.strip.box(found.box)),
        "reasons": list(one.reasons),
    }
    if one.match is not None:
        compared = one.match.comparison
        row |= {
            "iou": _rounded(compared.iou),
            "boundary": None if compared.boundary is None else round(compared.boundary, 2),
            "pixels": [compared.hits, compared.false, compared.missed, compared.hole, compared.filled],
            "truly": one.match.category,
            "failure": None if one.failure is None else str(one.failure),
        }
    return row


def _rounded(value: float) -> float:
    return round(float(value), 3)


def _jpeg(photo: ImageArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
