"""A trace made by hand: a white sign with two dark words, its stages filled in with plain arrays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from charsam.cancellation import checkpoint
from charsam.errors import Cancelled
from charsam.geometry import box_quad, word_frame
from charsam.sampling import frame_coordinates, image_window, sample_strip
from charsam.trace import CharacterPoints, Settings, Stage, Trace, WordReading
from charsam.types import (
    AnnotatedWord,
    BoxSource,
    Character,
    CharacterBox,
    CharacterMask,
    GlyphVotes,
    ImageAnnotation,
    ImageArray,
    Word,
    WordFrame,
    WordRegions,
)

SOURCES = tuple(BoxSource)
SECONDS = 0.041
DOUBTFUL = 1
"""The position in its word of the character that is to check."""


def sign() -> tuple[ImageArray, tuple[Word, ...]]:
    """(H, W, 3) uint8: dark bars on white, four for the word ABCD and two, slanted, for EF; and those words."""
    image = np.full((240, 400, 3), 235, np.uint8)
    for index in range(4):
        cv2.rectangle(image, (50 + 60 * index, 50), (80 + 60 * index, 100), (40, 40, 60), -1)
    bar = np.array([[90, 140], [120, 144], [113, 194], [83, 190]])
    for offset in ([0, 0], [90, 12]):
        cv2.fillConvexPoly(image, bar + np.array(offset), (90, 20, 20))
    flat = np.array([[40, 40], [290, 40], [290, 110], [40, 110]], np.float32)
    slanted = np.array([[82, 128], [226, 148], [216, 222], [72, 202]], np.float32)
    return image, (Word(flat, "ABCD"), Word(slanted, "EF"))


def stages(
    image: ImageArray,
    words: Sequence[Word],
    settings: Settings | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[tuple[Stage, Trace]]:
    """Run stages that measure nothing: characters stand evenly, and what is darker than grey is their mask."""
    settings = settings or Settings()
    index = tuple(n for n, word in enumerate(words) if not word.ignore)
    kept = tuple(words[n] for n in index)
    now = Trace(image, settings, given=tuple(words), words=kept, given_index=index, read=(False,) * len(kept))
    for stage in Stage:
        checkpoint()
        if cancelled is not None and cancelled():
            raise Cancelled("stopped")
        now = replace(now, timings={**now.timings, stage: SECONDS}, **_done(stage, now))
        yield stage, now


def trace(image: ImageArray, words: Sequence[Word], settings: Settings | None = None) -> Trace:
    """The last of the stages."""
    *_, (_, last) = stages(image, words, settings)
    return last


def _done(stage: Stage, now: Trace) -> dict[str, Any]:
    """The fields that a stage fills in."""
    if stage is Stage.READ:
        nothing = np.zeros(0, np.float32)
        readings = (WordReading("", 0.9, nothing, nothing),) * len(now.words)
        return {"frames": tuple(word_frame(word.polygon) for word in now.words), "readings": readings}
    if stage is Stage.REGIONS:
        boxes = [_boxes(frame, word.text or "?") for frame, word in zip(now.frames, now.words, strict=True)]
        regions = tuple(_regions(now.image, frame, own) for frame, own in zip(now.frames, boxes, strict=True))
        return {"regions": regions, "craft_boxes": tuple(np.stack([box.box for box in own]) for own in boxes)}
    if stage is Stage.SPLIT:
        pairs = zip(now.frames, now.words, strict=True)
        return {"boxes": tuple(_boxes(frame, word.text or "?") for frame, word in pairs)}
    if stage is Stage.VOTES:
        return {"votes": tuple((_votes(now.settings.templates),) * len(own) for own in now.boxes)}
    if stage is Stage.MASKS:
        points = tuple(tuple(_points(box, now.settings.points) for box in own) for own in now.boxes)
        return {"points": points, "annotation": _annotation(replace(now, points=points))}
    return {}


def _boxes(frame: WordFrame, text: str) -> tuple[CharacterBox, ...]:
    edges = np.linspace(frame.margin, frame.width - frame.margin, len(text) + 1)
    top, bottom = frame.margin, frame.height - frame.margin
    return tuple(
        CharacterBox(letter, np.array([x0, top, x1, bottom], np.float32), SOURCES[n % len(SOURCES)], letter, 0.9)
        for n, (letter, x0, x1) in enumerate(zip(text, edges[:-1], edges[1:], strict=True))
    )


def _regions(image: ImageArray, frame: WordFrame, boxes: tuple[CharacterBox, ...]) -> WordRegions:
    """A round bump of heat, half a strip pixel fine, at the middle of every box."""
    strip = sample_strip(image, frame)
    ys, xs = np.mgrid[0 : strip.shape[0] // 2, 0 : strip.shape[1] // 2] + 0.5
    middles = [(box.box[:2] + box.box[2:]) / 4 for box in boxes]
    heat = np.max([np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / 60) for x, y in middles], axis=0).astype(np.float32)
    return WordRegions(frame, strip, heat, np.zeros_like(heat))


def _votes(fonts: int) -> GlyphVotes:
    ys, xs = np.mgrid[0:32, 0:32]
    away = np.hypot(xs - 15.5, ys - 15.5)
    return GlyphVotes((away < 14).astype(np.float32), ((away < 5) * 0.7).astype(np.float32), fonts)


def _points(box: CharacterBox, most: int) -> CharacterPoints:
    middle = ((box.box[:2] + box.box[2:]) / 2)[None]
    return CharacterPoints(middle[:most], np.zeros((0, 2), np.float32))


def _annotation(now: Trace) -> ImageAnnotation:
    words = [AnnotatedWord(word.polygon, word.text or "", (), word.ignore) for word in now.given]
    for slot, place in enumerate(now.given_index):
        characters = tuple(_character(now, slot, position) for position in range(len(now.boxes[slot])))
        words[place] = replace(words[place], text=now.words[slot].text or "", characters=characters)
    height, width = now.image.shape[:2]
    return ImageAnnotation(width, height, tuple(words), now.settings.segmenter, now.settings.prompts)


def _character(now: Trace, slot: int, position: int) -> Character:
    frame, box, points = now.frames[slot], now.boxes[slot][position], now.points[slot][position]
    x0, y0, x1, y1 = window = image_window(frame, now.image.shape, box.box)
    at = frame_coordinates(frame, window)
    within = (at >= box.box[:2]).all(-1) & (at < box.box[2:]).all(-1)
    return Character(
        category=box.category,
        quad=box_quad(frame, box.box),
        box=box.box,
        box_source=box.source,
        recognised=box.recognised,
        probability=box.probability,
        positive=frame.to_image(points.positive),
        negative=frame.to_image(points.negative),
        mask=CharacterMask((now.image[y0:y1, x0:x1].mean(-1) < 150) & within, x0, y0),
        quality=0.8,
        glyph_agreement=0.7,
        suspicion=0.9 if position == DOUBTFUL else 0.1,
        signals={"quality": 0.2, "glyph": 0.3},
    )


class MadePipeline:
    """Stands in for the models: runs `trace`, and remembers with what it was called. gate: closed, stages
    wait."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.gate = threading.Event()
        self.gate.set()

    def words_as_found(self, image: ImageArray) -> Iterator[tuple[Word, ...]]:
        yield sign()[1][:1]
        yield sign()[1]

    def find_words(self, image: ImageArray) -> tuple[Word, ...]:
        return sign()[1]

    def stages(
        self,
        image: ImageArray,
        words: Sequence[Word] | None = None,
        settings: Settings | None = None,
        *,
        previous: Trace | None = None,
        cancelled: Callable[[], bool] | None = None,
        until: Stage = Stage.MASKS,
        found: Callable[[tuple[Word, ...]], None] | None = None,
    ) -> Iterator[tuple[Stage, Trace]]:
        for so_far in self.words_as_found(image) if words is None and found else ():
            found(so_far)
        self.calls.append({"words": words, "settings": settings, "previous": previous, "until": until})
        read = [replace(word, text=word.text or "READ") for word in words or self.find_words(image)]
        for stage, now in stages(image, read, settings, cancelled):
            self.gate.wait(20)
            yield stage, now
            if stage is until:
                return

    def run(self, image: ImageArray, words: Sequence[Word] | None = None, settings: Settings | None = None) -> Trace:
        *_, (_, last) = self.stages(image, words, settings)
        return last
