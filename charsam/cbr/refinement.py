"""CBR, the Character Bounding-box Refinement: from CRAFT's boxes to one box for every character of the transcription.

The steps of the paper's section II-B in order: the recogniser reads the boxes; with the transcription this tells how
many characters each holds; boxes of several are split by watershed on the segmenter's logits, boxes too many are
merged; bipartite matching ties boxes to characters. A character that is left without gets a box from the recogniser's
time steps, or, at last, from the fonts' advance widths.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from charsam.cancellation import checked
from charsam.cbr.alignment import CLEAR_READING
from charsam.cbr.character_counts import Group, group_boxes
from charsam.cbr.matching import match_boxes
from charsam.cbr.recogniser import Reading, Recogniser, probability_of
from charsam.cbr.strokes import stroke_boxes
from charsam.cbr.tight_boxes import tighten
from charsam.cbr.watershed import split_box
from charsam.cbr.word_evidence import (
    WordEvidence,
    advance_widths,
    along,
    centres_within,
    crop_of,
    expected_centres,
    is_aligned,
    reading_order,
    reordered,
    typical_width,
)
from charsam.cgr.templates import shipped_templates
from charsam.geometry import TEXT_HEIGHT
from charsam.types import BoxSource, CharacterBox, FloatArray

LogitsOfBoxes = Callable[[Sequence[tuple[int, FloatArray]]], Sequence[FloatArray]]
"""Asks the segmenter for logits: (word index, box) pairs in, for each a map over that box of the word frame out."""

RIM = 2.0
"""Pixels of the strip beyond the word polygon in which its ink may begin or end."""
CROP_PAD = 0.12
"""Margin around a box that is cropped for the recogniser, as a share of the text height."""


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A box that holds one character. place: which of the word's, as far as is known before the matching."""

    box: FloatArray
    source: BoxSource
    place: int
    reading: Reading | None = None


def refine_boxes(
    words: Sequence[WordEvidence], recogniser: Recogniser, logits_of: LogitsOfBoxes
) -> tuple[tuple[CharacterBox, ...], ...]:
    """One box for every character of every word, in reading order. Nothing is dropped; each box names its source."""
    orders = [reading_order(word) for word in words]
    words = [reordered(word, order) for word, order in zip(words, orders, strict=True)]
    readings = _read_boxes(words, [word.craft_boxes for word in words], recogniser)
    groups = [
        _grouped(word, [r.text.replace(" ", "") for r in read]) for word, read in zip(words, readings, strict=True)
    ]
    strokes = [_strokes(word, grouped) for word, grouped in zip(words, groups, strict=True)]
    groups = [
        tuple(group for group in grouped if not _within(group, found))
        for grouped, found in zip(groups, strokes, strict=True)
    ]
    split = _split(words, groups, logits_of)
    pieces = [
        sorted(found + _pieces(word, grouped, read, parts), key=lambda piece: piece.place)
        for word, grouped, read, parts, found in zip(words, groups, readings, split, strokes, strict=True)
    ]
    pieces = _tightened_and_read(words, pieces, recogniser)
    boxes = [_doubted(word, _matched(word, found)) for word, found in checked(zip(words, pieces, strict=True))]
    return tuple(tuple(found[i] for i in np.argsort(order)) for found, order in zip(boxes, orders, strict=True))


def _doubted(word: WordEvidence, boxes: Sequence[CharacterBox]) -> list[CharacterBox]:
    """The boxes with what the reading of the whole word says against them, unless the box alone reads as it should."""
    if not len(word.reading.doubts):
        return list(boxes)
    doubts = word.reading.doubts * [1.0 - box.probability for box in boxes]
    return [
        replace(box, doubt=float(max(doubt, gap)))
        for box, doubt, gap in zip(boxes, doubts, word.reading.gaps, strict=True)
    ]


def _read_boxes(
    words: Sequence[WordEvidence], boxes: Sequence[Sequence[FloatArray] | FloatArray], recogniser: Recogniser
) -> list[list[Reading]]:
    crops = [
        crop_of(word.regions.strip, box, CROP_PAD * TEXT_HEIGHT)
        for word, found in zip(words, boxes, strict=True)
        for box in found
    ]
    readings = iter(recogniser.read(crops))
    return [[next(readings) for _ in found] for found in boxes]


def _grouped(word: WordEvidence, texts: Sequence[str]) -> tuple[Group, ...]:
    axis = along(word.regions.frame)
    spans = word.craft_boxes[:, [axis, axis + 2]]
    return group_boxes(
        spans,
        texts,
        word.text,
        expected_centres(word),
        typical_width(word),
        missing=word.missing,
        extra=word.reading.extra,
    )


