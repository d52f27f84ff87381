"""The text recogniser: what it reads in a word, and how probable it finds a character.

The recogniser (PP-OCR) is a CTC network: it cuts a crop into time steps from left to right, 8 px each at a height of
48 px, and gives every step a probability for each character of its alphabet and for the blank, which means "nothing
new here". A character usually shows up in a single step, near its middle.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.cancellation import checked
from charsam.cbr import paddle
from charsam.network_lock import one_pass
from charsam.types import FloatArray, ImageArray

HEIGHT = 48
STEP = 8
"""Pixels of a crop of height `HEIGHT` in one time step."""

STEP_CENTRE = 2.0
"""Where in its step, in pixels from the step's left edge, the middle of a character is on average: 1.3 by the 33
official character boxes of an ICDAR 2013 image, 2.2 by 366 drawn characters; the spread, 2.5, is that of the steps.
"""

_LATE_STEPS = 2
"""Steps kept beyond the crop's right edge: where text fills the crop, its last character may show up in the padding."""

_WIDTHS = (96, paddle.MIN_WIDTH)
"""Widths to which short crops are padded: single characters read as well in the first, at a quarter of the time."""
_NARROW = 64
_WIDTH_STRIDE = 160
_MOST_WIDTH = 3200
_BATCH = 8
_BATCH_PIXELS = _BATCH * 320
"""Most columns in a batch: the posteriors take 9 kB for each until the batch is done. Larger batches gain no time."""

_KEEP = 1e-4
"""Characters that are less probable than this at every step are dropped from a reading."""

SHAPE_TWINS = ("0OoQ", "1lIi|!", "2Zz", "5Ss$", "8B", "9gq", "'’‘`´", '"“”', "-–—_", "•·.")
"""Characters that look alike when seen alone. Cases of one letter are always twins, full-width forms as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the recogniser made of a crop.

    text: what it read, spaces included; probability: the mean of its characters' probabilities, 0..1 (0 for no text).
    width: of the crop in pixels; step: pixels of the crop in one time step. Step t covers x from t * step on.
    blank: (T,) float32: the posterior of the blank at every step.
    characters: the K characters that are worth a mention at some step; steps: (T, K) float32, their posteriors.
    positions: (len(text),) int64: the step at which each character of `text` was read; confidences: (len(text),)
    float32: its posterior there.
    """

    text: str
    probability: float
    width: int
    step: float
    blank: FloatArray
    characters: str
    steps: FloatArray
    positions: NDArray[np.int64]
    confidences: FloatArray

    @property
    def count(self) -> int:
        """How many characters were read, spaces not counted."""
        return sum(not character.isspace() for character in self.text)

    @property
    def centres(self) -> FloatArray:
        """(len(text),) float32: x of every character of `text`, in pixels of the crop."""
        return self.centres_of(self.positions)

    def centres_of(self, places: NDArray[np.int64]) -> FloatArray:
        """(n,) float32: x of the middle of a character that shows up at each of these steps, in pixels of the crop."""
        return np.clip((places + STEP_CENTRE / STEP) * self.step, 0.0, self.width).astype(np.float32)


