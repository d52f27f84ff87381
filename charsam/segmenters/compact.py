"""`compact`: this project's own promptable segmenter, small enough for two CPU cores, on top of CRAFT's features.

It was trained on generated scenes only (`tools/train_compact.py`); `assets/compact_model_card.md` tells how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from charsam.errors import SettingsError, WeightsError
from charsam.geometry import frame_coordinates, image_window, pixels_per_frame_pixel, warp_to_image
from charsam.paths import ASSETS_DIR
from charsam.segmenters.compact_network import PROMPT_CHANNELS, CompactNetwork, StripEmbedding
from charsam.types import BoolArray, FloatArray, GlyphVotes, ImageArray, LogitMap, Prompts, Segmentation, WordRegions

WEIGHTS_FILE: Final = ASSETS_DIR / "compact.safetensors"
CONTEXT: Final = 8
"""Strip pixels that a prompt's window shows beyond its box, along the word; across it, the window is the strip."""
WINDOW_STEP: Final = 16
"""Windows are so many pixels long, or a multiple: prompts with windows of one size are answered in one batch."""
STRIP_HEIGHT: Final = 64
POINT_RADIUS: Final = 2.0
OUTSIDE: Final = -12.0
"""The logit beyond a prompt's window."""
MAX_BATCH_PIXELS: Final = 64 * 64 * 32
BIAS: Final = 0.15
BIAS_OF_SMALL: Final = 0.75
HIGHEST_BIAS: Final = 3.0
"""Added to the logits: BIAS + BIAS_OF_SMALL / (image pixels per strip pixel). The network tells what lies within the
letters' outlines; people count pixels that a letter covers in part, too, and of those a small letter has more
(`tools/fit_edge.py`)."""
LOOSENED: Final = 4.0
"""Strip pixels by which a box is drawn longer, along the word, at either end: those that CBR finds often cut off a part
of a letter, and the network takes less from a neighbour than it leaves out where a box is too narrow."""
SHARPENED_FROM: Final = 1.0
"""Image pixels per strip pixel from which the logits are fitted to the image's own edges."""
SHARPENING_RADIUS: Final = 1.0
SHARPENING_SOFTNESS: Final = 0.01

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in strip pixels, divisible by 4; it may reach beyond the strip."""


@dataclass(frozen=True, slots=True, eq=False)
class CompactWord:
    """One embedded word.

    image: the photo. window: x0, y0, x1, y1 of the image pixels that the strip covers. coordinates: (h, w, 2) float32,
    the strip point of each of them. scale: image pixels per strip pixel.
    """

    regions: WordRegions
    embedding: StripEmbedding
    image: ImageArray
    window: tuple[int, ...]
    coordinates: FloatArray
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class CompactEmbedding:
    words: tuple[CompactWord, ...]


class CompactSegmenter:
    """The segmenter protocol by the compact network. Stateless; safe to share between threads."""

    name = "compact"
    wants_features = True
    """The words it encodes must hold CRAFT's features."""

    def __init__(self, network: CompactNetwork) -> None:
        self._network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def encode(self, image: ImageArray, words: Sequence[WordRegions]) -> CompactEmbedding:
        """Embed every word's strip. Raises SettingsError for words that hold no CRAFT features."""
        return CompactEmbedding(tuple(self._word(image, regions) for regions in words))

    def segment(self, embedding: CompactEmbedding, prompts: Prompts) -> Segmentation:
        rows = range(len(prompts))
        words = [embedding.words[int(prompts.word[row])] for row in rows]
        windows = [prompt_window(prompts.boxes[row], words[row].regions.strip.shape) for row in rows]
        logits: list[LogitMap] = [LogitMap(np.zeros((0, 0), np.float32), 0, 0)] * len(prompts)
        quality = np.zeros(len(prompts), np.float32)
        for batch in _batches(windows):
            values, estimates = self._decode(words, windows, prompts, batch)
            for row, found, estimate in zip(batch, values, estimates, strict=True):
                logits[row] = in_image(found + bias_at(words[row].scale), windows[row], words[row])
                quality[row] = estimate
        return Segmentation(tuple(logits), quality)

    def _word(self, image: ImageArray, regions: WordRegions) -> CompactWord:
        window = image_window(regions.frame, image.shape)
        coordinates = frame_coordinates(regions.frame, window)
        scale = pixels_per_frame_pixel(regions.frame)
        return CompactWord(regions, self._embed(regions), image, window, coordinates, scale)

    def _embed(self, regions: WordRegions) -> StripEmbedding:
        if not regions.features:
            raise SettingsError(
                "the compact segmenter needs CRAFT's feature maps, and these word regions hold none; "
                "detect them with RegionDetector.detect(…, features=True)"
            )
        heats = np.stack([regions.region, regions.affinity])
        strip, heat, features, valid = strip_inputs(regions.strip, heats, regions.features)
        with torch.inference_mode():
            return self._network.embed(strip[None], heat[None], tuple(f[None] for f in features), valid[None])

    def _decode(
        self, words: Sequence[CompactWord], windows: Sequence[Window], prompts: Prompts, batch: Sequence[int]
    ) -> tuple[FloatArray, FloatArray]:
        with torch.inference_mode():
            half = torch.stack([cut(words[row].embedding.half[0], windows[row], 2) for row in batch])
            full = torch.stack([cut(words[row].embedding.full[0], windows[row], 1) for row in batch])
            drawn = [
                prompt_channels(
                    prompts.boxes[row],
                    prompts.points[row],
                    prompts.labels[row],
                    prompts.votes[row] if prompts.votes else None,
                    windows[row],
                    None if prompts.clicks is None else prompts.clicks[row],
                    loosened=(0, LOOSENED) if words[row].regions.frame.stacked else (LOOSENED, 0),
                )
                for row in batch
            ]
            last = torch.channels_last
            values, quality = self._network.decode(
                half.contiguous(memory_format=last),
                full.contiguous(memory_format=last),
                torch.from_numpy(np.stack(drawn)),
            )
        return values.numpy(), quality.numpy()


