"""Datasets in charsam's own words format: words.json (or several such files) and the images that it names.

Masks come from the entries themselves (`mask` of every character), from a field `mask` that names a picture of the text
(brighter than 127), or from STEM_chars.png or STEM_text.png beside the file, as `charsam annotate` writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.native import bare_word, check_size, check_version, given_character, match_images
from charsam.datasets.pictures import Size, filled, image_size, numbered, read_labels, with_size
from charsam.datasets.word_polygons import polygon_at
from charsam.errors import CharsamError, DatasetError, WordsError
from charsam.types import BoolArray, Word

INDEX: Final = "words.json"
THRESHOLD: Final = 127
MASKS: Final = ("_text.png", "_chars.png")
Places = dict[tuple[int, int], int]
"""For (word of the entry, character of that) the index + 1 of that character among those of the sample; others have
none.
"""


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
    """One image of the dataset: its entry, and its file, None where that is missing; why: what to say of that."""

    name: str
    span: _Span
    image: Path | None
    why: str = ""


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


def read_truth(entry: NativeEntry, places: Places, size: Size, mask: Path | None, log: FaultLog) -> TruthMask:
    """The true masks of one image, from its entry or from a picture.

    mask: the picture, where the entry holds no masks. A mask that is malformed is written to the log, and its
    character's polygon, else its word's, is ignored. Raises DatasetError where not even that is known.
    """
    try:
        item = entry.span.read()
        text, characters, unsure = (
            _masks(item, places, size, log) if mask is None else _pictured(mask, item, places, size)
        )
        ignored = [place for word in item.get("words").items() if _is_ignored(word) and (place := _outline(word, 4))]
    except WordsError as error:
        raise DatasetError(str(error)) from error
    return TruthMask(text, filled([one.points(3) for one in (*ignored, *unsure)], size) & ~text, characters)


def _sample(log: FaultLog, entry: NativeEntry) -> Sample:
    if entry.image is None:
        raise DatasetError(f"{entry.span.place}: {entry.why}")
    item = entry.span.read()
    size = image_size(entry.image)
    try:
        check_size(item, size)
    except WordsError as error:
        raise DatasetError(f"{entry.span.place}: {error}") from error
    words, places = _checked(item, size, log, entry.span.place)
    masked = any(map(_has_mask, item.get("words").items()))
    mask = None if masked else _mask_file(item, entry)
    if mask is not None:
        with_size(mask, size)
    if not masked and mask is None and not all(word.ignore for word in words):
        return Sample(entry.name, entry.image, words)
    return Sample(entry.name, entry.image, words, partial(read_truth, entry, places, size, mask, log))


def _checked(item: Field, size: Size, log: FaultLog, place: str) -> tuple[tuple[Word, ...], Places]:
    """The words that can be used, without those of their characters that can't, and the places of these."""
    words: list[Word] = []
    places: Places = {}
    for number, word in enumerate(item.get("words").items()):
        try:
            bare = bare_word(word)
            polygon = polygon_at(f"{word.place}.polygon", bare.polygon, size)
            listed = word.find("chars")
            given = [] if listed is None else listed.items()
        except WordsError as error:
            log.add(place, error)
            continue
        characters = []
        for position, one in enumerate(given):
            try:
                found = given_character(one)
                characters.append(replace(found, polygon=polygon_at(one.place, found.polygon, size)))
            except WordsError as error:
                log.add(place, error)
                continue
            places[number, position] = len(places) + 1
        words.append(replace(bare, polygon=polygon, characters=tuple(characters)))
    if len(places) > MOST_CHARACTERS:
        raise DatasetError(f"{place}: it has {len(places)} characters; an image may have {MOST_CHARACTERS}")
    return tuple(words), places


_Masks = tuple[BoolArray, NDArray[np.uint16] | None, list[Field]]
"""(H, W) text, (H, W) the numbers of characters, and the polygons within which neither is known."""


def _masks(item: Field, places: Places, size: Size, log: FaultLog) -> _Masks:
    """After the masks that the entry itself holds."""
    width, height = size
    text, characters = np.zeros((width, height), bool), np.zeros((width, height), np.uint16)
    unsure = []
    for number, word in enumerate(item.get("words").items()):
        for position, character in enumerate([] if _is_ignored(word) else _characters(word)):
            try:
                pixels = _covered(character, size)
            except WordsError as error:
                place = _outline(character, 3) or _outline(word, 4)
                if place is None:
                    raise
                log.add(item.place, error)
                unsure.append(place)
                continue
            text.reshape(-1)[pixels] = True
            characters.reshape(-1)[pixels] = places.get((number, position), 0)
    return text.T, characters.T, unsure


