"""PPOCRLabel: Label.txt, on each line an image's path, a tab, and a JSON list of its words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from charsam.datasets.fields import Field, parse_json, read_lines
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import DONT_CARE, Listed, Reader, each, word_at, words_of
from charsam.datasets.written_image import WrittenImage, integral
from charsam.errors import WordsError
from charsam.types import Word

INDEX: Final = "Label.txt"


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    def images(path: Path) -> Iterable[Listed]:
        for number, line in enumerate(read_lines(path), start=1):
            if not line.strip():
                continue
            place = f"{path.name}: line {number}"
            name, tab, value = line.partition("\t")
            try:
                if not tab or not name.strip():
                    raise WordsError(f"{place}: expected an image's path, a tab and a list of words")
                yield _listed(path, place, name.strip(), Field(place, parse_json(value, name=place)))
            except WordsError as error:
                log.add(path.name, error)

    return each(paths, log, images)


def _listed(path: Path, place: str, name: str, entry: Field) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(entry.items(), lambda item: _word(item, size), log, path.name)

    return Listed((name,), path, place, words)


def _word(item: Field, size: Size) -> Word:
    points, text, difficult = item.get("points"), item.find("transcription"), item.find("difficult")
    given = None if text is None or text.value in ("待识别", "TEMPORARY") else text.text()
    ignore = difficult is not None and difficult.flag()
    return word_at(points.place, points.points(3), given, size, ignore=ignore)


def _fits(peek: Peek) -> bool:
    """Most lines are a path, a tab, and a list."""
    fitting = sum("\t" in line and line.partition("\t")[2].lstrip().startswith("[") for line in peek.lines)
    return peek.kind == "text" and 2 * fitting >= len(peek.lines) > 0


def part(written: WrittenImage) -> bytes:
    """One image's line of Label.txt."""
    words: list[dict[str, Any]] = [
        {
            "transcription": DONT_CARE if word.ignore else word.text,
            "points": integral(word.polygon),
            "difficult": word.ignore,
        }
        for word in written.annotation.words
    ]
    return f"{written.file}\t{json.dumps(words, ensure_ascii=False)}".encode()


def write_index(parts: Iterable[bytes], out: BinaryIO) -> None:
    """Label.txt of the lines of all images."""
    for line in parts:
        out.write(line + b"\n")


READER: Final = Reader("ppocrlabel", "PPOCRLabel", INDEX, _fits, _list_images)
