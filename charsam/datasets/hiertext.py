"""HierText: JSON files of paragraphs, lines and words of Open Images; what is not legible is to be ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets.base import Sample
from charsam.datasets.fields import Field
from charsam.datasets.files import FileTree, no_split, split_named, split_of, unique_names
from charsam.datasets.json_file import members, read_entry
from charsam.datasets.listing import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, image_size
from charsam.datasets.places import polygon_at
from charsam.errors import DatasetError, WordsError
from charsam.types import Word

_INDEX: Final = re.compile(r"((train|val|validation|test)[^/]*|hiertext.*)\.jsonl?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HierTextImage:
    """One of `annotations`. start, stop: the bytes of the index that hold it; image: None where it is missing."""

    name: str
    place: str
    index: Path
    start: int
    stop: int
    image: Path | None
    split: str | None


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
    by_stem = {file.stem: file for file in tree.photos()}
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
        HierTextImage(key if image is None else names[image], place, index, start, stop, image, split)
        for key, place, start, stop, image in listed
    ]


def _sample(log: FaultLog, found: HierTextImage) -> Sample:
    if found.image is None:
        raise DatasetError(f"{found.place}: its image {found.name[:60]}.jpg is missing")
    item = Field(found.place, read_entry(found.index, found.start, found.stop))
    size = image_size(found.image)
    words = []
    for entry in _entries(item, log, found.place):
        try:
            words.append(_word(entry, size))
        except WordsError as error:
            log.add(found.place, error)
    return Sample(found.name, found.image, tuple(words), split=found.split)


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
