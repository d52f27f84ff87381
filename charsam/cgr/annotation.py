"""The last stage: the segmenter is prompted with boxes and points, and its logits become the annotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from charsam import segmenters
from charsam.cancellation import checked
from charsam.cgr.edge import with_edge
from charsam.cgr.masks import exclusive_masks, glyph_agreement, own_masks, suspicion_of, suspicion_signals
from charsam.cgr.prompts import retained
from charsam.geometry import box_quad
from charsam.sampling import frame_coordinates
from charsam.segmenters.base import Segmenter
from charsam.settings import Settings
from charsam.trace import Trace
from charsam.types import (
    SUSPICIOUS,
    AnnotatedWord,
    BoolArray,
    BoxSource,
    Character,
    CharacterBox,
    FloatArray,
    GlyphVotes,
    ImageAnnotation,
    LogitMap,
    PromptMode,
    Prompts,
    WordFrame,
)

NOTHING = LogitMap(np.zeros((0, 0), np.float32), 0, 0)
_FAR = -1e3


def annotate_trace(trace: Trace, segmenter: Segmenter) -> ImageAnnotation:
    """The annotation of a trace whose boxes, votes and points are there."""
    words = range(len(trace.words))
    places = places_of(trace)
    if trace.settings.prompts is PromptMode.B:
        logits, quality = _word_answers(trace, segmenter)
    else:
        answer = segmenter.segment(trace.embedding, character_prompts(trace, places))
        logits, quality = list(answer.logits), [float(value) for value in answer.quality]
    logits = [with_edge(found, trace.settings.edge) for found in logits]
    height, width = trace.image.shape[:2]
    lacking = [trace.settings.skip_absent and is_absent(trace.boxes[word][index]) for word, index in places]
    kept = [NOTHING if absent else found for absent, found in zip(lacking, logits, strict=True)]
    masks = exclusive_masks(kept, (height, width)) if trace.settings.exclusive else own_masks(kept)
    doubtful = segmenters.doubtful_of(trace.settings.segmenter)
    found: dict[int, list[Character]] = {word: [] for word in words}
    for (word, index), mask, value in checked(zip(places, masks, quality, strict=True)):
        box, frame = trace.boxes[word][index], trace.frames[word]
        votes, points = trace.votes[word][index], trace.points[word][index]
        agreement = glyph_agreement(mask, votes, frame, box.box, (height, width))
        quad = box_quad(frame, box.box)
        signals = suspicion_signals(
            box=box, mask=mask, quality=value, agreement=agreement, covered=mask.area / max(quad_area(quad), 1.0)
        )
        found[word].append(
            Character(
                category=box.category,
                quad=quad,
                box=box.box,
                box_source=box.source,
                recognised=box.recognised,
                probability=box.probability,
                positive=frame.to_image(points.positive),
                negative=frame.to_image(points.negative),
                mask=mask,
                quality=value,
                glyph_agreement=agreement,
                suspicion=suspicion_of(signals, doubtful),
                signals=signals,
            )
        )
    annotated = [AnnotatedWord(w.polygon, w.text or "", (), w.ignore) for w in trace.given]
    for word, place in zip(words, trace.given_index, strict=True):
        annotated[place] = replace(
            annotated[place],
            text=trace.words[word].text or "",
            characters=tuple(found[word]),
            text_read=trace.read[word],
            reads=trace.readings[word].reads if word < len(trace.readings) else "",
        )
    return ImageAnnotation(
        width,
        height,
        tuple(annotated),
        segmenters.title_of(trace.settings.segmenter),
        trace.settings.prompts,
        problems=trace.problems,
    )


def is_absent(box: CharacterBox) -> bool:
    """Whether the picture lacks this character of the transcription: it was neither read nor found, so it has no mask
    that would take its neighbours' pixels.
    """
    return box.source is BoxSource.EVEN and box.doubt >= SUSPICIOUS


def places_of(trace: Trace) -> list[tuple[int, int]]:
    """Word and index of every character that has a box, in reading order."""
    return [(word, index) for word, boxes in enumerate(trace.boxes) for index in range(len(boxes))]


def character_prompts(trace: Trace, places: Sequence[tuple[int, int]]) -> Prompts:
    """The prompts of the characters at these places (word, index), by the trace's boxes, votes and points."""
    points = [trace.points[word][index] for word, index in places]
    most = max((len(p.positive) + len(p.negative) for p in points), default=0)
    coordinates = np.zeros((len(places), most, 2), np.float32)
    labels = np.full((len(places), most), -1, np.int8)
    for row, found in enumerate(points):
        both = np.concatenate([found.positive, found.negative])
        coordinates[row, : len(both)] = both
        labels[row, : len(found.positive)] = 1
        labels[row, len(found.positive) : len(both)] = 0
    boxes = [trace.boxes[word][index].box for word, index in places]
    return Prompts(
        np.array([word for word, _ in places], np.int64),
        np.stack(boxes) if boxes else np.zeros((0, 4), np.float32),
        coordinates,
        labels,
        tuple(glyph_prior(trace.votes[w][i], trace.settings) for w, i in places),
        votes_as_mask=trace.settings.mask_prior,
        multimask=trace.settings.multimask,
        uncut=not trace.settings.cut_far,
    )