class Recogniser:
    """PP-OCRv6 small through PaddleOCR. It keeps no state between calls, so threads may share one.

    Making one takes some seconds, nearly all for the import of paddleocr. Raises WeightsError without model files.
    """

    def __init__(self) -> None:
        predictor = paddle.load_text_recognition().paddlex_predictor
        self._normalise = predictor.pre_tfs["ReisizeNorm"]
        self._run = predictor.runner
        self._alphabet = np.array(predictor.post_op.character[1:])
        self._known = frozenset(self._alphabet.tolist())

    def knows(self, character: str) -> bool:
        """Whether it can read this character, or its base letter where it has accents."""
        return character in self._known or unaccented(character) in self._known

    def read(self, crops: Sequence[ImageArray]) -> list[Reading]:
        """Read (H, W, 3) uint8 RGB crops of single lines, upright, of any size; the readings are in the crops' order.

        A crop is always padded to the same width, so that a reading does not depend on what else is in the batch.
        """
        readings = [_nothing(crop) for crop in crops]
        sizes = {index: _widths(crop) for index, crop in enumerate(crops) if crop.size}
        for batch in checked(_batches({index: padded for index, (_, padded) in sizes.items()})):
            posteriors = self._posteriors([crops[index] for index in batch], sizes[batch[0]][1])
            for index, steps in zip(batch, posteriors, strict=True):
                content = sizes[index][0]
                readings[index] = self._decode(
                    steps[: -(-content // STEP) + _LATE_STEPS], crops[index].shape[1], content
                )
        return readings

    def _posteriors(self, crops: list[ImageArray], padded: int) -> FloatArray:
        strips = self._normalise(imgs=[_shrink(crop)[..., ::-1] for crop in crops])  # BGR, as it was trained
        # PaddleX pads too, with zeros as well, but to widths that depend on the batch.
        batch = np.zeros((len(crops), 3, HEIGHT, padded), np.float32)
        for row, strip in zip(batch, strips, strict=True):
            shared = min(padded, strip.shape[2])
            row[:, :, :shared] = strip[:, :, :shared]
        with one_pass():
            (posteriors,) = self._run(x=[batch])
        return np.asarray(posteriors, np.float32)

    def _decode(self, posteriors: FloatArray, width: int, content: int) -> Reading:
        best = posteriors.argmax(axis=1)
        new = best != 0
        new[1:] &= best[1:] != best[:-1]
        positions = np.flatnonzero(new)
        confidences = posteriors[positions, best[positions]]
        kept = 1 + np.flatnonzero(posteriors[:, 1:].max(axis=0) >= _KEEP)
        return Reading(
            text="".join(self._alphabet[best[positions] - 1]),
            probability=float(confidences.mean()) if len(positions) else 0.0,
            width=width,
            step=STEP * width / content,
            blank=posteriors[:, 0].copy(),
            characters="".join(self._alphabet[kept - 1]),
            steps=posteriors[:, kept],
            positions=positions,
            confidences=confidences,
        )


def unaccented(character: str) -> str:
    """The character without its combining marks, decomposed."""
    return "".join(code for code in unicodedata.normalize("NFKD", character) if not unicodedata.combining(code))


def probability_of(reading: Reading, category: str) -> float:
    """The probability, 0..1, that a crop shows this one character, or a case or shape twin of it, and nothing else.

    It is the CTC probability of the one-character text: the sum over all paths of blanks, the character, blanks.
    """
    exact, twin = posteriors_of(reading, [category])
    before, during, after = 1.0, 0.0, 0.0
    for blank, character in zip(blank_or_space(reading), (exact + twin)[:, 0], strict=True):
        before, during, after = before * blank, (before + during) * character, (during + after) * blank
    return float(min(during + after, 1.0))


def posteriors_of(reading: Reading, characters: list[str]) -> tuple[FloatArray, FloatArray]:
    """(T, n) float32 each: the posteriors of the characters themselves, and the sums over their twins."""
    columns = {character: column for column, character in enumerate(reading.characters)}
    exact = np.zeros((len(reading.blank), len(characters)), np.float32)
    twin = np.zeros_like(exact)
    for index, character in enumerate(characters):
        if character in columns:
            exact[:, index] = reading.steps[:, columns[character]]
        twins = [columns[other] for other in twins_of(character) if other in columns]
        twin[:, index] = reading.steps[:, twins].sum(axis=1)
    return exact, twin


def blank_or_space(reading: Reading) -> FloatArray:
    """(T,) float32: how probable it is that no visible character shows up at a step."""
    spaces = [column for column, character in enumerate(reading.characters) if character.isspace()]
    return np.asarray(reading.blank + reading.steps[:, spaces].sum(axis=1), np.float32)


@functools.lru_cache(maxsize=4096)
def twins_of(character: str) -> str:
    """The characters that look like this one when seen alone: its cases, its full-width form, its shape twins."""
    plain = unicodedata.normalize("NFKC", character)
    looks = {plain, plain.lower(), plain.upper()}
    looks.update(*(row for row in SHAPE_TWINS if len(plain) == 1 and plain in row))
    full_width = {chr(ord(look) + 0xFEE0) for look in looks if len(look) == 1 and "!" <= look <= "~"}
    return "".join(sorted(look for look in looks | full_width if len(look) == 1 and look != character))


def _nothing(crop: ImageArray) -> Reading:
    none = np.zeros(0, np.float32)
    return Reading("", 0.0, crop.shape[1], float(STEP), none, "", none.reshape(0, 0), np.zeros(0, np.int64), none)


def _widths(crop: ImageArray) -> tuple[int, int]:
    """The width of a crop at height `HEIGHT`, without and with its padding."""
    height, width = crop.shape[:2]
    content = min(-(-HEIGHT * width // height), _MOST_WIDTH)
    if content <= _NARROW:
        return content, _WIDTHS[0]
    return content, max(_WIDTHS[1], -(-content // _WIDTH_STRIDE) * _WIDTH_STRIDE)


def _batches(widths: dict[int, int]) -> Iterator[list[int]]:
    """Indices in batches of one padded width each."""
    by_width: dict[int, list[int]] = {}
    for index, width in widths.items():
        by_width.setdefault(width, []).append(index)
    for width, indices in sorted(by_width.items()):
        size = max(1, min(_BATCH, _BATCH_PIXELS // width))
        for start in range(0, len(indices), size):
            yield indices[start : start + size]


def _shrink(crop: ImageArray) -> ImageArray:
    """Large crops brought to the recogniser's height by averaging; PaddleX's own bilinear resize would skip pixels."""
    height, width = crop.shape[:2]
    if height <= 2 * HEIGHT:
        return crop
    content = max(1, min(-(-HEIGHT * width // height), _MOST_WIDTH))
    return np.asarray(cv2.resize(crop, (content, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
