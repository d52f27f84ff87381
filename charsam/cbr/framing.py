"""How each word runs in its polygon: the word frames, chosen by what the recogniser can read in them.

An annotation says where a word is, not always how it runs: boxes around vertical words, polygons that start at another
corner. The frame that the polygon's order of points suggests is taken where the word can be read in it; else the other
ways in which it may run are tried.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from charsam.cancelling import checked
from charsam.cbr.casing import resolved_case
from charsam.cbr.reading import Alignment, Reading, Recogniser, align
from charsam.errors import WordsError
from charsam.geometry import candidate_frames, sample_strip
from charsam.text import characters_of
from charsam.trace import WordReading
from charsam.types import FloatArray, ImageArray, Word, WordFrame

RIM = 4
"""Pixels of the strip around the word polygon that the recogniser sees."""
CLEAR_SCORE = -1.0
"""An alignment this good (mean log-probability per character) settles the frame without trying others."""
CLEAR_PROBABILITY = 0.8
NOTHING_SEEN = -9.0
"""An alignment below this is between blanks: the recogniser saw nothing where characters should be."""
LEAD = 0.5
"""By how much another frame's score must be better than that of the frame which the annotation suggests."""
_NO_SCORE = -20.0


@dataclass(frozen=True, slots=True, eq=False)
class FramedWord:
    """A word's frame and what was read in it; text: the characters of the transcription, given or read."""

    frame: WordFrame
    text: tuple[str, ...]
    reading: WordReading


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    frame: WordFrame
    reading: Reading
    alignment: Alignment | None
    score: float


def frame_words(
    image: ImageArray, words: Sequence[Word], recogniser: Recogniser, *, resolve_case: bool = False
) -> tuple[FramedWord, ...]:
    """The frame of each word, with its reading and, along the frame, where its characters are expected.

    image: (H, W, 3) uint8 RGB. A word without text is read. resolve_case: a given transcription gets the case that the
    image shows, unless its characters are given, too. Raises WordsError, naming the word, for a polygon that is
    unusable or lies outside the image.
    """
    texts = [None if word.text is None else characters_of(word.text) for word in words]
    candidates = [
        _candidates(word, text, index) for index, (word, text) in enumerate(checked(zip(words, texts, strict=True)))
    ]
    first = _tried(
        image, [(options[0], text) for options, text in zip(candidates, texts, strict=True)], recogniser, words
    )
    doubtful = [i for i, trial in enumerate(first) if not _is_clear(trial, texts[i])]
    asked = [(i, frame) for i in doubtful for frame in candidates[i][1:]]
    others = _tried(image, [(frame, texts[i]) for i, frame in asked], recogniser, [words[i] for i, _ in asked])
    best = list(first)
    for (i, _), trial in zip(asked, others, strict=True):
        lead = LEAD if best[i] is first[i] and len(texts[i] or "..") > 1 else 0.0
        if trial.score > best[i].score + lead:
            best[i] = trial
    if resolve_case:
        texts = [
            text if text is None or word.characters else resolved_case(trial.reading, text)
            for word, text, trial in zip(words, texts, best, strict=True)
        ]
    return tuple(_framed(trial, text) for trial, text in zip(best, texts, strict=True))


def _candidates(word: Word, text: tuple[str, ...] | None, index: int) -> tuple[WordFrame, ...]:
    try:
        return candidate_frames(word.polygon, None if text is None else len(text))
    except WordsError as error:
        raise WordsError(f"word {index + 1} ({word.text or 'no text'}): {error}") from error


def _tried(
    image: ImageArray,
    hypotheses: Sequence[tuple[WordFrame, tuple[str, ...] | None]],
    recogniser: Recogniser,
    words: Sequence[Word],
) -> list[_Trial]:
    crops = []
    for (frame, text), word in checked(zip(hypotheses, words, strict=True)):
        try:
            crops.append(_reading_crop(image, frame, text))
        except WordsError as error:
            raise WordsError(f"{word.text or 'a word without text'}: {error}") from error
    trials = []
    for (frame, text), reading in checked(zip(hypotheses, recogniser.read(crops), strict=True)):
        if text is None:
            trials.append(_Trial(frame, reading, None, float(np.log(max(reading.probability, 1e-6)))))
            continue
        alignment = align(reading, text)
        trials.append(_Trial(frame, reading, alignment, alignment.score if alignment is not None else _NO_SCORE))
    return trials


def _reading_crop(image: ImageArray, frame: WordFrame, text: tuple[str, ...] | None) -> ImageArray:
    """The word as the recogniser wants it, upright and in one line: of a stacked word, its cells side by side."""
    strip = sample_strip(image, frame)
    cut = max(round(frame.margin) - RIM, 0)
    strip = strip[cut : strip.shape[0] - cut, cut : strip.shape[1] - cut]
    if not frame.stacked:
        return strip
    count = max(len(text) if text else round(strip.shape[0] / strip.shape[1]), 1)
    height = strip.shape[0] // count
    return np.concatenate([strip[i * height : (i + 1) * height] for i in range(count)], axis=1)


def _is_clear(trial: _Trial, text: tuple[str, ...] | None) -> bool:
    if text is None:
        return trial.reading.probability >= CLEAR_PROBABILITY and len(trial.reading.text) > 1
    return trial.score >= CLEAR_SCORE


def _framed(trial: _Trial, text: tuple[str, ...] | None) -> FramedWord:
    reading, alignment = trial.reading, trial.alignment
    if text is None:
        text = characters_of(unicodedata.normalize("NFKC", reading.text))
        alignment = align(reading, text)
    centres = np.zeros(0, np.float32)
    probabilities = np.zeros(0, np.float32)
    if alignment is not None:
        probabilities = alignment.twin
        if not trial.frame.stacked and alignment.score > NOTHING_SEEN:
            centres = (alignment.centres + max(round(trial.frame.margin) - RIM, 0)).astype(np.float32)
    return FramedWord(
        trial.frame, text, WordReading(reading.text, reading.probability, _rising(centres), probabilities)
    )


def _rising(centres: FloatArray) -> FloatArray:
    return np.maximum.accumulate(centres) if len(centres) else centres
