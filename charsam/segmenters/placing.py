"""From the logits of a strip's window to logits over the image: the bias, the way back, the image's own edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from charsam.geometry import pixels_per_frame_pixel
from charsam.sampling import image_window, warp_to_image
from charsam.segmenters.prompt_maps import Window
from charsam.types import FloatArray, ImageArray, LogitMap, WordFrame

OUTSIDE: Final = -12.0
"""The logit beyond a prompt's window."""
BIAS: Final = 0.5
HIGHEST_BIAS: Final = 3.0
"""Added to the logits: BIAS / (image pixels per strip pixel). The network tells what shows more of the letter than of
the ground; people count pixels that show less of it, too, and of those a small letter has more
(`tools/fit_edge.py`)."""
SHARPENED_FROM: Final = 1.0
"""Image pixels per strip pixel from which the logits are fitted to the image's own edges."""
SHARPENING_RADIUS: Final = 1.0
SHARPENING_SOFTNESS: Final = 0.01


def in_image(
    values: FloatArray,
    window: Window,
    strip_shape: tuple[int, ...],
    frame: WordFrame,
    image: ImageArray,
    seen: tuple[int, ...],
    coordinates: FloatArray,
) -> LogitMap:
    """The logits over a window of a word's strip as a map over the image.

    values: (h, w) over the window, in strip pixels. strip_shape: of the whole strip, at any resolution. seen: x0, y0,
    x1, y1 of the image that the word's strip covers; coordinates: (h, w, 2) the frame point of each pixel of that.
    """
    h, w = strip_shape[:2]
    x0, y0, x1, y1 = window
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, w), min(y1, h)
    strip = np.full((h, w), OUTSIDE, np.float32)
    strip[top:bottom, left:right] = values[top - y0 : bottom - y0, left - x0 : right - x0]
    reach = np.array([left, top, right, bottom], np.float32)
    reach *= np.array([frame.width / w, frame.height / h] * 2, np.float32)
    part = _within(image_window(frame, image.shape, reach), seen)
    at = np.s_[part[1] - seen[1] : part[3] - seen[1], part[0] - seen[0] : part[2] - seen[0]]
    warped = warp_to_image(strip, frame, part, OUTSIDE, coordinates=coordinates[at])
    scale = pixels_per_frame_pixel(frame) * frame.height / h
    if scale >= SHARPENED_FROM and min(warped.shape) > 2:
        warped = sharpened(warped, image[part[1] : part[3], part[0] : part[2]], scale)
    return LogitMap(warped, part[0], part[1])


def mean_map(maps: Sequence[LogitMap], shares: Sequence[float]) -> LogitMap:
    """The weighted mean of logit maps, over the pixels of any of them; a map counts only where it lies."""
    if len(maps) == 1:
        return maps[0]
    x0, y0 = min(m.x for m in maps), min(m.y for m in maps)
    width = max(m.x + m.values.shape[1] for m in maps) - x0
    height = max(m.y + m.values.shape[0] for m in maps) - y0
    total, count = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for one, share in zip(maps, shares, strict=True):
        area = np.s_[one.y - y0 : one.y - y0 + one.values.shape[0], one.x - x0 : one.x - x0 + one.values.shape[1]]
        total[area] += np.float32(share) * one.values
        count[area] += np.float32(share)
    return LogitMap(np.where(count > 0, total / np.maximum(count, 1e-9), np.float32(OUTSIDE)), x0, y0)


def bias_at(scale: float) -> np.float32:
    """What is added to the logits of a word of so many image pixels per strip pixel."""
    return np.float32(min(BIAS / max(scale, 1e-3), HIGHEST_BIAS))


def sharpened(logits: FloatArray, image: ImageArray, scale: float) -> FloatArray:
    """Logits that follow the edges of the image they lie over (He et al., "Guided Image Filtering", 2010).

    logits: (h, w). image: (h, w, 3) uint8. scale: image pixels per strip pixel, which the logits cannot resolve.
    """
    guide = image.astype(np.float32) / 255
    guide *= 0.25 / (float(cv2.meanStdDev(guide)[1].mean()) + 0.02)
    radius = max(1, round(SHARPENING_RADIUS * scale))
    bounded = np.clip(logits, -6, 6)
    filtered = cv2.ximgproc.guidedFilter(np.ascontiguousarray(guide), bounded, radius, SHARPENING_SOFTNESS)
    return np.where(logits <= OUTSIDE, logits, filtered + (logits - bounded)).astype(np.float32)


def _within(inner: tuple[int, ...], outer: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of a window that lies in another."""
    x0, y0 = max(inner[0], outer[0]), max(inner[1], outer[1])
    return x0, y0, max(min(inner[2], outer[2]), x0), max(min(inner[3], outer[3]), y0)
