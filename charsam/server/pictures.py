"""What the pictures of the page show: JSON values for `static/viewer.js`, made from the stages of a trace.

A value names its photo by `key` (sent once, by `photo_value`), and holds `layers` (id, name, shown, opacity), `rasters`
(data URIs over the whole photo), `shapes` (polygons, paths and marks in image pixels, each in a layer and with the
`ref` of its word, "w2", or character, "w2c5") and, where there are several ways to look, `modes`. What is `near` shows
itself only when the picture is zoomed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charsam.geometry import box_quad
from charsam.server import overlays
from charsam.trace import Trace
from charsam.types import Character, FloatArray, ImageArray, Word

Value = dict[str, Any]


def photo_value(key: str, image: ImageArray) -> Value:
    """The photo itself, for the views that name its key."""
    return {"key": key, "photo": overlays.photo_uri(image)}


def all_words(trace: Trace) -> tuple[Word, ...]:
    """Every word of the image, with the texts that were read."""
    words = list(trace.given)
    for place, word in zip(trace.given_index, trace.words, strict=True):
        words[place] = word
    return tuple(words)


def characters(trace: Trace) -> Iterator[tuple[str, str, Character]]:
    """(ref, text of its word, character) of every character of the result, in reading order."""
    if trace.annotation is not None:
        for index, word in enumerate(trace.annotation.words):
            for position, character in enumerate(word.characters):
                yield f"w{index}c{position}", word.text, character


def bounds(points: NDArray[np.floating]) -> list[float]:
    """x0, y0, x1, y1 of some points."""
    return [*_rounded(points.min(0)), *_rounded(points.max(0))]


def heat_value(key: str, trace: Trace) -> Value:
    """CRAFT's region heat over the photo, and its peaks."""
    value = _blank(key, trace.image.shape, "CRAFT's character regions", slider="heat")
    layer(value, "heat", "Heat", opacity=0.75)
    layer(value, "peaks", "Peaks")
    layer(value, "words", "Words", shown=False)
    heat = overlays.heatmap(trace.regions, trace.image.shape)
    value["rasters"].append({"layer": "heat", "src": overlays.heat_uri(heat)})
    for index, regions in zip(trace.given_index, trace.regions, strict=True):
        for point in overlays.peaks(regions):
            value["shapes"].append({"layer": "peaks", "kind": "peak", "at": _rounded(point), "ref": f"w{index}"})
    value["shapes"] += word_shapes(all_words(trace))
    return value


def boxes_value(key: str, trace: Trace) -> Value:
    """The character boxes after splitting and matching, and CRAFT's boxes before."""
    value = _blank(key, trace.image.shape, "Character boxes before and after splitting")
    value["modes"] = [
        {"id": "after", "name": "After splitting", "show": ["after", "words"]},
        {"id": "before", "name": "Before", "show": ["before", "words"]},
        {"id": "both", "name": "Both", "show": ["before", "after", "words"]},
    ]
    layer(value, "before", "CRAFT's boxes")
    layer(value, "after", "Character boxes")
    layer(value, "words", "Words", shown=False)
    for index, regions, boxes in zip(trace.given_index, trace.regions, trace.craft_boxes, strict=True):
        value["shapes"] += [polygon("before", box_quad(regions.frame, box), "before", f"w{index}") for box in boxes]
    value["shapes"] += box_shapes(trace, "after") + word_shapes(all_words(trace))
    return value


def mask_value(key: str, trace: Trace, *, modes: bool = True) -> Value:
    """The final masks: overlay, outline, alone, or before/after; points and boxes on request."""
    assert trace.annotation is not None
    value = _blank(key, trace.image.shape, "Character masks", link="tabs")
    layer(value, "masks", "Masks", opacity=0.65)
    layer(value, "outlines", "Outlines", near=not modes)
    layer(value, "points", "Points", near=True)
    layer(value, "boxes", "Boxes", shown=False)
    value["rasters"].append({"layer": "masks", "src": overlays.masks_uri(trace.annotation), "exact": True})
    if modes:
        extra = ["points", "boxes"]
        value["modes"] = [
            {"id": "overlay", "name": "Overlay", "show": ["masks", *extra], "near": ["outlines"]},
            {"id": "outline", "name": "Outline", "show": ["outlines", *extra]},
            {"id": "alone", "name": "Mask alone", "show": ["masks"], "photo": False, "solid": True},
            {"id": "wipe", "name": "Before / after", "show": ["masks", "outlines", *extra], "wipe": True},
        ]
    for number, (ref, _, character) in enumerate(characters(trace)):
        line = overlays.outline(character.mask)
        colour = overlays.colour_of(number)
        value["shapes"].append({"layer": "outlines", "kind": "path", "d": line, "colour": colour, "ref": ref})
        value["shapes"].append(polygon("boxes", character.quad, character.box_source.value, ref))
        for kind, points in (("plus", character.positive), ("minus", character.negative)):
            value["shapes"] += [{"layer": "points", "kind": kind, "at": _rounded(p), "ref": ref} for p in points]
    return value


def word_shapes(words: Sequence[Word]) -> list[Value]:
    """The outline of every word with its text."""
    return [
        polygon("words", word.polygon, "ignored" if word.ignore else "word", f"w{index}", label=word.text or "?")
        for index, word in enumerate(words)
    ]


def box_shapes(trace: Trace, layer_id: str) -> list[Value]:
    """The box of every character, in the style of its source, with its category."""
    shapes = []
    for index, regions, boxes in zip(trace.given_index, trace.regions, trace.boxes, strict=True):
        for position, box in enumerate(boxes):
            quad = box_quad(regions.frame, box.box)
            room = float(np.linalg.norm(quad[1] - quad[0]))
            shape = polygon(layer_id, quad, box.source.value, f"w{index}c{position}", label=box.category)
            shapes.append(shape | {"room": round(room, 1)})
    return shapes


def polygon(layer_id: str, points: FloatArray, style: str, ref: str, *, label: str | None = None) -> Value:
    """One polygon of a layer."""
    shape: Value = {"layer": layer_id, "kind": "polygon", "points": [_rounded(p) for p in points], "style": style}
    return shape | {"ref": ref, **({"label": label} if label else {})}


def layer(
    value: Value, layer_id: str, name: str, *, shown: bool = True, near: bool = False, opacity: float = 1.0
) -> None:
    """Add a layer to a value; it is drawn over the ones before. near: it shows itself only in a close look."""
    value["layers"].append({"id": layer_id, "name": name, "shown": shown, "near": near, "opacity": opacity})


def _blank(key: str, shape: tuple[int, ...], describe: str, link: str = "tabs", **more: object) -> Value:
    value: Value = {"key": key, "width": shape[1], "height": shape[0], "describe": describe, "link": link, **more}
    return value | {"layers": [], "rasters": [], "shapes": []}


def _rounded(point: NDArray[np.floating]) -> list[float]:
    return [round(float(v), 1) for v in point]
