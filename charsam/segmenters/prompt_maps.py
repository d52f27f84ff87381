"""A prompt as the maps that the decoder of `compact` reads, over the part of the strip that it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from charsam.segmenters.compact_network import PROMPT_CHANNELS
from charsam.segmenters.reach import reach_of
from charsam.types import BoolArray, FloatArray, GlyphVotes, ImageArray

CONTEXT: Final = 8
"""Frame pixels that a prompt's window shows beyond its box, along the word; across it, the window is the strip."""
WINDOW_STEP: Final = 16
"""Windows are so many frame pixels long, or a multiple: prompts with windows of one size are answered in one batch."""
STRIP_HEIGHT: Final = 64
POINT_RADIUS: Final = 2.0
SURE: Final = 6.0
"""Logits of an earlier answer are shown to the decoder as parts of this, within -1..1."""

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in strip pixels, divisible by 4; it may reach beyond the strip."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """What clicks correct, over a prompt's window.

    colours: (h, w, 3), `standardised`. earlier: (h, w), the logits without the clicks.
    """

    colours: FloatArray
    earlier: FloatArray


def standardised(strip: ImageArray) -> FloatArray:
    """(H, W, 3): the strip's colours about their mean, in units of their spread. strip: (H, W, 3) uint8."""
    colours = strip.astype(np.float32) / 127.5 - 1
    spread = colours.std((0, 1)).mean() + 0.05
    return np.asarray((colours - colours.mean((0, 1))) / spread, np.float32)


def prompt_window(box: FloatArray, strip_shape: tuple[int, ...], zoom: float = 1.0) -> Window:
    """The part of a strip that the decoder looks at for a prompt's box.

    box: (4,), strip pixels. zoom: strip pixels per pixel of the word frame.
    """
    whole, context, step = (round(value * zoom / 4) * 4 for value in (STRIP_HEIGHT, CONTEXT, WINDOW_STEP))
    spans = []
    for low, high, size in ((box[0], box[2], strip_shape[1]), (box[1], box[3], strip_shape[0])):
        if size <= whole:
            spans.append((0, whole))
            continue
        start = int(np.floor((float(low) - context) / 4)) * 4
        steps = -(-int(np.ceil(float(high) + context - start)) // step)
        spans.append((start, start + max(steps, 1) * step))
    (x0, x1), (y0, y1) = spans
    return x0, y0, x1, y1


def prompt_channels(
    box: FloatArray,
    points: FloatArray,
    labels: NDArray[np.int8],
    votes: GlyphVotes | None,
    window: Window,
    clicks: BoolArray | None = None,
    *,
    loosened: tuple[float, float] = (0.0, 0.0),
    correction: Correction | None = None,
) -> FloatArray:
    """The prompt as PROMPT_CHANNELS maps (10, h, w) over its window, values 0..1, of the last -1..1.

    clicks: (K,): which of the points a person set. loosened: how far the box is drawn beyond its edges, in x and in y.
    correction: what the clicks correct; without it they are marked, but their reach is not.
    """
    x0, y0, x1, y1 = window
    h, w = y1 - y0, x1 - x0
    maps = np.zeros((PROMPT_CHANNELS, h, w), np.float32)
    xs, ys = np.arange(w, dtype=np.float32) + (x0 + 0.5), np.arange(h, dtype=np.float32) + (y0 + 0.5)
    across = np.clip(np.minimum(xs - box[0], box[2] - xs) + (0.5 + loosened[0]), 0, 1)
    down = np.clip(np.minimum(ys - box[1], box[3] - ys) + (0.5 + loosened[1]), 0, 1)
    maps[0] = down[:, None] * across[None]
    by_hand = np.zeros(len(labels), np.bool_) if clicks is None else clicks
    for (px, py), label, hand in zip(points, labels, by_hand, strict=True):
        if label >= 0:
            near_x = np.exp(-((xs - px) ** 2) / (2 * POINT_RADIUS**2))
            near_y = np.exp(-((ys - py) ** 2) / (2 * POINT_RADIUS**2))
            channel = (5 if hand else 1) + (label == 0)
            maps[channel] = np.maximum(maps[channel], near_y[:, None] * near_x[None])
    if votes is not None:
        grid = votes.foreground.shape[0]
        gx = ((xs - box[0]) / max(float(box[2] - box[0]), 1.0) * grid - 0.5).astype(np.float32)
        gy = ((ys - box[1]) / max(float(box[3] - box[1]), 1.0) * grid - 0.5).astype(np.float32)
        map_x, map_y = np.meshgrid(gx, gy)
        for channel, rates in ((3, votes.foreground), (4, votes.hole)):
            maps[channel] = cv2.remap(rates, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    if correction is not None:
        for channel, label in ((7, 1), (8, 0)):
            chosen = points[by_hand & (labels == label)]
            if len(chosen):
                maps[channel] = reach_of(correction.colours, chosen - np.array([x0, y0], np.float32))
        maps[9] = np.tanh(correction.earlier / SURE)
    return maps


def cut(values: Tensor, window: Window, stride: int) -> Tensor:
    """The window's part of a map (C, H, W) whose cells are `stride` strip pixels wide; 0 beyond the strip."""
    x0, y0, x1, y1 = (edge // stride for edge in window)
    height, width = values.shape[1:]
    part = values[:, max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    pad = (max(-x0, 0), max(x1 - width, 0), max(-y0, 0), max(y1 - height, 0))
    return functional.pad(part, pad) if any(pad) else part
