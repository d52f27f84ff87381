"""Every format that charsam writes, by name: files of each image by itself, and an index over all of them.

For each image: `image_files`, and where the format has an index `index_part`, a line to keep until all are there. Then
`write_index` makes the index of the kept lines, or `late_files` the files that need all of them. Nothing is held in
memory for more than one image.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from charsam.atomic import write_atomically
from charsam.datasets import (
    coco,
    cutouts,
    icdar15,
    imagefolder,
    labelme,
    native,
    page_xml,
    ppocrlabel,
    svg,
    textseg,
    voc,
    yolo,
)
from charsam.datasets import total_text as total
from charsam.datasets.coco_ts import mask_files as coco_ts_files
from charsam.datasets.labels import truth_labels
from charsam.datasets.mlt_s import FOLDERS as MLT_S_FOLDERS
from charsam.datasets.mlt_s import mask_files as mlt_s_files
from charsam.datasets.written_image import WrittenImage
from charsam.errors import DatasetError
from charsam.export import mask_files
from charsam.types import AnnotatedWord

__all__ = [
    "FORMATS",
    "INDEX_FILES",
    "WRITERS",
    "WrittenImage",
    "image_files",
    "index_part",
    "late_files",
    "write_files",
    "write_index",
]


@dataclass(frozen=True, slots=True)
class Writer:
    """title: what people call the format. about: what it holds, in a few words. files: of one image. part: its line for
    the index. index: the index file's name; write: makes it of all lines. late: files that need all lines. photos: the
    folder in which the format must have the images; "" beside everything else, None: it does without.
    masks: whether it holds masks alone, so that words without them are of no use to it.
    """

    title: str
    about: str
    files: Callable[[WrittenImage], dict[str, bytes]] = lambda _: {}
    part: Callable[[WrittenImage], bytes] | None = None
    index: str | None = None
    write: Callable[[Iterable[bytes], BinaryIO], None] | None = None
    late: Callable[[Iterable[bytes]], Iterable[tuple[str, bytes]]] | None = None
    photos: str | None = None
    masks: bool = True


def _textseg_files(written: WrittenImage) -> dict[str, bytes]:
    aside = written.aside() if written.set_aside else None
    return textseg.image_files(written.name, written.annotation, written.image, aside)


def _textseg_part(written: WrittenImage) -> bytes:
    return json.dumps([written.split or "train", written.name], ensure_ascii=False).encode()


def _textseg_index(parts: Iterable[bytes], out: BinaryIO) -> None:
    names: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        split, name = json.loads(part)
        names[split].append(name)
    out.write(textseg.split_file(names))


def _mlt_s_files(written: WrittenImage) -> dict[str, bytes]:
    """MLT_S keeps its splits in folders of their own, so that there a mask is called like the image that it is for, as
    MLT17's training and validation images have the same names.
    """
    stem = PurePosixPath(written.file).stem if written.split else written.name
    if written.text is not None and written.split in (None, *MLT_S_FOLDERS):
        return {f"{MLT_S_FOLDERS[written.split or 'train']}/{stem}.png": truth_labels(written.text)}
    return mlt_s_files(stem, written.annotation, written.split or "train", written.aside())


def _coco_ts_files(written: WrittenImage) -> dict[str, bytes]:
    if written.text is not None:
        return {f"{written.name}.png": truth_labels(written.text)}
    return coco_ts_files(written.name, written.annotation, written.aside())


def _coco_part(written: WrittenImage) -> bytes:
    return coco.image_part(written.file, written.annotation, written.set_aside, written.state, written.note)


WRITERS: Final[dict[str, Writer]] = {
    "textseg": Writer(
        "TextSeg", "words, characters and their masks", _textseg_files, _textseg_part, "split.json", _textseg_index,
        photos="image",
    ),
    "coco-ts": Writer(
        "Binary masks as in COCO_TS", "NAME.png of 0, 1 and 255",
        _coco_ts_files,
    ),
    "mlt-s": Writer("Binary masks as in MLT_S", "training_labels/NAME.png of 0, 1 and 255", _mlt_s_files),
    "coco": Writer(
        "COCO instances", "run-length masks of characters, holes kept", part=_coco_part, index=coco.INDEX,
        write=coco.write_index,
    ),
    "native": Writer(
        "charsam's words.json and PNG masks", "everything; comes back as it was",
        lambda written: mask_files(written.name, written.annotation),
        lambda written: native.image_part(written.file, written.annotation, written.state, written.note),
        "words.json", native.write_index, masks=False,
    ),
    "pascal-voc": Writer(
        "Palette PNG (Pascal VOC)", "classes and objects; 255 is ignored", voc.files, voc.part, voc.LABELS,
        voc.write_index,
    ),
    "yolo": Writer(
        "YOLO-seg (Ultralytics)", "an outline for each character", part=yolo.segment_part, late=yolo.write_labels,
        photos="images",
    ),
    "imagefolder": Writer(
        "Hugging Face datasets", "an image folder with metadata.jsonl", imagefolder.files, imagefolder.part,
        imagefolder.INDEX, imagefolder.write_index, photos=imagefolder.PHOTOS,
    ),
    "svg": Writer("SVG", "one path for each character, holes kept", svg.files),
    "cutouts": Writer("Cut-outs (RGBA)", "a transparent PNG for each character and each word", cutouts.files),
    "icdar15": Writer(
        "ICDAR 2015 text", "gt_NAME.txt: polygons and texts", icdar15.files, masks=False,
    ),
    "total-text": Writer("Total-Text text", "poly_gt_NAME.txt: polygons and texts", total.files, masks=False),
    "ppocrlabel": Writer(
        "PPOCRLabel", "Label.txt: polygons and texts", part=ppocrlabel.part, index=ppocrlabel.INDEX,
        write=ppocrlabel.write_index, masks=False,
    ),
    "labelme": Writer("labelme", "NAME.json: polygons and texts", labelme.files, masks=False),
    "page": Writer("PAGE XML", "NAME.xml: words, glyphs and texts", page_xml.files, masks=False),
}  # fmt: skip
FORMATS: Final = tuple(WRITERS)
INDEX_FILES: Final = {name: writer.index for name, writer in WRITERS.items()}
"""The name of each format's index file; None where it has none."""


