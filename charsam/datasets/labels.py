"""Label pictures of annotated images: background, text, and what no score should count."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.datasets.base import TruthMask
from charsam.datasets.pictures import filled
from charsam.types import BoolArray, ImageAnnotation, ImageArray


def text_labels(annotation: ImageAnnotation, *, text: int, ignored: int, aside: BoolArray | None = None) -> ImageArray:
    """(height, width) uint8 at the image's own size: `text` where a character's mask is, `ignored` where a word is
    whose letters are not known, and in the pixels `aside`, 0 elsewhere.
    """
    unknown = uncertain(annotation) if aside is None else uncertain(annotation) | aside
    labels = np.where(unknown, np.uint8(ignored), np.uint8(0))
    labels[without_ignored(annotation).character_mask() > 0] = text
    return labels


def truth_labels(truth: TruthMask) -> bytes:
    """A PNG of 0 (background), 1 (text) and 255 (ignored) of true masks."""
    return png(np.where(truth.ignored, np.uint8(255), truth.text.astype(np.uint8)))


def without_ignored(annotation: ImageAnnotation) -> ImageAnnotation:
    """The annotation without the characters of words that are to be ignored, whatever an editor left in them."""
    words = tuple(replace(word, characters=()) if word.ignore else word for word in annotation.words)
    return replace(annotation, words=words)


def uncertain(annotation: ImageAnnotation) -> BoolArray:
    """(height, width) bool: the pixels of words that are to be ignored, or for which no character was found."""
    polygons = [word.polygon for word in annotation.words if word.ignore or not word.characters]
    return filled(polygons, (annotation.width, annotation.height))


def png(values: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """A one-channel PNG file of exactly these values."""
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()
