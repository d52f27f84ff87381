"""Other looks for a strip whose letters are known: what the scene generator does not draw.

`restyled` paints the letters anew: photographs within the strokes and behind them, letters of several colours, chalk
and pencil, outlines, drop shadows and 3-D sides of any colour. `snapped` is one more camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.scenes.noise import fractal_noise
from charsam.types import FloatArray, ImageArray

LEAST_CONTRAST = 38.0
"""Least distance, in RGB of 0..255, between the mean colours of letters and ground."""


def restyled(
    rng: np.random.Generator,
    strip: ImageArray,
    own: NDArray[np.uint8],
    text: NDArray[np.uint8],
    photographs: Sequence[Path],
) -> ImageArray:
    """The strip with its letters and ground painted anew, pixel for pixel in the same places.

    strip: (H, W, 3). own: (n, H, W) uint8: coverage by the word's characters. text: (H, W) uint8: by all text.
    """
    h, w = text.shape
    alpha = np.maximum(own.max(axis=0), text).astype(np.float32) / 255
    ground = _ground(rng, strip, alpha, photographs)
    letters = _letters(rng, own, (h, w), photographs)
    inked = alpha > 0.5
    for _ in range(8):
        apart = letters[inked].mean(0) - ground.mean((0, 1))
        if np.linalg.norm(apart) >= LEAST_CONTRAST:
            break
        letters = np.clip(letters + rng.uniform(-160, 160) + rng.uniform(-50, 50, 3).astype(np.float32), 0, 255)
    canvas = _behind_letters(rng, ground, letters, alpha)
    if rng.random() < 0.25:
        alpha = alpha * _chalk(rng, h, w)
    return _as_bytes(canvas + (letters - canvas) * alpha[..., None])


def _ground(rng: np.random.Generator, strip: ImageArray, alpha: FloatArray, photographs: Sequence[Path]) -> FloatArray:
    h, w = alpha.shape
    share = rng.random()
    if photographs and share < 0.5:
        return _photograph_patch(rng, photographs, h, w)
    if share < 0.75:
        hidden = cv2.dilate((alpha > 0.05).astype(np.uint8), np.ones((3, 3), np.uint8))
        return np.asarray(cv2.inpaint(strip, hidden, 3, cv2.INPAINT_TELEA), np.float32)
    ramp = np.linspace(rng.uniform(-40, 40), rng.uniform(-40, 40), w, dtype=np.float32)[None, :, None]
    colour = rng.uniform(10, 245, 3).astype(np.float32)
    rough = fractal_noise(rng, h, w, float(rng.uniform(3, 30)), 3)[..., None] * np.float32(rng.uniform(0, 22))
    return np.clip(colour + ramp + rough, 0, 255).astype(np.float32)


def _letters(
    rng: np.random.Generator, own: NDArray[np.uint8], shape: tuple[int, int], photographs: Sequence[Path]
) -> FloatArray:
    h, w = shape
    colour = rng.uniform(0, 255, 3).astype(np.float32)
    if rng.random() < 0.3:
        colour = np.full(3, rng.choice([rng.uniform(0, 40), rng.uniform(215, 255)]), np.float32)
    canvas = np.broadcast_to(colour, (h, w, 3)).astype(np.float32)
    if rng.random() < 0.25:  # every letter, or every run of letters, of its own colour
        spread = float(rng.uniform(30, 120))
        nearest = own.reshape(len(own), -1).argmax(axis=0).reshape(h, w)
        colours = np.clip(colour + rng.uniform(-spread, spread, (len(own), 3)), 0, 255).astype(np.float32)
        canvas = np.asarray(colours[nearest], np.float32)
    share = rng.random()
    if photographs and share < 0.2:
        patch = _photograph_patch(rng, photographs, h, w)
        canvas = canvas * np.float32(0.5) + patch * np.float32(0.5)
    elif share < 0.45:
        ramp = np.linspace(-1, 1, h, dtype=np.float32)[:, None, None] * rng.uniform(-70, 70, 3).astype(np.float32)
        canvas = canvas + ramp
    elif share < 0.6:
        canvas = canvas + fractal_noise(rng, h, w, float(rng.uniform(2, 12)), 3)[..., None] * np.float32(20)
    return np.clip(canvas, 0, 255).astype(np.float32)


def _behind_letters(rng: np.random.Generator, ground: FloatArray, letters: FloatArray, alpha: FloatArray) -> FloatArray:
    """The ground with the letters' outline, drop shadow or 3-D side on it: all of them background in the truth."""
    share = rng.random()
    canvas = ground
    angle = float(rng.uniform(0, 2 * np.pi))
    direction = np.array([np.cos(angle), np.sin(angle)])
    if share < 0.2:
        far = float(rng.uniform(1.0, 5.0))
        cast = cv2.GaussianBlur(_moved(alpha, direction * far), (0, 0), float(rng.uniform(0.3, 2.5)))
        canvas = canvas * (1 - np.float32(rng.uniform(0.3, 0.85)) * cast)[..., None]
    elif share < 0.4:
        side_colour = letters * np.float32(rng.uniform(0.2, 0.75)) + rng.uniform(-20, 30, 3).astype(np.float32)
        if rng.random() < 0.3:
            side_colour = letters + np.float32(rng.choice([-1, 1]) * rng.uniform(40, 90))
        side_colour = np.clip(side_colour, 0, 255)
        depth = float(rng.uniform(1.5, 6.0))
        for step in np.arange(depth, 0, -0.7):
            side = _moved(alpha, direction * step)
            canvas = canvas + (side_colour * np.float32(1.1 - 0.25 * step / depth) - canvas) * side[..., None]
    elif share < 0.55:
        reach = int(rng.integers(1, 3))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        rim = cv2.GaussianBlur(cv2.dilate(alpha, disc), (0, 0), 0.5)
        colour = np.clip(letters[alpha > 0.5].mean(0) + rng.choice([-1, 1]) * rng.uniform(60, 200, 3), 0, 255)
        canvas = canvas + (colour - canvas) * rim[..., None]
    return np.asarray(canvas, np.float32)