def image_files(form: str, written: WrittenImage) -> dict[str, bytes]:
    """The files of one image in a format of FORMATS, by their paths below the dataset's root."""
    return writer_named(form).files(written)


def index_part(form: str, written: WrittenImage) -> bytes | None:
    """What the format's index says of one image: one line of JSON. None where the format has no index."""
    part = writer_named(form).part
    return None if part is None else part(written)


def write_index(form: str, parts: Iterable[bytes], out: BinaryIO) -> None:
    """The format's index file of all images' parts, in their order. Nothing where the format has no index."""
    write = writer_named(form).write
    if write is not None:
        write(parts, out)


def late_files(form: str, parts: Iterable[bytes]) -> Iterable[tuple[str, bytes]]:
    """The files that can be made only when the parts of all images are there."""
    late = writer_named(form).late
    return () if late is None else late(parts)


def without_rejected(written: WrittenImage) -> WrittenImage:
    """The image without the characters that a person rejected: they are set aside, their pixels to be ignored."""
    words: list[AnnotatedWord] = []
    aside = []
    for word in written.annotation.words:
        aside += [one for one in word.characters if one.review == "rejected" and not word.ignore]
        words.append(replace(word, characters=tuple(one for one in word.characters if one.review != "rejected")))
    if not aside:
        return written
    annotation = replace(written.annotation, words=tuple(words))
    return replace(written, annotation=annotation, set_aside=(*written.set_aside, *aside))


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder, each whole or not at all, making subfolders as needed.

    Raises OSError, naming the file, where that fails, and DatasetError for a path that leads out of the folder.
    """
    for path, data in files.items():
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\\" in path:
            raise DatasetError(f"{path!r} is no path below the folder that is written to")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(target) as file:
            file.write(data)


def writer_named(form: str) -> Writer:
    """The writer of a format. Raises DatasetError where there is none of that name."""
    if form not in WRITERS:
        raise DatasetError(f"no format is called {form!r}; there are {', '.join(FORMATS)}")
    return WRITERS[form]
