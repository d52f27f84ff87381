"""Character regions: CRAFT run on the straightened words, and the boxes of its heatmap's connected domains."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.signal import find_peaks

from charsam import weights
from charsam.batches import batches_by_size
from charsam.cancellation import checked
from charsam.cbr.craft import load_craft
from charsam.cpu import fast_bf16
from charsam.devices import own_device
from charsam.network_lock import one_pass
from charsam.sampling import sample_strip
from charsam.types import FloatArray, ImageArray, WordFrame, WordRegions

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
STRIDE = 32
MAX_BATCH_PIXELS = 64 * 2048
"""Pixels of one batch of strips: enough to keep two cores busy, little enough to stay in a few hundred MB."""
MIN_PEAK = 0.1
MIN_PROMINENCE = 0.01
"""Heat of a peak, and how far it stands out from the valleys beside it: at strips of 64 px, 42 of the 45 words that
were looked at have as many such peaks as characters."""
REACH_ALONG = 0.3
REACH_ACROSS = 0.4
"""Share of a peak's heat that still belongs to its box, along and across the word."""


class RegionDetector:
    """CRAFT on batches of word strips of one padded size. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.device = torch.device(own_device())
        self.half = self.device.type == "cuda" or fast_bf16()
        network = load_craft(path).to(self.device)
        if self.half:  # as autocast would for every picture anew
            for layer in network.modules():
                if isinstance(layer, torch.nn.Conv2d):
                    layer.to(torch.bfloat16)
        self._network = network.to(memory_format=torch.channels_last)

    def detect(
        self,
        image: ImageArray,
        frames: Sequence[WordFrame],
        *,
        features: bool = False,
        zooms: Sequence[float] | None = None,
    ) -> tuple[WordRegions, ...]:
        """What CRAFT sees in each word.

        image: (H, W, 3) uint8 RGB. features: keep CRAFT's inner feature maps too. zooms: pixels of each word's strip
        per pixel of its frame; 1 where they are not given.
        """
        zooms = [1.0] * len(frames) if zooms is None else zooms
        strips = [sample_strip(image, frame, zoom) for frame, zoom in checked(zip(frames, zooms, strict=True))]
        result: list[WordRegions | None] = [None] * len(strips)
        # What CRAFT sees in a word depends on its padding; so it is the same whichever words are beside it.
        sizes = ((index, _padded_size(strip)) for index, strip in enumerate(strips))
        for batch in checked(batches_by_size(sizes, MAX_BATCH_PIXELS)):
            for index, outputs in zip(batch, self._run([strips[i] for i in batch], features), strict=True):
                heat, inner = outputs
                result[index] = WordRegions(frames[index], strips[index], heat[0], heat[1], inner, zooms[index])
        return tuple(regions for regions in result if regions is not None)

    def heat(self, image: ImageArray) -> tuple[FloatArray, FloatArray]:
        """CRAFT's region and affinity heat, (ceil(H/2), ceil(W/2)) in 0..1 each, of an (H, W, 3) uint8 RGB picture.

        On processors one picture at a time: each takes all cores, and several hundred megabytes if it is large.
        """
        with one_pass(image.size // 3) if self.device.type == "cpu" else nullcontext():
            ((maps, _),) = self._run([image], features=False)
        return maps[0], maps[1]

    def _run(self, strips: Sequence[ImageArray], features: bool) -> list[tuple[FloatArray, tuple[FloatArray, ...]]]:
        """Heat and features of strips that are padded to one size."""
        height, width = _padded_size(strips[0])
        batch = np.stack([_padded(strip, height, width) for strip in strips])
        normalised = batch.astype(np.float32)
        normalised /= 255
        normalised -= MEAN
        normalised /= DEVIATION
        tensor = torch.from_numpy(normalised).permute(0, 3, 1, 2).to(self.device)  # is channels_last as it stands
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            heat, inner = self._network(tensor)
        heats = heat.float().clamp(0, 1).cpu().numpy()
        kept = [f.float().cpu().numpy() for f in inner] if features else []
        outputs = []
        for i, strip in enumerate(strips):
            h, w = -(-strip.shape[0] // 2), -(-strip.shape[1] // 2)
            parts = tuple(np.ascontiguousarray(_crop_like(f[i], heats.shape[2:], h, w)) for f in kept)
            outputs.append((np.ascontiguousarray(heats[i, :, :h, :w]), parts))
        return outputs


@cache
def shared_detector() -> RegionDetector:
    """The detector with CRAFT's published weights, loaded once a process. Raises WeightsError where there are none."""
    return RegionDetector(weights.locate("craft"))


def region_boxes(regions: WordRegions) -> FloatArray:
    """CRAFT's character boxes of one word: one domain of the heatmap for each of its peaks along the word.

    Neighbouring domains touch where the heat has its valley; each reaches as far as the heat stays above a share of
    its peak. Peaks of lines above and below, in the strip's margin, take no part.

    Returns (n, 4) float32, x0, y0, x1, y1 in pixels of the word frame, in order along the word.
    """
    heat = cv2.GaussianBlur(regions.region, (0, 0), 0.7)
    heat = heat.T if regions.frame.stacked else heat
    rim = int(regions.frame.margin / 2)
    profile = heat[rim : heat.shape[0] - rim].max(axis=0)
    peaks = find_peaks(np.concatenate([[0], profile, [0]]), height=MIN_PEAK, prominence=MIN_PROMINENCE)[0] - 1
    if not len(peaks):
        return np.zeros((0, 4), np.float32)
    valleys = [a + int(profile[a:b].argmin()) for a, b in itertools.pairwise(peaks)]
    boxes = []
    for peak, start, stop in zip(peaks, [0, *valleys], [*valleys, len(profile)], strict=True):
        domain = heat[:, start:stop]
        columns = np.flatnonzero(domain.max(axis=0) > REACH_ALONG * profile[peak])
        rows = np.flatnonzero(domain[:, columns].max(axis=1) > REACH_ACROSS * profile[peak])
        x0, x1, y0, y1 = start + columns[0], start + columns[-1] + 1, rows[0], rows[-1] + 1
        boxes.append([y0, x0, y1, x1] if regions.frame.stacked else [x0, y0, x1, y1])
    return 2 * np.array(boxes, np.float32).reshape(-1, 4)


def _padded_size(strip: ImageArray) -> tuple[int, int]:
    h, w = strip.shape[:2]
    return -(-h // STRIDE) * STRIDE, -(-w // STRIDE) * STRIDE


def _padded(strip: ImageArray, height: int, width: int) -> ImageArray:
    pad = ((0, height - strip.shape[0]), (0, width - strip.shape[1]), (0, 0))
    return np.pad(strip, pad, mode="edge")


def _crop_like(feature: FloatArray, heat_shape: tuple[int, ...], h: int, w: int) -> FloatArray:
    """The part of a feature map that belongs to the strip's own h x w cells of the heatmap."""
    fy, fx = feature.shape[1] / heat_shape[0], feature.shape[2] / heat_shape[1]
    return feature[:, : -(-int(h * fy * 2) // 2) or 1, : -(-int(w * fx * 2) // 2) or 1]
