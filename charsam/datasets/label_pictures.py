"""Which pictures are a dataset's masks, so that they do not become photos: told by name and content, never by a
folder.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from PIL import Image

from charsam.datasets.files import MASK_ENDING, MASK_START
from charsam.datasets.image_names import ImageNames
from charsam.datasets.pictures import DAMAGE
from charsam.images import FORMATS

SIDE: Final = 1024
"""Of the middle of a picture that is looked at."""
CALM: Final = 0.9
"""The share of neighbouring pixels that are equal from which a picture is one of labels."""
SURE: Final = re.compile(r"_(chars|maskeff|maskfg)$")
"""What no photo is called beside another that is called the same without it."""
NEAR: Final = 24
"""Grey levels that JPEG's noise makes of black and white."""


def label_pictures(pictures: Mapping[Path, str], photos: Iterable[str]) -> dict[Path, str]:
    """Those of the pictures that are masks, each with the name of the photo that it is of.

    pictures: files with their names, folders included. photos: names of other images that are known.
    A mask is called like its photo and lies elsewhere, or with what datasets add to its name; and it shows labels.
    """
    known = ImageNames([(name, name) for name in [*pictures.values(), *photos]])
    stems: dict[str, list[str]] = defaultdict(list)
    for name in [*pictures.values(), *photos]:
        stems[PurePosixPath(name).stem.casefold()].append(name)
    found: dict[Path, str] = {}
    shown: dict[Path, bool] = {}

    def shows_labels(file: Path) -> bool:
        if file not in shown:
            shown[file] = is_label_picture(file)
        return shown[file]

    by_name = {name: file for file, name in pictures.items()}
    for file, name in pictures.items():
        photo = _photo_of(name, stems, known, lambda other: other in by_name and shows_labels(by_name[other]))
        if photo is not None and (SURE.search(PurePosixPath(name).stem) or shows_labels(file)):
            found[file] = photo
    return found


def _photo_of(
    name: str, stems: Mapping[str, list[str]], known: ImageNames[str], labels: Callable[[str], bool]
) -> str | None:
    """The photo that a picture of this name may be the mask of."""
    path = PurePosixPath(name)
    for bare in dict.fromkeys((MASK_ENDING.sub("", path.stem), MASK_START.sub("", path.stem))):
        if bare != path.stem and (same := stems.get(bare.casefold())):
            return same[0]
    others = [other for other in stems.get(path.stem.casefold(), ()) if PurePosixPath(other).parent != path.parent]
    return next((other for other in others if not labels(other)), None)


def is_label_picture(path: Path) -> bool:
    """Whether neighbouring pixels are mostly of the very same value, as in masks and maps of classes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as opened:
                if opened.format in ("JPEG", "MPO", "WEBP"):
                    grey = _middle(np.asarray(opened.convert("L")))
                    ends = (grey < NEAR) | (grey > 255 - NEAR)
                    return float(ends.mean()) > 0.95 and _calm((grey > 127).astype(np.uint8))
                plain = opened if opened.mode in ("1", "L", "P", "I", "I;16", "I;16B") else opened.convert("RGB")
                return _calm(_middle(np.asarray(plain)))
    except (*DAMAGE, Image.DecompressionBombError):
        return False


def _middle(values: np.ndarray) -> np.ndarray:
    y, x = (max(0, (side - SIDE) // 2) for side in values.shape[:2])
    return values[y : y + SIDE, x : x + SIDE]


def _calm(values: np.ndarray) -> bool:
    if values.ndim == 3:
        values = values.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    if values.size < 2 or values.shape[1] < 2:
        return False
    equal = values[:, 1:] == values[:, :-1]
    return float(equal.mean()) >= CALM
