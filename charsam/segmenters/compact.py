"""`compact`: this project's own promptable segmenter, small enough for two CPU cores, on top of CRAFT's features.

It was trained on generated scenes only (`tools/train_compact.py`); `assets/compact_model_card.md` tells how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from charsam.batching import batches_by_size
from charsam.cpu import fast_bf16
from charsam.errors import SettingsError, WeightsError
from charsam.geometry import frame_coordinates, image_window, pixels_per_frame_pixel, warp_to_image
from charsam.paths import ASSETS_DIR
from charsam.segmenters.compact_network import CompactNetwork, StripEmbedding
from charsam.segmenters.prompt_maps import SURE, Correction, Window, cut, prompt_channels, prompt_window, standardised
from charsam.types import FloatArray, ImageArray, LogitMap, Prompts, Segmentation, WordRegions
from charsam.weights import verified_asset

WEIGHTS_FILE: Final = ASSETS_DIR / "compact.safetensors"
OUTSIDE: Final = -12.0
"""The logit beyond a prompt's window."""
MAX_BATCH_PIXELS: Final = 64 * 64 * 32
BIAS: Final = 0.5
HIGHEST_BIAS: Final = 3.0
"""Added to the logits: BIAS / (image pixels per strip pixel). The network tells what shows more of the letter than of
the ground; people count pixels that show less of it, too, and of those a small letter has more
(`tools/fit_edge.py`)."""
LOOSENED: Final = 4.0
"""Strip pixels by which a box is drawn longer, along the word, at either end: those that CBR finds often cut off a part
of a letter, and the network takes less from a neighbour than it leaves out where a box is too narrow."""
CLICKED: Final = 0.8
BESIDE_A_CLICK: Final = 0.25
"""How marked and reached a pixel is at least that was clicked on, and that goes with it: some 3 strip pixels around."""
CLEAR: Final = 2.0
"""The logit from which an answer says clearly what a click on it says, too."""
SHARPENED_FROM: Final = 1.0
"""Image pixels per strip pixel from which the logits are fitted to the image's own edges."""
SHARPENING_RADIUS: Final = 1.0
SHARPENING_SOFTNESS: Final = 0.01


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
        """Prompts with clicks are answered twice: without the clicks, and then as what the clicks correct.

        Where the first answer says clearly what every click says, it stands.
        """
        rows = range(len(prompts))
        words = [embedding.words[int(prompts.word[row])] for row in rows]
        windows = [prompt_window(prompts.boxes[row], words[row].regions.strip.shape) for row in rows]
        by_hand = np.zeros(prompts.labels.shape, np.bool_) if prompts.clicks is None else prompts.clicks
        by_hand = by_hand & (prompts.labels >= 0)
        unclicked = replace(prompts, labels=np.where(by_hand, np.int8(-1), prompts.labels))
        found = self._answers(words, windows, unclicked, rows, {})
        corrected = [
            row
            for row in np.flatnonzero(by_hand.any(axis=1)).tolist()
            if not _says_already(
                found[row][0] + bias_at(words[row].scale),
                prompts.points[row, by_hand[row]] - np.array(windows[row][:2], np.float32),
                prompts.labels[row, by_hand[row]],
            )
        ]
        found |= self._answers(words, windows, prompts, corrected, found)
        logits = [in_image(found[row][0] + bias_at(words[row].scale), windows[row], words[row]) for row in rows]
        return Segmentation(tuple(logits), np.array([found[row][1] for row in rows], np.float32))

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
        strip, heat, *inner = (
            maps[None].contiguous(memory_format=torch.channels_last) for maps in (strip, heat, *features)
        )
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            found = self._network.embed(strip, heat, tuple(inner), valid[None])
        return StripEmbedding(found.half.float(), found.full.float(), found.text.float())

    def _answers(
        self,
        words: Sequence[CompactWord],
        windows: Sequence[Window],
        prompts: Prompts,
        rows: Sequence[int],
        earlier: Mapping[int, tuple[FloatArray, float]],
    ) -> dict[int, tuple[FloatArray, float]]:
        """Logits (h, w) over the window and predicted IoU of each of the rows. earlier: the answers to correct."""
        found: dict[int, tuple[FloatArray, float]] = {}
        sizes = ((row, (windows[row][3] - windows[row][1], windows[row][2] - windows[row][0])) for row in rows)
        for batch in batches_by_size(sizes, MAX_BATCH_PIXELS):
            drawn = [
                prompt_channels(
                    prompts.boxes[row],
                    prompts.points[row],
                    prompts.labels[row],
                    prompts.votes[row] if prompts.votes else None,
                    windows[row],
                    None if prompts.clicks is None else prompts.clicks[row],
                    loosened=(0, LOOSENED) if words[row].regions.frame.stacked else (LOOSENED, 0),
                    correction=_correction(words[row], windows[row], earlier[row][0]) if earlier else None,
                )
                for row in batch
            ]
            values, quality = self._decode(words, windows, drawn, batch)
            for row, logits, maps, estimate in zip(batch, values, drawn, quality, strict=True):
                found[row] = (obeying(logits, maps, bias_at(words[row].scale)), float(estimate))
        return found

    def _decode(
        self, words: Sequence[CompactWord], windows: Sequence[Window], drawn: Sequence[FloatArray], batch: Sequence[int]
    ) -> tuple[FloatArray, FloatArray]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
            half = torch.stack([cut(words[row].embedding.half[0], windows[row], 2) for row in batch])
            full = torch.stack([cut(words[row].embedding.full[0], windows[row], 1) for row in batch])
            last = torch.channels_last
            values, quality = self._network.decode(
                half.contiguous(memory_format=last),
                full.contiguous(memory_format=last),
                torch.from_numpy(np.stack(drawn)),
            )
        return values.float().numpy(), quality.float().numpy()


