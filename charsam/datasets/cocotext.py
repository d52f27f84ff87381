"""COCO-Text v2: one JSON file with a flat polygon (`mask`) and a box for each word; illegible ones have no text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from charsam.datasets.annotation_index import FoundImage, listed, open_indexed
from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek
from charsam.datasets.files import FileTree
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Reader
from charsam.datasets.word_polygons import polygon_at, sized_box
from charsam.errors import DatasetError
from charsam.text import is_made_of
from charsam.types import FloatArray, Word

_INDEX: Final = re.compile(r"coco_?text.*\.json", re.IGNORECASE)


def open_cocotext(root: Path, split: str | None, strict: bool) -> ListedDataset[FoundImage]:
    """COCO-Text's images. Raises DatasetError where the root is not laid out as COCO-Text."""
    tree = FileTree(root)
    index = find_index(tree)
    if index is None:
        raise tree.unlike("COCO-Text", "cocotext.v2.json")
    return open_indexed("coco-text", "COCO-Text", [index], tree, read_word, split, FaultLog(strict=strict))


def find_index(tree: FileTree) -> Path | None:
    """cocotext.v2.json, wherever it lies. Raises DatasetError where there are several."""
    found = [file for file in tree.files if _INDEX.fullmatch(file.name)]
    if len(found) > 1:
        raise DatasetError(
            f"{tree.root} has {' and '.join(tree.relative(file) for file in found[:2])}; keep one of them"
        )
    return found[0] if found else None


def read_word(item: Field, size: Size) -> Word:
    """The word of one of `anns`. size: of its image. Raises WordsError, naming the field, for what is malformed."""
    legibility = item.get("legibility")
    if legibility.text() not in ("legible", "illegible"):
        raise legibility.error("expected legible or illegible")
    text = item.find("utf8_string")
    transcription = "" if text is None else text.text().strip()
    ignore = legibility.value == "illegible" or is_made_of(transcription, "#")
    polygon = polygon_at(item.place, _outline(item), size, ordered=False)
    return Word(polygon, None if ignore or not transcription else transcription, ignore)


def _outline(item: Field) -> FloatArray:
    """The polygon of an annotation, or where it has none its box."""
    mask = item.find("mask")
    if mask is not None and mask.value != []:
        return mask.flat_points()
    return sized_box(item.get("bbox"))


def _fits(peek: Peek) -> bool:
    return {"imgs", "anns"} <= peek.fields.keys() and "legibility" in (peek.first("anns") or {})


READER: Final = Reader(
    "coco-text", "COCO-Text", "cocotext.v2.json", _fits, lambda paths, log: listed(read_word, paths, log)
)
