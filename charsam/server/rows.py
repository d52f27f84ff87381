"""What the tables and the glyph grid show: JSON values for `static/tables.js` and `static/panels.js`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from PIL import Image

from charsam.editing.document import Document
from charsam.geometry import box_quad
from charsam.server import overlays, wording
from charsam.server.pictures import bounds, characters
from charsam.trace import CharacterPoints, Stage, Trace
from charsam.types import Character, CharacterBox, FloatArray

Value = dict[str, Any]

SIGNALS: Final = {
    "quality": "doubt: the segmenter's own",
    "glyph": "doubt: differs from the fonts",
    "reading": "doubt: reads as something else",
    "source": "doubt: how the box was found",
    "shape": "doubt: empty or filled",
    "text": "doubt: the word reads otherwise",
}
MOST_CARDS: Final = 150
"""The glyph grid shows this many characters at most; more would weigh down the page."""


def _column(key: str, name: str, kind: str, title: str = "") -> Value:
    return {"key": key, "name": name, "kind": kind, **({"title": title} if title else {})}


BOX_COLUMNS: Final = [
    _column("category", "character", "text"),
    _column("word", "word", "text"),
    _column("source", "box from", "source"),
    _column("recognised", "read as", "text", "What the recogniser reads in the box alone"),
    _column("probability", "probability", "percent", "Of the character here, by the recogniser"),
]
CHARACTER_COLUMNS: Final = [
    _column("check", "", "flag", "Sort by what is to check"),
    _column("category", "character", "text"),
    _column("word", "word", "text"),
    _column("source", "box from", "source"),
    _column("quality", "quality", "score", "The segmenter's own estimate of the mask, 0 to 1"),
    _column("agreement", "glyph", "score", "Agreement of the mask with the glyph votes, 0 to 1"),
    _column("suspicion", "suspicion", "score", "0 fine, 1 surely wrong"),
]


def words_value(*, note: str = "", alert: bool = False) -> Value:
    """What stands around the editable words."""
    empty = "No words yet. Find words looks for them; Run does so by itself; or import a words.json."
    return {"empty": empty, "note": note, "alert": alert}


def reviews(document: Document) -> dict[str, str]:
    """What people decided on characters ("accepted", "rejected"), by ref."""
    return {
        f"w{index}c{position}": character.review
        for index, word in enumerate(document.words)
        for position, character in enumerate(word.characters)
        if character.review
    }


def boxes_value(key: str, trace: Trace) -> Value:
    """Every character with its box, in reading order."""
    rows = []
    for index, word, regions, boxes in zip(trace.given_index, trace.words, trace.regions, trace.boxes, strict=True):
        for position, box in enumerate(boxes):
            cells = {
                "category": box.category,
                "word": word.text or "",
                "source": box.source.value,
                "recognised": box.recognised,
                "probability": _number(box.probability),
            }
            place = bounds(box_quad(regions.frame, box.box))
            rows.append({"ref": f"w{index}c{position}", "box": place, "cells": cells})
    before = sum(map(len, trace.craft_boxes))
    note = f"{wording.counted(before, 'CRAFT region')}, {wording.counted(len(rows), 'character')} after splitting."
    times = wording.stage_times(trace, (Stage.ENCODE, Stage.SPLIT))
    return {"key": key, "columns": BOX_COLUMNS, "rows": rows, "note": f"{note} {times}", "empty": "No boxes."}


def characters_value(key: str, trace: Trace, reviews: Mapping[str, str] | None = None) -> Value:
    """Every character of the result, the most suspicious first. reviews: what people decided, by ref."""
    assert trace.annotation is not None
    decided = reviews or {}
    found = sorted(characters(trace), key=lambda item: (item[0] in decided, -item[2].suspicion))
    rows = [
        {
            "ref": ref,
            "box": bounds(character.quad),
            "flag": character.to_check and ref not in decided,
            "detail": _detail(character),
            "cells": {
                "check": decided.get(ref) or (character.to_check and "check") or "",
                "category": character.category,
                "word": word,
                "source": character.box_source.value,
                "quality": _number(character.quality),
                "agreement": _number(character.glyph_agreement),
                "suspicion": _number(character.suspicion),
            },
        }
        for ref, word, character in found
    ]
    note = f"{wording.summary(trace.annotation, decided)}. {wording.stage_times(trace, (Stage.MASKS,))}"
    return {"key": key, "columns": CHARACTER_COLUMNS, "rows": rows, "note": note, "empty": "No characters."}


def _detail(character: Character) -> list[tuple[str, str, float | None]]:
    """(name, text, share 0..1 or None) of what is known about a character beyond its row."""
    positive, negative = len(character.positive), len(character.negative)
    facts: list[tuple[str, str, float | None]] = [
        ("mask", f"{character.mask.area} pixels", None),
        ("points", f"{positive} on the glyph, {negative} in holes", None),
        ("read as", character.recognised or "not read", None),
        ("probability", f"{round(100 * character.probability)} %", _number(character.probability)),
    ]
    signals = [(SIGNALS.get(name, name), f"{value:.2f}", _number(value)) for name, value in character.signals.items()]
    return facts + signals


def glyphs_value(trace: Trace) -> Value:
    """One card a character: crop, foreground votes, hole votes, what is kept, and the points."""
    points = trace.points or _points(trace)
    groups, cards, total = [], 0, sum(map(len, trace.boxes))
    for slot, index in enumerate(trace.given_index):
        if cards >= MOST_CARDS:
            break
        boxes = trace.boxes[slot]
        tiles = [
            _tile(trace, slot, position, f"w{index}c{position}", box, points[slot][position])
            for position, box in enumerate(boxes)
        ]
        groups.append({"title": trace.words[slot].text or "", "ref": f"w{index}", "tiles": tiles})
        cards += len(tiles)
    note = wording.stage_times(trace, (Stage.VOTES,))
    if cards < total:
        note += f" · the first {cards} of {total} characters"
    return {"groups": groups, "note": note, "empty": "No characters."}


def _points(trace: Trace) -> tuple[tuple[CharacterPoints, ...], ...]:
    """The points that the masks will be made with, before the stage of the masks has put them into the trace."""
    from charsam.cgr.prompts import character_points

    settings = trace.settings
    return tuple(
        tuple(
            character_points(vote, box.box, settings.prompts, settings.vote_threshold, settings.points)
            for vote, box in zip(votes, boxes, strict=True)
        )
        for votes, boxes in zip(trace.votes, trace.boxes, strict=True)
    )


def _tile(trace: Trace, slot: int, position: int, ref: str, box: CharacterBox, points: CharacterPoints) -> Value:
    votes = trace.votes[slot][position]
    size = overlays.tile_size(box.box)
    crop = Image.fromarray(overlays.crop(trace.image, trace.regions[slot].frame, box.box))
    tile: Value = {
        "ref": ref,
        "category": box.category,
        "width": size[0],
        "height": size[1],
        "crop": overlays.data_uri(crop, "JPEG", quality=85),
        "positive": _within(points.positive, box.box),
        "negative": _within(points.negative, box.box),
        "caption": "no font has it" if votes is None else wording.counted(votes.fonts, "font"),
    }
    if votes is not None:
        tile["foreground"] = overlays.votes_uri(votes.foreground, size, "#FFFFFF")
        tile["holes"] = overlays.votes_uri(votes.hole, size, overlays.OKABE_ITO[0])
        tile["kept"] = overlays.kept_uri(votes, trace.settings.vote_threshold, size)
    return tile


def _within(points: FloatArray, box: FloatArray) -> list[list[float]]:
    """Points of the word frame as shares of a box's width and height."""
    if not len(points):
        return []
    share = (points - box[:2]) / np.maximum(box[2:] - box[:2], 1e-3)
    return [[round(float(v), 3) for v in point] for point in np.clip(share, 0, 1)]


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
