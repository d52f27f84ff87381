"""How much of an image's masks one document has otherwise than another."""

from __future__ import annotations

import numpy as np

from charsam.editing.document import Document
from charsam.types import BoolArray


def changed_share(before: Document, after: Document) -> float | None:
    """The share of the pixels of either text mask that are not in both, 0..1; None where there was no mask before.

    Both documents are of one image.
    """
    old = text_of(before)
    if not old.any():
        return None
    new = text_of(after)
    return round(float((old ^ new).sum() / (old | new).sum()), 4)


def text_of(document: Document) -> BoolArray:
    """(H, W): where any character's mask is."""
    text = np.zeros((document.height, document.width), np.bool_)
    for character in document.characters():
        mask = character.mask.mask()
        h, w = mask.pixels.shape
        text[mask.y : mask.y + h, mask.x : mask.x + w] |= mask.pixels
    return text
