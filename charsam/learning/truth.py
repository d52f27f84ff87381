"""What teaches, taken from a dataset that has true masks: of characters, or of the text alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.cgr.masks import trimmed
from charsam.datasets.base import Sample
from charsam.images import load_image
from charsam.learning.seen import COMPACT, with_masks
from charsam.learning.values import TaughtPicture, TaughtWord
from charsam.pipeline import CharSAM
from charsam.types import BoolArray, CharacterMask, GivenCharacter, Word

AROUND = 0.15
"""Share of a word polygon's height by which text may reach over it."""


def taught_sample(sample: Sample, pipeline: CharSAM) -> TaughtPicture | None:
    """The words of a sample with their true masks; None where it has none.

    Where the truth tells text only, each of its pixels is given to the character whose mask, as `compact` makes it, is
    nearest. Raises DatasetError and ImageError for files that cannot be read.
    """
    if sample.truth is None:
        return None
    truth, words = sample.truth(), sample.words
    if truth.characters is not None and any(word.characters for word in words):
        masks = with_masks(words, truth.characters)
        taught = tuple(_usable(word, found) for word, found in zip(words, masks, strict=True) if not word.ignore)
    else:
        taught = tuple(_shared_out(sample, truth.text, truth.ignored, pipeline))
    return TaughtPicture(sample.name, partial(load_image, sample.image), tuple(word for word in taught if word.teaches))


def _usable(word: Word, masks: Sequence[CharacterMask | None]) -> TaughtWord:
    return TaughtWord(replace(word, text=_text(word.characters)), tuple(masks))


def _shared_out(sample: Sample, text: BoolArray, ignored: BoolArray, pipeline: CharSAM) -> Iterator[TaughtWord]:
    bare = [replace(word, characters=()) for word in sample.words]
    annotation = pipeline.run(load_image(sample.image), bare, COMPACT).annotation
    assert annotation is not None
    owner, number = _nearest(annotation.character_mask()), 0
    for given, word in zip(bare, annotation.words, strict=True):
        own = range(number + 1, number + len(word.characters) + 1)
        number += len(word.characters)
        near = _around(given, text.shape)
        if given.ignore or not word.characters or (near & ignored).any():
            continue
        masks = tuple(_cut(text & near & (owner == value)) for value in own)
        places = tuple(GivenCharacter(one.category, one.quad) for one in word.characters)
        yield TaughtWord(replace(given, text=_text(places), characters=places), masks)


def _nearest(labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """(H, W): of every pixel the number of the nearest one that has any."""
    if not labels.any():
        return labels
    ground = (labels == 0).astype(np.uint8)
    _, zones = cv2.distanceTransformWithLabels(ground, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    numbers = np.zeros(int(zones.max()) + 1, np.uint16)
    numbers[zones[labels > 0]] = labels[labels > 0]
    return np.asarray(numbers[zones], np.uint16)


def _around(word: Word, shape: tuple[int, ...]) -> BoolArray:
    """(H, W): a word's polygon and a little more."""
    filled = np.zeros(shape, np.uint8)
    cv2.fillPoly(filled, [np.round(word.polygon).astype(np.int32)], (1,))
    half = len(word.polygon) // 2
    upper, lower = word.polygon[:half], word.polygon[half:][::-1][:half]
    tall = float(np.linalg.norm(upper - lower, axis=1).mean())
    reach = 2 * max(1, round(AROUND * tall)) + 1
    return np.asarray(cv2.dilate(filled, np.ones((reach, reach), np.uint8)) > 0)


def _cut(own: BoolArray) -> CharacterMask | None:
    return trimmed(own, 0, 0) if own.any() else None


def _text(places: Sequence[GivenCharacter]) -> str:
    return "".join(one.category for one in places)
