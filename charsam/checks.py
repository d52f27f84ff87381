"""Which words of an image can be worked on, and a sentence for each that can't."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from charsam.cancellation import checked
from charsam.errors import WordsError
from charsam.geometry import word_frame
from charsam.sampling import image_window
from charsam.text import characters_of
from charsam.types import FloatArray, Word

MAX_CHARACTERS = 200
MAX_WORDS = 1000
UNREAD = "it was found, but it cannot be read; give its text"
"""The problem of a word that was found and whose text is "", which is then not read again."""
MAX_REACH = 10.0
"""A polygon may reach this many image sizes beyond the image; farther is a slip of units."""


def usable_words(words: Sequence[Word], image_shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The indices of the words to work on, and the problems of those that are neither usable nor to be ignored."""
    chosen: list[int] = []
    problems: list[str] = []
    for index, word in enumerate(checked(words)):
        if word.ignore:
            continue
        if len(chosen) == MAX_WORDS:
            problems.append(f"word {index + 1} and those after it: an image may have {MAX_WORDS} words to work on")
            break
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
        if count == 0 and word.text_read:
            raise WordsError(UNREAD)
        if count == 0:
            raise WordsError("its text is empty; give a transcription, or none at all to have it read")
        if count > MAX_CHARACTERS:
            raise WordsError(f"its text has {count} characters; a word may have {MAX_CHARACTERS}")
    frame = word_frame(word.polygon)
    _check_reach("its polygon", word.polygon, image_shape)
    m = frame.margin
    inner = np.array([m, m, frame.width - m, frame.height - m], np.float32)
    x0, y0, x1, y1 = image_window(frame, image_shape, inner)
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise WordsError(f"its polygon lies outside the image of {image_shape[1]} x {image_shape[0]} pixels")
    if len(word.characters) > MAX_CHARACTERS:
        raise WordsError(f"it has {len(word.characters)} characters; a word may have {MAX_CHARACTERS}")
    for number, character in enumerate(word.characters, start=1):
        name = f"the polygon of its character {number} ({character.category[:8]})"
        _check_reach(name, character.polygon, image_shape)
        corners = frame.to_frame(character.polygon)
        if (corners.max(0) < 0).any() or (corners.min(0) > [frame.width, frame.height]).any():
            raise WordsError(f"{name} lies away from the word")


def _check_reach(name: str, polygon: FloatArray, image_shape: tuple[int, ...]) -> None:
    height, width = image_shape[:2]
    points = np.asarray(polygon, np.float64)
    if not np.isfinite(points).all():
        raise WordsError(f"{name} has a coordinate that is not a finite number")
    if np.abs(points / [max(width, 1), max(height, 1)]).max() > MAX_REACH:
        raise WordsError(f"{name} reaches far outside the image of {width} x {height} pixels")
