"""One image's scores: what the pipeline made of a dataset's words against the dataset's truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from charsam.datasets.base import TruthMask
from charsam.errors import DatasetError
from charsam.evaluation.characters import count_characters
from charsam.evaluation.metrics import CharacterCounts, ImageScore, count_pixels
from charsam.types import ImageAnnotation, Word


def without_characters(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words as a detection dataset would give them: polygon and transcription, so that CBR has to find the
    characters.
    """
    return tuple(
        replace(
            word,
            characters=(),
            text="".join(c.category for c in word.characters) if word.text is None and word.characters else word.text,
        )
        for word in words
    )


def score_image(words: Sequence[Word] | None, truth: TruthMask | None, annotation: ImageAnnotation) -> ImageScore:
    """words: with their true characters, in the order of the annotation's; None where its words were found, so that
    characters are not compared. truth: None where there are no true masks.

    Raises DatasetError where the true mask is not of the image's size.
    """
    size = (annotation.height, annotation.width)
    if truth is not None and truth.text.shape != size:
        height, width = truth.text.shape
        raise DatasetError(f"its true mask has {width} x {height} pixels; the image has {size[1]} x {size[0]}")
    characters = CharacterCounts() if words is None else count_characters(words, truth, annotation)
    if truth is None:
        return ImageScore(None, characters)
    pixels = count_pixels(annotation.text_mask() > 0, truth.text, truth.ignored)
    return ImageScore(pixels, characters)
