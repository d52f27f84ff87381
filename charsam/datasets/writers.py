"""Every format that charsam writes, by name: files of each image by itself, and one index file over all of them.

For each image: `image_files`, and where the format has an index `index_part`, a line to keep until all are there. Then
`write_index` makes the index of the kept lines. Nothing is held in memory for more than one image.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, NoReturn

from charsam.atomic import write_atomically
from charsam.datasets import coco, native, textseg
from charsam.datasets.coco_ts import mask_files as coco_ts_files
from charsam.datasets.mlt_s import mask_files as mlt_s_files
from charsam.errors import DatasetError
from charsam.export import mask_files
from charsam.types import ImageAnnotation

INDEX_FILES: Final = {
    "textseg": "split.json",
    "coco-ts": None,
    "mlt-s": None,
    "coco": coco.INDEX,
    "native": "words.json",
}
"""The name of each format's index file; None where it has none."""
FORMATS: Final = tuple(INDEX_FILES)


@dataclass(frozen=True, slots=True)
class WrittenImage:
    """One image to be written.

    name: what its files are called, without extension. file: what indices call the image. image: its own file, where
    it is to be copied (TextSeg only). split: "train", "val" or "test"; None is taken for "train".
    """

    name: str
    file: str
    annotation: ImageAnnotation
    image: Path | None = None
    split: str | None = None


def image_files(form: str, written: WrittenImage) -> dict[str, bytes]:
    """The files of one image in a format of FORMATS, by their paths below the dataset's root.

    MLT_S keeps its splits in folders of their own, so that there a mask is called like the image that it is for, as
    MLT17's training and validation images have the same names.
    """
    name, annotation = written.name, written.annotation
    if form == "textseg":
        return textseg.image_files(name, annotation, written.image)
    if form == "coco-ts":
        return coco_ts_files(name, annotation)
    if form == "mlt-s":
        stem = PurePosixPath(written.file).stem if written.split else name
        return mlt_s_files(stem, annotation, written.split or "train")
    if form == "native":
        return mask_files(name, annotation)
    return {} if form == "coco" else _unknown(form)


def index_part(form: str, written: WrittenImage) -> bytes | None:
    """What the format's index says of one image: one line of JSON. None where the format has no index."""
    if form == "textseg":
        return json.dumps([written.split or "train", written.name], ensure_ascii=False).encode()
    if form == "coco":
        return coco.image_part(written.file, written.annotation)
    if form == "native":
        return native.image_part(written.file, written.annotation)
    return None if form in FORMATS else _unknown(form)


def write_index(form: str, parts: Iterable[bytes], out: BinaryIO) -> None:
    """The format's index file of all images' parts, in their order. Nothing where the format has no index."""
    if form == "textseg":
        names: dict[str, list[str]] = defaultdict(list)
        for part in parts:
            split, name = json.loads(part)
            names[split].append(name)
        out.write(textseg.split_file(names))
    elif form == "coco":
        coco.write_index(parts, out)
    elif form == "native":
        native.write_index(parts, out)
    elif form not in FORMATS:
        _unknown(form)


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


def _unknown(form: str) -> NoReturn:
    raise DatasetError(f"no format is called {form!r}; there are {', '.join(FORMATS)}")
