"""CRAFT over a whole photo, at several sizes: what is too small or too large for it at one is seen at another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np

from charsam.types import FloatArray, ImageArray

MOST_SIDE: Final = 1280
"""Pixels of the longer side of the largest view of a whole photo."""
LEAST_SIDE: Final = 640
"""Smaller photos are enlarged to that, at most to the double."""
COARSEST: Final = 160
"""Pixels of the longer side below which no smaller view is made."""
STEP: Final = 2.0
"""How many times smaller each further view is."""
CELL: Final = 2
"""Pixels of a view in one cell of CRAFT's heat."""


class Sight(Protocol):
    """What sees letters: CRAFT, as `charsam.cbr.regions.RegionDetector` runs it."""

    def heat(self, image: ImageArray) -> tuple[FloatArray, FloatArray]:
        """Region and affinity heat, (ceil(H/2), ceil(W/2)) float32 each, of an (H, W, 3) uint8 RGB picture."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A part of the photo as CRAFT saw it at one size.

    region, affinity: (h, w) float32 in 0..1. scale: pixels of the photo in one cell of the heat, x and y.
    origin: x, y of the part's upper left corner in the photo.
    """

    region: FloatArray
    affinity: FloatArray
    scale: tuple[float, float]
    origin: tuple[float, float] = (0.0, 0.0)

    def to_image(self, cells: FloatArray) -> FloatArray:
        """(..., 2) x, y in cells, whose centres lie at .5, as image pixels."""
        return np.asarray(cells * np.array(self.scale) + np.array(self.origin), np.float32)


def views(image: ImageArray, sight: Sight) -> Iterator[View]:
    """The photo at sizes that halve, the largest first. image: (H, W, 3) uint8 RGB."""
    height, width = image.shape[:2]
    if min(height, width) < 1:
        return
    longer = max(height, width)
    side = float(min(MOST_SIDE, max(longer, min(LEAST_SIDE, 2 * longer))))
    while True:
        yield look(image, sight, side / longer)
        side /= STEP
        if side < COARSEST:
            break


def look(image: ImageArray, sight: Sight, zoom: float, origin: tuple[float, float] = (0.0, 0.0)) -> View:
    """A picture enlarged `zoom` times (shrunk, where below 1) and looked at."""
    height, width = image.shape[:2]
    size = max(8, round(width * zoom)), max(8, round(height * zoom))
    method = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    shown = image if size == (width, height) else np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
    region, affinity = sight.heat(shown)
    return View(region, affinity, (CELL * width / size[0], CELL * height / size[1]), origin)
