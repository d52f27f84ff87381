"""MMOCR 1.x: textdet_*.json, textspotting_*.json with `metainfo` and `data_list` of images and their `instances`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek, is_json_object
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, json_of, pixel_size, word_at, words_of
from charsam.datasets.word_polygons import upright
from charsam.errors import WordsError
from charsam.types import FloatArray, Word


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, lambda path: _images(path, log))


def _images(path: Path, log: FaultLog) -> Iterable[Listed]:
    for entry in json_of(path).get("data_list").items():
        try:
            yield _listed(path, entry)
        except WordsError as error:
            log.add(path.name, error)


def _listed(path: Path, entry: Field) -> Listed:
    instances = entry.get("instances").items()

    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(instances, lambda item: _word(item, size), log, path.name)

    size = pixel_size(entry.find("width"), entry.find("height"))
    return Listed((entry.get("img_path").text(),), path, entry.place, words, size=size)


def _word(item: Field, size: Size) -> Word:
    text, ignored = item.find("text"), item.find("ignore")
    ignore = ignored is not None and ignored.value in (True, 1)
    return word_at(item.place, _outline(item), None if text is None else text.text(), size, ignore=ignore)


def _outline(item: Field) -> FloatArray:
    polygon = item.find("polygon")
    if polygon is not None:
        return polygon.flat_points()
    box = item.get("bbox")
    numbers = [value.number() for value in box.items()]
    if len(numbers) != 4:
        raise box.error("expected x1, y1, x2, y2")
    return upright(numbers)


def _fits(peek: Peek) -> bool:
    return is_json_object(peek.fields, "data_list") and isinstance(peek.first("data_list"), dict)


READER: Final = Reader("mmocr", "MMOCR", "textspotting_*.json", _fits, _list_images)
