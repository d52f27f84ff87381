"""Which of the words that teach are kept aside, so that a learned segmenter can prove itself on them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from charsam.learning.values import TaughtPicture, TaughtWord

ASIDE: Final = 0.25
"""Share of what teaches that is kept aside."""


def set_aside(pictures: Sequence[TaughtPicture]) -> tuple[list[TaughtPicture], list[TaughtPicture]]:
    """Those that teach, and a quarter that is kept aside: whole pictures where there are four or more, else words.

    A picture is on the same side every time, as long as the others are the same.
    """
    usable = [picture for picture in pictures if picture.count()]
    if len(usable) >= round(1 / ASIDE):
        ordered = sorted(usable, key=lambda picture: _drawn(picture.name))
        count = max(1, round(len(ordered) * ASIDE))
        return ordered[count:], ordered[:count]
    words = [(picture, word) for picture in usable for word in picture.words if word.teaches]
    order = sorted(range(len(words)), key=lambda i: _drawn(f"{words[i][0].name} {words[i][1].word.polygon.tolist()}"))
    aside = set(order[: max(1, round(len(words) * ASIDE))]) if words else set()
    return _grouped(words, set(range(len(words))) - aside), _grouped(words, aside)


def sampled(pictures: Sequence[TaughtPicture], most: int) -> list[TaughtPicture]:
    """At most so many of the words that teach, the same ones every time."""
    words = [(picture, word) for picture in pictures for word in picture.words if word.teaches]
    if len(words) <= most:
        return list(pictures)
    chosen = np.random.default_rng(0).permutation(len(words))[:most]
    return _grouped(words, {int(index) for index in chosen})


def _grouped(words: Sequence[tuple[TaughtPicture, TaughtWord]], chosen: set[int]) -> list[TaughtPicture]:
    grouped: dict[str, tuple[TaughtPicture, list[TaughtWord]]] = {}
    for index, (picture, word) in enumerate(words):
        if index in chosen:
            grouped.setdefault(picture.name, (picture, []))[1].append(word)
    return [replace(picture, words=tuple(own)) for picture, own in grouped.values()]


def _drawn(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
