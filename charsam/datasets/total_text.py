"""Total-Text (Ch'ng and Chan): polygons in text files that look like Python, pixel masks as JPEG files.

Images/{Train,Test}/img1.jpg, …/poly_gt_img1.txt, groundtruth_pixel/{Train,Test}/img1.jpg.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.datasets.base import Sample, TruthMask
from charsam.datasets.fields import MOST_VERTICES, read_text
from charsam.datasets.file_peek import Peek
from charsam.datasets.files import FileTree, Pair, of_split, pairs
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.mat_file import read_mat, variable_names
from charsam.datasets.pictures import Size, image_size, read_grey, with_size
from charsam.datasets.reader import Listed, Reader, ReadWords, words_of
from charsam.datasets.text_lines import image_stems
from charsam.datasets.word_polygons import word_polygon
from charsam.datasets.written_image import WrittenImage, integral
from charsam.errors import DatasetError, WordsError
from charsam.images import is_image_file
from charsam.text import is_made_of
from charsam.types import Word

THRESHOLD: Final = 127
"""The pixel masks are JPEG files, so that their black and white are a little grey."""
ANNOTATION: Final = re.compile(r"(?:poly_)?gt_(.+)\.(?:txt|mat)", re.IGNORECASE)
_TEXT: Final = r"""\s*(?:u?'((?:[^'\\]|\\.)*)'|u?"((?:[^"\\]|\\.)*)")?\s*"""
_RECORD: Final = re.compile(
    r"x:\s*\[\[([^\[\]]*)\]\]\s*,\s*y:\s*\[\[([^\[\]]*)\]\]\s*"
    rf"(?:,\s*ornt:\s*\[{_TEXT}\]\s*)?,\s*transcriptions:\s*\[{_TEXT}\]\s*,?",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d{1,7}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?")
EXPECTED: Final = "x: [[…]], y: [[…]], ornt: [u'c'], transcriptions: [u'…']"


def open_total_text(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """Total-Text's images. Raises DatasetError where the root is not laid out as Total-Text."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    annotations = tree.texts(ANNOTATION)
    if not annotations:
        raise tree.unlike("Total-Text", "poly_gt_NAME.txt or .mat")
    written = {stem.casefold() for file, stem in annotations.items() if file.suffix.lower() == ".txt"}
    annotations = {
        file: stem
        for file, stem in annotations.items()
        if file.suffix.lower() == ".txt" or stem.casefold() not in written
    }
    found = of_split("Total-Text", pairs(tree, tree.images(tree.in_mask_place), annotations), split)
    has_masks = any(_is_pixel_mask(tree, file) for file in tree.files)
    return ListedDataset("total-text", found, partial(_sample, tree, log, has_masks), lambda pair: pair.title, log)


def read_words(path: Path, size: Size, log: FaultLog, file: str) -> tuple[Word, ...]:
    """The words of a poly_gt_NAME.txt or .mat; those malformed are left out and written to the log as faults of
    `file`.
    """
    if path.suffix.lower() == ".mat":
        variable = _cells(path)
        rows = enumerate(read_mat(path, variable)[variable], start=1)
        return words_of(rows, lambda row: _of_cells(f"{path.name}: row {row[0]}", row[1], size), log, file)
    text = read_text(path)
    starts = [match.start() for match in re.finditer(r"^[ \t]*x:", text, re.MULTILINE)]
    if text[: starts[0] if starts else None].strip():
        log.add(file, f"{path.name}: line 1: expected {EXPECTED}; it is {text.strip()[:40]!r}")
    words = []
    for start, stop in pairwise([*starts, len(text)]):
        place = f"{path.name}: line {text.count(chr(10), 0, start) + 1}"
        try:
            words.append(_word(text[start:stop].strip(), size))
        except WordsError as error:
            log.add(file, f"{place}: {error}")
    return tuple(words)


def read_truth(mask: Path, size: Size) -> TruthMask:
    """The true text pixels of one image: what is brighter than 127. Raises DatasetError for a damaged mask."""
    text = read_grey(mask, size) > THRESHOLD
    return TruthMask(text, np.zeros(text.shape, bool))


def _sample(tree: FileTree, log: FaultLog, has_masks: bool, pair: Pair) -> Sample:
    image, annotation = pair.complete("poly_gt_NAME.txt")
    size = image_size(image)
    words = read_words(annotation, size, log, tree.relative(annotation))
    if not has_masks:
        return Sample(pair.name, image, words, split=pair.split)
    masks = [file for suffix in (".jpg", ".png", ".jpeg", ".bmp") for file in _masks(tree, image, suffix)]
    if not masks:
        raise DatasetError(f"{pair.title}: its pixel mask groundtruth_pixel/…/{image.stem}.jpg is missing")
    return Sample(pair.name, image, words, partial(read_truth, with_size(masks[0], size), size), pair.split)


def _masks(tree: FileTree, image: Path, suffix: str) -> list[Path]:
    found = tree.named(image.stem + suffix, image, partial(_is_pixel_mask, tree))
    return [] if found is None else [found]


def _is_pixel_mask(tree: FileTree, file: Path) -> bool:
    """Whether a picture is a mask of letters; the dataset has masks of whole text regions too."""
    return is_image_file(file) and tree.in_mask_place(file) and "region" not in tree.words(file)


def _word(record: str, size: Size) -> Word:
    match = _RECORD.fullmatch(record)
    if match is None:
        raise WordsError(f"expected {EXPECTED}; it is {record[:60]!r}")
    xs, ys = _numbers(match[1], "x"), _numbers(match[2], "y")
    if len(xs) != len(ys) or not 3 <= len(xs) <= MOST_VERTICES:
        raise WordsError(f"expected as many x as y, at least 3; there are {len(xs)} x and {len(ys)} y")
    orientation, text = (_unescaped(match[i] or match[i + 1] or "") for i in (3, 5))
    polygon = word_polygon(np.array([xs, ys], np.float64).T, size)
    ignore = orientation == "#" or not text.strip() or is_made_of(text, "#")
    return Word(polygon, None if ignore else text.strip(), ignore)


def _cells(path: Path) -> str:
    """The variable of a .mat file that holds the words."""
    return "polygt" if "polygt" in variable_names(path) else "gt"


def _of_cells(place: str, row: Any, size: Size) -> Word:
    """A word of a .mat file: `x:`, numbers, `y:`, numbers, text, orientation, each in a cell of its own."""
    try:
        xs, ys = (np.asarray(row[index], np.float64).ravel() for index in (1, 3))
        text, orientation = ("".join(map(str, np.ravel(row[index]))) if len(row) > index else "" for index in (4, 5))
    except (ValueError, TypeError, IndexError) as error:
        raise WordsError(f"{place}: expected x:, numbers, y:, numbers, text, orientation ({error})") from error
    if len(xs) != len(ys) or not 3 <= len(xs) <= MOST_VERTICES:
        raise WordsError(f"{place}: expected as many x as y, at least 3; there are {len(xs)} x and {len(ys)} y")
    try:
        polygon = word_polygon(np.stack([xs, ys], 1), size)
    except WordsError as error:
        raise WordsError(f"{place}: {error}") from error
    ignore = orientation == "#" or not text.strip() or is_made_of(text, "#")
    return Word(polygon, None if ignore else text.strip(), ignore)


def _listed(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of these files; where one has a text and a .mat file, the text file's."""

    def words(path: Path) -> ReadWords:
        return lambda size, log: read_words(path, size, log, path.name)

    texts = {path.stem.casefold() for path in paths if path.suffix.lower() == ".txt"}
    kept = [path for path in paths if path.suffix.lower() == ".txt" or path.stem.casefold() not in texts]
    return [Listed(image_stems(path), path, path.name, words(path)) for path in kept]


def _fits(peek: Peek) -> bool:
    if peek.kind == "mat":
        return not peek.names.isdisjoint(("polygt", "gt")) and "imnames" not in peek.names
    return peek.kind == "text" and bool(peek.lines) and peek.lines[0].lstrip().startswith("x:")


READER: Final = Reader("total-text", "Total-Text", "poly_gt_NAME.txt of x: [[…]], or .mat", _fits, _listed)


def _numbers(text: str, name: str) -> list[float]:
    parts = text.replace(",", " ").split()
    for part in parts:
        if not _NUMBER.fullmatch(part):
            raise WordsError(f"{name}: expected numbers; one is {part[:20]!r}")
    return [float(part) for part in parts]


def _unescaped(text: str) -> str:
    """A string as Python writes it, read without running it as Python."""
    plain = {"n": "\n", "t": "\t", "r": "\r"}

    def character(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) == 1:
            return plain.get(code, code)
        value = int(code[1:], 16)
        return chr(value) if value < 0x110000 and not 0xD800 <= value < 0xE000 else "\ufffd"

    return _ESCAPE.sub(character, text)


def files(written: WrittenImage) -> dict[str, bytes]:
    """poly_gt_NAME.txt of one image; # for words to be ignored, and for those whose text is not known."""
    lines = []
    for word in written.annotation.words:
        text = "#" if word.ignore or not word.text.strip() else word.text.strip()
        points = integral(word.polygon)
        xs, ys = (" ".join(str(point[axis]) for point in points) for axis in (0, 1))
        orientation = "#" if text == "#" else "c" if len(points) > 4 else "m"
        escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ").replace("\r", " ")
        lines.append(f"x: [[{xs}]], y: [[{ys}]], ornt: [u'{orientation}'], transcriptions: [u'{escaped}']\n")
    return {f"poly_gt_{written.name}.txt": "".join(lines).encode()}
