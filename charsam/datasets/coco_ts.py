"""COCO_TS (Bonechi et al.): masks for COCO-Text: COCO_train2014_*.png of 0 (background), 1 (text), 255 (uncertain).

Images are COCO's own, and words those of cocotext.v2.json, anywhere below the same root; without it there are no words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from charsam.datasets.annotation_index import IndexedImage, read_index, words_of
from charsam.datasets.base import Sample
from charsam.datasets.cocotext import find_index, read_word
from charsam.datasets.files import FileTree, Pair, no_split, pairs, split_named
from charsam.datasets.labels import png, text_labels
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import image_size, read_uncertain, with_size
from charsam.types import BoolArray, ImageAnnotation

TEXT, UNCERTAIN = 1, 255


def open_coco_ts(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """The images that have a mask. Raises DatasetError where the root is not laid out as COCO_TS.

    split: as COCO-Text divides the images, "train" or "val".
    """
    tree, log = FileTree(root), FaultLog(strict=strict)
    pictures = [file for file in tree.files if file.suffix.lower() == ".png"]
    labelled = [file for file in pictures if tree.in_mask_folder(file)]
    own = [file for file in pictures if "ts" in tree.words(file)]  # a folder called COCO_TS, its images being PNG too
    apart = [file for file in pictures if tree.words(file).isdisjoint(("image", "images"))]
    masks = {file: file.stem for file in labelled or own or apart or pictures}
    if not masks:
        raise tree.unlike("COCO_TS", "COCO_train2014_*.png")
    found = [pair for pair in pairs(tree, tree.images(masks.__contains__), masks) if pair.annotation is not None]
    if not any(pair.image for pair in found):
        raise tree.unlike("COCO_TS", f"image for its masks, such as {found[0].name}.jpg")
    index = find_index(tree)
    listed = [] if index is None else read_index(index, log)
    indexed = {PurePosixPath(image.file.replace("\\", "/")).stem: image for image in listed}
    if split is not None:
        wanted = split_named(split)
        found = [pair for pair in found if pair.name in indexed and indexed[pair.name].split == wanted]
        if not found:
            raise no_split("COCO_TS", split, {image.split for image in listed if image.split})
    return ListedDataset("coco-ts", found, partial(_sample, indexed, log), lambda pair: pair.title, log)


def mask_files(name: str, annotation: ImageAnnotation, aside: BoolArray | None = None) -> dict[str, bytes]:
    """The mask of one annotated image as COCO_TS has it, by its path below the root."""
    return {f"{name}.png": png(text_labels(annotation, text=TEXT, ignored=UNCERTAIN, aside=aside))}


def _sample(indexed: Mapping[str, IndexedImage], log: FaultLog, pair: Pair) -> Sample:
    image, mask = pair.complete("mask")
    size = image_size(image)
    entry = indexed.get(image.stem)
    words = () if entry is None else words_of(entry, read_word, size, log)
    return Sample(
        pair.name,
        image,
        words,
        partial(read_uncertain, with_size(mask, size), size),
        None if entry is None else entry.split,
    )
