"""The second witness: lines of text as PP-OCR's detection sees them, read and split into words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.cbr import paddle
from charsam.cbr.recogniser import Reading, Recogniser
from charsam.finding.found_word import FoundWord, Witness, sentence_ends
from charsam.network_lock import one_pass
from charsam.types import FloatArray, ImageArray

LEAST_SIDE, MOST_SIDE = 960, 1280
"""Pixels of the longer side between which the detector works. Smaller images are enlarged, at most to the double:
small and slanted lines are then found that it overlooks otherwise."""

_TALL = 1.5
"""A line this many times taller than wide is read along its height."""
_TALL_CHARACTER = 3.0
"""Up to this, a tall quad may also be a single upright character."""
_SURE = 0.85
"""Lines read with less are tried in the other directions as well."""
_TURN_GAIN = 0.1
"""How much more probable a reading must be in another direction than the line's shape suggests."""
_LEAST = 0.5
"""Words read with less are dropped."""
_MOST_HEIGHT = 192
"""Pixels of height to which a line is rectified at most; the recogniser works at a quarter of it."""

_SPACE_SPACING, _SPACE_HEIGHT, _SPACE_CLEAR = 2.5, 1.2, 0.6
"""Where the recogniser saw no space, two words are parted only if their neighbouring characters are as far apart as
2.5 times the line's median and 1.2 times its height, with no ink over 0.6 times its height."""

