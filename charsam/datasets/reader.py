"""What every reader of words makes of its files: for each image a list of words that is read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from charsam.datasets.base import TruthMask
from charsam.datasets.fields import Field, parse_json, read_text
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.word_polygons import polygon_at
from charsam.errors import DatasetError, WordsError
from charsam.text import is_made_of
from charsam.types import GivenCharacter, Word

DONT_CARE: Final = "###"
WHOLE_FILE: Final = 500_000_000
"""Bytes of the largest file that is read in one piece."""

ReadWords = Callable[[Size, FaultLog], tuple[Word, ...]]
"""(size of the image, where faults are written down) -> its words. Raises CharsamError where nothing can be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """What a dataset or tool says of one image.

    names: what it calls the image, folders and ending or not, the surest first. source: the file. place: the file, or
    the entry of it, for messages. words: reads them. truth: reads the true masks, where there are any. size: of the
    image, where the file gives it. split: "train", "val" or "test", where it is known.
    native: the entry itself, in charsam's own format, which holds more than words.
    """

    names: tuple[str, ...]
    source: Path
    place: str
    words: ReadWords
    truth: Callable[[Size], TruthMask] | None = None
    size: Size | None = None
    split: str | None = None
    native: Field | None = None

    def read(self, size: Size, log: FaultLog) -> tuple[Word, ...]:
        """The words for an image of that size. Raises CharsamError where the file is for an image of another size."""
        if self.size is not None and self.size != size:
            raise DatasetError(
                f"{self.place}: it is for an image of {self.size[0]} x {self.size[1]} pixels; "
                f"this one has {size[0]} x {size[1]}"
            )
        return self.words(size, log)


@dataclass(frozen=True, slots=True)
class Reader:
    """A format that is read. title: what people call it. wanted: the files that it has, for messages.

    fits: whether the fields of a file say that it is of this format. listed: the images that its files are about;
    what is malformed is written to the log. others: files (by what their fields say) that belong to the format but
    hold no words.
    """

    name: str
    title: str
    wanted: str
    fits: Callable[[Peek], bool]
    listed: Callable[[Sequence[Path], FaultLog], list[Listed]]
    others: Callable[[Peek], bool] = lambda _: False


def word_at(
    place: str,
    points: NDArray[np.floating],
    text: str | None,
    size: Size,
    *,
    ignore: bool = False,
    ordered: bool = True,
    characters: tuple[GivenCharacter, ...] = (),
) -> Word:
    """A word of a dataset. text: None or "" where it is not known, and has to be read.

    Raises WordsError, naming the place, for a polygon that cannot be used.
    """
    polygon = polygon_at(place, points, size, ordered=ordered)
    text = (text or "").strip()
    ignore = ignore or is_made_of(text, "#")
    return Word(polygon, None if ignore or not text else text, ignore, () if ignore else characters)


def words_of(items: Iterable[Any], make: Callable[[Any], Word | None], log: FaultLog, file: str) -> tuple[Word, ...]:
    """The words of these entries; those malformed are written to the log as faults of `file`."""
    words = []
    for item in items:
        try:
            word = make(item)
        except WordsError as error:
            log.add(file, error)
        else:
            if word is not None:
                words.append(word)
    return tuple(words)


def json_of(path: Path) -> Field:
    """The value of a JSON file. Raises WordsError, naming the file, for what is none."""
    return Field(path.name, parse_json(read_text(path, WHOLE_FILE), name=path.name))


def each(paths: Iterable[Path], log: FaultLog, read: Callable[[Path], Iterable[Listed]]) -> list[Listed]:
    """What several files list; a file that cannot be read at all is written to the log."""
    found: list[Listed] = []
    for path in paths:
        try:
            found += read(path)
        except (WordsError, DatasetError) as error:
            log.add(path.name, error)
        except OSError as error:
            log.add(path.name, f"{path.name} cannot be read ({error.strerror or error})")
    return found


def pixel_size(width: Field | None, height: Field | None) -> Size | None:
    """The size that a file gives of its image; None where it gives none, or 0."""
    if width is None or height is None:
        return None
    size = round(width.number()), round(height.number())
    return size if min(size) > 0 else None
