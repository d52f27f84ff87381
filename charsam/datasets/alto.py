"""ALTO XML (Library of Congress): pages, lines and strings with their boxes; pixels, or tenths of millimetres and
inches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np

from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, word_at, words_of
from charsam.datasets.word_polygons import polygon_at, upright
from charsam.datasets.xml_file import below, children, numbers, points, read_xml
from charsam.types import FloatArray, GivenCharacter, Word


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, _images)


def _images(path: Path) -> Iterable[Listed]:
    root = read_xml(path)
    named = next((one.text for one in below(root, "fileName") if one.text), "").strip()
    unit = next((one.text for one in below(root, "MeasurementUnit") if one.text), "pixel").strip()
    for page in below(root, "Page"):
        yield _listed(path, page, (named, path.stem) if named else (path.stem,), unit == "pixel")


def _listed(path: Path, page: Element, names: tuple[str, ...], pixels: bool) -> Listed:
    extent = numbers(path.name, page, "WIDTH", "HEIGHT") if page.get("WIDTH") else None

    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        scale = np.ones(2) if extent is None or min(extent) <= 0 else np.array(size) / extent
        return words_of(_parts(page), lambda part: _word(path.name, part, size, scale), log, path.name)

    whole = None if extent is None or not pixels else (round(extent[0]), round(extent[1]))
    return Listed(names, path, path.name, words, size=whole)


def _parts(page: Element) -> Iterable[Element]:
    """Every string; of lines that have none the line."""
    for line in below(page, "TextLine"):
        yield from list(children(line, "String")) or [line]


def _word(file: str, part: Element, size: Size, scale: np.ndarray) -> Word:
    place = f"{file}: {part.get('ID', 'a string')[:60]}"
    characters = tuple(
        GivenCharacter(text.strip(), polygon_at(place, _outline(place, glyph) * scale, size))
        for glyph in children(part, "Glyph")
        if (text := glyph.get("CONTENT", "")).strip()
    )
    return word_at(place, _outline(place, part) * scale, part.get("CONTENT"), size, characters=characters)


def _outline(place: str, part: Element) -> FloatArray:
    polygon = next((one for shape in children(part, "Shape") for one in children(shape, "Polygon")), None)
    if polygon is not None:
        return points(place, polygon.get("POINTS"))
    x, y, width, height = numbers(place, part, "HPOS", "VPOS", "WIDTH", "HEIGHT")
    return upright([x, y, x + width, y + height])


def _fits(peek: Peek) -> bool:
    return peek.root == "alto"


READER: Final = Reader("alto", "ALTO XML", "NAME.xml (ALTO)", _fits, _list_images)
