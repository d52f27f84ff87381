"""Generated pictures of ordinary signs: those that a fit is mixed with, and those on which it must not lose."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from charsam.learning.seen import with_masks
from charsam.learning.values import TaughtPicture, TaughtWord
from charsam.scenes import make_scene
from charsam.types import ImageArray

MIXED_SEED, CHECK_SEED = 61_000_000, 62_000_000
SIZE: Final = (400, 300)


def generated_pictures(first: int, count: int) -> Iterator[TaughtPicture]:
    """Scenes whose letters are painted plainly: about shadows, outlines and the like labs differ, and what one of them
    teaches there is not to be unlearned.
    """
    for number in range(count):
        scene = make_scene(first + number, size=SIZE, kind="plain")
        masks = with_masks(scene.words, scene.character_mask)
        words = tuple(TaughtWord(word, found) for word, found in zip(scene.words, masks, strict=True))
        yield TaughtPicture(f"generated {first + number}", partial(_same, scene.image), words, people_drew=False)


def _same(image: ImageArray) -> ImageArray:
    return image