def _strokes(word: WordEvidence, groups: Sequence[Group]) -> list[_Piece]:
    """The word's characters by its runs of ink, where CRAFT's boxes are not one to one with the characters, but these
    runs are: of the whole word, or of the stretches between boxes that are.
    """
    frame, count = word.regions.frame, len(word.text)
    settled = [group.last - group.first == 1 and group.last_box - group.first_box == 1 for group in groups]
    if frame.stacked or all(settled) or word.missing.any() or len(word.reading.extra):
        return []
    whole = _runs_of_ink(word, 0, count, None, None)
    if whole:
        return whole
    pieces: list[_Piece] = []
    for is_settled, run in itertools.groupby(zip(settled, groups, strict=True), key=lambda pair: pair[0]):
        stretch = [group for _, group in run]
        if not is_settled:
            before, after = stretch[0].first_box - 1, stretch[-1].last_box
            start = float(word.craft_boxes[before, 2]) if before >= 0 else None
            stop = float(word.craft_boxes[after, 0]) if after < len(word.craft_boxes) else None
            pieces += _runs_of_ink(word, stretch[0].first, stretch[-1].last, start, stop)
    return pieces


def _runs_of_ink(word: WordEvidence, first: int, last: int, start: float | None, stop: float | None) -> list[_Piece]:
    """A piece for each of the characters first..last (exclusive), if the part of the word from start to stop (None: its
    ends) has a run of ink near the expected place of each, as far as a clear reading tells that place.
    """
    frame = word.regions.frame
    start = frame.margin - RIM if start is None else start
    stop = frame.width - frame.margin + RIM if stop is None else stop
    found = stroke_boxes(word.runs, start, stop, frame.margin, frame.height - frame.margin)
    if len(found) != last - first:
        return []
    off = np.abs(found[:, [0, 2]].mean(axis=1) - expected_centres(word)[first:last])
    if len(off) and off.max() > typical_width(word) and word.reading.probability >= CLEAR_READING:
        return []
    return [_Piece(box, BoxSource.WATERSHED, first + index) for index, box in enumerate(found)]


def _within(group: Group, pieces: Sequence[_Piece]) -> bool:
    """Whether the characters of a group have their pieces already."""
    return any(group.first <= piece.place < group.last for piece in pieces)


def _split(
    words: Sequence[WordEvidence], groups: Sequence[tuple[Group, ...]], logits_of: LogitsOfBoxes
) -> list[dict[Group, FloatArray]]:
    """The boxes of every group of several characters in one box, by watershed on the segmenter's logits."""
    asked = [
        (index, group, words[index].craft_boxes[group.first_box])
        for index, found in enumerate(groups)
        for group in found
        if group.last - group.first > 1
    ]
    result: list[dict[Group, FloatArray]] = [{} for _ in words]
    if not asked:
        return result
    answers = logits_of([(index, box) for index, _, box in asked])
    for (index, group, box), logits in zip(asked, answers, strict=True):
        word = words[index]
        axis = along(word.regions.frame)
        scale = logits.shape[1 - axis] / max(float(box[axis + 2] - box[axis]), 1e-6)
        centres = centres_within(expected_centres(word)[group.first : group.last], box[axis], box[axis + 2])
        turned = logits.T if axis else logits
        parts = split_box(turned, ((centres - box[axis]) * scale).astype(np.float32))
        if axis:
            parts = parts[:, [1, 0, 3, 2]]
        result[index][group] = parts / np.float32(scale) + np.tile(box[:2], 2)
    return result


def _pieces(
    word: WordEvidence, groups: Sequence[Group], readings: Sequence[Reading], split: dict[Group, FloatArray]
) -> list[_Piece]:
    pieces = []
    for group in groups:
        boxes = word.craft_boxes[group.first_box : group.last_box]
        count = group.last - group.first
        if not len(boxes) or not count:
            continue
        if count > 1:
            pieces += [_Piece(box, BoxSource.WATERSHED, group.first + i) for i, box in enumerate(split[group])]
        elif len(boxes) == 1:
            pieces.append(_Piece(boxes[0], BoxSource.CRAFT, group.first, readings[group.first_box]))
        else:
            merged = np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])
            pieces.append(_Piece(merged, BoxSource.CRAFT, group.first))
    return pieces


