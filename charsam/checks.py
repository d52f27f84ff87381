"""Which words of an image can be worked on, and a sentence for each that can't."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from charsam.errors import WordsError
from charsam.geometry import image_window, word_frame
from charsam.text import characters_of
from charsam.types import Word

MAX_CHARACTERS = 200
MAX_REACH = 10.0
"""A polygon may reach this many image sizes beyond the image; farther is a slip of units."""


def usable_words(words: Sequence[Word], image_shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The indices of the words to work on, and the problems of those that are neither usable nor to be ignored."""
    chosen, problems = [], []
    for index, word in enumerate(words):
        if word.ignore:
            continue
        try:
            _check(word, image_shape)
        except WordsError as error:
            name = f" ({word.text[:40]})" if word.text else ""
            problems.append(f"word {index + 1}{name}: {error}")
        else:
            chosen.append(index)
    return tuple(chosen), tuple(problems)


def _check(word: Word, image_shape: tuple[int, ...]) -> None:
    if word.text is not None:
        count = len(characters_of(word.text))
        if count == 0:
            raise WordsError("its text is empty; give a transcription, or none at all to have it read")
        if count > MAX_CHARACTERS:
            raise WordsError(f"its text has {count} characters; a word may have {MAX_CHARACTERS}")
    frame = word_frame(word.polygon)
    height, width = image_shape[:2]
    reach = np.abs(np.asarray(word.polygon, np.float64) / [max(width, 1), max(height, 1)])
    if reach.max() > MAX_REACH:
        raise WordsError(f"its polygon reaches far outside the image of {width} x {height} pixels")
    m = frame.margin
    inner = np.array([m, m, frame.width - m, frame.height - m], np.float32)
    x0, y0, x1, y1 = image_window(frame, image_shape, inner)
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise WordsError(f"its polygon lies outside the image of {width} x {height} pixels")