def _covered(character: Field, size: Size) -> NDArray[np.int64]:
    """The pixels of a character's mask, counted down the columns. Raises WordsError, naming the field."""
    width, height = size
    mask = character.find("mask")
    if mask is None:
        return np.zeros(0, np.int64)
    stored = [side.whole(1, 1 << 20) for side in mask.get("size").items()]
    if stored != [height, width]:
        raise mask.get("size").error(f"expected the image's height and width, {height} and {width}")
    try:
        return rle.covered((height, width), mask.get("counts").text())
    except ValueError as error:
        raise WordsError(f"{mask.place}: {error}") from error


def _pictured(mask: Path, item: Field, places: Places, size: Size) -> _Masks:
    """After a picture: of STEM_chars.png text and characters, of another the text."""
    labels = read_labels(mask, size)
    if not mask.name.endswith("_chars.png"):
        return labels > (THRESHOLD if labels.max(initial=0) > 1 else 0), None, []
    values, numbers, count = [], [], 0
    for word_number, word in enumerate(item.get("words").items()):
        for position, character in enumerate(_characters(word)):
            count += 1
            index = places.get((word_number, position))
            if index is not None:
                value = character.find("mask_value")
                values.append(count if value is None else value.whole(1, MOST_CHARACTERS))
                numbers.append(index)
    return labels > 0, numbered(labels, values, numbers), []


def _mask_file(item: Field, entry: NativeEntry) -> Path | None:
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
    stem = Path(item.get("file").text().replace("\\", "/")).stem
    found = (folder / f"{stem}{ending}" for ending in ("_chars.png", "_text.png"))
    return next((path for path in found if path.is_file()), None)


def _listed(indices: list[Path], log: FaultLog) -> dict[str, _Span]:
    """Where the entry of each image lies, by the image's name in it. A file that can't be read costs its own entries.

    Raises DatasetError for the only file, or where none can be read.
    """
    spans: dict[str, _Span] = {}
    for index in indices:
        try:
            spans |= _entries(index, spans, log)
        except CharsamError as error:
            if len(indices) == 1:
                raise
            log.add(index.name, error)
    if not spans and log.faults():
        raise DatasetError(log.faults()[0].message)
    return spans


def _entries(index: Path, known: dict[str, _Span], log: FaultLog) -> dict[str, _Span]:
    spans: dict[str, _Span] = {}
    for found in members(index, {"charsam": object, "images": list}):
        place = f"{index.name}: {'charsam' if found.field == 'charsam' else f'images[{found.key}]'}"
        item = Field(place, found.value)
        if found.field == "charsam":
            check_version(item)
            continue
        try:
            file = item.get("file").text()
            if file in spans or file in known:
                raise WordsError(f"{place}.file: there is an entry for {file[:80]} before")
            spans[file] = _Span(place, index, found.start, found.stop)
        except WordsError as error:
            log.add(place, error)
    return spans


def _with_images(spans: dict[str, _Span], tree: FileTree) -> list[NativeEntry]:
    """The entries, each with its image where that is there; sorted by name."""
    images = tree.images(lambda file: file.name.endswith(MASKS) or tree.in_mask_place(file))
    files = list(spans)
    matches, missed = match_images(files, images)
    image_of = {files[place]: image for image, place in matches.items()}
    why = {files[place]: reason for place, reason in missed.items()}
    names = unique_names(tree, {image: image.stem for image in image_of.values()})
    entries = [
        NativeEntry(names[image_of[file]] if file in image_of else file, span, image_of.get(file), why.get(file, ""))
        for file, span in spans.items()
    ]
    return sorted(entries, key=lambda entry: entry.name)


def _is_native(file: Path) -> bool:
    with file.open("rb") as opened:
        return re.match(rb'(\xef\xbb\xbf)?\s*\{\s*"charsam"', opened.read(512)) is not None


def _characters(word: Field) -> list[Field]:
    """The characters of a word, whatever it is; what is malformed has been said by `_checked`."""
    listed = word.value.get("chars") if isinstance(word.value, dict) else None
    return Field(f"{word.place}.chars", listed).items() if isinstance(listed, list) else []


def _has_mask(word: Field) -> bool:
    return any(isinstance(one.value, dict) and one.value.get("mask") is not None for one in _characters(word))


def _outline(item: Field, least: int) -> Field | None:
    """The polygon of a word or character; None where it is malformed."""
    try:
        polygon = item.get("polygon")
        polygon.points(least)
    except WordsError:
        return None
    return polygon


def _is_ignored(word: Field) -> bool:
    return isinstance(word.value, dict) and word.value.get("ignore") is True
