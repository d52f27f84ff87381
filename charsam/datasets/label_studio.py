"""Label Studio: a JSON export of tasks; regions in percent of the image, texts of the same id beside or after them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import numpy as np

from charsam.datasets.cvat import turned
from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, json_of, pixel_size, word_at, words_of
from charsam.datasets.word_polygons import upright
from charsam.errors import WordsError
from charsam.images import SUFFIXES
from charsam.types import FloatArray, Word

RESULTS: Final = ("annotations", "completions")
_PREFIX: Final = re.compile(r"^[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the names of uploaded files."""


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, lambda path: _images(path, log))


def _images(path: Path, log: FaultLog) -> Iterable[Listed]:
    for task in json_of(path).items():
        try:
            yield _listed(path, task)
        except WordsError as error:
            log.add(path.name, error)


def _listed(path: Path, task: Field) -> Listed:
    versions = next((found for name in RESULTS if (found := task.find(name)) is not None), None)
    done = [] if versions is None else [one for one in versions.items() if one.value.get("was_cancelled") is not True]
    result = done[-1].get("result").items() if done else []
    regions = _regions(result)
    first = regions[0][0] if regions else None
    size = None if first is None else pixel_size(first.find("original_width"), first.find("original_height"))

    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(regions, lambda one: _word(one[0], one[1], size), log, path.name)

    return Listed(_names(task.get("data")), path, task.place, words, size=size)


def _names(data: Field) -> tuple[str, ...]:
    """The image of a task: the last part of the address that ends like an image."""
    for value in data.value.values() if isinstance(data.value, dict) else ():
        if isinstance(value, str):
            parts = urlsplit(value)
            name = unquote(parts.query.partition("d=")[2] or parts.path)
            if name.lower().endswith(SUFFIXES):
                folder, slash, file = name.rpartition("/")
                return (f"{folder}{slash}{_PREFIX.sub('', file)}", name)
    raise data.error("expected the address of an image")


def _regions(result: Iterable[Field]) -> list[tuple[Field, str | None]]:
    """Each region with its text: that of its id, or the one that follows it."""
    regions: dict[str, Field] = {}
    texts: dict[str, str] = {}
    last = ""
    for number, item in enumerate(result):
        value = item.get("value")
        own = item.find("id")
        key = own.text() if own is not None else ""
        if "points" in value.value or "x" in value.value:
            last = key or f"#{number}"
            regions.setdefault(last, item)
        text = value.find("text") or (item.find("meta") and item.get("meta").find("text"))
        if text:
            texts.setdefault(key if key in regions else last, _text(text))
    return [(item, texts.get(key)) for key, item in regions.items()]


def _text(field: Field) -> str:
    value: Any = field.value
    return " ".join(one.text() for one in field.items()) if isinstance(value, list) else field.text()


def _word(item: Field, text: str | None, size: Size) -> Word:
    value = item.get("value")
    return word_at(value.place, _outline(value, size), text, size)


def _outline(value: Field, size: Size) -> FloatArray:
    percent = np.array(size, np.float32) / 100
    if value.find("points") is not None:
        return np.asarray(value.get("points").points(3) * percent, np.float32)
    if value.find("radiusX") is not None:
        cx, cy, rx, ry = (value.get(key).number() for key in ("x", "y", "radiusX", "radiusY"))
        angles = np.linspace(-3 * np.pi / 4, 5 * np.pi / 4, 16, endpoint=False)
        return np.asarray(np.stack([cx + rx * np.cos(angles), cy + ry * np.sin(angles)], 1) * percent, np.float32)
    x, y, width, height = (value.get(key).number() for key in ("x", "y", "width", "height"))
    box = np.asarray(upright([x, y, x + width, y + height]) * percent, np.float32)
    turn = value.find("rotation")
    return box if turn is None else turned(box, math.radians(turn.number()), box[0])


def _fits(peek: Peek) -> bool:
    return "" in peek.fields and peek.entries_have("data") and peek.entries_have(*RESULTS)


READER: Final = Reader("label-studio", "Label Studio", "a JSON export of tasks", _fits, _list_images)