def _correction(word: CompactWord, window: Window, earlier: FloatArray) -> Correction:
    colours = torch.from_numpy(standardised(word.regions.strip)).permute(2, 0, 1)
    return Correction(cut(colours, window, 1).permute(1, 2, 0).numpy(), earlier)


def load_compact(path: Path = WEIGHTS_FILE) -> CompactSegmenter:
    """The segmenter with the weights that come with charsam. Raises WeightsError where they are missing or damaged."""
    if path == WEIGHTS_FILE:
        verified_asset(path)
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
    both = np.concatenate([strip.astype(np.float32) / 127.5 - 1, standardised(strip)], axis=-1).transpose(2, 0, 1)
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


def obeying(logits: FloatArray, maps: FloatArray, bias: np.float32) -> FloatArray:
    """The logits, set near clicks that they contradict: what a person says holds, whatever the network thinks of it.

    logits: (h, w). maps: the prompt's `prompt_channels`. bias: what will be added to the logits.
    """
    for spot, reach, sign in ((maps[5], maps[7], 1), (maps[6], maps[8], -1)):
        near = spot * reach
        if (sign * (logits + bias)[near >= CLICKED] < 0).any():
            logits = np.where(near >= BESIDE_A_CLICK, np.float32(sign * SURE), logits)
    return logits


def _says_already(logits: FloatArray, points: FloatArray, labels: NDArray[np.int8]) -> bool:
    """Whether logits (h, w) say clearly at points (K, 2) of theirs what the labels (K,) say."""
    height, width = logits.shape
    x, y = np.floor(points).astype(int).T
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    if not within.all():
        return False
    return bool((np.where(labels == 1, logits[y, x], -logits[y, x]) >= CLEAR).all())


def bias_at(scale: float) -> np.float32:
    """What is added to the logits of a word of so many image pixels per strip pixel."""
    return np.float32(min(BIAS / max(scale, 1e-3), HIGHEST_BIAS))


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
