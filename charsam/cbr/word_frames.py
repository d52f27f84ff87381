"""How each word runs in its polygon: the word frames, chosen by what the recogniser can read in them.

An annotation says where a word is, not always how it runs: boxes around vertical words, polygons that start at another
corner. Its own order of points stands, unless the transcription can clearly better be read in another way in which the
word may run; both are measured alike (`charsam.cbr.evidence`), so a transcription with faults turns no word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from charsam.cancellation import checked
from charsam.cbr.alignment import CLEAR_READING, Alignment, align
from charsam.cbr.evidence import agreement, contradictions, same_upside_down
from charsam.cbr.letter_case import resolved_case
from charsam.cbr.recogniser import Reading, Recogniser
from charsam.directions import STACKING, candidate_frames
from charsam.errors import WordsError
from charsam.sampling import sample_strip
from charsam.text import characters_of, visual_order
from charsam.trace import WordReading
from charsam.types import SUSPICIOUS, FloatArray, ImageArray, Word, WordFrame

RIM = 4
"""Pixels of the strip around the word polygon that the recogniser sees."""
CLEAR = -0.15
"""A likelihood (natural logarithm) from which on a frame is settled without trying others."""
CLEAR_PROBABILITY = 0.8
LEAD = 0.15
"""By how much another frame's likelihood must be better than that of the frame which the annotation suggests."""
LEAD_UNREAD = 1.6
"""The same for a word without text: how many times more probable its reading must be."""
READ_SHARE = 0.6
"""Share of the characters that must agree in another frame: of two that cannot be read none is the better one."""
STACKED = 1.2
STACKED_SHARE = 0.7
"""What each character of an upright stacked frame counts more from this share on, if the frame has room for it: the
recogniser is less sure of stacked letters than of the same letters lying in a line."""
LINE_PITCH, STACKED_PITCH = 0.75, 1.0
"""Length that a character takes along the word, in widths of the word: rarely more in a line, or less in a stack."""
LEAST_SEEN = 0.25
"""Share of the characters that must have a place in the reading for it to tell where they all are."""
SURE = 0.5
"""From this posterior on a glyph that the text lacks is taken to be there."""
KNOWN_SHARE = 0.5
"""Share of the characters that the recogniser must be able to read for it to say which way the word runs."""


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
    score: float
    read: bool


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
    asked = [
        (i, frame)
        for i, trial in enumerate(first)
        for frame in candidates[i][1:]
        if _is_doubtful(trial, texts[i], recogniser) or frame.stacked
    ]
    others = _tried(image, [(frame, texts[i]) for i, frame in asked], recogniser, [words[i] for i, _ in asked])
    best = list(first)
    for (i, _), trial in zip(asked, others, strict=True):
        if trial.read and trial.score > _to_beat(best[i], texts[i], first=best[i] is first[i]):
            best[i] = trial
    if resolve_case:
        texts = [
            text if text is None or word.characters else resolved_case(trial.reading, text)
            for word, text, trial in zip(words, texts, best, strict=True)
        ]
    return tuple(_framed(trial, text, recogniser) for trial, text in checked(zip(best, texts, strict=True)))


def _candidates(word: Word, text: tuple[str, ...] | None, index: int) -> tuple[WordFrame, ...]:
    try:
        return candidate_frames(
            word.polygon, None if text is None else len(text), stacks=text is None or any(map(_stacks, text))
        )
    except WordsError as error:
        raise WordsError(f"word {index + 1} ({word.text or 'no text'}): {error}") from error


def _stacks(character: str) -> bool:
    return unicodedata.name(character[0], "").startswith(STACKING)


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
    readings = recogniser.read(crops)
    return [
        _Trial(frame, reading, *_score(frame, reading, text))
        for (frame, text), reading in checked(zip(hypotheses, readings, strict=True))
    ]


