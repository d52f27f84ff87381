"""ICDAR 2013 Focused Scene Text (Challenge 2): words in text files, characters in text files and colour maps.

NAME_GT.txt has one character a line, `R G B cx cy x1 y1 x2 y2 "c"`, a blank line between words and a leading # for what
is ignored; NAME_GT.bmp shows each in its colour on white. gt_NAME.txt has one word a line, `left, top, right, bottom,
"word"`, and serves where there are no characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from charsam.datasets.base import MOST_CHARACTERS, Sample, TruthMask
from charsam.datasets.fields import read_lines
from charsam.datasets.files import FileTree, Pair, of_split, pairs
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, image_size, read_colours, with_size
from charsam.datasets.reader import Listed, Reader, ReadWords
from charsam.datasets.text_lines import image_stems
from charsam.datasets.word_polygons import around, upright, word_polygon
from charsam.errors import DatasetError, WordsError
from charsam.text import is_made_of
from charsam.types import GivenCharacter, Word

WHITE: Final = 0xFFFFFF
_CHARACTERS: Final = re.compile(r"(.+)_GT\.txt", re.IGNORECASE)
_WORDS: Final = re.compile(r"gt_(.+)\.txt", re.IGNORECASE)
_MAP: Final = re.compile(r"(.+_GT|gt_.+)\.(bmp|png|gif|tiff?)", re.IGNORECASE)
_SUFFIXES: Final = (".bmp", ".png", ".gif", ".tif", ".tiff")
_NUMBER: Final = r"(-?\d{1,6}(?:\.\d*)?)[\s,]+"
_CHARACTER_LINE: Final = re.compile(r"(#?)\s*" + _NUMBER * 9 + '"(.*)"')
_WORD_LINE: Final = re.compile(_NUMBER * 4 + "(.*)")


@dataclass(frozen=True, slots=True)
class MapCharacter:
    """One character of the colour map. colour: 0xRRGGBB. box: x1, y1, x2, y2. index: its place among the image's
    characters plus 1, 0 where it is ignored.
    """

    colour: int
    box: tuple[float, ...]
    index: int


def open_icdar13(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """ICDAR13's images. Raises DatasetError where the root is not laid out as ICDAR13."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    characters = {file: match[1] for file in tree.files if (match := _CHARACTERS.fullmatch(file.name))}
    words = {file: match[1] for file in tree.files if (match := _WORDS.fullmatch(file.name))}
    if not characters and not words:
        raise tree.unlike("ICDAR13", "NAME_GT.txt (characters) and no gt_NAME.txt (words)")
    images = tree.images(lambda file: _MAP.fullmatch(file.name) is not None)
    detailed = {stem.casefold() for stem in characters.values()}
    chosen = {**characters, **{file: stem for file, stem in words.items() if stem.casefold() not in detailed}}
    found = of_split("ICDAR13", pairs(tree, images, chosen), split)
    has_maps = any(_MAP.fullmatch(file.name) for file in tree.files)
    return ListedDataset("icdar13", found, partial(_sample, tree, log, has_maps), lambda pair: pair.title, log)


def read_words(path: Path, size: Size, log: FaultLog, file: str) -> tuple[tuple[Word, ...], tuple[MapCharacter, ...]]:
    """The words of a NAME_GT.txt or gt_NAME.txt, and the inks of their characters where it has characters.

    Words with a malformed line are left out and written to the log as faults of `file`.
    """
    lines = read_lines(path)
    first = next((line.strip() for line in lines if line.strip()), "")
    if _CHARACTERS.fullmatch(path.name) or _CHARACTER_LINE.fullmatch(first):
        return _words_of_characters(path, lines, size, log, file)
    words = []
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip():
                words.append(_word(line.strip(), size))
        except WordsError as error:
            log.add(file, f"{path.name}: line {number}: {error}")
    return tuple(words), ()


def read_truth(colour_map: Path, inks: tuple[MapCharacter, ...], size: Size) -> TruthMask:
    """The true masks of one image: a character is what has its colour (of characters that share one, what lies in its
    box). As TexRNet reads it, colours that no line names are ignored, like those of lines with a #. Raises DatasetError
    for a damaged map.
    """
    channels = read_colours(colour_map, size).astype(np.int32)
    colours, place = np.unique(channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2], return_inverse=True)
    place = place.reshape(channels.shape[:2])
    first: dict[int, MapCharacter] = {}
    later: list[MapCharacter] = []
    for ink in inks:
        if first.setdefault(ink.colour, ink) is not ink:
            later.append(ink)
    index = np.array([first[c].index if c in first else 0 for c in colours.tolist()], np.uint16)[place]
    ignored = np.array([c != WHITE and (c not in first or first[c].index == 0) for c in colours.tolist()], bool)[place]
    for ink in later:
        x0, y0, x1, y1 = (max(0, int(v)) for v in ink.box)
        window = np.s_[y0 : y1 + 1, x0 : x1 + 1]
        inside = colours[place[window]] == ink.colour
        index[window][inside] = ink.index
        ignored[window][inside] = ink.index == 0
    if not inks:  # words without characters: nothing says which colour is what
        return TruthMask(ignored, np.zeros_like(ignored), index)
    return TruthMask(index > 0, ignored, index)


