"""The native words format, version 1: words and characters of images in one UTF-8 JSON file (see the README)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from charsam import rle
from charsam.datasets.fields import Field, parse_json, read_text
from charsam.datasets.file_peek import Peek
from charsam.datasets.image_names import ImageNames, match
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, json_of, words_of
from charsam.errors import WordsError
from charsam.types import AnnotatedWord, Character, FloatArray, GivenCharacter, ImageAnnotation, Word

VERSION: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class ImageWords:
    """The words of one image. width, height: the image's size where the file gives it."""

    file: str
    words: tuple[Word, ...]
    width: int | None = None
    height: int | None = None


def read_words(path: Path | str) -> tuple[ImageWords, ...]:
    """The images of a native words file. Raises WordsError, naming file and field, for anything that is malformed."""
    path = Path(path)
    return parse_words(read_text(path, math.inf), name=path.name)


def parse_words(text: str, *, name: str) -> tuple[ImageWords, ...]:
    """As `read_words`, from the text of a file called `name`."""
    root = Field(name, parse_json(text, name=name))
    check_version(root.get("charsam"))
    return tuple(image_words(item) for item in root.get("images").items())


def check_version(version: Field) -> None:
    """Raise WordsError where the field `charsam` of a file is not the version that is read here."""
    if version.value != VERSION or isinstance(version.value, bool):
        raise version.error(f"expected {VERSION}, the version of the native words format")


def match_images(files: Sequence[str], images: Sequence[Path]) -> tuple[dict[Path, int], dict[int, str]]:
    """Which entry belongs to which image file: by file name, by the trailing path where names repeat.

    files: what each entry calls its image. A link is known by its own name and by that of what it leads to. Returns the
    place of each image's entry, and of every entry that belongs to none of the images, or to one that has another
    already, the place and why.
    """
    names = [(str(path), image) for image in images for path in dict.fromkeys((image.absolute(), image.resolve()))]
    missed: dict[int, str] = {}
    found = match([((file,), "") for file in files], ImageNames(names), missed.__setitem__)
    return found, missed


def image_entry(file: str, annotation: ImageAnnotation, state: str = "", note: str = "") -> dict[str, Any]:
    """The entry of one annotated image, ready for JSON. state, note: how far it is, and what was noted; "": left
    out.
    """
    value = 0
    words = []
    for word in annotation.words:
        characters = []
        for character in word.characters:
            value += 1
            characters.append(_character_entry(character, value, annotation))
        words.append(_word_entry(word, characters))
    return {
        "file": file,
        "width": annotation.width,
        "height": annotation.height,
        "segmenter": annotation.segmenter,
        "prompts": str(annotation.prompts),
        **({"state": state} if state else {}),
        **({"note": note} if note else {}),
        **({"problems": list(annotation.problems)} if annotation.problems else {}),
        "words": words,
    }


def found_entry(file: str, size: tuple[int, int], words: Sequence[Word]) -> dict[str, Any]:
    """The entry of an image whose words were found and, where they could be, read. size: its width and height."""
    return {
        "file": file,
        "width": size[0],
        "height": size[1],
        "words": [
            {"polygon": _points(word.polygon), **({"text": word.text, "text_read": True} if word.text else {})}
            for word in words
        ],
    }


def words_json(entries: Sequence[dict[str, Any]]) -> bytes:
    """A native words file of these image entries."""
    return json.dumps({"charsam": VERSION, "images": list(entries)}, ensure_ascii=False, indent=1).encode()


def image_part(file: str, annotation: ImageAnnotation, state: str = "", note: str = "") -> bytes:
    """The entry of one annotated image as one line of JSON. file: the image's name."""
    return json.dumps(image_entry(file, annotation, state, note), ensure_ascii=False).encode()


def write_index(parts: Iterable[bytes], out: BinaryIO) -> None:
    """A native words file of the parts of its images, without holding them in memory together."""
    out.write(f'{{"charsam": {VERSION}, "images": ['.encode())
    for number, part in enumerate(parts):
        out.write((b",\n" if number else b"\n") + part)
    out.write(b"\n]}\n")