def _score(frame: WordFrame, reading: Reading, text: tuple[str, ...] | None) -> tuple[float, bool]:
    """How well a word can be read in a frame, and whether it can be read there at all."""
    if text is None:
        return reading.probability, True
    found = agreement(reading, _from_left(frame, text))
    stacked = frame.stacked and found.share >= STACKED_SHARE and _stands(frame)
    bonus = STACKED * len(text) * _room_for_stack(frame, len(text)) if stacked else 0.0
    return found.likelihood + bonus, found.share >= READ_SHARE


def _room_for_stack(frame: WordFrame, characters: int) -> float:
    """From 0, where the characters have the room of those of a line, to 1."""
    pitch = (frame.height - 2 * frame.margin) / (frame.width - 2 * frame.margin) / characters
    return float(np.clip((pitch - LINE_PITCH) / (STACKED_PITCH - LINE_PITCH), 0.0, 1.0))


def _stands(frame: WordFrame) -> bool:
    """Whether its characters stand upright in the image."""
    origin, right, down = frame.to_image(np.array([[0, 0], [1, 0], [0, 1]], np.float64))
    (x, y), (u, v) = right - origin, down - origin
    return bool(x > abs(y) and v > abs(u))


def _from_left(frame: WordFrame, text: tuple[str, ...]) -> tuple[str, ...]:
    """The characters in the order in which they stand in a frame."""
    return text if frame.stacked else tuple(text[place] for place in visual_order(text))


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


def _is_doubtful(trial: _Trial, text: tuple[str, ...] | None, recogniser: Recogniser) -> bool:
    """Whether other frames are worth a try: the word was not clearly read in this one, and could be in another."""
    if text is None:
        return trial.score < CLEAR_PROBABILITY or len(trial.reading.text) <= 1
    known = np.mean([recogniser.knows(character) for character in text]) if text else 0.0
    return trial.score < CLEAR and float(known) >= KNOWN_SHARE and not same_upside_down(text)


def _to_beat(best: _Trial, text: tuple[str, ...] | None, *, first: bool) -> float:
    if not first:
        return best.score
    return LEAD_UNREAD * best.score if text is None else best.score + LEAD


def _framed(trial: _Trial, text: tuple[str, ...] | None, recogniser: Recogniser) -> FramedWord:
    reading, frame = trial.reading, trial.frame
    if text is None:
        text = characters_of(unicodedata.normalize("NFKC", reading.text))
    order = tuple(range(len(text))) if frame.stacked else visual_order(text)
    from_left = tuple(text[place] for place in order)
    alignment = align(reading, from_left, recogniser.knows)
    if alignment is None:
        return FramedWord(frame, text, WordReading(reading.text, reading.probability))
    doubts, gaps = contradictions(reading, alignment, from_left, recogniser.knows)
    rank = np.argsort(order)
    shift = max(round(frame.margin) - RIM, 0)
    told = not frame.stacked and alignment.missing.mean() <= 1 - LEAST_SEEN
    clear = told and reading.probability >= CLEAR_READING
    return FramedWord(
        frame,
        text,
        WordReading(
            reading.text,
            reading.probability,
            centres=(alignment.centres + shift).astype(np.float32)[rank] if told else np.zeros(0, np.float32),
            probabilities=alignment.twin[rank],
            missing=alignment.missing[rank] & (doubts > 0)[rank],
            doubts=doubts[rank],
            gaps=gaps[rank],
            extra=_extra(alignment, shift) if clear else np.zeros(0, np.float32),
            reads=_reads(reading) if max(doubts.max(), gaps.max()) >= SUSPICIOUS else "",
        ),
    )


def _reads(reading: Reading) -> str:
    """What was read, as somebody would type it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", reading.text)).strip()


def _extra(alignment: Alignment, shift: float) -> FloatArray:
    """Where glyphs stand that the text lacks, as far as the recogniser is sure of them."""
    sure = alignment.extra_confidences >= SURE
    return np.asarray(alignment.extra_centres[sure] + shift, np.float32)
