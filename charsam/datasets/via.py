"""VGG Image Annotator 2: via_region_data.json, or a whole project; the text is a region's attribute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from charsam.datasets.fields import MOST_VERTICES, Field
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, json_of, word_at, words_of
from charsam.datasets.word_polygons import upright
from charsam.errors import WordsError
from charsam.types import FloatArray, Word

PROJECT: Final = "_via_img_metadata"
TEXTS: Final = ("text", "transcription", "label", "word", "value", "content", "name")


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, lambda path: _images(path, log))


def _images(path: Path, log: FaultLog) -> Iterable[Listed]:
    root = json_of(path)
    images = root.find(PROJECT) or root
    for _, entry in images.members():
        try:
            yield _listed(path, entry)
        except WordsError as error:
            log.add(path.name, error)


def _listed(path: Path, entry: Field) -> Listed:
    regions = entry.get("regions")
    items = [item for _, item in regions.members()] if isinstance(regions.value, dict) else regions.items()

    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(items, lambda item: _word(item, size), log, path.name)

    return Listed((entry.get("filename").text(),), path, entry.place, words)


def _word(item: Field, size: Size) -> Word:
    attributes = item.find("region_attributes")
    values = attributes.value if attributes is not None and isinstance(attributes.value, dict) else {}
    texts = {name.casefold(): value for name, value in values.items() if isinstance(value, str)}
    text = next((texts[name] for name in TEXTS if name in texts), None)
    if text is None and len(texts) == 1:
        text = next(iter(texts.values()))
    shape = item.get("shape_attributes")
    return word_at(shape.place, _outline(shape), text, size)


def _outline(shape: Field) -> FloatArray:
    name = shape.get("name").text()
    if name in ("polygon", "polyline"):
        xs, ys = ([one.number() for one in shape.get(key).items()] for key in ("all_points_x", "all_points_y"))
        if len(xs) != len(ys) or not 3 <= len(xs) <= MOST_VERTICES:
            raise shape.error("expected as many x as y, at least 3")
        return np.array([xs, ys], np.float32).T
    if name == "rect":
        x, y, width, height = (shape.get(key).number() for key in ("x", "y", "width", "height"))
        return upright([x, y, x + width, y + height])
    if name in ("circle", "ellipse"):
        radii = ("r", "r") if name == "circle" else ("rx", "ry")
        cx, cy, rx, ry = (shape.get(key).number() for key in ("cx", "cy", *radii))
        angles = np.linspace(-3 * np.pi / 4, 5 * np.pi / 4, 16, endpoint=False)
        return np.stack([cx + rx * np.cos(angles), cy + ry * np.sin(angles)], 1).astype(np.float32)
    raise WordsError(f"{shape.place}: a {name[:20]} has no area; expected a polygon, rect, circle or ellipse")


def _fits(peek: Peek) -> bool:
    return PROJECT in peek.fields or (
        "" not in peek.fields and peek.entries_have("filename") and peek.entries_have("regions")
    )


READER: Final = Reader("via", "VGG Image Annotator", "via_region_data.json", _fits, _list_images)
