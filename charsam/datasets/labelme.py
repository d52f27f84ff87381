"""labelme: NAME.json beside the image, with `shapes` of polygons, rectangles, … whose label is the text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek, is_json_object
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import DONT_CARE, Listed, Reader, each, json_of, pixel_size, word_at, words_of
from charsam.datasets.word_polygons import upright
from charsam.datasets.written_image import WrittenImage, rounded
from charsam.errors import WordsError
from charsam.types import FloatArray, Word

VERSION: Final = "5.2.1"
"""Of labelme, whose layout is written."""
GENERIC: Final = frozenset(["text", "word", "words", "line", "textline", "text_line", "scene_text", "label", "region"])
"""Labels that say what a shape is, not what is written in it."""


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, _images)


def _images(path: Path) -> Iterable[Listed]:
    root = json_of(path)
    named = root.find("imagePath")
    names = () if named is None else (named.text(),)
    size = pixel_size(root.find("imageWidth"), root.find("imageHeight"))

    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        shapes = json_of(path).get("shapes").items()  # read again: the file may hold its whole image
        return words_of(shapes, lambda shape: _word(shape, size), log, path.name)

    yield Listed((*names, path.stem), path, path.name, words, size=size)


def _word(shape: Field, size: Size) -> Word | None:
    label = shape.get("label").text()
    if label.startswith("_"):  # labelme's own labels, such as __ignore__
        return word_at(shape.place, _outline(shape), None, size, ignore=True, ordered=False)
    described = shape.find("description")
    text = label
    if label.casefold() in GENERIC:
        text = "" if described is None else described.text()
    flags = shape.find("flags")
    ignore = flags is not None and any(flags.value.get(name) is True for name in ("ignore", "difficult", "illegible"))
    return word_at(shape.place, _outline(shape), text, size, ignore=ignore)


def _outline(shape: Field) -> FloatArray:
    kind, points = shape.find("shape_type"), shape.get("points")
    name = "polygon" if kind is None else kind.text()
    if name == "rectangle":
        corners = points.points(2)
        return upright([*corners.min(0).tolist(), *corners.max(0).tolist()])
    if name == "circle":
        centre, edge = points.points(2)[:2]
        angles = np.linspace(-3 * np.pi / 4, 5 * np.pi / 4, 16, endpoint=False)
        turned = np.stack([np.cos(angles), np.sin(angles)], 1)
        return np.asarray(centre + turned * np.linalg.norm(edge - centre), np.float32)
    if name in ("polygon", "oriented_rectangle", "rotation", "mask") and name != "mask":
        return points.points(3)
    raise WordsError(f"{shape.place}: a {name[:20]} has no area; expected a polygon, rectangle or circle")


def _fits(peek: Peek) -> bool:
    return is_json_object(peek.fields, "shapes") and ("imagePath" in peek.fields or "imageData" in peek.fields)


def files(written: WrittenImage) -> dict[str, bytes]:
    """NAME.json of one image; words to be ignored have a flag. Where the image is not beside it, only its name is
    told.
    """
    annotation = written.annotation
    shapes: list[dict[str, Any]] = [
        {
            "label": (word.text or "text") if not word.ignore else DONT_CARE,
            "points": rounded(word.polygon),
            "group_id": None,
            "description": "",
            "shape_type": "polygon",
            "flags": {"ignore": True} if word.ignore else {},
        }
        for word in annotation.words
    ]
    value = {
        "version": VERSION,
        "flags": written.flags(),
        "shapes": shapes,
        "imagePath": PurePosixPath(written.file).name,
        "imageData": None,
        "imageHeight": annotation.height,
        "imageWidth": annotation.width,
    }
    return {f"{written.name}.json": json.dumps(value, ensure_ascii=False, indent=2).encode()}


READER: Final = Reader("labelme", "labelme", "NAME.json beside each image", _fits, _list_images)
