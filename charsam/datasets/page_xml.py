"""PAGE XML (PRImA): NAME.xml with regions, lines, words and glyphs, each with its outline and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

import numpy as np

from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, word_at, words_of
from charsam.datasets.word_polygons import polygon_at
from charsam.datasets.written_image import WrittenImage
from charsam.datasets.xml_file import below, child, children, numbers, points, read_xml
from charsam.errors import WordsError
from charsam.types import FloatArray, GivenCharacter, Word

NAMESPACE: Final = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
IGNORED: Final = "ignore {value:true;}"
"""In the attribute `custom`, which PAGE leaves to its users."""
CREATED: Final = "1980-01-01T00:00:00"
"""A date that PAGE asks for; always the same, so that the same annotation makes the same bytes."""


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, _images)


def _images(path: Path) -> Iterable[Listed]:
    for page in children(read_xml(path), "Page"):
        width, height = numbers(path.name, page, "imageWidth", "imageHeight")
        size = (round(width), round(height)) if width > 0 and height > 0 else None
        named = page.get("imageFilename", "")
        yield _listed(path, page, (named, path.stem) if named else (path.stem,), size)


def _listed(path: Path, page: Element, names: tuple[str, ...], size: Size | None) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(_parts(page), lambda part: _word(path.name, part, size), log, path.name)

    return Listed(names, path, path.name, words, size=size)


def _parts(page: Element) -> Iterable[Element]:
    """Every word; of lines that are not taken apart the line, of such regions the region."""
    for region in below(page, "TextRegion"):
        lines = list(children(region, "TextLine"))
        for line in lines:
            yield from list(children(line, "Word")) or [line]
        if not lines and child(region, "Coords") is not None and child(region, "TextRegion") is None:
            yield region


def _word(file: str, part: Element, size: Size) -> Word:
    place = f"{file}: {part.get('id', part.tag.rpartition('}')[2])[:60]}"
    characters = tuple(
        GivenCharacter(text, polygon_at(f"{place}: {glyph.get('id', 'Glyph')}", _outline(place, glyph), size))
        for glyph in children(part, "Glyph")
        if (text := _text(glyph)) is not None and text.strip()
    )
    ignore = "ignore" in part.get("custom", "")
    return word_at(place, _outline(place, part), _text(part), size, ignore=ignore, characters=characters)


def _outline(place: str, part: Element) -> FloatArray:
    coords = child(part, "Coords")
    if coords is None:
        raise WordsError(f"{place}: its Coords are missing")
    if coords.get("points") is not None:
        return points(place, coords.get("points"))
    corners = [numbers(place, point, "x", "y") for point in children(coords, "Point")]  # before 2013
    if len(corners) < 3:
        raise WordsError(f"{place}: Coords: expected at least 3 points")
    return np.array(corners, np.float32)


def _text(part: Element) -> str | None:
    """The text of an element: of several readings that of the lowest index."""
    found = sorted(children(part, "TextEquiv"), key=lambda one: int(one.get("index") or 0))
    for one in found:
        text = child(one, "Unicode")
        if text is not None:
            return text.text or ""
    return None


def _fits(peek: Peek) -> bool:
    return peek.root == "PcGts"


def files(written: WrittenImage) -> dict[str, bytes]:
    """NAME.xml of one image: each word a region of one line, its characters glyphs; masks have no place in PAGE."""
    register_namespace("", NAMESPACE)
    annotation = written.annotation
    root = Element(f"{{{NAMESPACE}}}PcGts")
    metadata = _sub(root, "Metadata")
    for name, text in (("Creator", "charsam"), ("Created", CREATED), ("LastChange", CREATED)):
        _sub(metadata, name).text = text
    if written.note or written.state:
        _sub(metadata, "Comments").text = _printable("; ".join(filter(None, (written.state, written.note))))
    size = {"imageWidth": str(annotation.width), "imageHeight": str(annotation.height)}
    page = _sub(root, "Page", imageFilename=_printable(PurePosixPath(written.file).name), **size)
    for number, word in enumerate(annotation.words, start=1):
        custom = {"custom": IGNORED} if word.ignore else {}
        region = _sub(page, "TextRegion", id=f"r{number}", **custom)
        _coords(region, word.polygon)
        line = _sub(region, "TextLine", id=f"l{number}", **custom)
        _coords(line, word.polygon)
        part = _sub(line, "Word", id=f"w{number}", **custom)
        _coords(part, word.polygon)
        for index, character in enumerate(() if word.ignore else word.characters, start=1):
            review = {"custom": f"review {{value:{character.review};}}"} if character.review else {}
            glyph = _sub(part, "Glyph", id=f"w{number}c{index}", **review)
            _coords(glyph, character.quad)
            _texted(glyph, character.category)
        for element in (part, line, region):
            if not word.ignore and word.text:
                _texted(element, word.text)
    indent(root)
    return {f"{written.name}.xml": tostring(root, encoding="UTF-8", xml_declaration=True)}


def _sub(parent: Element, name: str, **attributes: str) -> Element:
    return SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)


def _coords(parent: Element, polygon: FloatArray) -> None:
    """PAGE has whole, non-negative pixels."""
    pairs = " ".join(f"{max(0, round(float(x)))},{max(0, round(float(y)))}" for x, y in polygon)
    _sub(parent, "Coords", points=pairs)


def _texted(parent: Element, text: str) -> None:
    _sub(_sub(parent, "TextEquiv"), "Unicode").text = _printable(text)


def _printable(text: str) -> str:
    """What XML can hold: no control characters."""
    return "".join(c for c in text if (c >= " " and c not in "\ufffe\uffff") or c in "\t\n")


READER: Final = Reader("page", "PAGE XML", "NAME.xml (PAGE)", _fits, _list_images)
