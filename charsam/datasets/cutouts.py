"""Cut-outs: every character and every word as a picture of its own, with the mask as transparency (RGBA)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import numpy as np
from PIL import Image

from charsam.datasets.labels import without_ignored
from charsam.datasets.written_image import WrittenImage
from charsam.errors import DatasetError
from charsam.images import load_image
from charsam.types import Character, ImageArray


def files(written: WrittenImage) -> dict[str, bytes]:
    """characters/NAME_001_X.png and words/NAME_01_TEXT.png of one image, cut to their masks.

    Where the picture itself is not at hand they are black shapes. Raises ImageError where it is damaged.
    """
    shape = (written.annotation.height, written.annotation.width, 3)
    if written.pixels is not None:
        pixels = written.pixels()
    else:
        pixels = np.zeros(shape, np.uint8) if written.image is None else load_image(written.image)
    if pixels.shape != shape:
        raise DatasetError(f"{written.name}: its image is not of the size that its masks are of")
    found: dict[str, bytes] = {}
    number = 0
    for index, word in enumerate(without_ignored(written.annotation).words, start=1):
        whole = _cut(pixels, word.characters)
        if whole is not None:
            found[f"words/{written.name}_{index:02d}_{_named(word.text)}.png"] = whole
        for character in word.characters:
            number += 1
            part = _cut(pixels, [character])
            if part is not None:
                found[f"characters/{written.name}_{number:03d}_{_named(character.category)}.png"] = part
    return found


def _cut(pixels: ImageArray, characters: Sequence[Character]) -> bytes | None:
    """A PNG of the pixels of these characters; None where they have none."""
    masks = [one.mask for one in characters if one.mask.area]
    if not masks:
        return None
    x0, y0 = min(mask.x for mask in masks), min(mask.y for mask in masks)
    x1 = max(mask.x + mask.pixels.shape[1] for mask in masks)
    y1 = max(mask.y + mask.pixels.shape[0] for mask in masks)
    alpha = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for mask in masks:
        h, w = mask.pixels.shape
        alpha[mask.y - y0 : mask.y - y0 + h, mask.x - x0 : mask.x - x0 + w][mask.pixels] = 255
    cut = np.dstack([pixels[y0:y1, x0:x1], alpha])
    buffer = io.BytesIO()
    Image.fromarray(cut, "RGBA").save(buffer, "PNG")
    return buffer.getvalue()


def _named(text: str) -> str:
    """Letters for a file name: those that no file system refuses; others by their code."""
    shown = "".join(c if re.fullmatch(r"\w", c) else f"u{ord(c):04x}" for c in text[:20])
    return shown or "unknown"
