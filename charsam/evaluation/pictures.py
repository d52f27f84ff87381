"""Pictures of the worst images of an evaluation, kept with its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from charsam.atomic import write_atomically

FOLDER: Final = "pictures"
KEPT: Final = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the worst images. iou: how good it is; smaller is worse. jpeg: the comparison with the truth."""

    name: str
    iou: float
    jpeg: Path


def write_picture(folder: Path, name: str, jpeg: bytes) -> None:
    """Keep the picture of an image. folder: of the progress, below which others may be written at the same time."""
    (folder / FOLDER).mkdir(exist_ok=True)
    with write_atomically(folder / FOLDER / f"{name}.jpg") as file:
        file.write(jpeg)


def worst(folder: Path, rows: Mapping[str, Mapping[str, Any]]) -> list[Picture]:
    """The pictures of the worst images, the worst first; the others are deleted. rows: by name, with "iou"."""
    found = [
        Picture(name, row["iou"], path)
        for name, row in rows.items()
        if row["iou"] is not None and (path := folder / FOLDER / f"{name}.jpg").is_file()
    ]
    found.sort(key=lambda picture: (picture.iou, picture.name))
    for picture in found[KEPT:]:
        picture.jpeg.unlink()
    return found[:KEPT]
