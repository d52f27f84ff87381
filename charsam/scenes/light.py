"""Light on the scene: uneven, coloured, broken by shadows, and glare on glossy boards."""

from __future__ import annotations

import cv2
import numpy as np

from charsam.scenes.noise import fractal_noise, smooth_noise, step
from charsam.types import FloatArray


def light_direction(rng: np.random.Generator) -> tuple[float, float]:
    """A unit vector towards the light: from above, more or less from one side."""
    angle = rng.uniform(-0.85 * np.pi, -0.15 * np.pi)
    return float(np.cos(angle)), float(np.sin(angle))


def illumination(rng: np.random.Generator, height: int, width: int, *, night: bool, shadows: bool) -> FloatArray:
    """(height, width, 3) float32, about 1: what falls on the scene at each pixel.

    shadows: whether something outside the picture may cast its shadow on the scene.
    """
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.3)
    level = 1 + np.float32(slope) * (np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y)
    if night or rng.random() < 0.2:
        centre_x, centre_y = rng.uniform(-0.8, 0.8), rng.uniform(-0.9, 0.5)
        reach = np.float32(rng.uniform(0.5, 1.2))
        pool = np.exp(-((x - np.float32(centre_x)) ** 2 + (y - np.float32(centre_y)) ** 2) / (2 * reach * reach))
        level = level * (np.float32(0.35 if night else 0.65) + np.float32(0.85 if night else 0.6) * pool)
    if shadows and not night and rng.random() < 0.35:
        level = level * _cast_shadow(rng, height, width)
    level = level * (1 + np.float32(0.03) * smooth_noise(rng, height, width, height / 2, width / 2))
    warmth = rng.normal(0, 0.05) + (0.12 if night else 0.0)
    tint = np.array([1 + warmth, 1 + 0.1 * warmth, 1 - warmth], np.float32)
    return np.asarray(np.clip(level, 0.12, 2.0)[..., None] * tint, np.float32)


def _cast_shadow(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    """A factor (height, width): the edge of a roof or pole, or dappled shade below a tree."""
    if rng.random() < 0.35:
        leaves = fractal_noise(rng, height, width, rng.uniform(0.06, 0.2) * width, 3)
        edge = rng.uniform(-0.3, 0.6)
        shade = step(leaves, edge, edge + rng.uniform(0.4, 1.0))
    else:
        y = np.arange(height, dtype=np.float32)[:, None] / np.float32(height) - np.float32(rng.uniform(0.1, 0.9))
        x = np.arange(width, dtype=np.float32)[None, :] / np.float32(width) - np.float32(rng.uniform(0.1, 0.9))
        angle = rng.uniform(0, 2 * np.pi)
        along = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
        soft = rng.uniform(0.006, 0.05)
        shade = step(np.asarray(along, np.float32), -soft, soft)
        if rng.random() < 0.5:
            thick = rng.uniform(0.03, 0.25)
            shade = shade * (1 - step(np.asarray(along, np.float32), thick - soft, thick + soft))
    return np.asarray(1 - np.float32(rng.uniform(0.25, 0.6)) * shade, np.float32)


def glare(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    """(height, width) float32: light mirrored by a glossy board, as a soft streak or spot."""
    field = np.zeros((max(4, height // 4), max(4, width // 4)), np.float32)
    h, w = field.shape
    centre = (int(rng.uniform(0, w)), int(rng.uniform(0, h)))
    if rng.random() < 0.5:
        slant = int(rng.uniform(-0.5, 0.5) * w)
        ends = ((centre[0] - slant, -5), (centre[0] + slant, h + 5))
        cv2.line(field, *ends, (1.0,), max(1, int(rng.uniform(0.03, 0.2) * w)))
    else:
        axes = (max(1, int(rng.uniform(0.03, 0.15) * w)), max(1, int(rng.uniform(0.03, 0.2) * h)))
        cv2.ellipse(field, centre, axes, rng.uniform(0, 180), 0, 360, (1.0,), -1)
    soft = cv2.GaussianBlur(field, (0, 0), max(1.0, w * rng.uniform(0.01, 0.08)))
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large * np.float32(rng.uniform(0.05, 0.35)), np.float32)