def load_compact(path: Path = WEIGHTS_FILE) -> CompactSegmenter:
    """The segmenter with the weights that come with charsam. Raises WeightsError where they are missing or damaged."""
    network = CompactNetwork()
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{path} holds no usable compact weights ({error}); make them with tools/train_compact.py"
        ) from error
    return CompactSegmenter(network)


def strip_inputs(
    strip: ImageArray, heat: FloatArray, features: Sequence[FloatArray]
) -> tuple[Tensor, Tensor, tuple[Tensor, ...], Tensor]:
    """The arguments of `CompactNetwork.embed` for one strip, without the batch axis, sizes made divisible by 4.

    strip: (H, W, 3) uint8. heat: (2, H/2, W/2). features: as in `WordRegions`.
    """
    h, w = strip.shape[:2]
    height, width = -(-h // 4) * 4, -(-w // 4) * 4
    colours = strip.astype(np.float32) / 127.5 - 1
    spread = colours.std((0, 1)).mean() + 0.05
    both = np.concatenate([colours, (colours - colours.mean((0, 1))) / spread], axis=-1).transpose(2, 0, 1)
    valid = np.zeros((1, height, width), np.float32)
    valid[:, :h, :w] = 1
    sizes = [(height // 2, width // 2), (height // 4, width // 4)] * 2
    fitted = tuple(torch.from_numpy(_fitted(f, *size)) for f, size in zip(features, sizes, strict=True))
    heats = torch.from_numpy(_fitted(heat, height // 2, width // 2))
    return torch.from_numpy(_fitted(both, height, width)), heats, fitted, torch.from_numpy(valid)


def _fitted(values: FloatArray, height: int, width: int) -> FloatArray:
    """(C, h, w) cut or repeated at its lower and right edge to the given size."""
    values = values[:, :height, :width]
    pad = ((0, 0), (0, height - values.shape[1]), (0, width - values.shape[2]))
    return np.ascontiguousarray(np.pad(values, pad, mode="edge"), np.float32)


def prompt_window(box: FloatArray, strip_shape: tuple[int, ...]) -> Window:
    """The part of a strip that the decoder looks at for a prompt's box."""
    spans = []
    for low, high, size in ((box[0], box[2], strip_shape[1]), (box[1], box[3], strip_shape[0])):
        if size <= STRIP_HEIGHT:
            spans.append((0, STRIP_HEIGHT))
            continue
        start = int(np.floor((float(low) - CONTEXT) / 4)) * 4
        steps = -(-int(np.ceil(float(high) + CONTEXT - start)) // WINDOW_STEP)
        spans.append((start, start + max(steps, 1) * WINDOW_STEP))
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
) -> FloatArray:
    """The prompt as PROMPT_CHANNELS maps (7, h, w) over its window, values 0..1.

    clicks: (K,): which of the points a person set. loosened: how far the box is drawn beyond its edges, in x and in y.
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
    return maps


def cut(values: Tensor, window: Window, stride: int) -> Tensor:
    """The window's part of a map (C, H, W) whose cells are `stride` strip pixels wide; 0 beyond the strip."""
    x0, y0, x1, y1 = (edge // stride for edge in window)
    height, width = values.shape[1:]
    part = values[:, max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    pad = (max(-x0, 0), max(x1 - width, 0), max(-y0, 0), max(y1 - height, 0))
    return torch.nn.functional.pad(part, pad) if any(pad) else part


def _batches(windows: Sequence[Window]) -> list[list[int]]:
    """Groups of prompts whose windows have one size, of at most MAX_BATCH_PIXELS."""
    groups: dict[tuple[int, int], list[int]] = {}
    for row, (x0, y0, x1, y1) in enumerate(windows):
        groups.setdefault((y1 - y0, x1 - x0), []).append(row)
    batches = []
    for (h, w), rows in groups.items():
        most = max(1, MAX_BATCH_PIXELS // (h * w))
        batches += [rows[i : i + most] for i in range(0, len(rows), most)]
    return batches


def in_image(values: FloatArray, window: Window, word: CompactWord) -> LogitMap:
    """The logits (h, w) over a window of the strip as a map over the image."""
    frame = word.regions.frame
    h, w = word.regions.strip.shape[:2]
    x0, y0, x1, y1 = window
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, w), min(y1, h)
    strip = np.full((h, w), OUTSIDE, np.float32)
    strip[top:bottom, left:right] = values[top - y0 : bottom - y0, left - x0 : right - x0]
    reach = np.array([left, top, right, bottom], np.float32)
    seen = _within(image_window(frame, word.image.shape, reach), word.window)
    at = np.s_[seen[1] - word.window[1] : seen[3] - word.window[1], seen[0] - word.window[0] : seen[2] - word.window[0]]
    warped = warp_to_image(strip, frame, seen, OUTSIDE, coordinates=word.coordinates[at])
    if word.scale >= SHARPENED_FROM and min(warped.shape) > 2:
        warped = sharpened(warped, word.image[seen[1] : seen[3], seen[0] : seen[2]], word.scale)
    return LogitMap(warped, seen[0], seen[1])


def bias_at(scale: float) -> np.float32:
    """What is added to the logits of a word of so many image pixels per strip pixel."""
    return np.float32(min(BIAS + BIAS_OF_SMALL / max(scale, 1e-3), HIGHEST_BIAS))


def sharpened(logits: FloatArray, image: ImageArray, scale: float) -> FloatArray:
    """Logits that follow the edges of the image they lie over (He et al., "Guided Image Filtering", 2010).

    logits: (h, w). image: (h, w, 3) uint8. scale: image pixels per strip pixel, which the logits cannot resolve.
    """
    guide = image.astype(np.float32) / 255
    guide *= 0.25 / (float(guide.std((0, 1)).mean()) + 0.02)
    radius = max(1, round(SHARPENING_RADIUS * scale))
    bounded = np.clip(logits, -6, 6)
    filtered = cv2.ximgproc.guidedFilter(np.ascontiguousarray(guide), bounded, radius, SHARPENING_SOFTNESS)
    return np.where(logits <= OUTSIDE, logits, filtered + (logits - bounded)).astype(np.float32)


def _within(inner: tuple[int, ...], outer: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of a window that lies in another."""
    x0, y0 = max(inner[0], outer[0]), max(inner[1], outer[1])
    return x0, y0, max(min(inner[2], outer[2]), x0), max(min(inner[3], outer[3]), y0)
