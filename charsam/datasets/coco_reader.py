"""COCO's instances as words: a `text` of an annotation, a class that is a character, or an outline that is to be
read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from charsam import rle
from charsam.datasets.base import MOST_CHARACTERS, TruthMask
from charsam.datasets.fields import Field
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size, filled
from charsam.datasets.reader import Listed, Reader, each, json_of, pixel_size, word_at, words_of
from charsam.datasets.word_polygons import sized_box, tightest_rectangle, upright
from charsam.errors import DatasetError, WordsError
from charsam.text import characters_of
from charsam.types import BoolArray, FloatArray, GivenCharacter, Word

TEXTS: Final = ("text", "utf8_string", "transcription", "rec", "caption", "label")
MOST_PIXELS: Final = 200_000_000


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, lambda path: _images(path, log))


def _images(path: Path, log: FaultLog) -> Iterable[Listed]:
    root = json_of(path)
    categories = root.find("categories")
    names = {} if categories is None else {_key(one.get("id")): one.get("name").text() for one in categories.items()}
    letters = {key: name for key, name in names.items() if len(characters_of(name)) == 1}
    by_image: dict[str, list[Field]] = defaultdict(list)
    for one in root.get("annotations").items():
        try:
            by_image[_key(one.get("image_id"))].append(one)
        except WordsError as error:
            log.add(path.name, error)
    for image in root.get("images").items():
        try:
            own = by_image.pop(_key(image.get("id")), [])
            yield _listed(path, image, own, letters if 2 * len(letters) > len(names) else {})
        except WordsError as error:
            log.add(path.name, error)
    for key, left in by_image.items():
        log.add(path.name, f"{path.name}: annotations: {len(left)} are for the image {key[:40]}, which is not listed")


def _listed(path: Path, image: Field, own: list[Field], letters: Mapping[str, str]) -> Listed:
    if letters:
        groups = _groups(own)
        words = partial(_lettered_words, path.name, groups, letters)
        truth = partial(_truth, image.place, [one for group in groups for one in group])
    else:
        words, truth = partial(_words, path.name, own), None
    size = pixel_size(image.find("width"), image.find("height"))
    return Listed((image.get("file_name").text(),), path, image.place, words, truth, size)


def _words(file: str, own: list[Field], size: Size, log: FaultLog) -> tuple[Word, ...]:
    return words_of(own, lambda one: _word(one, size), log, file)


def _word(one: Field, size: Size) -> Word:
    attributes = one.find("attributes")
    places = [one] if attributes is None else [one, attributes]
    texts = (found for place in places for name in TEXTS if (found := place.find(name)) is not None)
    text = next((found.text() for found in texts if isinstance(found.value, str)), None)
    crowd, legible = one.find("iscrowd"), one.find("legibility")
    ignore = (crowd is not None and crowd.value == 1) or (legible is not None and legible.value == "illegible")
    return word_at(one.place, outline(one, size), text, size, ignore=ignore, ordered=text is not None)


def _groups(own: list[Field]) -> list[list[Field]]:
    """The characters of each word, in their order; a character that names no word is one by itself."""
    groups: dict[object, list[Field]] = defaultdict(list)
    for number, one in enumerate(own):
        crowd, word = one.find("iscrowd"), one.find("word")
        if crowd is None or crowd.value != 1:
            groups[("alone", number) if word is None else word.whole(0, 1 << 30)].append(one)
    return list(groups.values())


def _lettered_words(
    file: str, groups: list[list[Field]], letters: Mapping[str, str], size: Size, log: FaultLog
) -> tuple[Word, ...]:
    return words_of(groups, lambda group: _lettered(group, letters, size), log, file)


def _lettered(group: list[Field], letters: Mapping[str, str], size: Size) -> Word:
    characters = []
    for one in group:
        key = one.get("category_id")
        if _key(key) not in letters:
            raise key.error("expected one of the categories that are a character")
        characters.append(GivenCharacter(letters[_key(key)], _quad(outline(one, size))))
    points = np.concatenate([one.polygon for one in characters])
    polygon = characters[0].polygon if len(characters) == 1 else _along(points, characters)
    text = "".join(one.category for one in characters)
    return word_at(group[0].place, polygon, text, size, characters=tuple(characters))


def _along(points: FloatArray, characters: list[GivenCharacter]) -> FloatArray:
    """(4, 2): the smallest rectangle round all characters, from the corner nearest to where the first one begins."""
    rectangle = tightest_rectangle(points)
    start = int(np.argmin(np.linalg.norm(rectangle - characters[0].polygon[0], axis=1)))
    return np.asarray(np.roll(rectangle, -start, axis=0), np.float32)


def _quad(points: FloatArray) -> FloatArray:
    """(4, 2): a character's own quad where it has one, else the upright box of its outline."""
    if len(points) == 4:
        return points
    low, high = points.min(0), points.max(0)
    return upright([*low.tolist(), *high.tolist()])