def _word_entry(word: AnnotatedWord, characters: list[dict[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {"polygon": _points(word.polygon), "text": word.text, "ignore": word.ignore}
    if word.text_read:
        entry["text_read"] = True
    if word.reads:
        entry["reads"] = word.reads
    return {**entry, "chars": characters}


def _character_entry(character: Character, value: int, annotation: ImageAnnotation) -> dict[str, Any]:
    agreement = character.glyph_agreement
    return {
        "category": character.category,
        "polygon": _points(character.quad),
        "box_source": str(character.box_source),
        "recognised": character.recognised,
        "probability": round(character.probability, 4),
        "points": {"positive": _points(character.positive), "negative": _points(character.negative)},
        "quality": round(character.quality, 4),
        "glyph_agreement": None if agreement is None else round(agreement, 4),
        "suspicion": round(character.suspicion, 4),
        **({"review": character.review} if character.review else {}),
        "mask_value": value,
        "mask": rle.encode(character.mask, annotation.height, annotation.width),
    }


def _points(points: FloatArray) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def image_words(item: Field) -> ImageWords:
    """The words of one entry of `images`. Raises WordsError, naming the field, for what is malformed."""
    file = item.get("file").text()
    if not file.strip():
        raise item.get("file").error("expected the name of an image file")
    sizes = [item.find(key) for key in ("width", "height")]
    width, height = (None if size is None else round(size.number()) for size in sizes)
    return ImageWords(file, tuple(_word(word) for word in item.get("words").items()), width, height)


def _word(item: Field) -> Word:
    characters = item.find("chars")
    return replace(
        bare_word(item),
        characters=() if characters is None else tuple(given_character(one) for one in characters.items()),
    )


def bare_word(item: Field) -> Word:
    """A word of an entry without its characters. Raises WordsError, naming the field, for what is malformed."""
    text = item.find("text")
    return Word(
        polygon=item.get("polygon").points(4),
        text=None if text is None else text.text(),
        ignore=item.flag_at("ignore"),
        text_read=item.flag_at("text_read"),
    )


def given_character(item: Field) -> GivenCharacter:
    """A character of a word. Raises WordsError, naming the field, for what is malformed."""
    category = item.get("category").text()
    if not category.strip():
        raise item.get("category").error("expected a character")
    return GivenCharacter(category, outline_of(item))


def outline_of(item: Field) -> FloatArray:
    """(P, 2) the polygon of a character, or its `box`. Raises WordsError, naming the field, for what is malformed."""
    box = item.find("box")
    if item.find("polygon") is not None or box is None:
        return item.get("polygon").points(3)
    numbers = [value.number() for value in box.items()]
    if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise box.error("expected x0, y0, x1, y1 with x0 < x1 and y0 < y1")
    x0, y0, x1, y1 = numbers
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of native words files. A word that is malformed costs nothing but itself."""

    def images(path: Path) -> Iterable[Listed]:
        root = json_of(path)
        check_version(root.get("charsam"))
        for item in root.get("images").items():
            try:
                yield _listed(path, item)
            except WordsError as error:
                log.add(path.name, error)

    return each(paths, log, images)


def _listed(path: Path, item: Field) -> Listed:
    file = item.get("file").text()
    if not file.strip():
        raise item.get("file").error("expected the name of an image file")
    words = item.get("words").items()

    def read(size: Size, log: FaultLog) -> tuple[Word, ...]:
        check_size(item, size)
        return words_of(words, lambda one: _kept_word(one, log, path.name), log, path.name)

    return Listed((file,), path, item.place, read, native=item)


def _kept_word(item: Field, log: FaultLog, file: str) -> Word:
    """A word without those of its characters that are malformed, which are written to the log as faults of `file`."""
    listed = item.find("chars")
    characters = []
    for one in [] if listed is None else listed.items():
        try:
            characters.append(given_character(one))
        except WordsError as error:
            log.add(file, error)
    return replace(bare_word(item), characters=tuple(characters))


def check_size(item: Field, size: Size) -> None:
    """Raise WordsError where an entry is for an image of another size; width or height may be absent."""
    given = [None if (side := item.find(key)) is None else round(side.number()) for key in ("width", "height")]
    width, height = given[0] or size[0], given[1] or size[1]
    if (width, height) != size:
        raise WordsError(f"its words are for an image of {width} x {height} pixels; this one has {size[0]} x {size[1]}")


def _fits(peek: Peek) -> bool:
    return "charsam" in peek.fields and "images" in peek.fields


READER: Final = Reader("native", "charsam's words.json", "words.json", _fits, list_images)
