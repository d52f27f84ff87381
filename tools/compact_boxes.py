"""The character boxes of training strips as CBR makes them, faults and all: the network will meet such.

The strips are tiles of one picture; each goes through the steps of the pipeline from the recogniser's reading on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from charsam import segmenters
from charsam.cbr.framing import frame_words
from charsam.cbr.reading import Recogniser
from charsam.cbr.refinement import WordEvidence, refine_boxes
from charsam.cbr.regions import region_boxes
from charsam.cbr.tightening import find_ink
from charsam.geometry import sample_map
from charsam.segmenters.base import Segmenter
from charsam.segmenters.colour import OUTSIDE
from charsam.segmenters.word_text import word_text
from charsam.text import characters_of
from charsam.trace import WordReading
from charsam.types import FloatArray, ImageArray, Prompts, Word, WordFrame, WordRegions


def cbr_boxes(
    image: ImageArray, regions: Sequence[WordRegions], texts: Sequence[str], recogniser: Recogniser
) -> list[FloatArray]:
    """For every word of the image its characters' boxes (n, 4), in pixels of the word frame.

    Ink, and the logits by which boxes of several characters are split, are those of the shipped segmenter.
    """
    if not regions:
        return []
    segmenter = _shipped()
    encoded = segmenter.encode(image, regions)
    words = [Word(_polygon(r.frame), text) for r, text in zip(regions, texts, strict=True)]
    framed = frame_words(image, words, recogniser)

    def logits_of(asked: Sequence[tuple[int, FloatArray]]) -> list[FloatArray]:
        rows = len(asked)
        prompts = Prompts(
            np.array([word for word, _ in asked], np.int64),
            np.stack([box for _, box in asked]),
            np.zeros((rows, 0, 2), np.float32),
            np.zeros((rows, 0), np.int8),
        )
        answers = segmenter.segment(encoded, prompts).logits
        return [
            sample_map(found.values, (found.x, found.y), regions[word].frame, box, OUTSIDE)
            for (word, box), found in zip(asked, answers, strict=True)
        ]

    evidence = []
    for index, (seen, text, found) in enumerate(zip(regions, texts, framed, strict=True)):
        reading = found.reading if _same(found.frame, seen.frame) else WordReading("", 0.0)
        evidence.append(
            WordEvidence(seen, region_boxes(seen), characters_of(text), reading, find_ink(*word_text(encoded, index)))
        )
    refined = refine_boxes(evidence, recogniser, logits_of)
    return [np.array([found.box for found in word], np.float32).reshape(-1, 4) for word in refined]


@cache
def _shipped() -> Segmenter:
    return segmenters.load(segmenters.DEFAULT)


def _polygon(frame: WordFrame) -> FloatArray:
    m, w, h = frame.margin, frame.width, frame.height
    inner = np.array([[m, m], [w - m, m], [w - m, h - m], [m, h - m]])
    return np.asarray(frame.to_image(inner), np.float32)


def _same(a: WordFrame, b: WordFrame) -> bool:
    corners = np.array([[0.0, 0.0], [b.width, 0.0], [b.width, b.height]])
    return bool(np.abs(a.to_image(corners) - b.to_image(corners)).max() < 1.0)
