"""What is known of a word before its boxes are refined: CRAFT's boxes, the reading, where characters must be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from charsam.cbr.tight_boxes import WordInk
from charsam.cgr.templates import shipped_templates
from charsam.text import visual_order
from charsam.trace import WordReading
from charsam.types import BoolArray, FloatArray, ImageArray, WordFrame, WordRegions


@dataclass(frozen=True, slots=True, eq=False)
class WordEvidence:
    """What is known of one word before its characters are sought.

    text: the characters of the transcription; reading: what the recogniser made of the whole word, parallel to it.
    ink: around which boxes are drawn tight. runs: whose runs may be the characters where CRAFT's boxes are not.
    """

    regions: WordRegions
    craft_boxes: FloatArray
    text: tuple[str, ...]
    reading: WordReading
    ink: WordInk
    runs: WordInk

    @property
    def missing(self) -> BoolArray:
        """(n,) the characters of the text that the picture lacks."""
        return self.reading.missing if len(self.reading.missing) else np.zeros(len(self.text), np.bool_)


def typical_width(word: WordEvidence) -> float:
    """The mean extent of the word's characters along it, in pixels of the word frame."""
    frame = word.regions.frame
    boxes = word.craft_boxes
    axis = along(frame)
    if len(boxes):
        extent = float(boxes[-1, axis + 2] - boxes[0, axis])
    else:
        extent = float((frame.height if frame.stacked else frame.width) - 2 * frame.margin)
    seen = len(word.text) - int(word.missing.sum()) + len(word.reading.extra)
    return max(extent / max(seen, 1), 4.0)


def expected_centres(word: WordEvidence) -> FloatArray:
    """(n,) where each character is expected along the word: as aligned, else spread by the fonts' advance widths."""
    if is_aligned(word):
        return np.asarray(word.reading.centres, np.float32)
    frame = word.regions.frame
    start, stop = frame.margin, (frame.height if frame.stacked else frame.width) - frame.margin
    if len(word.craft_boxes):
        axis = along(frame)
        start, stop = float(word.craft_boxes[0, axis]), float(word.craft_boxes[-1, axis + 2])
    advances = advance_widths(word)
    ends = np.cumsum(advances) / max(float(advances.sum()), 1e-6)
    return np.asarray(start + (stop - start) * (ends - advances / advances.sum() / 2), np.float32)


def is_aligned(word: WordEvidence) -> bool:
    """Whether the reading tells where each character of the text is."""
    return len(word.reading.centres) == len(word.text)


def advance_widths(word: WordEvidence) -> FloatArray:
    """(n,) how much of the word each character is expected to take up, in em; all alike in stacked words."""
    if word.regions.frame.stacked:
        return np.ones(len(word.text), np.float32)
    templates = shipped_templates()
    return np.array([templates.advance_of(character) for character in word.text], np.float32)


def along(frame: WordFrame) -> int:
    """The axis of a box along which the word runs: 0 for x, 1 (down the strip) for stacked words."""
    return 1 if frame.stacked else 0


def centres_within(centres: FloatArray, start: float, stop: float) -> FloatArray:
    """The centres, brought within a box: spread evenly where the alignment places them too close or outside."""
    count = len(centres)
    step = (stop - start) / count
    even = start + step * (np.arange(count) + 0.5)
    clipped = np.clip(centres, start + 0.2 * step, stop - 0.2 * step)
    if (np.diff(clipped) < 0.4 * step).any():
        return even.astype(np.float32)
    return clipped.astype(np.float32)


def reading_order(word: WordEvidence) -> tuple[int, ...]:
    """The places of the word's characters as they follow each other along its strip."""
    return tuple(range(len(word.text))) if word.regions.frame.stacked else visual_order(word.text)


def reordered(word: WordEvidence, order: tuple[int, ...]) -> WordEvidence:
    """The word with its characters in another order."""
    if order == tuple(range(len(order))):
        return word
    return replace(word, text=tuple(word.text[i] for i in order), reading=word.reading.in_order(order))


def crop_of(strip: ImageArray, box: FloatArray, pad: float) -> ImageArray:
    """The pixels of a box of the strip, grown by `pad` pixels; at least one pixel."""
    h, w = strip.shape[:2]
    x0, y0 = int(np.clip(box[0] - pad, 0, w - 1)), int(np.clip(box[1] - pad, 0, h - 1))
    x1, y1 = int(np.clip(np.ceil(box[2] + pad), x0 + 1, w)), int(np.clip(np.ceil(box[3] + pad), y0 + 1, h))
    return strip[y0:y1, x0:x1]