def glyph_prior(votes: GlyphVotes | None, settings: Settings) -> GlyphVotes | None:
    """The votes as a prior, as far as the settings let the segmenter know of them."""
    mode = settings.prompts
    if votes is None or not settings.glyph_prior or not settings.points or not mode.positive:
        return None
    if not retained(votes.foreground, settings.vote_threshold).any():
        return None
    return votes if mode.negative else replace(votes, hole=np.zeros_like(votes.hole))


def _word_answers(trace: Trace, segmenter: Segmenter) -> tuple[list[LogitMap], list[float]]:
    """Prompt mode B: each word's box is one prompt; its pixels go to the nearest of the word's character boxes."""
    asked = [word for word, boxes in enumerate(trace.boxes) if boxes]
    frames = [trace.frames[word] for word in asked]
    inner = [np.array([f.margin, f.margin, f.width - f.margin, f.height - f.margin], np.float32) for f in frames]
    prompts = Prompts(
        np.array(asked, np.int64),
        np.stack(inner) if inner else np.zeros((0, 4), np.float32),
        np.zeros((len(frames), 0, 2), np.float32),
        np.zeros((len(frames), 0), np.int8),
        multimask=trace.settings.multimask,
        uncut=not trace.settings.cut_far,
    )
    answer = segmenter.segment(trace.embedding, prompts)
    logits, quality = [], []
    given = [trace.boxes[word] for word in asked]
    for boxes, frame, found, value in zip(given, frames, answer.logits, answer.quality, strict=True):
        logits += _shared_out(found, frame, [box.box for box in boxes])
        quality += [float(value)] * len(boxes)
    return logits, quality


def _shared_out(found: LogitMap, frame: WordFrame, boxes: list[FloatArray]) -> list[LogitMap]:
    h, w = found.values.shape
    if not boxes:
        return []
    at = frame_coordinates(frame, (found.x, found.y, found.x + w, found.y + h))
    nearest, closest = np.zeros((h, w), np.int32), np.full((h, w), np.inf, np.float32)
    for index, box in enumerate(boxes):
        away = np.maximum(np.maximum(box[:2] - at, at - box[2:]), 0).sum(-1)
        nearer = away < closest
        nearest[nearer], closest[nearer] = index, away[nearer]
    return [_cut(found, nearest == index) for index in range(len(boxes))]


def _cut(found: LogitMap, own: BoolArray) -> LogitMap:
    """The part of a logit map that is one character's own."""
    rows, columns = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
    if not len(rows):
        return LogitMap(np.zeros((0, 0), np.float32), found.x, found.y)
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    values = np.where(own[part], found.values[part], np.float32(_FAR))
    return LogitMap(values, found.x + int(columns[0]), found.y + int(rows[0]))


def quad_area(quad: FloatArray) -> float:
    """Square pixels within (4, 2) corners."""
    x, y = quad[:, 0].astype(np.float64), quad[:, 1].astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
