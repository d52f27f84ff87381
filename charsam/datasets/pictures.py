"""Masks and colour maps of datasets: the values as they are stored, never scaled or blended."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.datasets.base import TruthMask
from charsam.errors import DatasetError
from charsam.images import FORMATS, MAX_PIXELS
from charsam.types import BoolArray, FloatArray, ImageArray

Size = tuple[int, int]
"""Width and height in pixels."""

ORIENTATION: Final = 0x0112
TURNED: Final = (5, 6, 7, 8)
DAMAGE: Final = (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, struct.error)


def image_size(path: Path) -> Size:
    """Width and height of an image as it is shown, after EXIF orientation; reads its header only.

    Raises DatasetError, naming the file, for what is no image.
    """
    with _opened(path) as image:
        width, height = image.size
        return (height, width) if image.getexif().get(ORIENTATION) in TURNED else (width, height)


def with_size(path: Path, size: Size) -> Path:
    """The path of a mask, once its header says that it is as large as its image. Raises DatasetError where not."""
    with _opened(path) as image:
        _check_size(path, image.size, size)
    return path


def read_labels(path: Path, size: Size) -> NDArray[np.int32]:
    """(H, W) int32: the values of a one-channel mask; of a palette mask the indices, of a grey RGB one its grey.

    size: of the image that the mask belongs to. Raises DatasetError where the mask is not of that size, is damaged, or
    has colours.
    """
    with _opened(path) as image:
        _check_size(path, image.size, size)
        if image.mode in ("1", "L", "P", "I", "I;16", "I;16L", "I;16B"):
            return np.asarray(image).astype(np.int32)
        values = np.asarray(image.convert("RGB"))
    if (values != values[..., :1]).any():
        raise DatasetError(f"{path.name} has colours; expected a mask of one channel")
    return values[..., 0].astype(np.int32)


def read_uncertain(path: Path, size: Size) -> TruthMask:
    """The true text of a mask of 0 (background), 1 (text), 255 (ignored). Raises DatasetError as `read_labels` does."""
    labels = read_labels(path, size)
    check_values(path, labels, (0, 1, 255))
    return TruthMask(labels == 1, labels == 255)


def read_grey(path: Path, size: Size) -> ImageArray:
    """(H, W) uint8: the brightness of a mask, 0..255. Raises DatasetError as `read_labels` does."""
    with _opened(path) as image:
        _check_size(path, image.size, size)
        return np.array(image.convert("L"))


def read_colours(path: Path, size: Size) -> ImageArray:
    """(H, W, 3) uint8: the colours of a map of the given size. Raises DatasetError as `read_labels` does."""
    with _opened(path) as image:
        _check_size(path, image.size, size)
        return np.array(image.convert("RGB"))


def numbered(labels: NDArray[np.int32], values: Sequence[int], indices: Iterable[int]) -> NDArray[np.uint16]:
    """(H, W) uint16: for each pixel the index that belongs to its label; 0 for labels that are not among the values.

    values: of the labels, 1..65535; 0 stands for a character that has none.
    """
    table = np.zeros(1 << 16, np.uint16)
    for value, index in zip(values, indices, strict=True):
        table[value] = index
    table[0] = 0
    return np.asarray(table[np.where((labels >= 0) & (labels < len(table)), labels, 0)], np.uint16)


def check_values(path: Path, labels: NDArray[np.int32], allowed: Iterable[int]) -> None:
    """Raise DatasetError, naming the file and the value, where a mask holds another value than those allowed."""
    allowed = tuple(allowed)
    strange = ~np.isin(labels, allowed)
    if strange.any():
        y, x = (int(v) for v in np.argwhere(strange)[0])
        raise DatasetError(
            f"{path.name} holds the value {labels[y, x]} at x {x}, y {y}; expected {', '.join(map(str, allowed))}"
        )


def filled(polygons: Iterable[FloatArray], size: Size) -> BoolArray:
    """(H, W) bool: the pixels that polygons cover, those on their edges included."""
    width, height = size
    canvas = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        points = np.clip(np.asarray(polygon, np.float64) - 0.5, -1e4, 6e4)  # OpenCV counts from pixel centres
        cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], (1,), shift=4)
    return canvas.astype(bool)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a large image, or corrupt EXIF data that nobody here needs
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DatasetError(
                        f"{path.name} has {image.width} x {image.height} pixels; at most {MAX_PIXELS // 1_000_000} "
                        "million can be worked on"
                    )
                yield image
    except DatasetError:
        raise
    except FileNotFoundError as error:
        raise DatasetError(f"{path.name} does not exist in {path.parent}") from error
    except (*DAMAGE, Image.DecompressionBombError) as error:
        cause = str(error).replace(str(path), path.name)  # batch runs write it down the same wherever the dataset lies
        raise DatasetError(f"{path.name} is damaged, or no image that can be read ({cause})") from error


def _check_size(path: Path, found: Size, expected: Size) -> None:
    if found != expected:
        raise DatasetError(
            f"{path.name} has {found[0]} x {found[1]} pixels; its image has {expected[0]} x {expected[1]}"
        )
