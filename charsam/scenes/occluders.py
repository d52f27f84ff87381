"""What stands between the camera and the signs: cables, poles and leaves. Text that they hide is no text."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.scenes.noise import blurred
from charsam.types import BoolArray, FloatArray

MOST_HIDDEN = 0.45
"""No occluder may hide more of any one character."""


def with_occluders(
    rng: np.random.Generator, light: FloatArray, labels: NDArray[np.uint16]
) -> tuple[FloatArray, BoolArray]:
    """The scene's reflected light (H, W, 3) with one to three occluders, and what they hide (H, W)."""
    all_hidden = np.zeros(labels.shape, np.bool_)
    for _ in range(int(rng.integers(1, 4))):
        draw = (_cable, _pole, _leaves)[int(rng.choice(3, p=[0.5, 0.2, 0.3]))]
        alpha = draw(rng, *labels.shape)
        hidden = alpha >= 0.5
        if _hides_too_much(hidden, labels):
            continue
        colour = np.float32(rng.uniform(0.01, 0.25)) * rng.uniform(0.6, 1.4, 3).astype(np.float32)
        if draw is _leaves:
            colour = colour * np.array([0.6, 1.3, 0.4], np.float32)
        light = np.asarray(light + (colour - light) * alpha[..., None], np.float32)
        labels = np.where(hidden, np.uint16(0), labels)
        all_hidden |= hidden
    return light, all_hidden


def _hides_too_much(hidden: NDArray[np.bool_], labels: NDArray[np.uint16]) -> bool:
    sizes = np.bincount(labels.ravel())
    lost = np.bincount(labels[hidden], minlength=len(sizes))
    return bool((lost[1:] > MOST_HIDDEN * sizes[1:]).any())


def _cable(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    """A thin line that hangs across the picture, upright as often as not."""
    upright = bool(rng.random() < 0.3)
    length, across = (height, width) if upright else (width, height)
    along = np.linspace(0, length, 24)
    start, end = rng.uniform(0, across, 2)
    sag = rng.uniform(0, 0.12) * across
    offset = start + (end - start) * along / length + sag * np.sin(np.pi * along / length)
    course = np.stack([offset, along] if upright else [along, offset], axis=1)
    canvas = np.zeros((height, width), np.uint8)
    thick = max(1, round(rng.uniform(0.003, 0.009) * width))
    cv2.polylines(canvas, [np.round(course * 16).astype(np.int32)], False, (255,), thick, cv2.LINE_AA, 4)
    return np.asarray(canvas, np.float32) / np.float32(255)


def _pole(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    canvas = np.zeros((height, width), np.float32)
    thick = max(2, round(rng.uniform(0.01, 0.03) * width))
    left = int(rng.integers(0, max(width - thick, 1)))
    canvas[:, left : left + thick] = 1
    return canvas


def _leaves(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    """A twig of leaves that reaches into the picture from one edge."""
    canvas = np.zeros((height, width), np.uint8)
    centre = np.array([rng.uniform(0, width), rng.choice([0.0, float(height)])])
    reach = rng.uniform(0.08, 0.22) * height
    for _ in range(int(rng.integers(12, 40))):
        at = centre + rng.normal(0, reach, 2)
        long = rng.uniform(0.012, 0.03) * width
        axes = (round(long * 16), round(long * rng.uniform(0.25, 0.5) * 16))
        place = (round(float(at[0]) * 16), round(float(at[1]) * 16))
        cv2.ellipse(canvas, place, axes, float(rng.uniform(0, 180)), 0.0, 360.0, (255,), -1, cv2.LINE_AA, 4)
    return blurred(np.asarray(canvas, np.float32) / np.float32(255), 0.6)
