"""The words of one file for one image, in every format that charsam reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charsam.datasets.encodings import reading_as
from charsam.datasets.format_detection import detect_formats
from charsam.datasets.image_names import ImageNames, match
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.native import check_size
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed
from charsam.datasets.readers import READERS
from charsam.editing.document import DocumentWord
from charsam.editing.native_words import imported_entry, imported_from
from charsam.errors import CharsamError, WordsError

PREVIEW: Final = 3
SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How words files are to be read. format: a name of READERS; None: as their fields say. encoding: of text that is
    not UTF-8; None: such files are named and left.
    """

    format: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class ReadAs:
    """One format that files were read in. words: the first of its texts."""

    format: str
    title: str
    files: int
    images: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForImage:
    """words: those of one image. read: the format. faults: a sentence for everything that could not be used."""

    words: tuple[DocumentWord, ...]
    read: ReadAs
    faults: tuple[str, ...]


def imported_of(one: Listed, size: Size, log: FaultLog) -> Sequence[DocumentWord]:
    """The words of an entry for an image of that size, with the masks that it has. Words that are malformed are written
    to the log. Raises CharsamError where nothing can be read, OSError.
    """
    if one.native is not None:
        check_size(one.native, size)
        found, problems = imported_entry(one.native.get("words"), (size[1], size[0]))
        for problem in problems:
            log.add(one.source.name, problem)
        return found
    words = one.read(size, log)
    masks = None
    if one.truth is not None and any(word.characters for word in words):
        try:
            masks = one.truth(size).characters
        except CharsamError as error:
            log.add(one.source.name, error)
    return imported_from(words, masks)


def words_for_image(path: Path, image: str, size: Size, choice: ReadOptions) -> ForImage:
    """What a file says of one image. path: the file, under its own name. image: the name of the image.

    A file that is about one image alone fits any of its size. Raises CharsamError, with a sentence for the person,
    where the file holds no words for it.
    """
    log = FaultLog(strict=False)
    with reading_as(choice.encoding):
        told = detect_formats([path], choice.format)
        if told.left:
            why = told.left[0][1]
            raise WordsError(f"{path.name} {why.removeprefix('it ')}" if why.startswith("it ") else why)
        named = told.listed(log)
        if not named:
            raise WordsError(log.faults()[0].message if log.faults() else f"{path.name} holds no words.")
        form, one = named[_place_for([one for _, one in named], image, path.name)]
        words = tuple(imported_of(one, size, log))
    if not words and log.faults():
        raise WordsError(log.faults()[0].message)
    texts = tuple(word.text or ("###" if word.ignore else "…") for word in words[:PREVIEW])
    return ForImage(words, ReadAs(form, READERS[form].title, 1, 1, texts), tuple(one.message for one in log.faults()))


def formats_for_image(path: Path, image: str, size: Size, encoding: str | None) -> list[ReadAs]:
    """What each format would make of a file for one image: those that find words."""
    found = []
    for name in READERS:
        try:
            made = words_for_image(path, image, size, ReadOptions(name, encoding))
        except (CharsamError, OSError):
            continue
        if made.words:
            found.append(made.read)
    return found


def _place_for(listed: Sequence[Listed], image: str, file: str) -> int:
    """The place of the entry for an image of that name."""
    if len(listed) == 1:
        return 0
    missed: dict[int, str] = {}
    places = match([(one.names, "") for one in listed], ImageNames([(image, image)]), missed.__setitem__)
    if image not in places:
        names = ", ".join(one.names[0][:60] for one in listed[:SHOWN]) + (", …" if len(listed) > SHOWN else "")
        raise WordsError(f"{file} has no entry for the image {image}; it has entries for {names}.")
    return places[image]
