"""TextOCR: JSON files with a flat polygon (`points`) for each word of Open Images; "." stands for illegible text."""

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
from charsam.datasets.word_polygons import polygon_at
from charsam.text import is_made_of
from charsam.types import Word

ILLEGIBLE: Final = "."
_INDEX: Final = re.compile(r"textocr.*\.json", re.IGNORECASE)


def open_textocr(root: Path, split: str | None, strict: bool) -> ListedDataset[FoundImage]:
    """TextOCR's images. Raises DatasetError where the root is not laid out as TextOCR."""
    tree = FileTree(root)
    indices = [file for file in tree.files if _INDEX.fullmatch(file.name)]
    if not indices:
        raise tree.unlike("TextOCR", "TextOCR_0.1_train.json (or val, test)")
    return open_indexed("textocr", "TextOCR", indices, tree, read_word, split, FaultLog(strict=strict))


def read_word(item: Field, size: Size) -> Word:
    """The word of one of `anns`. size: of its image. Raises WordsError, naming the field, for what is malformed."""
    points, text = item.get("points"), item.get("utf8_string").text().strip()
    polygon = polygon_at(points.place, points.flat_points(), size)
    ignore = not text or is_made_of(text, ILLEGIBLE)
    return Word(polygon, None if ignore else text, ignore)


def _fits(peek: Peek) -> bool:
    return {"imgs", "anns"} <= peek.fields.keys() and "legibility" not in (peek.first("anns") or {})


READER: Final = Reader(
    "textocr", "TextOCR", "TextOCR_0.1_train.json", _fits, lambda paths, log: listed(read_word, paths, log)
)
