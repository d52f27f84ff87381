"""TextSeg (Xu et al., CVPR 2021): words and characters in JSON, masks of characters, and of text with its effects.

image/ID.jpg, annotation/ID_anno.json, annotation/ID_mask.png (characters), semantic_label/ID_maskfg.png (0 background,
100 text, 200 its effects, which are background to the evaluators, 255 ignored), split.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.datasets.base import Sample, TruthMask
from charsam.datasets.fields import Field, parse_json, read_text
from charsam.datasets.file_peek import Peek
from charsam.datasets.files import FileTree, Pair, no_split, pairs, split_named
from charsam.datasets.labels import png, text_labels, uncertain, without_ignored
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import Size, check_values, image_size, numbered, read_labels, with_size
from charsam.datasets.reader import Listed, Reader
from charsam.datasets.word_polygons import polygon_at, tightest_rectangle, upright
from charsam.errors import DatasetError, WordsError
from charsam.types import BoolArray, FloatArray, GivenCharacter, ImageAnnotation, Word

ANNOTATION: Final = "_anno.json"
BACKGROUND, TEXT, EFFECT, IGNORED = 0, 100, 200, 255


def open_textseg(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """TextSeg's images. Raises DatasetError where the root is not laid out as TextSeg, or the split is not known."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    annotations = {file: file.name[: -len(ANNOTATION)] for file in tree.files if file.name.lower().endswith(ANNOTATION)}
    if not annotations:
        raise tree.unlike("TextSeg", "annotation/ID_anno.json")
    found = pairs(tree, tree.images(tree.in_mask_place), annotations)
    if split is not None:
        wanted = _split(tree, split)
        found = [pair for pair in found if _id(pair) in wanted]
        for missing in sorted(wanted - {_id(pair) for pair in found}):
            log.add("split.json", f"split.json: {split}: there is neither an image nor an annotation {missing[:60]}")
    return ListedDataset("textseg", found, partial(_sample, tree, log), lambda pair: pair.title, log)


def read_annotation(path: Path, size: Size, log: FaultLog, file: str) -> tuple[tuple[Word, ...], tuple[int, ...]]:
    """The words of an ID_anno.json, and the mask value of each of their characters in turn.

    size: of the image. Words and characters that are malformed are left out and written to the log as faults of `file`.
    Raises WordsError where the file is not JSON.
    """
    words: list[Word] = []
    values: list[int] = []
    for _, entry in Field(path.name, parse_json(read_text(path), name=path.name)).members():
        try:
            polygon = _placed(entry, size)
            text = entry.find("text")
            transcription = None if text is None else text.text().strip() or None
        except WordsError as error:
            log.add(file, error)
            continue
        characters = _characters(entry, size, log, file, set(values))
        words.append(Word(polygon, transcription, characters=tuple(character for character, _ in characters)))
        values += [value for _, value in characters]
    return tuple(words), tuple(values)


def read_truth(semantic: Path | None, mask: Path | None, values: tuple[int, ...], size: Size) -> TruthMask:
    """The true masks of one image. values: the mask value of each of its characters.

    Without a semantic label the text is what the mask of characters holds. Raises DatasetError for a damaged mask.
    """
    characters = None
    if mask is not None:
        stored = read_labels(mask, size)
        characters = numbered(stored, values, range(1, len(values) + 1))
        text, ignored = (stored != BACKGROUND) & (stored != IGNORED), stored == IGNORED
    if semantic is not None:
        labels = read_labels(semantic, size)
        check_values(semantic, labels, (BACKGROUND, TEXT, EFFECT, IGNORED))
        text, ignored = labels == TEXT, labels == IGNORED
    return TruthMask(text, ignored, characters)


def _sample(tree: FileTree, log: FaultLog, pair: Pair) -> Sample:
    image, annotation = pair.complete("ID_anno.json")
    stem = annotation.name[: -len(ANNOTATION)]
    size = image_size(image)
    words, values = read_annotation(annotation, size, log, tree.relative(annotation))
    semantic, mask = tree.named(f"{stem}_maskfg.png", annotation), tree.named(f"{stem}_mask.png", annotation)
    if semantic is None and mask is None:
        raise DatasetError(f"{pair.title}: its masks semantic_label/{stem}_maskfg.png and {stem}_mask.png are missing")
    for path in (semantic, mask):
        if path is not None:
            with_size(path, size)
    return Sample(pair.name, image, words, partial(read_truth, semantic, mask, values, size))


def _id(pair: Pair) -> str:
    if pair.image is not None:
        return pair.image.stem
    return "" if pair.annotation is None else pair.annotation.name[: -len(ANNOTATION)]


def _characters(
    entry: Field, size: Size, log: FaultLog, file: str, taken: set[int]
) -> list[tuple[GivenCharacter, int]]:
    """A word's characters with their mask values. taken: the values that other characters of the image have."""
    result = []
    try:
        listed = entry.find("char")
        members = [] if listed is None else listed.members()
    except WordsError as error:
        log.add(file, error)
        return []
    for _, item in members:
        try:
            category = item.get("text").text().strip()
            if not category:
                raise item.get("text").error("expected a character")
            polygon = _placed(item, size)
            value = item.get("mask_value").whole(1, 65535)
            if value in taken or value == IGNORED:
                raise item.get("mask_value").error("expected a value that no other character has, nor the ignored 255")
        except WordsError as error:
            log.add(file, error)
            continue
        taken.add(value)
        result.append((GivenCharacter(category, polygon), value))
    return result


