"""What the decoder is fitted to: one character in one strip, with its part of the frozen embedding, cached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from charsam.learning.edge import moved_back
from charsam.learning.seen import SeenPicture
from charsam.sampling import sample_strip
from charsam.segmenters.compact_words import CompactEmbedding, CompactView
from charsam.segmenters.placing import bias_at
from charsam.segmenters.prompt_maps import Window, cut, prompt_window
from charsam.types import CharacterMask, FloatArray, GlyphVotes, WordFrame

MOST_VALUES: Final = 120_000_000
"""Of all lessons' embeddings together, two bytes each: further lessons are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One character in one strip of its word.

    half, full: float16, its window of the strip's embedding. box, points: strip pixels. labels: (K,) int8. votes: the
    glyph votes. window: of the strip. zoom, scale: strip pixels per frame pixel, image pixels per strip pixel. bias:
    what is added to the logits.
    mask: the right one in the image, or one that was rejected. shape: of the image. frame: of the word.
    target: (h, w) float32, how far it covers each pixel. known: whether it is right. valid: (h, w) float32, 0 beyond
    the strip.
    """

    half: Tensor
    full: Tensor
    box: FloatArray
    points: FloatArray
    labels: NDArray[np.int8]
    votes: GlyphVotes | None
    window: Window
    zoom: float
    scale: float
    bias: float
    mask: CharacterMask
    shape: tuple[int, int]
    frame: WordFrame
    target: FloatArray
    known: bool
    valid: FloatArray

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the window."""
        return self.window[3] - self.window[1], self.window[2] - self.window[0]

    @property
    def values(self) -> int:
        """How many numbers of the embedding it keeps."""
        return self.half.numel() + self.full.numel()

    def at_edge(self, edge: float) -> Lesson:
        """For a decoder whose masks will be cut `edge` image pixels wider: with so much less to cover."""
        if not edge:
            return self
        canvas = np.zeros((*self.shape, 1), np.uint8)
        return replace(self, target=_part(covered(canvas, self.mask, self.frame, self.zoom, edge), self.window))


def lessons_of(seen: SeenPicture) -> list[Lesson]:
    """The lessons of a picture, one for each strip of each of its characters that teaches."""
    embedding = seen.trace.embedding
    assert isinstance(embedding, CompactEmbedding)
    canvas = np.zeros((*seen.shape, 1), np.uint8)
    lessons = []
    for row, (word, _) in enumerate(seen.places):
        mask = seen.masks[row] or seen.rejected[row]
        if mask is not None:
            lessons += [_lesson(seen, row, mask, view, canvas) for view in embedding.words[word].views]
    return lessons


def _lesson(seen: SeenPicture, row: int, mask: CharacterMask, view: CompactView, canvas: NDArray[np.uint8]) -> Lesson:
    zoom, frame = view.regions.zoom, view.regions.frame
    votes = seen.prompts.votes[row] if seen.prompts.votes else None
    box, labels = seen.prompts.boxes[row] * np.float32(zoom), seen.prompts.labels[row]
    window = prompt_window(box, view.regions.strip.shape, zoom)
    return Lesson(
        half=cut(view.embedding.half[0], window, 2).half(),
        full=cut(view.embedding.full[0], window, 1).half(),
        box=box,
        points=(seen.prompts.points[row] * np.float32(zoom))[labels >= 0],
        labels=labels[labels >= 0],
        votes=votes,
        window=window,
        zoom=zoom,
        scale=view.scale,
        bias=float(bias_at(view.scale)) if seen.picture.people_drew else 0.0,
        mask=mask,
        shape=seen.shape,
        frame=frame,
        target=_part(covered(canvas, mask, frame, zoom, 0.0), window),
        known=seen.masks[row] is not None,
        valid=_part(np.ones(view.regions.strip.shape[:2], np.float32), window),
    )


def covered(canvas: NDArray[np.uint8], mask: CharacterMask, frame: WordFrame, zoom: float, edge: float) -> FloatArray:
    """(H, W) 0..1: how far an image mask covers each pixel of the strip. canvas: (H, W, 1) of the image, all 0."""
    covered, x, y = moved_back(mask, edge)
    height, width = canvas.shape[:2]
    h, w = covered.shape
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
    area = np.s_[top:bottom, left:right]
    canvas[area] = np.round(255 * covered[top - y : bottom - y, left - x : right - x, None])
    strip = sample_strip(canvas, frame, zoom).astype(np.float32) / 255
    canvas[area] = 0
    return np.asarray(strip.reshape(strip.shape[:2]), np.float32)


def _part(values: FloatArray, window: Window) -> FloatArray:
    """The window's part of a picture (H, W) or (H, W, C); 0 beyond it."""
    stacked = values[..., None] if values.ndim == 2 else values
    found = cut(torch.from_numpy(np.ascontiguousarray(stacked)).permute(2, 0, 1), window, 1).permute(1, 2, 0).numpy()
    return np.ascontiguousarray(found[..., 0] if values.ndim == 2 else found)