def _sample(tree: FileTree, log: FaultLog, has_maps: bool, pair: Pair) -> Sample:
    image, annotation = pair.complete("NAME_GT.txt or gt_NAME.txt")
    size = image_size(image)
    words, inks = read_words(annotation, size, log, tree.relative(annotation))
    if not has_maps:
        return Sample(pair.name, image, words, split=pair.split)
    names = [stem + suffix for stem in (f"{image.stem}_GT", f"gt_{image.stem}") for suffix in _SUFFIXES]
    maps = [found for name in names if (found := tree.named(name, annotation)) is not None]
    if not maps:
        raise DatasetError(f"{pair.title}: its colour map {image.stem}_GT.bmp is missing")
    return Sample(pair.name, image, words, partial(read_truth, with_size(maps[0], size), inks, size), pair.split)


def _words_of_characters(
    path: Path, lines: list[str], size: Size, log: FaultLog, file: str
) -> tuple[tuple[Word, ...], tuple[MapCharacter, ...]]:
    words: list[Word] = []
    inks: list[MapCharacter] = []
    group: list[tuple[GivenCharacter, MapCharacter]] = []
    broken = False
    count = 0
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            try:
                group.append(_character(line.strip(), size))
            except WordsError as error:
                broken = True
                log.add(file, f"{path.name}: line {number}: {error}; its word is left out")
            continue
        if group and not broken:
            words.append(_word_of([character for character, _ in group], [ink for _, ink in group]))
            inks += [
                MapCharacter(ink.colour, ink.box, ink.index and count + k) for k, (_, ink) in enumerate(group, start=1)
            ]
            count += len(group)
        group, broken = [], False
    if count > MOST_CHARACTERS:
        raise DatasetError(f"{path.name} has {count} characters; an image may have {MOST_CHARACTERS}")
    return tuple(words), tuple(inks)


def _word_of(characters: list[GivenCharacter], inks: list[MapCharacter]) -> Word:
    polygon = around([character.polygon for character in characters])
    text = "".join(character.category for character in characters)
    ignore = not any(ink.index for ink in inks)
    return Word(polygon, None if ignore else text, ignore, tuple(characters))


def _character(line: str, size: Size) -> tuple[GivenCharacter, MapCharacter]:
    """A character and its ink, whose index is 1 for now, or 0 where it is ignored."""
    match = _CHARACTER_LINE.fullmatch(line)
    if match is None:
        raise WordsError(f'expected R G B cx cy x1 y1 x2 y2 "c"; it is {line[:60]!r}')
    red, green, blue, _, _, *box = (float(number) for number in match.groups()[1:10])
    if not all(value in range(256) for value in (red, green, blue)):
        raise WordsError(f"expected a colour of three whole numbers from 0 to 255; it is {line[:60]!r}")
    colour = int(red) << 16 | int(green) << 8 | int(blue)
    if colour == WHITE:
        raise WordsError("its colour is white, which is the background")
    x1, y1, x2, y2 = box
    corners = upright([x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)])  # the box of a dot may be a single pixel
    category = match[11].strip() or match[11]
    if not category.strip():
        raise WordsError(f"expected a character in quotes; it is {match[11]!r}")
    ignored = match[1] == "#"
    return GivenCharacter(category, word_polygon(corners, size)), MapCharacter(
        colour, (x1, y1, x2, y2), 0 if ignored else 1
    )


def _word(line: str, size: Size) -> Word:
    match = _WORD_LINE.fullmatch(line)
    if match is None:
        raise WordsError(f'expected left, top, right, bottom, "word"; it is {line[:60]!r}')
    polygon = word_polygon(upright([float(match[i]) for i in range(1, 5)]), size)
    text = match[5].strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1]).strip()
    ignore = not text or is_made_of(text, "#")
    return Word(polygon, None if ignore else text, ignore)


def _listed(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of these files; one that has characters needs no file of its words."""

    def words(path: Path) -> ReadWords:
        return lambda size, log: read_words(path, size, log, path.name)[0]

    characters = {path: match[1] for path in paths if (match := _CHARACTERS.fullmatch(path.name))}
    detailed = {stem.casefold() for stem in characters.values()}
    found = [Listed((stem, path.stem), path, path.name, words(path)) for path, stem in characters.items()]
    plain = [path for path in paths if path not in characters]
    return found + [
        Listed(stems, path, path.name, words(path))
        for path in plain
        if (stems := image_stems(path))[0].casefold() not in detailed
    ]


READER: Final = Reader(
    "icdar13", "ICDAR 2013", 'gt_NAME.txt of left, top, right, bottom, "word", or NAME_GT.txt of characters',
    lambda _: False, _listed,
)  # fmt: skip
