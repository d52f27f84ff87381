"""YOLO (Ultralytics): labels/NAME.txt of `class x y w h`, of four corners, or of an outline, in shares of the image.

A class that is a single character is the text; any other class says nothing about it. data.yaml or classes.txt name
them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from charsam.datasets.base import TruthMask
from charsam.datasets.categories import classes
from charsam.datasets.fields import read_lines, read_text
from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size, filled
from charsam.datasets.reader import Listed, Reader, word_at, words_of
from charsam.datasets.text_lines import parsed
from charsam.datasets.word_polygons import polygon_at, upright
from charsam.datasets.written_image import WrittenImage
from charsam.errors import WordsError
from charsam.text import characters_of
from charsam.types import CharacterMask, GivenCharacter, Word

NAMES: Final = ("data.yaml", "dataset.yaml", "classes.txt", "obj.names")


def list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of these label files; data.yaml or classes.txt may be among them, or lie in a folder above."""
    return [_listed(path) for path in paths if path.name.lower() not in NAMES]


def _listed(path: Path) -> Listed:
    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        names = class_names(path)
        return words_of(_lines(path), lambda one: _word(path, one, names, size), log, path.name)

    def truth(size: Size) -> TruthMask:
        """The outlines of characters, filled."""
        numbers = np.zeros((size[1], size[0]), np.uint16)
        names = class_names(path)
        count = 0
        for one in _lines(path):
            with suppress(WordsError):
                if _word(path, one, names, size).characters:
                    count += 1
                    numbers[filled([np.asarray(_shape(path, one)[1] * size, np.float32)], size) & (numbers == 0)] = (
                        count
                    )
        return TruthMask(numbers > 0, np.zeros(numbers.shape, bool), numbers)

    return Listed((path.stem,), path, path.name, words, truth)


def _lines(path: Path) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(read_lines(path), start=1) if line.strip()]


def _shape(path: Path, numbered: tuple[int, str]) -> tuple[int, np.ndarray]:
    """The class of a line, and (P, 2) its outline in shares of the image. Raises WordsError."""
    place, line = f"{path.name}: line {numbered[0]}", numbered[1]
    found = parsed(line)
    shares = np.array(found.numbers[1:])
    odd = len(shares) not in (4, 5) and (len(shares) < 6 or len(shares) % 2)
    if found.rest is not None or not found.numbers or odd:
        raise WordsError(f"{place}: expected a class and 4 numbers, 8, or those of an outline; it is {line[:60]!r}")
    if np.abs(shares).max() > 2:
        raise WordsError(f"{place}: expected shares of width and height, 0 to 1; it is {line[:60]!r}")
    if len(shares) in (4, 5):  # the fifth is how sure a network is
        x, y, w, h = shares[:4]
        points = np.asarray(upright([x - w / 2, y - h / 2, x + w / 2, y + h / 2]), np.float64)
    else:
        points = shares.reshape(-1, 2)
    return int(found.numbers[0]), points


def _word(path: Path, numbered: tuple[int, str], names: Mapping[int, str], size: Size) -> Word:
    number, points = _shape(path, numbered)
    place = f"{path.name}: line {numbered[0]}"
    name = names.get(number, "")
    if len(characters_of(name)) != 1:
        return word_at(place, points * size, None, size, ordered=False)
    low, high = points.min(0) * size, points.max(0) * size
    quad = polygon_at(place, upright([*low.tolist(), *high.tolist()]), size)
    return word_at(place, quad, name, size, characters=(GivenCharacter(name, quad),))


def class_names(path: Path) -> dict[int, str]:
    """The names of the classes, from data.yaml or classes.txt beside a label file or up to three folders above it."""
    for folder in (path.parent, *list(path.parents)[1:4]):
        for name in NAMES:
            file = folder / name
            if file.is_file():
                return _yaml_names(read_text(file)) if name.endswith(".yaml") else dict(enumerate(read_lines(file)))
    return {}


