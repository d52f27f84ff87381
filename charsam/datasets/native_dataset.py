"""Datasets in charsam's own words format: words.json (or several such files) and the images that it names.

Masks come from the entries themselves (`mask` of every character), from a field `mask` that names a picture of the text
(brighter than 127), or from STEM_chars.png or STEM_text.png beside the file, as `charsam annotate` writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam import rle
from charsam.datasets.base import MOST_CHARACTERS, Sample, TruthMask
from charsam.datasets.fields import Field
from charsam.datasets.files import FileTree, unique_names
from charsam.datasets.json_file import members, read_entry
from charsam.datasets.listing import FaultLog, ListedDataset
from charsam.datasets.native import ImageWords, check_version, image_words, match_images
from charsam.datasets.pictures import Size, filled, image_size, numbered, read_labels, with_size
from charsam.datasets.places import polygon_at
from charsam.errors import DatasetError, WordsError
from charsam.types import BoolArray, GivenCharacter, Word

INDEX: Final = "words.json"
THRESHOLD: Final = 127
MASKS: Final = ("_text.png", "_chars.png")


@dataclass(frozen=True, slots=True)
class _Span:
    """Where one image's entry lies. place: what to call it in messages; start, stop: its bytes of the file."""

    place: str
    index: Path
    start: int
    stop: int

    def read(self) -> Field:
        return Field(self.place, read_entry(self.index, self.start, self.stop))


@dataclass(frozen=True, slots=True)
class NativeEntry:
    """One image of the dataset: its entry, and its file, None where that is missing."""

    name: str
    span: _Span
    image: Path | None


def open_native(root: Path, split: str | None, strict: bool) -> ListedDataset[NativeEntry]:
    """The images of words.json, or of all native words files below the root where there is no words.json.

    Raises DatasetError where there is neither, or none of their images.
    """
    if split is not None:
        raise DatasetError("a dataset in the native format has no splits; leave the split out")
    log = FaultLog(strict=strict)
    if root.is_file():
        tree, indices = FileTree(root.parent), [root]
    else:
        tree = FileTree(root)
        json_files = [file for file in tree.files if file.suffix.lower() == ".json"]
        indices = [root / INDEX] if (root / INDEX).is_file() else [file for file in json_files if _is_native(file)]
    if not indices:
        raise tree.unlike("native", "words.json, nor another file in the native words format")
    spans = _listed(indices, log)
    found = _with_images(spans, tree)
    if found and not any(entry.image for entry in found):
        raise tree.unlike("native", f"image that {indices[0].name} names, such as {found[0].name[:80]}")
    return ListedDataset("native", found, partial(_sample, log), lambda entry: entry.span.place, log)


def read_truth(entry: NativeEntry, places: tuple[tuple[int, ...], ...], size: Size, mask: Path | None) -> TruthMask:
    """The true masks of one image, from its entry or from a picture.

    places: for each word of the entry the index + 1 of each of its characters among those of the sample (0: left out).
    mask: the picture, where the entry holds no masks. Raises DatasetError for a damaged mask.
    """
    try:
        item = entry.span.read()
        text, characters = _masks(item, places, size) if mask is None else _pictured(mask, item, places, size)
        ignored = filled([w.get("polygon").points(4) for w in item.get("words").items() if _is_ignored(w)], size)
    except WordsError as error:
        raise DatasetError(str(error)) from error
    return TruthMask(text, ignored & ~text, characters)


def _sample(log: FaultLog, entry: NativeEntry) -> Sample:
    if entry.image is None:
        raise DatasetError(f"{entry.span.place}: the image that it is for is missing")
    item = entry.span.read()
    read = image_words(item)
    size = image_size(entry.image)
    if (read.width or size[0], read.height or size[1]) != size:
        raise DatasetError(
            f"{entry.span.place}: it is for {read.width} x {read.height} pixels; "
            f"{entry.image.name} has {size[0]} x {size[1]}"
        )
    words, places = _checked(read, size, log, entry.span.place)
    masked = any(_has_mask(character) for word in item.get("words").items() for character in _characters(word))
    mask = None if masked else _mask_file(item, read, entry)
    if mask is not None:
        with_size(mask, size)
    if not masked and mask is None and not all(word.ignore for word in read.words):
        return Sample(entry.name, entry.image, words)
    return Sample(entry.name, entry.image, words, partial(read_truth, entry, places, size, mask))