def _tightened_and_read(
    words: Sequence[WordEvidence], pieces: Sequence[list[_Piece]], recogniser: Recogniser
) -> list[list[_Piece]]:
    tight = []
    for word, found in checked(zip(words, pieces, strict=True)):
        widths = advance_widths(word)[[piece.place for piece in found]]
        axis = along(word.regions.frame)
        boxes = tighten(word.ink, [piece.box for piece in found], _cells(word, found), axis, widths)
        tight.append([replace(piece, box=box) for box, piece in zip(boxes, found, strict=True)])
    missing = [[p.box for p in found if p.reading is None] for found in tight]
    readings = [iter(read) for read in _read_boxes(words, missing, recogniser)]
    return [
        [p if p.reading is not None else replace(p, reading=next(read)) for p in found]
        for found, read in zip(tight, readings, strict=True)
    ]


def _cells(word: WordEvidence, pieces: Sequence[_Piece]) -> list[FloatArray]:
    """The most room that each piece may take: up to its neighbours' middles, across the whole strip."""
    frame = word.regions.frame
    axis = along(frame)
    cells = []
    for index, piece in enumerate(pieces):
        cell = np.array([0, 0, frame.width, frame.height], np.float32)
        extent = float(piece.box[axis + 2] - piece.box[axis])
        low, high = float(piece.box[axis]) - 0.5 * extent - 4, float(piece.box[axis + 2]) + 0.5 * extent + 4
        if index:
            low = max(low, float(pieces[index - 1].box[[axis, axis + 2]].mean()))
        if index + 1 < len(pieces):
            high = min(high, float(pieces[index + 1].box[[axis, axis + 2]].mean()))
        cell[axis], cell[axis + 2] = low, max(high, low + 1)
        cells.append(cell)
    return cells


def _matched(word: WordEvidence, pieces: Sequence[_Piece]) -> tuple[CharacterBox, ...]:
    axis = along(word.regions.frame)
    expected, width = expected_centres(word), typical_width(word)
    probability = np.zeros((len(pieces), len(word.text)), np.float32)
    for i, piece in enumerate(pieces):
        for j, category in enumerate(word.text):
            if piece.reading is not None and abs(i - j) <= 2 + abs(len(pieces) - len(word.text)):
                probability[i, j] = probability_of(piece.reading, category)
    positions = np.array([piece.box[[axis, axis + 2]].mean() for piece in pieces])
    one_to_one = [piece.place for piece in pieces] == list(range(len(word.text)))
    chosen = np.arange(len(pieces)) if one_to_one else match_boxes(positions, expected, width, probability)
    found: list[CharacterBox | None] = []
    for j, (category, i) in enumerate(zip(word.text, chosen, strict=True)):
        if i < 0:
            found.append(None)
            continue
        piece = pieces[i]
        text = piece.reading.text if piece.reading is not None else ""
        found.append(CharacterBox(category, piece.box, piece.source, text, float(probability[i, j])))
    return tuple(box if box is not None else _invented(word, found, j) for j, box in enumerate(found))


def _invented(word: WordEvidence, found: Sequence[CharacterBox | None], index: int) -> CharacterBox:
    """A box for a character that no region was found for, around its expected place, between its neighbours."""
    frame = word.regions.frame
    axis = along(frame)
    source = BoxSource.ALIGNED if is_aligned(word) and not word.missing[index] else BoxSource.EVEN
    centres, width = expected_centres(word), typical_width(word)
    relative = 1.0 if frame.stacked else shipped_templates().advance_of(word.text[index]) / 0.55
    half = 0.45 * width * float(np.clip(relative, 0.4, 1.6))
    low, high = float(centres[index]) - half, float(centres[index]) + half
    if index:
        low = max(low, float(centres[index - 1] + centres[index]) / 2)
    if index + 1 < len(centres):
        high = min(high, float(centres[index] + centres[index + 1]) / 2)
    before = next((b.box[axis + 2] for b in reversed(found[:index]) if b is not None), None)
    after = next((b.box[axis] for b in found[index + 1 :] if b is not None), None)
    if before is not None and before < high - 2:
        low = max(low, float(before))
    if after is not None and after > low + 2:
        high = min(high, float(after))
    known = [b.box for b in found if b is not None]
    across = 1 - axis
    limit = float(frame.width if frame.stacked else frame.height)
    span = (
        (float(np.median([b[across] for b in known])), float(np.median([b[across + 2] for b in known])))
        if known
        else (frame.margin, limit - frame.margin)
    )
    box = np.zeros(4, np.float32)
    box[[axis, axis + 2]] = low, max(high, low + 2)
    box[[across, across + 2]] = span
    (tight,) = tighten(word.ink, [box], [box + np.array([-2, -4, 2, 4], np.float32)])
    return CharacterBox(word.text[index], tight, source)
