"""Text files of one word a line, `x1,y1,…,x4,y4,…,transcription`, as ICDAR's competitions have used them since 2015.

More than four points are a polygon, as tools and conversions of Total-Text and CTW1500 write it; a line without a text
is a word to be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets.base import Sample
from charsam.datasets.fields import read_lines
from charsam.datasets.files import FileTree, Pair, of_split, pairs
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, image_size
from charsam.datasets.reader import Listed, ReadWords
from charsam.datasets.text_lines import image_stems, outline
from charsam.datasets.word_polygons import word_polygon
from charsam.errors import WordsError
from charsam.text import is_made_of
from charsam.types import Word

ANNOTATION: Final = re.compile(r"gt_(.+)\.txt", re.IGNORECASE)
DONT_CARE: Final = "#"
"""A text of nothing but these marks, `###` as a rule, is not to be read."""

Rest = Callable[[str], str]
"""What follows the coordinates of a line -> the transcription. Raises WordsError for what it should not be."""


def open_quad_lines(
    name: str, title: str, rest: Rest, root: Path, split: str | None, strict: bool
) -> ListedDataset[Pair]:
    """A dataset of images NAME.* and files gt_NAME.txt. title: what to call it in messages."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    annotations = tree.texts(ANNOTATION)
    if not annotations:
        raise tree.unlike(title, "gt_NAME.txt")
    found = of_split(title, pairs(tree, tree.photos(), annotations), split)
    return ListedDataset(name, found, partial(_sample, tree, log, rest), lambda pair: pair.title, log)


def read_words(path: Path, size: Size, rest: Rest, log: FaultLog, file: str) -> tuple[Word, ...]:
    """The words of a file; those malformed are left out and written to the log as faults of `file`."""
    words = []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            if line.strip():
                words.append(_word(line, size, rest))
        except WordsError as error:
            log.add(file, f"{path.name}: line {number}: {error}")
    return tuple(words)


def listed(rest: Rest, paths: Sequence[Path]) -> list[Listed]:
    """The images that these files are for."""

    def words(path: Path) -> ReadWords:
        return lambda size, log: read_words(path, size, rest, log, path.name)

    return [Listed(image_stems(path), path, path.name, words(path)) for path in paths]


def _sample(tree: FileTree, log: FaultLog, rest: Rest, pair: Pair) -> Sample:
    image, annotation = pair.complete("gt_NAME.txt")
    words = read_words(annotation, image_size(image), rest, log, tree.relative(annotation))
    return Sample(pair.name, image, words, split=pair.split)


def _word(line: str, size: Size, rest: Rest) -> Word:
    found = outline(line)
    if found is None:
        raise WordsError(f"expected x1,y1,x2,y2,x3,y3,x4,y4 and a transcription; it is {line.strip()[:60]!r}")
    points, text = found
    if text is None:  # a result of detection
        return Word(word_polygon(points, size), None)
    text = rest(text).strip()
    ignore = not text or is_made_of(text, DONT_CARE)
    return Word(word_polygon(points, size), None if ignore else text, ignore)
