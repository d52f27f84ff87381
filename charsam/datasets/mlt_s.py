"""MLT_S (Bonechi et al.): masks for MLT17: training_labels/NAME.png and validation_labels/NAME.png of 0, 1 and 255.

Images and words are MLT17's own, anywhere below the same root.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets import mlt17, quad_lines
from charsam.datasets.base import Sample
from charsam.datasets.files import FileTree, Pair, of_split, pairs
from charsam.datasets.labels import png, text_labels
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import image_size, read_uncertain, with_size
from charsam.errors import DatasetError
from charsam.types import BoolArray, ImageAnnotation, Word

FOLDERS: Final = {"train": "training_labels", "val": "validation_labels", "test": "test_labels"}
TEXT, IGNORED = 1, 255


def open_mlt_s(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """The images that have a mask. Raises DatasetError where the root is not laid out as MLT_S."""
    tree, log = FileTree(root), FaultLog(strict=strict)
    masks = {file: file.stem for file in tree.files if file.suffix.lower() == ".png" and tree.in_mask_folder(file)}
    if not masks:
        raise tree.unlike("MLT_S", "training_labels/NAME.png or validation_labels/NAME.png")
    listed = [pair for pair in pairs(tree, tree.images(tree.in_mask_folder), masks) if pair.annotation is not None]
    if not any(pair.image for pair in listed):
        raise tree.unlike("MLT_S", f"image for its masks, such as {listed[0].name}.jpg")
    found = of_split("MLT_S", listed, split)
    return ListedDataset("mlt-s", found, partial(_sample, tree, log), lambda pair: pair.title, log)


def mask_files(
    name: str, annotation: ImageAnnotation, split: str = "train", aside: BoolArray | None = None
) -> dict[str, bytes]:
    """The mask of one annotated image as MLT_S has it, by its path below the root. split: "train", "val" or "test"."""
    if split not in FOLDERS:
        raise DatasetError(f"MLT_S has no split {split!r}; its splits are {', '.join(FOLDERS)}")
    return {f"{FOLDERS[split]}/{name}.png": png(text_labels(annotation, text=TEXT, ignored=IGNORED, aside=aside))}


def _sample(tree: FileTree, log: FaultLog, pair: Pair) -> Sample:
    image, mask = pair.complete("mask")
    size = image_size(image)
    words: tuple[Word, ...] = ()
    annotation = tree.named(f"gt_{image.stem}.txt", image)
    if annotation is not None:
        words = quad_lines.read_words(annotation, size, mlt17.transcription, log, tree.relative(annotation))
    return Sample(pair.name, image, words, partial(read_uncertain, with_size(mask, size), size), pair.split)