def outline(one: Field, size: Size) -> FloatArray:
    """(P, 2): `quad`, where charsam wrote one; the outline of the segmentation; where there is none, the box."""
    quad = one.find("quad")
    if quad is not None:
        return quad.points(4)
    found = one.find("segmentation")
    if found is not None and isinstance(found.value, list) and found.value:
        return max((part.flat_points() for part in found.items()), key=lambda part: abs(cv2.contourArea(part)))
    if found is not None and isinstance(found.value, dict):
        ys, xs = np.nonzero(_pixels(found, size))
        if not len(xs):
            raise found.error("expected a mask that is not empty")
        return np.asarray(tightest_rectangle(np.stack([xs, ys], 1) + 0.5), np.float32)
    return sized_box(one.get("bbox"))


def _pixels(segmentation: Field, size: Size) -> BoolArray:
    """(H, W) bool of a run-length encoding, packed or as a list of numbers."""
    stored = [side.whole(1, 1 << 16) for side in segmentation.get("size").items()]
    if stored != [size[1], size[0]] or size[0] * size[1] > MOST_PIXELS:
        raise segmentation.get("size").error(f"expected the image's height and width, {size[1]} and {size[0]}")
    counts = segmentation.get("counts")
    if isinstance(counts.value, str):
        try:
            return rle.decode((size[1], size[0]), counts.value)
        except ValueError as error:
            raise counts.error(str(error)) from error
    runs = [run.whole(0, MOST_PIXELS) for run in counts.items()]
    if sum(runs) != size[0] * size[1]:
        raise counts.error(f"expected runs of {size[0] * size[1]} pixels")
    return np.asarray(np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(size[0], size[1]).T)


def _truth(place: str, characters: list[Field], size: Size) -> TruthMask:
    """The masks of all characters, numbered as the words have them."""
    if len(characters) > MOST_CHARACTERS:
        raise DatasetError(f"{place}: it has {len(characters)} characters; an image may have {MOST_CHARACTERS}")
    numbers = np.zeros((size[1], size[0]), np.uint16)
    for number, one in enumerate(characters, start=1):
        found = one.find("segmentation")
        try:
            if found is not None and isinstance(found.value, dict):
                numbers[_pixels(found, size)] = number
            elif found is not None and found.value:
                numbers[filled([part.flat_points() for part in found.items()], size)] = number
        except WordsError as error:
            raise DatasetError(str(error)) from error
    return TruthMask(numbers > 0, np.zeros(numbers.shape, bool), numbers)


def _key(field: Field) -> str:
    if isinstance(field.value, bool) or not isinstance(field.value, int | str):
        raise field.error("expected a number or name")
    return str(field.value)


def _fits(peek: Peek) -> bool:
    if not ({"images", "annotations"} <= peek.fields.keys() and "paragraphs" not in (peek.first("annotations") or {})):
        return False
    image = peek.first("images")
    return isinstance(peek.fields["annotations"], list) and (image is None or "file_name" in image)


READER: Final = Reader("coco", "COCO", "one JSON file of images, annotations, categories", _fits, _list_images)