def _checked(
    read: ImageWords, size: Size, log: FaultLog, place: str
) -> tuple[tuple[Word, ...], tuple[tuple[int, ...], ...]]:
    """The words that can be used, and the places that `read_truth` asks for."""
    words: list[Word] = []
    places: list[tuple[int, ...]] = []
    count = 0
    for number, word in enumerate(read.words):
        try:
            polygon = polygon_at(f"{place}.words[{number}].polygon", word.polygon, size)
        except WordsError as error:
            log.add(place, error)
            places.append((0,) * len(word.characters))
            continue
        characters, indices = [], []
        for position, given in enumerate(word.characters):
            try:
                outline = polygon_at(f"{place}.words[{number}].chars[{position}]", given.polygon, size)
            except WordsError as error:
                log.add(place, error)
                indices.append(0)
                continue
            characters.append(GivenCharacter(given.category, outline))
            count += 1
            indices.append(count)
        words.append(Word(polygon, word.text, word.ignore, tuple(characters)))
        places.append(tuple(indices))
    if count > MOST_CHARACTERS:
        raise DatasetError(f"{place}: it has {count} characters; an image may have {MOST_CHARACTERS}")
    return tuple(words), tuple(places)


def _masks(item: Field, places: tuple[tuple[int, ...], ...], size: Size) -> tuple[BoolArray, NDArray[np.uint16] | None]:
    """Text and characters after the masks that the entry itself holds."""
    width, height = size
    text, characters = np.zeros((width, height), bool), np.zeros((width, height), np.uint16)
    for word, indices in zip(item.get("words").items(), places, strict=True):
        for character, index in zip(_characters(word), indices, strict=True):
            mask = character.find("mask")
            if mask is None or _is_ignored(word):
                continue
            stored = [side.whole(1, 1 << 20) for side in mask.get("size").items()]
            if stored != [height, width]:
                raise mask.get("size").error(f"expected the image's height and width, {height} and {width}")
            try:
                pixels = rle.covered((height, width), mask.get("counts").text())
            except ValueError as error:
                raise WordsError(f"{mask.place}: {error}") from error
            text.reshape(-1)[pixels] = True
            characters.reshape(-1)[pixels] = index
    return text.T, characters.T


def _pictured(
    mask: Path, item: Field, places: tuple[tuple[int, ...], ...], size: Size
) -> tuple[BoolArray, NDArray[np.uint16] | None]:
    """Text and characters of a picture: of STEM_chars.png both, of another the text."""
    labels = read_labels(mask, size)
    if not mask.name.endswith("_chars.png"):
        return labels > (THRESHOLD if labels.max(initial=0) > 1 else 0), None
    given = [character for word in item.get("words").items() for character in _characters(word)]
    values = [
        number if (value := character.find("mask_value")) is None else value.whole(1, MOST_CHARACTERS)
        for number, character in enumerate(given, start=1)
    ]
    return labels > 0, numbered(labels, values, [index for indices in places for index in indices])


def _mask_file(item: Field, read: ImageWords, entry: NativeEntry) -> Path | None:
    """The picture that holds the image's masks, if there is one."""
    folder = entry.span.index.parent
    named = item.find("mask")
    if named is not None:
        if "\0" in named.text():
            raise named.error("expected the name of a file")
        path = (folder / named.text().replace("\\", "/")).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise named.error("expected a file below the folder of the words file")
        return path
    stem = Path(read.file.replace("\\", "/")).stem
    found = (folder / f"{stem}{ending}" for ending in ("_chars.png", "_text.png"))
    return next((path for path in found if path.is_file()), None)


def _listed(indices: list[Path], log: FaultLog) -> dict[str, _Span]:
    """Where the entry of each image lies, by the image's name in it. Raises DatasetError for a file that is none."""
    spans: dict[str, _Span] = {}
    for index in indices:
        for found in members(index, {"charsam": object, "images": list}):
            place = f"{index.name}: {'charsam' if found.field == 'charsam' else f'images[{found.key}]'}"
            item = Field(place, found.value)
            if found.field == "charsam":
                check_version(item)
                continue
            try:
                file = item.get("file").text()
                if file in spans:
                    raise WordsError(f"{place}.file: there is an entry for {file[:80]} before")
                spans[file] = _Span(place, index, found.start, found.stop)
            except WordsError as error:
                log.add(place, error)
    return spans


def _with_images(spans: dict[str, _Span], tree: FileTree) -> list[NativeEntry]:
    """The entries, each with its image where that is there; sorted by name."""
    images = tree.images(lambda file: file.name.endswith(MASKS) or tree.in_mask_place(file))
    matches, _ = match_images([ImageWords(file, ()) for file in spans], images)
    image_of = {words.file: image for image, words in matches.items()}
    names = unique_names(tree, {image: image.stem for image in image_of.values()})
    entries = [
        NativeEntry(names[image_of[file]] if file in image_of else file, span, image_of.get(file))
        for file, span in spans.items()
    ]
    return sorted(entries, key=lambda entry: entry.name)


def _is_native(file: Path) -> bool:
    with file.open("rb") as opened:
        return re.match(rb'(\xef\xbb\xbf)?\s*\{\s*"charsam"', opened.read(512)) is not None


def _characters(word: Field) -> list[Field]:
    listed = word.find("chars")
    return [] if listed is None else listed.items()


def _has_mask(character: Field) -> bool:
    return character.find("mask") is not None


def _is_ignored(word: Field) -> bool:
    return word.value.get("ignore") is True