def _placed(entry: Field, size: Size) -> FloatArray:
    box = entry.get("bbox")
    return polygon_at(box.place, box.flat_points(), size)


def _split(tree: FileTree, split: str) -> set[str]:
    """The IDs that split.json lists under a name."""
    path = tree.named("split.json", tree.root / "split.json")
    if path is None:
        raise DatasetError(f"{tree.root} has no split.json, so there is no split {split!r} to choose; leave it out")
    lists = dict(Field(path.name, parse_json(read_text(path), name=path.name)).members())
    names = next((lists[name] for name in (split, split_named(split)) if name in lists), None)
    if names is None:
        raise no_split("TextSeg", split, lists)
    return {str(item.value) if isinstance(item.value, int) else item.text() for item in names.items()}


def image_files(
    name: str, annotation: ImageAnnotation, image: Path | None = None, aside: BoolArray | None = None
) -> dict[str, bytes]:
    """TextSeg's files of one annotated image, by their paths below the root.

    name: the image's ID. image: its file, which then is among them as it is. aside: (H, W) pixels to be ignored, too.
    Words that are to be ignored are in the masks alone, as 255; so are those without characters, which are also in the
    annotation.
    """
    annotation = without_ignored(annotation)
    values = mask_values(len(annotation.characters))
    numbers = np.concatenate([np.zeros(1, np.uint16), values])[annotation.character_mask()]
    ignored = uncertain(annotation) if aside is None else uncertain(annotation) | aside
    numbers[ignored & (numbers == BACKGROUND)] = IGNORED
    mask = png(numbers if len(values) >= IGNORED else numbers.astype(np.uint8))
    semantic = text_labels(annotation, text=TEXT, ignored=IGNORED, aside=aside)
    files = {
        f"annotation/{name}{ANNOTATION}": _annotation(annotation, values),
        f"annotation/{name}_mask.png": mask,
        f"annotation/{name}_maskeff.png": mask,
        f"semantic_label/{name}_maskfg.png": png(semantic),
    }
    return files if image is None else {f"image/{name}{image.suffix}": image.read_bytes(), **files}


def split_file(names: Mapping[str, Sequence[str]]) -> bytes:
    """split.json. names: the IDs of each split."""
    return json.dumps({split: list(ids) for split, ids in names.items()}, ensure_ascii=False).encode()


def mask_values(count: int) -> NDArray[np.uint16]:
    """(count,) uint16: 1, 2, … without 255, which says "ignored"."""
    values = np.arange(1, count + 1, dtype=np.uint16)
    values[values >= IGNORED] += 1
    return values


def _annotation(annotation: ImageAnnotation, values: NDArray[np.uint16]) -> bytes:
    remaining = iter(values.tolist())
    entries: dict[str, dict[str, object]] = {}
    for word in annotation.words:
        if word.ignore:
            continue
        entry: dict[str, object] = {"text": word.text, "bbox": _corners(word.polygon)}
        if word.characters:
            entry["char"] = {
                f"{number:02d}": {
                    "text": character.category,
                    "bbox": _corners(character.quad),
                    "mask_value": next(remaining),
                }
                for number, character in enumerate(word.characters)
            }
        entries[f"{len(entries):04d}"] = entry
    return json.dumps(entries, ensure_ascii=False, indent=1).encode()


def _corners(polygon: FloatArray) -> list[int]:
    """x1, y1, …, x4, y4 in whole pixels, at least one pixel large: the format has quads only."""
    quad = np.round(polygon if len(polygon) == 4 else tightest_rectangle(polygon))
    if cv2.contourArea(cv2.convexHull(quad.astype(np.float32))) < 1:
        x0, y0 = np.floor(polygon.min(0))
        quad = upright([x0, y0, *np.maximum(np.ceil(polygon.max(0)), [x0 + 1, y0 + 1])])
    return [int(value) for value in quad.ravel()]


def _listed(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    """The images of these ID_anno.json, with the masks that lie beside them or in the folders next to theirs."""
    return [_of_file(path) for path in paths]


def _of_file(path: Path) -> Listed:
    stem = path.name[: -len(ANNOTATION)] if path.name.lower().endswith(ANNOTATION) else path.stem

    def words(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return read_annotation(path, size, log, path.name)[0]

    def truth(size: Size) -> TruthMask:
        folders = (path.parent, path.parent.parent / "semantic_label")
        semantic = next((file for folder in folders if (file := folder / f"{stem}_maskfg.png").is_file()), None)
        values = read_annotation(path, size, FaultLog(strict=False), path.name)[1]
        return read_truth(semantic, path.parent / f"{stem}_mask.png", values, size)

    has_mask = (path.parent / f"{stem}_mask.png").is_file()
    return Listed((stem,), path, path.name, words, truth if has_mask else None)


def _fits(peek: Peek) -> bool:
    if peek.path.name.lower().endswith(ANNOTATION) and peek.kind == "json" and not peek.fields:
        return not peek.problem
    return "" not in peek.fields and peek.entries_have("bbox") and peek.entries_have("text", "char")


def _is_split(peek: Peek) -> bool:
    lists = list(peek.fields.values())
    return bool(lists) and peek.fields.keys() <= {"train", "val", "test"} and all(isinstance(v, list) for v in lists)


READER: Final = Reader("textseg", "TextSeg", "annotation/ID_anno.json", _fits, _listed, _is_split)
