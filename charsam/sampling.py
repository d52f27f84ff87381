"""Pixels of the image in a word frame, and values of a frame over the image."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.errors import WordsError
from charsam.geometry import CurvedFrame, Pixel, pixels_per_frame_pixel
from charsam.types import FloatArray, ImageArray, WordFrame


def sample_strip(image: ImageArray, frame: WordFrame, scale: float = 1.0) -> ImageArray:
    """The straightened word: (round(height * scale), round(width * scale), C), anti-aliased where it shrinks."""
    h, w = strip_size(frame, scale)
    ys, xs = np.mgrid[0:h, 0:w]
    grid = np.stack([(xs + 0.5) * frame.width / w, (ys + 0.5) * frame.height / h], axis=-1)
    mapped = frame.to_image(grid)
    x0, y0 = np.floor(mapped.min((0, 1))).astype(int) - 2
    x1, y1 = np.ceil(mapped.max((0, 1))).astype(int) + 3
    x0, x1 = np.clip([x0, x1], 0, image.shape[1])
    y0, y1 = np.clip([y0, y1], 0, image.shape[0])
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise WordsError("the word's polygon lies outside the image")
    crop = np.ascontiguousarray(image[y0:y1, x0:x1])
    mapped = mapped - np.array([x0, y0], np.float32)
    shrink = pixels_per_frame_pixel(frame) / scale
    if shrink > 1.25:
        size = (max(1, round(crop.shape[1] / shrink)), max(1, round(crop.shape[0] / shrink)))
        factor = np.array([size[0] / crop.shape[1], size[1] / crop.shape[0]], np.float32)
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
        mapped = mapped * factor
    mapped = mapped - np.float32(0.5)
    return sample(crop, mapped)


def strip_size(frame: WordFrame, scale: float) -> tuple[int, int]:
    """Height and width of the strip sampled at `scale`."""
    return max(1, round(frame.height * scale)), max(1, round(frame.width * scale))


def image_window(frame: WordFrame, image_shape: tuple[int, ...], box: FloatArray | None = None) -> tuple[int, ...]:
    """x0, y0, x1, y1 of the image pixels that the strip (or a box of it) covers, clipped to the image."""
    x0, y0, x1, y1 = (0.0, 0.0, frame.width, frame.height) if box is None else (float(v) for v in box)
    along = np.linspace(x0, x1, 17)
    border = np.concatenate([np.stack([along, np.full(17, y)], 1) for y in (y0, y1)])
    mapped = frame.to_image(border)
    low = np.clip(np.floor(mapped.min(0)).astype(int), 0, [image_shape[1], image_shape[0]])
    high = np.clip(np.ceil(mapped.max(0)).astype(int), 0, [image_shape[1], image_shape[0]])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def frame_coordinates(frame: WordFrame, window: tuple[int, ...]) -> FloatArray:
    """(h, w, 2) float32: the word-frame point of every pixel centre of an image window x0, y0, x1, y1."""
    x0, y0, x1, y1 = window
    if isinstance(frame, CurvedFrame) and (x1 - x0) * (y1 - y0) > 1024:
        step = int(np.clip(pixels_per_frame_pixel(frame), 4, 16))
        xs, ys = np.arange(x0, x1 + step, step) + 0.5, np.arange(y0, y1 + step, step) + 0.5
        coarse = frame.to_frame(np.stack(np.meshgrid(xs, ys), axis=-1))
        fine_x, fine_y = np.meshgrid(np.arange(x1 - x0) / step, np.arange(y1 - y0) / step)
        return sample(coarse, np.stack([fine_x, fine_y], -1).astype(np.float32))
    xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    return frame.to_frame(np.stack([xs, ys], axis=-1))


def warp_to_image(
    values: FloatArray,
    frame: WordFrame,
    window: tuple[int, ...],
    outside: float,
    *,
    coordinates: FloatArray | None = None,
) -> FloatArray:
    """A map over the strip (at any resolution), sampled at the pixel centres of an image window.

    values: (h, w) float32. window: x0, y0, x1, y1. outside: the value beyond the strip.
    coordinates: `frame_coordinates(frame, window)` where the caller has them already.
    """
    if coordinates is None:
        coordinates = frame_coordinates(frame, window)
    factor = np.array([values.shape[1] / frame.width, values.shape[0] / frame.height], np.float32)
    position = coordinates * factor - np.float32(0.5)
    warped = sample(values, position)
    x, y = coordinates[..., 0], coordinates[..., 1]
    warped[(x < 0) | (y < 0) | (x > frame.width) | (y > frame.height)] = outside
    return warped


def sample_map(
    values: FloatArray, offset: tuple[int, int], frame: WordFrame, box: FloatArray, outside: float
) -> FloatArray:
    """A map over a crop of the image, sampled over a box of the word frame at about the image's own resolution.

    values: (h, w) float32 over the crop at offset x, y. outside: the value beyond the crop.
    """
    scale = float(np.clip(pixels_per_frame_pixel(frame), 1.0, 3.0))
    w = max(2, round(float(box[2] - box[0]) * scale))
    h = max(2, round(float(box[3] - box[1]) * scale))
    xs, ys = np.meshgrid((np.arange(w) + 0.5) / w, (np.arange(h) + 0.5) / h)
    grid = np.stack([box[0] + xs * (box[2] - box[0]), box[1] + ys * (box[3] - box[1])], axis=-1)
    position = frame.to_image(grid) - np.array(offset, np.float32) - np.float32(0.5)
    sampled = sample(values, position)
    x, y = position[..., 0], position[..., 1]
    sampled[(x < -0.5) | (y < -0.5) | (x > values.shape[1] - 0.5) | (y > values.shape[0] - 0.5)] = outside
    return sampled


def sample(source: NDArray[Pixel], position: FloatArray) -> NDArray[Pixel]:
    """A picture or map at (h, w, 2) positions, bilinear; positions count from the centre of the first pixel.

    Beyond its rim the nearest pixel is repeated. Only the part that the positions need is touched: cv2.remap takes no
    side of 32767 pixels or more.
    """
    if not position.size or not source.size:
        return np.zeros((*position.shape[:2], *source.shape[2:]), source.dtype)
    x, y = (np.clip(position[..., axis], 0, np.float32(source.shape[1 - axis] - 1)) for axis in range(2))
    x0, y0, x1, y1 = int(x.min()), int(y.min()), math.ceil(x.max()) + 2, math.ceil(y.max()) + 2
    part = np.ascontiguousarray(source[y0:y1, x0:x1])
    at_x, at_y = np.asarray(x - np.float32(x0), np.float32), np.asarray(y - np.float32(y0), np.float32)
    sampled = cv2.remap(part, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, source.dtype).reshape(*position.shape[:2], *source.shape[2:])
