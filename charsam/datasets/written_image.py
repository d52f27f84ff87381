"""One annotated image on its way into a dataset, and what several formats write alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from charsam.datasets.base import TruthMask
from charsam.types import BoolArray, Character, FloatArray, ImageAnnotation, ImageArray


@dataclass(frozen=True, slots=True)
class WrittenImage:
    """One image to be written.

    name: what its files are called, without extension. file: what indices call the image. image: its own file, where
    it is to be copied. split: "train", "val" or "test"; None is taken for "train". pixels: reads the picture, (H, W, 3)
    uint8, for formats that cut it out. state, note: how far its annotation is, and what was noted; "" where not known.
    set_aside: characters that were rejected and are not in the annotation: their pixels are ignored.
    text: the true text, where it is known without its characters.
    """

    name: str
    file: str
    annotation: ImageAnnotation
    image: Path | None = None
    split: str | None = None
    pixels: Callable[[], ImageArray] | None = None
    state: str = ""
    note: str = ""
    set_aside: tuple[Character, ...] = ()
    text: TruthMask | None = None

    def flags(self) -> dict[str, bool]:
        """The state as a flag, for formats that have flags."""
        return {self.state: True} if self.state else {}

    def aside(self) -> BoolArray:
        """(height, width) bool: the pixels of the characters that were set aside."""
        found = np.zeros((self.annotation.height, self.annotation.width), bool)
        for character in self.set_aside:
            mask = character.mask
            h, w = mask.pixels.shape
            found[mask.y : mask.y + h, mask.x : mask.x + w] |= mask.pixels
        return found


def rounded(points: FloatArray) -> list[list[float]]:
    """Points for JSON, to two decimals."""
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def integral(points: FloatArray) -> list[list[int]]:
    """Points for formats of whole pixels."""
    return [[round(float(x)), round(float(y))] for x, y in points]
