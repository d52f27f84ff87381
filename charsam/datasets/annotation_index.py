"""The one JSON file of COCO-Text and TextOCR: `imgs`, and `anns` that each belong to an image.

The file is gone through once; of each annotation only its place in the file is kept, so that images are read lazily.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from charsam.datasets.base import Sample
from charsam.datasets.fields import Field
from charsam.datasets.files import FileTree, no_split, split_named, unique_names
from charsam.datasets.json_file import members, read_entry
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, image_size
from charsam.datasets.reader import Listed, ReadWords, each
from charsam.errors import DatasetError, WordsError
from charsam.types import Word

ReadWord = Callable[[Field, Size], Word]
"""One of `anns` -> its word. Raises WordsError, naming the field, for what is malformed."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexedImage:
    """One of `imgs`. index: the JSON file; key: its name there; file: its image's name; spans: start, stop, start, … of
    its annotations in the file, in bytes.
    """

    index: Path
    key: str
    file: str
    split: str | None
    spans: array[int]

    @property
    def place(self) -> str:
        return f"{self.index.name}: imgs.{self.key[:60]}"


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image of the index with its file, None where that is missing. name: what files made for it are called."""

    name: str
    indexed: IndexedImage
    image: Path | None


def open_indexed(
    name: str, title: str, indices: list[Path], tree: FileTree, read: ReadWord, split: str | None, log: FaultLog
) -> ListedDataset[FoundImage]:
    """The images of one index or several. title: what to call the dataset in messages.

    Raises DatasetError where an index is malformed, or none of its images is below the root.
    """
    listed = [image for index in indices for image in read_index(index, log)]
    if split is not None:
        wanted = split_named(split)
        known = {image.split for image in listed if image.split}
        listed = [image for image in listed if image.split == wanted]
        if not listed:
            raise no_split(title, split, known)
    found = find_images(tree, listed)
    if listed and not any(image.image for image in found):
        raise tree.unlike(title, f"image that {indices[0].name} names, such as {listed[0].file}")
    return ListedDataset(name, found, partial(_sample, read, log), lambda image: image.indexed.place, log)


def read_index(path: Path, log: FaultLog) -> list[IndexedImage]:
    """The images of a file, in its order; entries that are malformed are written to the log. Raises DatasetError."""
    images: dict[str, tuple[str, str | None]] = {}
    spans: dict[str, array[int]] = defaultdict(lambda: array("q"))
    for entry in members(path, {"imgs": dict, "anns": dict}):
        place = f"{path.name}: {entry.field}.{str(entry.key)[:60]}"
        try:
            if entry.field == "imgs":
                images[str(entry.key)] = _image(Field(place, entry.value))
            else:
                spans[_key(Field(place, entry.value).get("image_id"))].extend((entry.start, entry.stop))
        except WordsError as error:
            log.add(place, error)
    for key in sorted(spans.keys() - images.keys()):
        count = len(spans[key]) // 2
        log.add(path.name, f"{path.name}: anns: {count} are for the image {key[:60]}, which imgs does not have")
    return [IndexedImage(path, key, file, split, spans.get(key, array("q"))) for key, (file, split) in images.items()]


def find_images(tree: FileTree, listed: list[IndexedImage]) -> list[FoundImage]:
    """The file of each image, by its name, or by its stem where the extension is another; sorted by name."""
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for file in tree.photos():
        by_stem[file.stem.casefold()].append(file)
    images: dict[int, Path] = {}
    for number, image in enumerate(listed):
        path = PurePosixPath(image.file.replace("\\", "/"))
        same = by_stem.get(path.stem.casefold(), [])
        named = [file for file in same if file.name == path.name] or same
        try:
            found = tree.nearest(named, tree.root.joinpath(*(part for part in path.parts if part not in ("/", ".."))))
        except DatasetError:
            found = None
        if found is not None:
            images[number] = found
    names = unique_names(tree, {file: file.stem for file in images.values()})
    result = [
        FoundImage(names[images[number]] if number in images else image.file, image, images.get(number))
        for number, image in enumerate(listed)
    ]
    return sorted(result, key=lambda image: image.name)


def words_of(indexed: IndexedImage, read: ReadWord, size: Size, log: FaultLog) -> tuple[Word, ...]:
    """The words of one image; those malformed are left out and written to the log."""
    words = []
    for start, stop in zip(indexed.spans[::2], indexed.spans[1::2], strict=True):
        value = read_entry(indexed.index, start, stop)
        place = f"{indexed.index.name}: the annotation at byte {start}"
        if isinstance(value, dict) and isinstance(value.get("id"), int | str):
            place = f"{indexed.index.name}: anns.{str(value['id'])[:60]}"
        try:
            words.append(read(Field(place, value), size))
        except WordsError as error:
            log.add(place, error)
    return tuple(words)


def listed(read: ReadWord, paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of these indices that have annotations."""

    def words(image: IndexedImage) -> ReadWords:
        return lambda size, log: words_of(image, read, size, log)

    def images(path: Path) -> list[Listed]:
        return [
            Listed((image.file,), path, image.place, words(image), split=image.split)
            for image in read_index(path, log)
            if image.spans
        ]

    return each(paths, log, images)


def _sample(read: ReadWord, log: FaultLog, found: FoundImage) -> Sample:
    if found.image is None:
        raise DatasetError(
            f"{found.indexed.place}: its image {found.indexed.file[:80]} is missing, or there are several"
        )
    words = words_of(found.indexed, read, image_size(found.image), log)
    return Sample(found.name, found.image, words, split=found.indexed.split)


def _image(item: Field) -> tuple[str, str | None]:
    """File name and split of one of `imgs`."""
    name = item.find("file_name") or item.get("filename")
    if not name.text().strip("/. "):
        raise name.error("expected the name of an image file")
    split = item.find("set")
    return name.text(), None if split is None else split_named(split.text())


def _key(item: Field) -> str:
    if isinstance(item.value, bool) or not isinstance(item.value, int | str):
        raise item.error("expected the name or number of an image")
    return str(item.value)
