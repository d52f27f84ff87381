"""SCUT-CTW1500: curved lines. Training has NAME.xml of `segs`, the test set 000NAME.txt of
`x1,y1,…,x14,y14,####text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np

from charsam.datasets.fields import read_lines
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, word_at, words_of
from charsam.datasets.text_lines import CTW_MARK, image_stems, parsed
from charsam.datasets.word_polygons import upright
from charsam.datasets.xml_file import below, child, children, numbers, read_xml
from charsam.errors import WordsError
from charsam.types import Word


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, lambda path: _of_xml(path) if path.suffix.lower() == ".xml" else [_of_text(path)])


def _of_xml(path: Path) -> Iterable[Listed]:
    for image in children(read_xml(path), "image"):
        name = image.get("file", "")
        yield _listed(path, image, (name, path.stem) if name else (path.stem,))


def _listed(path: Path, image: Element, names: tuple[str, ...]) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        boxes = enumerate(below(image, "box"), start=1)
        return words_of(boxes, lambda one: _word(f"{path.name}: box {one[0]}", one[1], size), log, path.name)

    return Listed(names, path, path.name, words)


def _word(place: str, box: Element, size: Size) -> Word:
    label, segs = child(box, "label"), child(box, "segs")
    text = None if label is None else label.text
    if segs is not None and segs.text:
        found = parsed(segs.text.strip().rstrip(","))
        if found.rest is not None or len(found.numbers) < 6 or len(found.numbers) % 2:
            raise WordsError(f"{place}: segs: expected x1,y1,x2,y2,… of at least 3 points; it is {segs.text[:60]!r}")
        points = np.array(found.numbers).reshape(-1, 2)
    else:
        left, top, width, height = numbers(place, box, "left", "top", "width", "height")
        points = np.asarray(upright([left, top, left + width, top + height]), np.float64)
    return word_at(place, points, text, size, ignore=text == CTW_MARK)


def _of_text(path: Path) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        lines = ((number, line) for number, line in enumerate(read_lines(path), start=1) if line.strip())
        return words_of(lines, lambda one: _line(f"{path.name}: line {one[0]}", one[1], size), log, path.name)

    stems = image_stems(path)
    bare = stems[0].lstrip("0") or "0"  # 0001001.txt is for 1001.jpg
    return Listed(tuple(dict.fromkeys((*stems, bare))), path, path.name, words)


def _line(place: str, line: str, size: Size) -> Word:
    found = parsed(line)
    if len(found.numbers) < 8 or len(found.numbers) % 2 or not (found.rest or "").startswith(CTW_MARK):
        raise WordsError(f"{place}: expected x1,y1,…,x14,y14,####text; it is {line.strip()[:60]!r}")
    text = (found.rest or "").removeprefix(CTW_MARK)
    return word_at(place, np.array(found.numbers).reshape(-1, 2), text, size, ignore=not text.strip())


def _fits(peek: Peek) -> bool:
    return peek.root == "Annotations"


READER: Final = Reader("ctw1500", "CTW1500", "NAME.xml, or 000NAME.txt of x1,y1,…,####text", _fits, _list_images)
