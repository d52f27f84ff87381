"""Small words for official SAM: encoded from zoomed crops of the image instead of the whole of it.

SAM's masks have 256 x 256 cells, whatever the size of the image; of a character of a few cells no stroke is left. Here
a crop around small words is encoded like an image of its own. Each crop costs a run of the image encoder, by far the
slowest part, so words share crops where they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.geometry import pixels_per_frame_pixel
from charsam.sampling import image_window
from charsam.segmenters.sam import SamEmbedding, SamSegmenter
from charsam.types import FloatArray, ImageArray, LogitMap, Prompts, Segmentation, WordFrame, WordRegions

SMALL_CELLS: Final = 20.0
"""A word is small if its characters are less than so many mask cells high in the whole image."""
GOAL_CELLS: Final = 32.0
"""How many mask cells high the characters of a small word should be in its crop; words that share a crop may have
less, but never fewer than `SMALL_CELLS`."""
WORTHWHILE: Final = 0.75
"""A crop with a longer side than this share of the image's longer side gains too little."""
CONTEXT: Final = 0.5
CONTEXT_PIXELS: Final = 8.0
"""A crop shows so much around each of its words: a share of the characters' height, and pixels."""

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole image pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class ZoomPlan:
    """Which part of the image each word is encoded from.

    windows: the parts, the whole image among them where a word needs it (or there are no words). window_of: (n,) int64:
    the window of each word.
    """

    windows: tuple[Window, ...]
    window_of: NDArray[np.int64]

    @property
    def passes(self) -> int:
        """How many runs of the image encoder it takes."""
        return len(self.windows)


@dataclass(frozen=True, slots=True, eq=False)
class ZoomedEmbedding:
    """An image encoded by a plan. views: one for each window, with the frames of all words as they lie in it."""

    plan: ZoomPlan
    views: tuple[SamEmbedding, ...]

    def word_text(self, word: int) -> None:
        """SAM knows nothing but the image."""


@dataclass(frozen=True, slots=True, eq=False)
class ShiftedFrame:
    """A word frame in a crop of the image at offset (2,) float64."""

    frame: WordFrame
    offset: NDArray[np.float64]

    @property
    def height(self) -> int:
        return self.frame.height

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def margin(self) -> float:
        return self.frame.margin

    @property
    def stacked(self) -> bool:
        return self.frame.stacked

    def to_image(self, points: NDArray[np.floating]) -> FloatArray:
        return np.asarray(self.frame.to_image(points) - self.offset, np.float32)

    def to_frame(self, points: NDArray[np.floating]) -> FloatArray:
        return self.frame.to_frame(points + self.offset)


class ZoomedSam:
    """The segmenter protocol by a SAM that sees small words from near. Stateless."""

    wants_regions = False
    wants_features = False
    word_wide = False
    tells_ink = False

    def __init__(self, sam: SamSegmenter) -> None:
        self.name = sam.name
        self._sam = sam

    def adapted(self, *, careful: bool, zoom: bool) -> ZoomedSam:
        return self

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> ZoomedEmbedding:
        plan = plan_zoom([word.frame for word in words], image.shape, self._sam.mask_cells)
        views = []
        for x0, y0, x1, y1 in plan.windows:
            offset = np.array([x0, y0], np.float64)
            inside = [replace(word, frame=ShiftedFrame(word.frame, offset)) for word in words]
            views.append(self._sam.encode(np.ascontiguousarray(image[y0:y1, x0:x1]), inside))
        return ZoomedEmbedding(plan, tuple(views))

    def segment(self, embedding: ZoomedEmbedding, prompts: Prompts) -> Segmentation:
        plan = embedding.plan
        logits: list[LogitMap] = [LogitMap(np.zeros((0, 0), np.float32), 0, 0)] * len(prompts)
        quality = np.zeros(len(prompts), np.float32)
        asked = plan.window_of[prompts.word]
        for index in np.unique(asked):
            rows = np.flatnonzero(asked == index)
            answer = self._sam.segment(embedding.views[index], prompts.chosen(rows))
            quality[rows] = answer.quality
            x, y = plan.windows[index][:2]
            for row, found in zip(rows.tolist(), answer.logits, strict=True):
                logits[row] = LogitMap(found.values, found.x + x, found.y + y)
        return Segmentation(tuple(logits), quality)


