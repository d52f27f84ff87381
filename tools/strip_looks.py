"""Looks of letters and grounds that the scene generator does not draw; all of them leave the truth as it is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from charsam.scenes.colours import linear, luminance
from charsam.scenes.ink import Effects, harder, random_effects
from charsam.scenes.noise import blurred, fractal_noise, step
from charsam.types import FloatArray


def any_effects(rng: np.random.Generator, *, light_text: bool, night: bool) -> Effects:
    """As the scenes' effects, and more often engraved, embossed, haloed or hollow."""
    effects = harder(rng, random_effects(rng, light_text=light_text, night=night))
    share = rng.random()
    if share < 0.08:
        return replace(effects, outline=float(rng.uniform(0.05, 0.18)), glow=0.0)
    if share < 0.14:
        return replace(effects, hollow=float(rng.uniform(0.02, 0.06)), wear=0.0, outline=0.0, glow=0.0)
    if share < 0.2:
        return replace(effects, side=float(rng.uniform(0.1, 0.25)), glow=0.0)
    return effects


def carved(rng: np.random.Generator, ground: FloatArray) -> tuple[FloatArray, Effects]:
    """Letters of the ground's own colour, seen by light and shadow on their edges alone."""
    paint = np.clip(ground * np.float32(rng.uniform(0.8, 1.2)), 0.004, 1.0)
    depth = float(rng.choice([-1, -1, 1]) * rng.uniform(0.04, 0.11))
    return np.asarray(paint, np.float32), Effects(raised=depth, texture=float(rng.uniform(0, 0.08)))


def inlaid(rng: np.random.Generator, canvas: FloatArray, coverage: FloatArray, em: float) -> FloatArray:
    """The letters with a line of another colour along their middle, or along the inside of their edge."""
    away = np.asarray(cv2.distanceTransform((coverage >= 0.5).astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    thick = float(np.quantile(away[away > 0], 0.95)) if (away > 0).any() else 0.0
    if thick < 2.5:
        return canvas
    start = float(rng.uniform(0.25, 0.6)) * thick
    width = float(rng.uniform(0.2, 0.5)) * thick
    band = step(away, start - 0.5, start + 0.5) * (1 - step(away, start + width - 0.5, start + width + 0.5))
    mean = canvas[coverage > 0.5].mean(axis=0)
    other = np.clip(mean * rng.uniform(0.1, 0.5) if luminance(mean) > 0.2 else mean + rng.uniform(0.2, 0.7), 0.004, 1)
    return np.asarray(canvas + (other.astype(np.float32) - canvas) * blurred(band, 0.4)[..., None], np.float32)


def dotted(rng: np.random.Generator, before: FloatArray, after: FloatArray, em: float) -> FloatArray:
    """Letters of lamps, stitches or tiles: the painted picture shows through a lattice alone."""
    h, w = before.shape[:2]
    pitch = max(3.0, em * float(rng.uniform(0.05, 0.11)))
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    radius = np.hypot((xs % pitch) - pitch / 2, (ys % pitch) - pitch / 2) / pitch
    if rng.random() < 0.4:  # tiles
        radius = np.maximum(np.abs((xs % pitch) - pitch / 2), np.abs((ys % pitch) - pitch / 2)) / pitch
    shown = 1 - step(np.asarray(radius, np.float32), 0.38, 0.5)
    shown = np.float32(0.15) + np.float32(0.85) * shown
    return np.asarray(before + (after - before) * shown[..., None], np.float32)


def many_coloured(rng: np.random.Generator, canvas: FloatArray, labels: np.ndarray) -> FloatArray:
    """Every letter in a tint of its own. labels: (h, w), which letter each pixel belongs to."""
    count = int(labels.max()) + 1
    tints = np.exp(rng.normal(0, 0.5, (count, 3))).astype(np.float32)
    tints[0] = 1
    return np.asarray(np.clip(canvas * tints[labels], 0.003, 1.2), np.float32)


def wrinkled(rng: np.random.Generator, height: int, width: int, em: float) -> FloatArray:
    """(height, width) factor about 1: the folds of packaging, cloth and paper."""
    folds = np.abs(fractal_noise(rng, height, width, em * float(rng.uniform(0.4, 1.6)), 3))
    ridges = 1 - np.minimum(folds * np.float32(rng.uniform(1.5, 4)), 1)
    return np.asarray(1 + np.float32(rng.uniform(-0.35, 0.6)) * ridges, np.float32)


def with_marks(rng: np.random.Generator, canvas: FloatArray, colour: FloatArray, em: float) -> FloatArray:
    """Frames, rules, bullets, leaves: what stands beside letters in their colour and is none."""
    h, w = canvas.shape[:2]
    marks = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        thick = max(1, round(em * float(rng.uniform(0.02, 0.12))))
        x, y = int(rng.integers(w)), int(rng.integers(h))
        share = rng.random()
        if share < 0.35:
            level = int(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.85, 1)]) * h)
            cv2.line(marks, (0, level), (w, level + int(rng.integers(-3, 4))), (255,), thick, cv2.LINE_AA)
        elif share < 0.5:
            inset = int(rng.integers(1, max(2, round(0.25 * em))))
            cv2.rectangle(marks, (inset, inset), (w - inset, h - inset), (255,), thick, cv2.LINE_AA)
        elif share < 0.75:
            radius = max(2, round(em * float(rng.uniform(0.05, 0.4))))
            cv2.circle(marks, (x, y), radius, (255,), -1 if rng.random() < 0.4 else thick, cv2.LINE_AA)
        else:
            points = np.stack([x + rng.normal(0, em / 2, 6).cumsum(), y + rng.normal(0, em / 4, 6)], 1)
            cv2.polylines(marks, [points.round().astype(np.int32)], False, (255,), thick, cv2.LINE_AA)
    own = colour if rng.random() < 0.6 else linear((float(rng.random()), float(rng.random()), float(rng.random())))
    return np.asarray(canvas + (own - canvas) * (marks.astype(np.float32) / 255)[..., None], np.float32)
