"""CVAT for images 1.1: annotations.xml; the text of a shape is the value of its attribute."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np

from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, word_at, words_of
from charsam.datasets.word_polygons import upright
from charsam.datasets.xml_file import children, numbers, points, read_xml
from charsam.types import FloatArray, Word

TEXTS: Final = ("text", "transcription", "transcript", "value", "content", "label", "word")
SHAPES: Final = ("polygon", "box", "ellipse")


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, _images)


def _images(path: Path) -> Iterable[Listed]:
    for image in children(read_xml(path), "image"):
        name = image.get("name", "")
        place = f"{path.name}: image {name[:60]}"
        width, height = numbers(place, image, "width", "height") if image.get("width") else (0, 0)
        size = (round(width), round(height)) if width and height else None
        yield _listed(path, place, name, image, size)


def _listed(path: Path, place: str, name: str, image: Element, size: Size | None) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        shapes = enumerate(children(image, *SHAPES), start=1)
        return words_of(shapes, lambda one: _word(f"{place}: shape {one[0]}", one[1], size), log, path.name)

    return Listed((name,), path, place, words, size=size)


def _word(place: str, shape: Element, size: Size) -> Word:
    attributes = {(one.get("name") or "").casefold(): (one.text or "") for one in children(shape, "attribute")}
    text = next((attributes[name] for name in TEXTS if name in attributes), None)
    if text is None and len(attributes) == 1:
        text = next(iter(attributes.values()))
    ignore = any(attributes.get(name) == "true" for name in ("ignore", "illegible", "difficult"))
    return word_at(place, _outline(place, shape), text, size, ignore=ignore)


def _outline(place: str, shape: Element) -> FloatArray:
    kind = shape.tag
    if kind == "polygon":
        return points(place, shape.get("points"))
    if kind == "ellipse":
        cx, cy, rx, ry = numbers(place, shape, "cx", "cy", "rx", "ry")
        angles = np.linspace(-3 * np.pi / 4, 5 * np.pi / 4, 16, endpoint=False)
        return np.stack([cx + rx * np.cos(angles), cy + ry * np.sin(angles)], 1).astype(np.float32)
    box = upright(numbers(place, shape, "xtl", "ytl", "xbr", "ybr"))
    turn = math.radians(numbers(place, shape, "rotation")[0]) if shape.get("rotation") else 0.0
    return turned(box, turn)


def turned(corners: FloatArray, angle: float, centre: FloatArray | None = None) -> FloatArray:
    """(4, 2): corners turned clockwise on the screen by an angle in radians, round their middle or a given centre."""
    middle = corners.mean(0) if centre is None else centre
    cos, sin = math.cos(angle), math.sin(angle)
    return np.asarray((corners - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle, np.float32)


def _fits(peek: Peek) -> bool:
    return peek.root == "annotations"


READER: Final = Reader("cvat", "CVAT", "annotations.xml (CVAT for images)", _fits, _list_images)
