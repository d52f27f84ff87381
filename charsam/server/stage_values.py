"""What the stages of a trace show: JSON values for the canvas and the tabs of `charsam/static`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from PIL import Image

from charsam.colours import OKABE_ITO
from charsam.geometry import box_quad
from charsam.server import overlays, wording
from charsam.trace import CharacterPoints, Stage, Trace
from charsam.types import CharacterBox, FloatArray, Word

Value = dict[str, Any]

EARLY: Final = (Stage.FIND, Stage.READ, Stage.REGIONS)
MOST_CARDS: Final = 150
"""The glyph grid shows this many characters at most; more would weigh down the page."""


def words_shown(trace: Trace) -> list[Value]:
    """Every word of the image as it is known so far: polygon, text, whether it is ignored."""
    words = list(trace.given)
    for place, word in zip(trace.given_index, trace.words, strict=True):
        words[place] = word
    return [word_shown(word) for word in words]


def word_shown(word: Word) -> Value:
    """Its polygon, text, and whether it is ignored."""
    return {"polygon": [_rounded(point) for point in word.polygon], "text": word.text or "", "ignore": word.ignore}


def heat_shown(trace: Trace) -> str:
    """CRAFT's heat over the whole image as a data URI."""
    return overlays.heat_uri(overlays.heatmap(trace.regions, trace.image.shape))


def boxes_shown(trace: Trace) -> list[Value]:
    """The box of every character: quad, category, source, and the place of its word and of itself."""
    found = []
    for index, regions, boxes in zip(trace.given_index, trace.regions, trace.boxes, strict=True):
        for position, box in enumerate(boxes):
            quad = [_rounded(point) for point in box_quad(regions.frame, box.box)]
            found.append(
                {"ref": f"w{index}c{position}", "quad": quad, "category": box.category, "source": box.source.value}
            )
    return found


def heat_value(trace: Trace) -> Value:
    """The peaks of CRAFT's heat, image pixels."""
    found = [
        {"at": _rounded(point), "ref": f"w{index}"}
        for index, regions in zip(trace.given_index, trace.regions, strict=True)
        for point in overlays.peaks(regions)
    ]
    note = wording.counted(len(found), "peak")
    return {"peaks": found, "note": note, "times": wording.stage_times(trace, EARLY)}


def boxes_value(trace: Trace) -> Value:
    """CRAFT's boxes before splitting, and every character with its box after it, in reading order."""
    before = [
        {"quad": [_rounded(point) for point in box_quad(regions.frame, box)], "ref": f"w{index}"}
        for index, regions, boxes in zip(trace.given_index, trace.regions, trace.craft_boxes, strict=True)
        for box in boxes
    ]
    flat = [(word, box) for word, boxes in zip(trace.words, trace.boxes, strict=True) for box in boxes]
    after = [
        {**shown, "word": word.text or "", "recognised": box.recognised, "probability": _number(box.probability)}
        for shown, (word, box) in zip(boxes_shown(trace), flat, strict=True)
    ]
    note = (
        f"{wording.counted(len(before), 'CRAFT region')}, {wording.counted(len(after), 'character')} after splitting."
    )
    times = wording.stage_times(trace, (Stage.ENCODE, Stage.SPLIT))
    return {"before": before, "after": after, "note": note, "times": times}


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
    note = f"The first {cards} of {total} characters." if cards < total else ""
    points_used = trace.settings.prompts.positive
    return {"groups": groups, "note": note, "times": wording.stage_times(trace, (Stage.VOTES,)), "points": points_used}


def _points(trace: Trace) -> tuple[tuple[CharacterPoints, ...], ...]:
    """The points that the masks will be made with, before the stage of the masks has put them into the trace."""
    from charsam.cgr.prompts import points_of

    return points_of(trace)


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
        tile["holes"] = overlays.votes_uri(votes.hole, size, OKABE_ITO[0])
        tile["kept"] = overlays.kept_uri(votes, trace.settings.vote_threshold, size)
    return tile


def _within(points: FloatArray, box: FloatArray) -> list[list[float]]:
    """Points of the word frame as shares of a box's width and height."""
    if not len(points):
        return []
    share = (points - box[:2]) / np.maximum(box[2:] - box[:2], 1e-3)
    return [[round(float(v), 3) for v in point] for point in np.clip(share, 0, 1)]


def _rounded(point: FloatArray) -> list[float]:
    return [round(float(v), 1) for v in point]


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
