"""ArT and LSVT (ICDAR 2019): one JSON file, for each image a list of `{"transcription", "points", "illegibility"}`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, json_of, word_at, words_of
from charsam.types import Word


def list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images that the files list, each with a way to read its words."""
    return each(paths, log, _images)


def _images(path: Path) -> list[Listed]:
    return [_listed(path, name, entry) for name, entry in json_of(path).members()]


def _listed(path: Path, name: str, entry: Field) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(entry.items(), lambda item: read_word(item, size), log, path.name)

    other = name.replace("res_", "gt_", 1) if name.startswith("res_") else name.removeprefix("gt_")
    return Listed((name, other), path, entry.place, words)


def read_word(item: Field, size: Size) -> Word:
    """One word. size: of its image. Raises WordsError, naming the field, for what is malformed."""
    points, text, illegible = item.get("points"), item.find("transcription"), item.find("illegibility")
    return word_at(
        points.place,
        points.points(3),
        None if text is None else text.text(),
        size,
        ignore=illegible is not None and illegible.flag(),
    )


def _fits(peek: Peek) -> bool:
    lists = [value for value in peek.fields.values() if isinstance(value, list)]
    words = [word for words in lists for word in words[:3]]
    return (
        "" not in peek.fields
        and len(lists) == len(peek.fields) > 0
        and bool(words)
        and all(isinstance(word, dict) and {"transcription", "points"} <= word.keys() for word in words)
    )


def _is_lsvt(peek: Peek) -> bool:
    return _fits(peek) and "full_labels" in peek.path.name.lower()


LSVT: Final = Reader("lsvt", "LSVT", "train_full_labels.json", _is_lsvt, list_images)
READER: Final = Reader("art", "ArT", "train_labels.json", _fits, list_images)