_EVEN, _WIDE = 0.5, 0.2
"""A line is one widely spaced word if its narrowest gap is half as wide as the widest, and 0.2 times its height."""
_AWAY = 1.2
"""Heights from the line's end to the middle of its outermost character beyond which the line is cut short."""
_INK = 0.3
"""A column has no ink if it varies by less than this share of what columns with text do."""
_PAD = 0.1
"""Ground kept beside a word where a line is split, as a share of the line's height."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundLine:
    """A line of text: quad (4, 2) float32, image pixels, clockwise from its upper left corner; score 0..1."""

    quad: FloatArray
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class _ReadLine:
    """A line with its rectified strip and its reading; quad as `FoundLine`, but from the reading-order top-left."""

    quad: FloatArray
    strip: ImageArray
    reading: Reading
    score: float


class LineFinder:
    """PP-OCRv6 small text detection through PaddleOCR. Threads may share one; images are searched one at a time.

    Raises WeightsError without model files.
    """

    def __init__(self) -> None:
        self._detector = paddle.load_text_detection()

    def find(self, image: ImageArray) -> tuple[FoundLine, ...]:
        """The lines of text of an (H, W, 3) uint8 RGB image of any size, in reading order: rows from top to bottom,
        each from left to right.
        """
        if not image.size:
            return ()
        height, width = image.shape[:2]
        # The detector's own resize skips pixels when it shrinks by more than two.
        longer = max(height, width)
        shrink = min(1.0, 2 * MOST_SIDE / longer)
        if shrink < 1:
            size = max(1, round(width * shrink)), max(1, round(height * shrink))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        with one_pass(image.size // 3):
            (found,) = self._detector.predict(
                np.ascontiguousarray(image[..., ::-1]),
                limit_side_len=min(MOST_SIDE, max(longer, min(LEAST_SIDE, 2 * longer))),
                limit_type="resize_long",
            )
        scale = np.array([width / image.shape[1], height / image.shape[0]])
        lines = [
            FoundLine(_from_upper_left(np.asarray(quad, np.float64) * scale), float(score))
            for quad, score in zip(found["dt_polys"], found["dt_scores"], strict=True)
        ]
        return tuple(lines[index] for index in reading_order([line.quad for line in lines]))

    def find_words(self, image: ImageArray, recogniser: Recogniser) -> tuple[FoundWord, ...]:
        """The words of an (H, W, 3) uint8 RGB image with what they read, in reading order.

        Lines may lie in any direction. They are split into words where the recogniser reads a space, and at gaps
        far wider than the line's others. What cannot be read with a probability of 0.5 is left out.
        """
        return tuple(word for line in _read_lines(image, self.find(image), recogniser) for word in _words(line))


def _read_lines(image: ImageArray, found: Sequence[FoundLine], recogniser: Recogniser) -> list[_ReadLine]:
    """Read every line in the direction that its shape suggests and, where that goes badly, in the others."""
    lines = _read_turned(image, found, [_likely_turns(line.quad) for line in found], recogniser)
    unsure = [index for index, line in enumerate(lines) if line.reading.probability < _SURE]
    others = [_other_turns(found[index].quad) for index in unsure]
    second = _read_turned(image, [found[index] for index in unsure], others, recogniser)
    for index, turned in zip(unsure, second, strict=True):
        if turned.reading.probability > lines[index].reading.probability + _TURN_GAIN:
            lines[index] = turned
    return lines


def _read_turned(
    image: ImageArray, found: Sequence[FoundLine], turns: Sequence[tuple[int, ...]], recogniser: Recogniser
) -> list[_ReadLine]:
    """The most probable reading of each line among the given quarter turns, all read in one go."""
    turned = [
        FoundLine(np.roll(line.quad, -turn, axis=0), line.score)
        for line, own in zip(found, turns, strict=True)
        for turn in own
    ]
    strips = [_rectify(image, line.quad) for line in turned]
    read = (
        _ReadLine(line.quad, strip, reading, line.score)
        for line, strip, reading in zip(turned, strips, recogniser.read(strips), strict=True)
    )
    return [max((next(read) for _ in own), key=lambda line: line.reading.probability) for own in turns]


def _likely_turns(quad: FloatArray) -> tuple[int, ...]:
    return (1, 3) if _tallness(quad) > _TALL else (0,)


def _other_turns(quad: FloatArray) -> tuple[int, ...]:
    tallness = _tallness(quad)
    if tallness > _TALL:
        return (0,) if tallness < _TALL_CHARACTER else (2,)
    return (1, 2, 3) if tallness > 1 / _TALL else (2,)


def _tallness(quad: FloatArray) -> float:
    width, height = _size(quad)
    return height / width


def _size(quad: FloatArray) -> tuple[float, float]:
    """Width and height of a quad, each at least 1: the longer of its two opposite edges."""
    edges = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return max(1.0, float(edges[0]), float(edges[2])), max(1.0, float(edges[1]), float(edges[3]))


def _rectify(image: ImageArray, quad: FloatArray) -> ImageArray:
    width, height = _size(quad)
    scale = min(1.0, _MOST_HEIGHT / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    # OpenCV counts pixel centres as whole numbers, charsam as halves.
    homography = cv2.getPerspectiveTransform(quad.astype(np.float32) - 0.5, corners - 0.5)
    return np.asarray(cv2.warpPerspective(image, homography, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _words(line: _ReadLine) -> Iterator[FoundWord]:
    """The words of a line that were read with some confidence."""
    reading, (height, width) = line.reading, line.strip.shape[:2]
    ink = _ink(line.strip)
    runs = _runs(reading, ink, height)
    if not runs:
        return
    centres = reading.centres

    def gap(left: float, right: float) -> tuple[float, float]:
        start, end = _gap(ink, left, right)
        pad = min(_PAD * height, (end - start) / 3)
        return start + pad, end - pad

    # What stands far before the first or after the last character is no text: an arrow, a logo.
    first, last = centres[runs[0][0]], centres[runs[-1][-1]]
    edges = [gap(0.0, first)[1] if first > _AWAY * height else 0.0]
    for before, after in itertools.pairwise(runs):
        edges += gap(centres[before[-1]], centres[after[0]])
    edges.append(gap(last, width)[0] if width - last > _AWAY * height else width)
    for run, start, end in zip(runs, edges[::2], edges[1::2], strict=True):
        if reading.confidences[run].mean() >= _LEAST:
            text = "".join(reading.text[place] for place in run)
            polygon = _part(line.quad, start / width, end / width)
            yield FoundWord(polygon, text, reading.confidences[run], line.score, Witness.LINES)


def _runs(reading: Reading, ink: FloatArray, height: int) -> list[list[int]]:
    """The places in `reading.text` of the characters of each word."""
    places = [place for place, character in enumerate(reading.text) if not character.isspace()]
    if not places:
        return []
    pairs = list(itertools.pairwise(places))
    centres = reading.centres
    clear = [_length(_gap(ink, centres[before], centres[after])) for before, after in pairs]
    if len(pairs) > 1 and min(clear) > max(_EVEN * max(clear), _WIDE * height):
        return [places]  # One word, widely spaced: H O T E L.
    far = max(_SPACE_SPACING * float(np.median(np.diff(centres[places]))) if pairs else 0.0, _SPACE_HEIGHT * height)
    runs = [[places[0]]]
    for (before, after), free in zip(pairs, clear, strict=True):
        if (
            after > before + 1  # a space was read
            or (centres[after] - centres[before] > far and free > _SPACE_CLEAR * height)
            or sentence_ends(reading.text[: before + 1], reading.text[after])
        ):
            runs.append([])
        runs[-1].append(after)
    return runs


def _ink(strip: ImageArray) -> FloatArray:
    """(W,) float32: how much each column of a line's strip varies from top to bottom; least where there is no text."""
    return np.asarray(strip.astype(np.float32).std(axis=0).mean(axis=1), np.float32)


