"""HierText: JSON files of paragraphs, lines and words of Open Images; what is not legible is to be ignored.

The stroke masks that Hi-SAM's authors made, train_gt/ID.png of 0 and 255 (validation_gt, test_gt), are the truth where
they lie below the root.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets.base import Sample, TruthMask
from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek
from charsam.datasets.files import FileTree, no_split, split_named, split_of, unique_names
from charsam.datasets.json_file import members, read_entry
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, filled, image_size, read_grey, with_size
from charsam.datasets.reader import Listed, Reader, ReadWords, each
from charsam.datasets.word_polygons import polygon_at
from charsam.errors import DatasetError, WordsError
from charsam.types import FloatArray, Word

_INDEX: Final = re.compile(r"((train|val|validation|test)[^/]*|hiertext.*)\.jsonl?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HierTextImage:
    """One of `annotations`. start, stop: the bytes of the index that hold it; image, mask: None where missing."""

    name: str
    place: str
    index: Path
    start: int
    stop: int
    image: Path | None
    split: str | None
    mask: Path | None = None


def open_hiertext(root: Path, split: str | None, strict: bool) -> ListedDataset[HierTextImage]:
    """HierText's images. Raises DatasetError where the root is not laid out as HierText."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    indices = [file for file in tree.files if _INDEX.fullmatch(file.name)]
    if not indices:
        packed = any(file.name.lower().endswith((".json.gz", ".jsonl.gz")) for file in tree.files)
        raise tree.unlike("HierText", f"train.jsonl (or validation){'; unpack the .gz files first' if packed else ''}")
    found = [image for index in indices for image in _images(index, tree, log)]
    if split is not None:
        known = {image.split for image in found if image.split}
        found = [image for image in found if image.split == split_named(split)]
        if not found:
            raise no_split("HierText", split, known)
    if found and not any(image.image for image in found):
        raise tree.unlike("HierText", f"image that {indices[0].name} names, such as {found[0].name}.jpg")
    found.sort(key=lambda image: image.name)
    return ListedDataset("hiertext", found, partial(_sample, log), lambda image: image.place, log)


def _images(index: Path, tree: FileTree, log: FaultLog) -> list[HierTextImage]:
    split = split_of(re.findall(r"[a-z]+", index.stem.lower()))
    strokes = {file.stem: file for file in tree.files if file.suffix.lower() == ".png" and _has_strokes(file)}
    by_stem = {file.stem: file for file in tree.photos() if strokes.get(file.stem) != file}
    listed = []
    seen = set()
    for entry in members(index, {"annotations": list}):
        place = f"{index.name}: annotations[{entry.key}]"
        try:
            key = Field(place, entry.value).get("image_id").text()
            if key in seen:
                raise WordsError(f"{place}.image_id: the image {key[:60]} is annotated before")
        except WordsError as error:
            log.add(place, error)
            continue
        seen.add(key)
        listed.append((key, place, entry.start, entry.stop, by_stem.get(key)))
    names = unique_names(tree, {image: image.stem for *_, image in listed if image is not None})
    return [
        HierTextImage(key if image is None else names[image], place, index, start, stop, image, split, strokes.get(key))
        for key, place, start, stop, image in listed
    ]


def _sample(log: FaultLog, found: HierTextImage) -> Sample:
    if found.image is None:
        raise DatasetError(f"{found.place}: its image {found.name[:60]}.jpg is missing")
    size = image_size(found.image)
    words = _words(found.index, found.place, found.start, found.stop, size, log)
    ignored = tuple(word.polygon for word in words if word.ignore)
    truth = None if found.mask is None else partial(read_truth, with_size(found.mask, size), ignored, size)
    return Sample(found.name, found.image, words, truth, split=found.split)


def read_truth(mask: Path, ignored: tuple[FloatArray, ...], size: Size) -> TruthMask:
    """The strokes of one image: what is brighter than 127. ignored: the polygons of words that are not legible.

    Raises DatasetError for a damaged mask.
    """
    text = read_grey(mask, size) > 127
    return TruthMask(text, filled(ignored, size) & ~text)


def _has_strokes(file: Path) -> bool:
    return file.parent.name.lower().endswith("_gt")


def _words(index: Path, place: str, start: int, stop: int, size: Size, log: FaultLog) -> tuple[Word, ...]:
    words = []
    for entry in _entries(Field(place, read_entry(index, start, stop)), log, place):
        try:
            words.append(_word(entry, size))
        except WordsError as error:
            log.add(place, error)
    return tuple(words)


def _entries(item: Field, log: FaultLog, file: str) -> Iterator[Field]:
    """Every word; of illegible paragraphs and lines that are not taken apart, the whole."""
    for paragraph in item.get("paragraphs").items():
        try:
            lines = _parts(paragraph, "lines")
            for line in lines:
                yield from _parts(line, "words") or [line]
            if not lines:
                yield paragraph
        except WordsError as error:
            log.add(file, error)


def _parts(item: Field, name: str) -> list[Field]:
    listed = item.find(name)
    return [] if listed is None else listed.items()


def _word(entry: Field, size: Size) -> Word:
    vertices, legible, text = entry.get("vertices"), entry.find("legible"), entry.find("text")
    transcription = "" if text is None else text.text().strip()
    ignore = (legible is not None and not legible.flag()) or not transcription
    polygon = polygon_at(vertices.place, vertices.points(3), size)
    return Word(polygon, None if ignore else transcription, ignore)


def _listed(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of these files."""

    def words(path: Path, place: str, start: int, stop: int) -> ReadWords:
        return lambda size, log: _words(path, place, start, stop, size, log)

    def images(path: Path) -> Iterable[Listed]:
        split = split_of(re.findall(r"[a-z]+", path.stem.lower()))
        for entry in members(path, {"annotations": list}):
            place = f"{path.name}: annotations[{entry.key}]"
            try:
                key = Field(place, entry.value).get("image_id").text()
            except WordsError as error:
                log.add(place, error)
            else:
                yield Listed((key,), path, place, words(path, place, entry.start, entry.stop), split=split)

    return each(paths, log, images)


def _fits(peek: Peek) -> bool:
    return "paragraphs" in (peek.first("annotations") or {})


READER: Final = Reader("hiertext", "HierText", "train.jsonl (or validation)", _fits, _listed)