def _chalk(rng: np.random.Generator, h: int, w: int) -> FloatArray:
    """How much chalk, pencil or thin paint stuck to each pixel of the strokes, 0..1."""
    rough = fractal_noise(rng, h, w, float(rng.uniform(1.2, 4.0)), 2)
    kept = np.float32(rng.uniform(0.55, 0.85)) + np.float32(rng.uniform(0.1, 0.3)) * rough
    return np.clip(kept, 0.12, 1.0).astype(np.float32)


def _moved(field: FloatArray, by: NDArray[np.floating]) -> FloatArray:
    matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float64)
    return np.asarray(cv2.warpAffine(field, matrix, (field.shape[1], field.shape[0])), np.float32)


def _photograph_patch(rng: np.random.Generator, photographs: Sequence[Path], h: int, w: int) -> FloatArray:
    picture = _photograph(photographs[int(rng.integers(len(photographs)))])
    zoom = min(float(rng.uniform(0.6, 2.5)), picture.shape[0] / h, picture.shape[1] / w)
    ch, cw = max(1, int(h * zoom)), max(1, int(w * zoom))
    y, x = int(rng.integers(picture.shape[0] - ch + 1)), int(rng.integers(picture.shape[1] - cw + 1))
    patch = cv2.resize(picture[y : y + ch, x : x + cw], (w, h), interpolation=cv2.INTER_AREA)
    return np.asarray(patch, np.float32)


@lru_cache(maxsize=64)
def _photograph(path: Path) -> ImageArray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def snapped(rng: np.random.Generator, strip: ImageArray) -> ImageArray:
    """The strip as another camera takes it; inverted or with other colours as often as not."""
    picture: NDArray[np.floating] = strip.astype(np.float32)
    if rng.random() < 0.15:
        picture = 255 - picture
    if rng.random() < 0.3:
        picture = picture[..., rng.permutation(3)]
    if rng.random() < 0.5:
        gains = np.float32(rng.uniform(0.75, 1.25)) * rng.uniform(0.9, 1.1, 3).astype(np.float32)
        picture = np.clip(picture * gains + np.float32(rng.uniform(-15, 15)), 0, 255)
        picture = 255 * (picture / 255) ** np.float32(np.exp(rng.uniform(-0.4, 0.4)))
    if rng.random() < 0.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.5, 1.6))), np.float32)
    if rng.random() < 0.25:
        h, w = picture.shape[:2]
        less = float(rng.uniform(0.2, 0.8))
        small = cv2.resize(picture, (max(4, round(w * less)), max(4, round(h * less))), interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)
    if rng.random() < 0.3:
        picture = picture + rng.normal(0, rng.uniform(1, 9), picture.shape).astype(np.float32)
    result = _as_bytes(picture)
    if rng.random() < 0.3:
        quality = int(rng.integers(35, 92))
        _, data = cv2.imencode(".jpg", result[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        result = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
    return result


def _as_bytes(picture: NDArray[np.floating]) -> ImageArray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)
