"""`colour`: a promptable segmenter without weights, by colour and contrast in the word frame.

It is the floor of every comparison. A word's palette is cut into text and background by CRAFT's heat; each prompt
cuts a palette of its own surroundings by what it is told: its box, the word's own answer, points, glyph votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from charsam.cancellation import checked
from charsam.geometry import pixels_per_frame_pixel, whole_box
from charsam.sampling import image_window, sample_strip, warp_to_image
from charsam.segmenters import palette
from charsam.types import FloatArray, GlyphVotes, ImageArray, LogitMap, Prompts, Segmentation, WordRegions

WORD_COLOURS: Final = 10
PROMPT_COLOURS: Final = 5
MAX_SCALE: Final = 3.0
"""Most strip pixels per pixel of the word frame; larger words are reduced to it."""
MIN_SCALE: Final = 1.5
OUTSIDE: Final = -12.0
MARGIN_TARGET: Final = -0.2
MARGIN_WEIGHT: Final = 1.0
POINT_WEIGHT: Final = 0.5
VOTE_SHARE: Final = 0.5
NEAR: Final = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class ColourWord:
    """One word as `colour` sees it: its regions, Lab strip at `scale`, its heat and its text logits at that size."""

    regions: WordRegions
    scale: float
    pixels: FloatArray
    even: FloatArray
    heat: FloatArray
    logits: FloatArray
    trust: float


@dataclass(frozen=True, slots=True, eq=False)
class ColourEmbedding:
    """What was seen of the words of an image. image_shape: (H, W, 3)."""

    words: tuple[ColourWord, ...]
    image_shape: tuple[int, ...]

    def word_text(self, word: int) -> tuple[FloatArray, float]:
        return self.words[word].logits, self.words[word].scale


class ColourSegmenter:
    """The segmenter protocol without any weights. Stateless."""

    name = "colour"
    wants_regions = True
    wants_features = False
    word_wide = True  # an answer depends on the glyph votes of all prompts of the word
    tells_ink = True

    def adapted(self, *, careful: bool, zoom: bool) -> ColourSegmenter:
        return self

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> ColourEmbedding:
        return ColourEmbedding(tuple(colour_word(image, regions) for regions in checked(words)), image.shape)

    def segment(self, embedding: ColourEmbedding, prompts: Prompts) -> Segmentation:
        logits, quality = [], []
        words = {
            int(word): _informed(embedding.words[word], prompts, int(word)) for word in checked(np.unique(prompts.word))
        }
        for index in checked(range(len(prompts))):
            word = words[int(prompts.word[index])]
            votes = prompts.votes[index] if prompts.votes else None
            values, agreement = _answer(word, prompts.boxes[index], prompts.points[index], prompts.labels[index], votes)
            reach = _grown(prompts.boxes[index], 4.0)
            window = image_window(word.regions.frame, embedding.image_shape, reach)
            warped = warp_to_image(values, word.regions.frame, window, OUTSIDE)
            logits.append(LogitMap(warped, window[0], window[1]))
            quality.append(agreement)
        return Segmentation(tuple(logits), np.array(quality, np.float32))


def colour_word(image: ImageArray, regions: WordRegions) -> ColourWord:
    """The word-level colour model: its text logits come from CRAFT's heat alone."""
    frame = regions.frame
    scale = float(np.clip(pixels_per_frame_pixel(frame), MIN_SCALE, MAX_SCALE))
    pixels = palette.lab(sample_strip(image, frame, scale))
    h, w = pixels.shape[:2]
    heat = np.asarray(cv2.resize(regions.region, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    inside = np.zeros((h, w), np.float32)
    m = round(frame.margin * scale)
    inside[m : h - m, m : w - m] = 1.0
    target = np.where(inside > 0, heat / max(float(heat.max()), 0.2), np.float32(MARGIN_TARGET))
    even = palette.flatness(pixels)
    weight = even * np.where(inside > 0, 1.0, MARGIN_WEIGHT)
    flat = pixels.reshape(-1, 3)
    centres = palette.gather(flat, even.ravel(), WORD_COLOURS)
    cut, correlation = palette.split(flat, centres, target.ravel(), weight.ravel())
    logits = palette.text_logits(flat, cut).reshape(h, w)
    return ColourWord(regions, scale, pixels, even, heat, logits, _trust(correlation))


def _informed(word: ColourWord, prompts: Prompts, index: int) -> ColourWord:
    """The word-level model cut anew by the glyph votes of all its prompts, where those fit it better than the heat."""
    rows = [row for row in np.flatnonzero(prompts.word == index) if prompts.votes and prompts.votes[row] is not None]
    if not rows:
        return word
    h, w = word.pixels.shape[:2]
    target = np.zeros((h, w), np.float32)
    inside = np.zeros((h, w), np.float32)
    for row in rows:
        votes = prompts.votes[row]
        assert votes is not None
        x0, y0, x1, y1 = whole_box(prompts.boxes[row] * word.scale, w, h)
        target[y0:y1, x0:x1] = np.maximum(target[y0:y1, x0:x1], _voted(votes, x1 - x0, y1 - y0))
        inside[y0:y1, x0:x1] = 1.0
    flat = word.pixels.reshape(-1, 3)
    centres = palette.gather(flat, word.even.ravel(), WORD_COLOURS)
    weight = word.even * (0.15 + 0.85 * inside)
    cut, correlation = palette.split(flat, centres, target.ravel(), weight.ravel())
    return replace(word, logits=palette.text_logits(flat, cut).reshape(h, w), trust=_trust(correlation))


def _voted(votes: GlyphVotes, width: int, height: int) -> FloatArray:
    return np.asarray(cv2.resize(votes.foreground, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _trust(correlation: float) -> float:
    return float(np.clip(2.5 * correlation - 0.5, 0.0, 1.0))


def _answer(
    word: ColourWord, box: FloatArray, points: FloatArray, labels: np.ndarray, votes: GlyphVotes | None
) -> tuple[FloatArray, float]:
    """The logits of one prompt over the word's strip, and how well its colours could be told apart (0..1)."""
    h, w = word.pixels.shape[:2]
    scaled = box * word.scale
    size = max(float(min(scaled[2] - scaled[0], scaled[3] - scaled[1])), 4.0)
    x0, y0, x1, y1 = whole_box(_grown(scaled, 0.25 * size), w, h)
    local = np.s_[y0:y1, x0:x1]
    pixels = word.pixels[local].reshape(-1, 3)
    shape = (y1 - y0, x1 - x0)
    bx0, by0, bx1, by1 = whole_box(scaled, w, h)
    inside = np.zeros((h, w), np.float32)
    inside[by0:by1, bx0:bx1] = 1.0
    inside = inside[local]
    trust = 0.7 * word.trust
    belief = 1 / (1 + np.exp(-word.logits[local]))
    heat = word.heat[local] / max(float(word.heat.max()), 0.2)
    target = inside * (trust * belief + (1 - trust) * heat)
    weight = (0.1 + 0.9 * inside) * word.even[local]
    if votes is not None:
        voted = np.zeros((h, w), np.float32)
        voted[by0:by1, bx0:bx1] = _voted(votes, bx1 - bx0, by1 - by0)
        target = (1 - VOTE_SHARE) * target + VOTE_SHARE * inside * voted[local]
    for (px, py), label in zip(points * word.scale, labels, strict=True):
        if label < 0:
            continue
        ys, xs = np.ogrid[y0:y1, x0:x1]
        near = np.exp(-((xs + 0.5 - px) ** 2 + (ys + 0.5 - py) ** 2) / (2 * (NEAR * size + 1.0) ** 2))
        target = target * (1 - near) + near * (1.5 if label == 1 else -0.5)
        weight = weight + POINT_WEIGHT * near
    centres = palette.gather(pixels, word.even[local].ravel(), PROMPT_COLOURS)
    cut, correlation = palette.split(pixels, centres, target.ravel(), weight.ravel())
    values = np.full((h, w), OUTSIDE, np.float32)
    answer = palette.text_logits(pixels, cut).reshape(shape)
    values[local] = (
        answer + 0.4 * trust * (word.logits[local] - answer) - 4.0 * _beyond(scaled, x0, y0, shape, 0.06 * size + 1.0)
    )
    return values, float(np.clip(correlation, 0.0, 1.0))


def _beyond(box: FloatArray, x0: int, y0: int, shape: tuple[int, int], slack: float) -> FloatArray:
    """How far outside the box each pixel is, in multiples of `slack`, beyond the first."""
    ys, xs = np.mgrid[y0 : y0 + shape[0], x0 : x0 + shape[1]] + 0.5
    dx = np.maximum(np.maximum(box[0] - xs, xs - box[2]), 0)
    dy = np.maximum(np.maximum(box[1] - ys, ys - box[3]), 0)
    return np.asarray(np.maximum(np.hypot(dx, dy) / slack - 1.0, 0.0), np.float32)


def _grown(box: FloatArray, by: float) -> FloatArray:
    return box + np.array([-by, -by, by, by], np.float32)
