"""A photo beside what was found in it: true, false and missed pixels coloured."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image

from charsam.types import BoolArray, ImageArray

TRUE_COLOUR: Final = (86, 180, 233)
FALSE_COLOUR: Final = (230, 80, 0)
MISSED_COLOUR: Final = (240, 228, 66)
IGNORED_COLOUR: Final = (150, 150, 150)
"""Of Okabe and Ito's palette, which colour-blind readers can tell apart."""
SIDE: Final = 460
"""Longest side of either picture, in pixels."""
_GAP: Final = 6


def comparison(image: ImageArray, predicted: BoolArray, truth: BoolArray, ignored: BoolArray) -> bytes:
    """A JPEG of the photo and, right of it, of its true, false, missed and ignored pixels.

    image: (H, W, 3) uint8 RGB; the masks (H, W) bool.
    """
    grey = image.astype(np.float32).mean(-1, keepdims=True) * 0.4 + 10
    coloured = np.repeat(grey, 3, axis=-1).astype(np.uint8)
    coloured[predicted & truth & ~ignored] = TRUE_COLOUR
    coloured[predicted & ~truth & ~ignored] = FALSE_COLOUR
    coloured[truth & ~predicted & ~ignored] = MISSED_COLOUR
    coloured[ignored] = IGNORED_COLOUR
    left, right = _small(image), _small(coloured)
    both = Image.new("RGB", (left.width + _GAP + right.width, left.height), (255, 255, 255))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + _GAP, 0))
    buffer = io.BytesIO()
    both.save(buffer, "JPEG", quality=82, subsampling=0)
    return buffer.getvalue()


def _small(picture: ImageArray) -> Image.Image:
    height, width = picture.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return Image.fromarray(picture).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