def plan_zoom(frames: Sequence[WordFrame], image_shape: tuple[int, ...], cells: int) -> ZoomPlan:
    """Few windows in which the small words are large enough: again and again the one that serves most of those left.

    cells: mask cells along the longer side of what SAM encodes (256 in the official networks).
    """
    height, width = image_shape[:2]
    whole = (0, 0, width, height)
    longest = max(width, height)
    heights = np.array([character_height(frame) for frame in frames])
    seen = np.array([_surroundings(f, h, image_shape) for f, h in zip(frames, heights, strict=True)]).reshape(-1, 4)
    sides = np.maximum(np.ceil(heights * cells / GOAL_CELLS), (seen[:, 2:] - seen[:, :2]).max(1, initial=0))
    small = (heights * cells / longest < SMALL_CELLS) & (sides <= WORTHWHILE * longest)
    needed = np.minimum(SMALL_CELLS, heights * cells / np.maximum(sides, 1))  # a long word must do with less
    windows: list[Window] = []
    window_of = np.full(len(frames), -1, np.int64)
    candidates = [c for i in np.flatnonzero(small) for c in _windows_around(seen[i], float(sides[i]), width, height)]
    while (small & (window_of < 0)).any():
        served = [small & (window_of < 0) & _serves(window, seen, heights * cells, needed) for window in candidates]
        best = max(range(len(candidates)), key=lambda index: int(served[index].sum()))
        window_of[served[best]] = len(windows)
        windows.append(candidates[best])
    if (window_of < 0).any() or not windows:
        window_of[window_of < 0] = len(windows)
        windows.append(whole)
    return ZoomPlan(tuple(windows), window_of)


def character_height(frame: WordFrame) -> float:
    """How high a word's characters are in the image, in pixels."""
    across = (frame.width if frame.stacked else frame.height) - 2 * frame.margin
    return across * pixels_per_frame_pixel(frame)


def _surroundings(frame: WordFrame, height: float, image_shape: tuple[int, ...]) -> NDArray[np.float64]:
    """x0, y0, x1, y1 of what a crop must show of a word, within the image."""
    x0, y0, x1, y1 = image_window(frame, image_shape)
    context = CONTEXT * height + CONTEXT_PIXELS
    limit = np.array([image_shape[1], image_shape[0]] * 2)
    grown = np.array([x0 - context, y0 - context, x1 + context, y1 + context])
    return np.asarray(np.clip(np.concatenate([np.floor(grown[:2]), np.ceil(grown[2:])]), 0, limit), np.float64)


def _windows_around(seen: NDArray[np.float64], side: float, width: int, height: int) -> list[Window]:
    """Square windows, as far as the image reaches, that show a word: in their middle, and in each of their corners."""
    room = side - (seen[2:] - seen[:2])
    windows = []
    for share in ((0.5, 0.5), (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)):
        corner = seen[:2] - room * np.array(share)
        x0 = int(np.clip(corner[0], 0, max(width - side, 0)))
        y0 = int(np.clip(corner[1], 0, max(height - side, 0)))
        windows.append((x0, y0, min(x0 + int(side), width), min(y0 + int(side), height)))
    return windows


def _serves(
    window: Window, seen: NDArray[np.float64], cells: NDArray[np.float64], needed: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(n,) bool: the words that a window shows with their surroundings and large enough.

    cells: (n,) how many mask cells high the characters would be in a window of one pixel; needed: (n,) how many they
    need.
    """
    x0, y0, x1, y1 = window
    shown = (seen[:, 0] >= x0) & (seen[:, 1] >= y0) & (seen[:, 2] <= x1) & (seen[:, 3] <= y1)
    return np.asarray(shown & (cells / max(x1 - x0, y1 - y0) >= needed), np.bool_)