def _yaml_names(text: str) -> dict[int, str]:
    """`names:` of a data.yaml, as a list or numbered, in one line or many."""
    _, found, rest = text.partition("\nnames:") if not text.startswith("names:") else ("", "names:", text[6:])
    if not found:
        return {}
    body = re.split(r"\n(?=[A-Za-z_])", rest, maxsplit=1)[0]
    numbered = re.findall(r"(\d+)\s*:\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^,\n}]+)", body)
    if numbered:
        return {int(number): _plain(name) for number, name in numbered}
    listed = re.findall(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,\[\]-][^,\n\]]*", body)
    return {number: _plain(name) for number, name in enumerate(listed)}


def _plain(name: str) -> str:
    name = name.strip()
    if name.startswith('"'):
        return str(json.loads(name))
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _fits(peek: Peek) -> bool:
    return False  # told by all of the upload's lines, see text_lines


def _names_classes(peek: Peek) -> bool:
    return peek.path.name.lower() in NAMES


def segment_part(written: WrittenImage) -> bytes:
    """What is known of one image until the classes are: where its labels belong, and [category, outline] of each part.

    A letter with holes, or in several pieces, is one outline that reaches into them along a cut, as Ultralytics does
    it.
    """
    size = [written.annotation.width, written.annotation.height]
    shapes = []
    for word in written.annotation.words:
        if not word.ignore:
            for one in word.characters:
                line = outline(one.mask)
                if len(line) >= 3:
                    shapes.append([one.category, [round(float(v), 6) for v in (line / size).ravel()]])
    return json.dumps([written.split, written.name, shapes], ensure_ascii=False).encode()


def outline(mask: CharacterMask) -> np.ndarray:
    """(P, 2) float64, image pixels: one closed line round a mask, its holes and pieces joined by cuts of no width."""
    padded = np.pad(mask.pixels.astype(np.uint8), 1).repeat(2, 0).repeat(2, 1)  # so that thin strokes have an area
    found, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rings = [ring[:, 0].astype(np.float64) for ring in found if len(ring) >= 3]
    if not rings:
        return np.zeros((0, 2))
    rings.sort(key=lambda ring: -abs(float(cv2.contourArea(ring.astype(np.float32)))))
    line = rings[0]
    for ring in rings[1:]:
        distances = np.linalg.norm(line[:, None] - ring[None], axis=2)
        i, j = np.unravel_index(int(distances.argmin()), distances.shape)
        line = np.concatenate([line[: i + 1], ring[j:], ring[: j + 1], line[i:]])
    return (line + 0.5) / 2 - 1 + [mask.x, mask.y]


def write_labels(parts: Iterable[bytes]) -> Iterable[tuple[str, bytes]]:
    """labels/SPLIT/NAME.txt of all images, and data.yaml, once all classes are known."""
    kept = [json.loads(part) for part in parts]
    names = classes(category for _, _, shapes in kept for category, _ in shapes)
    number = {name: index for index, name in enumerate(names)}
    splits = {split: f"images/{split}" for split, _, _ in kept if split} or {"train": "images"}
    for split, name, shapes in kept:
        lines = [f"{number[category]} {' '.join(f'{v:g}' for v in numbers)}\n" for category, numbers in shapes]
        yield f"labels/{split}/{name}.txt" if split else f"labels/{name}.txt", "".join(lines).encode()
    found = "".join(f"{split}: {splits[split]}\n" for split in ("train", "val", "test") if split in splits)
    listed = "".join(f"  {index}: {json.dumps(name, ensure_ascii=False)}\n" for index, name in enumerate(names))
    # Ultralytics asks for both; where nothing says what is for validation, it is what there is for training.
    found += "" if "val" in splits else f"val: {next(iter(splits.values()))}\n"
    found += "" if "train" in splits else f"train: {next(iter(splits.values()))}\n"
    yield "data.yaml", f"path: .\n{found}names:\n{listed}".encode()


READER: Final = Reader("yolo", "YOLO", "labels/NAME.txt of class x y w h, of corners, or of an outline", _fits,
                       list_images, _names_classes)  # fmt: skip