def _gap(ink: FloatArray, left: float, right: float) -> tuple[float, float]:
    """X from and to of the widest stretch without ink between two characters' centres."""
    start = min(int(left), len(ink) - 1)
    between = ink[start : max(start + 1, math.ceil(right))]
    least = float(between.min())
    free = between <= least + _INK * max(0.0, float(np.percentile(ink, 75)) - least)
    changes = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    starts, ends = changes[::2], changes[1::2]
    widest = int((ends - starts).argmax())
    return float(start + starts[widest]), float(start + ends[widest])


def _length(stretch: tuple[float, float]) -> float:
    return stretch[1] - stretch[0]


def _part(quad: FloatArray, start: float, end: float) -> FloatArray:
    """The part of a quad between two fractions of its top and bottom edges."""
    top_left, top_right, bottom_right, bottom_left = quad
    top, bottom = top_right - top_left, bottom_right - bottom_left
    corners = [top_left + start * top, top_left + end * top, bottom_left + end * bottom, bottom_left + start * bottom]
    return np.array(corners, np.float32)


def _from_upper_left(quad: NDArray[np.floating]) -> FloatArray:
    """The corners clockwise (as seen, y down) from the one nearest to the upper left."""
    centre = quad.mean(axis=0)
    quad = quad[np.argsort(np.arctan2(*(quad - centre).T[::-1]))]
    return np.roll(quad, -int(quad.sum(axis=1).round(3).argmin()), axis=0).astype(np.float32)


def reading_order(quads: Sequence[FloatArray]) -> list[int]:
    """Indices of the quads, rows from top to bottom. A quad joins a row if their middles differ by less than half of
    the lower one's height.
    """
    middles = [float(quad[:, 1].mean()) for quad in quads]
    heights = [float(np.ptp(quad[:, 1])) for quad in quads]
    rows: list[list[int]] = []
    for index in sorted(range(len(quads)), key=middles.__getitem__):
        last = rows[-1][-1] if rows else None
        if last is not None and middles[index] - middles[last] < min(heights[index], heights[last]) / 2:
            rows[-1].append(index)
        else:
            rows.append([index])
    return [index for row in rows for index in sorted(row, key=lambda index: float(quads[index][:, 0].min()))]
