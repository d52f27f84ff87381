"""Pascal VOC's masks: SegmentationClass/NAME.png of classes and SegmentationObject/NAME.png of objects, in a palette.

255 is ignored. labels.txt names the classes; where it names characters, every object is one, with its letter.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.datasets.base import MOST_CHARACTERS, Sample, TruthMask
from charsam.datasets.categories import BASE
from charsam.datasets.fields import read_lines
from charsam.datasets.files import FileTree, Pair, of_split, pairs
from charsam.datasets.labels import png, uncertain, without_ignored
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, image_size, numbered, read_labels, with_size
from charsam.datasets.word_polygons import upright
from charsam.datasets.written_image import WrittenImage
from charsam.errors import DatasetError
from charsam.types import GivenCharacter, Word

CLASSES, OBJECTS, LABELS = "SegmentationClass", "SegmentationObject", "labels.txt"
IGNORED: Final = 255
OTHER: Final = len(BASE) + 1
"""The class of all characters that are not in BASE."""
NAMES: Final = ("_background_", *BASE, "_other_")


def open_voc(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """The images that have a mask. Raises DatasetError where the root is not laid out like Pascal VOC."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    masks = {file: file.stem for file in tree.files if file.parent.name == CLASSES and file.suffix.lower() == ".png"}
    if not masks:
        raise tree.unlike("Pascal VOC", f"{CLASSES}/NAME.png")
    photos = tree.images(lambda file: file.parent.name.startswith("Segmentation"))
    found = [pair for pair in pairs(tree, photos, masks) if pair.annotation is not None]
    named = tree.named(LABELS, root / LABELS)
    names = NAMES if named is None else tuple(read_lines(named))
    listed = of_split("Pascal VOC", found, split)
    return ListedDataset("pascal-voc", listed, partial(_sample, tree, names), lambda pair: pair.title, log)


def _sample(tree: FileTree, names: tuple[str, ...], pair: Pair) -> Sample:
    image, mask = pair.complete("mask")
    size = image_size(image)
    with_size(mask, size)
    objects = tree.named(mask.name, mask, lambda file: file.parent.name == OBJECTS)
    words: tuple[Word, ...] = ()
    values: tuple[int, ...] = ()
    if objects is not None:
        words, values = _words(read_labels(mask, size), read_labels(objects, size), names)
    return Sample(pair.name, image, words, partial(read_truth, mask, objects, values, size), pair.split)


def read_truth(mask: Path, objects: Path | None, values: tuple[int, ...], size: Size) -> TruthMask:
    """The true masks of one image: all that has a class is text. values: the numbers of the objects that are
    characters.

    Raises DatasetError for a damaged mask.
    """
    labels = read_labels(mask, size)
    characters = None if objects is None else numbered(read_labels(objects, size), values, range(1, len(values) + 1))
    return TruthMask((labels > 0) & (labels != IGNORED), labels == IGNORED, characters)


def _words(
    labels: NDArray[np.int32], objects: NDArray[np.int32], names: tuple[str, ...]
) -> tuple[tuple[Word, ...], tuple[int, ...]]:
    """Each object as a word of its one character, and the numbers of the objects."""
    words, values = [], []
    for value in np.unique(objects[(labels > 0) & (labels != IGNORED)]).tolist():
        ys, xs = np.nonzero(objects == value)
        counts = np.bincount(labels[ys, xs])
        name = names[int(counts.argmax())] if int(counts.argmax()) < len(names) else ""
        if value and len(name) == 1:
            quad = upright([int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1])
            words.append(Word(quad, name, characters=(GivenCharacter(name, quad),)))
            values.append(value)
    return tuple(words), tuple(values)


def files(written: WrittenImage) -> dict[str, bytes]:
    """The masks of one image. Objects beyond 254 make a picture of 16 bits, for a palette has no more."""
    annotation = without_ignored(written.annotation)
    number = {category: index for index, category in enumerate(BASE, start=1)}
    characters = annotation.characters
    if len(characters) > MOST_CHARACTERS - 2:
        raise DatasetError(f"{written.name} has {len(characters)} characters; an image may have {MOST_CHARACTERS - 2}")
    place = annotation.character_mask()
    classes = np.array([0, *(number.get(one.category, OTHER) for one in characters)], np.uint8)[place]
    values = np.array([0, *(index + (index >= IGNORED) for index in range(1, len(characters) + 1))], np.uint16)[place]
    ignored = (uncertain(annotation) | written.aside()) & (place == 0)
    classes[ignored], values[ignored] = IGNORED, IGNORED
    wide = len(characters) >= IGNORED
    return {
        f"{CLASSES}/{written.name}.png": _coloured(classes),
        f"{OBJECTS}/{written.name}.png": png(values) if wide else _coloured(values.astype(np.uint8)),
    }


def part(written: WrittenImage) -> bytes:
    """Nothing of an image stands in the index, which is the same for everyone."""
    return b"-"


def write_index(parts: Iterable[bytes], out: BinaryIO) -> None:
    """labels.txt: the class of each number, the same for everyone."""
    out.write("\n".join(NAMES).encode() + b"\n")


def _coloured(values: NDArray[np.uint8]) -> bytes:
    """A PNG with Pascal VOC's palette."""
    picture = Image.fromarray(values, "L")
    picture = Image.frombytes("P", picture.size, picture.tobytes())
    picture.putpalette(_palette())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _palette() -> list[int]:
    """VOC's colour map: the bits of the index, spread over red, green and blue."""
    colours = []
    for index in range(256):
        red = green = blue = 0
        for bit in range(8):
            red |= (index >> 3 * bit & 1) << 7 - bit
            green |= (index >> 3 * bit + 1 & 1) << 7 - bit
            blue |= (index >> 3 * bit + 2 & 1) << 7 - bit
        colours += [red, green, blue]
    return colours
