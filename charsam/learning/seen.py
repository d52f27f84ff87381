"""A taught picture as the pipeline sees it: its words encoded once, and the prompts of the characters that teach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from charsam.cancellation import checked
from charsam.cgr.annotation import character_prompts
from charsam.cgr.masks import exclusive_masks
from charsam.cgr.prompts import points_of
from charsam.learning.values import TaughtPicture
from charsam.pipeline import CharSAM
from charsam.segmenters.base import Segmenter
from charsam.settings import Settings
from charsam.trace import Stage, Trace
from charsam.types import BoolArray, CharacterMask, Prompts, Word

COMPACT = Settings(segmenter="compact")


@dataclass(frozen=True, slots=True, eq=False)
class SeenPicture:
    """trace: of the words that teach, up to the glyph votes, with points. places: (word, index) of every character.
    masks, rejected: parallel to the places, as in `TaughtWord`. prompts: of all of them.
    """

    picture: TaughtPicture
    trace: Trace
    places: list[tuple[int, int]]
    masks: list[CharacterMask | None]
    rejected: list[CharacterMask | None]
    prompts: Prompts

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.trace.image.shape[:2]
        return height, width


def see(pipeline: CharSAM, picture: TaughtPicture) -> SeenPicture | None:
    """None where none of its words can be used. Raises ImageError where its image cannot be read, Cancelled."""
    taught = [word for word in picture.words if word.teaches]
    trace = pipeline.run(picture.image(), [word.word for word in taught], COMPACT, until=Stage.VOTES)
    trace = replace(trace, points=points_of(trace))
    places, masks, rejected = [], [], []
    for number, given in enumerate(trace.given_index):
        word = taught[given]
        wrong = word.rejected or (None,) * len(word.masks)
        for index in range(min(len(trace.boxes[number]), len(word.masks))):
            places.append((number, index))
            masks.append(word.masks[index])
            rejected.append(wrong[index])
    if not places:
        return None
    return SeenPicture(picture, trace, places, masks, rejected, character_prompts(trace, places))


def see_each(pipeline: CharSAM, pictures: Iterable[TaughtPicture]) -> Iterator[SeenPicture]:
    """Those of the pictures that can be used, one after the other. Raises as `see`."""
    for picture in checked(pictures):
        found = see(pipeline, picture)
        if found is not None:
            yield found


def answered(segmenter: Segmenter, seen: SeenPicture) -> tuple[tuple[CharacterMask, ...], list[float]]:
    """A segmenter's masks of all characters, none of whose pixels is another's, and its predicted IoU of each."""
    found = segmenter.segment(seen.trace.embedding, seen.prompts)
    return exclusive_masks(found.logits, seen.shape), [float(value) for value in found.quality]


def iou(a: CharacterMask, b: CharacterMask) -> float:
    """Of two masks of one image; 1 where both are empty."""
    x0, y0 = min(a.x, b.x), min(a.y, b.y)
    x1 = max(a.x + a.pixels.shape[1], b.x + b.pixels.shape[1])
    y1 = max(a.y + a.pixels.shape[0], b.y + b.pixels.shape[0])
    one, other = (_within(mask, x0, y0, x1, y1) for mask in (a, b))
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def _within(mask: CharacterMask, x0: int, y0: int, x1: int, y1: int) -> BoolArray:
    whole = np.zeros((y1 - y0, x1 - x0), np.bool_)
    h, w = mask.pixels.shape
    whole[mask.y - y0 : mask.y - y0 + h, mask.x - x0 : mask.x - x0 + w] = mask.pixels
    return whole


def with_masks(words: Sequence[Word], labels: Any) -> list[tuple[CharacterMask | None, ...]]:
    """The masks of the characters of words, from an image (H, W) of their numbers, which begin at 1; None where a
    number is not in it.
    """
    from scipy.ndimage import find_objects

    from charsam.cgr.masks import trimmed

    found = find_objects(labels)
    result, number = [], 0
    for word in words:
        masks: list[CharacterMask | None] = []
        for _ in word.characters:
            area = found[number] if number < len(found) else None
            number += 1
            if area is None:
                masks.append(None)
                continue
            masks.append(trimmed(labels[area] == number, area[1].start, area[0].start))
        result.append(tuple(masks))
    return result
