"""Sign boards: a surface cut to shape, with border, frame, edges, screws, and the shadow that it throws."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from charsam.scenes.noise import step
from charsam.scenes.surfaces import BOARDS, SURFACES, Patch, Surfacing
from charsam.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """albedo (h, w, 3), shading (h, w), alpha (h, w): 1 on the board, 0 beside it; gloss: how much it mirrors, 0..1."""

    albedo: FloatArray
    shading: FloatArray
    alpha: FloatArray
    gloss: float


def make_board(rng: np.random.Generator, patch: Patch, accent: FloatArray, surface: Surfacing | None = None) -> Board:
    """A board that fills the patch but for a rim of 2 pixels. accent: (3,) linear colour of border lines.

    surface: what it is made of; drawn among those fit for boards where it is None.
    """
    name = str(rng.choice(BOARDS)) if surface is None else ""
    ground = (surface or SURFACES[name])(rng, patch)
    inside = _distance_inside(rng, patch.height, patch.width)
    albedo, shading = ground.albedo, ground.shading
    short = min(patch.height, patch.width)
    if rng.random() < 0.45:
        inset, thick = short * rng.uniform(0.03, 0.08), max(1.0, short * rng.uniform(0.008, 0.025))
        line = step(inside, inset, inset + 1) * (1 - step(inside, inset + thick, inset + thick + 1))
        albedo = np.asarray(albedo + (accent - albedo) * (line * np.float32(0.9))[..., None], np.float32)
    shading = np.asarray(shading * _edges(rng, inside, patch, short), np.float32)
    if rng.random() < 0.4:
        albedo = _with_screws(rng, albedo, patch, short)
    gloss = 0.0 if name in {"fabric", "planks"} else float(rng.uniform(0, 1) ** 2)
    return Board(albedo, shading, step(inside, -0.5, 0.8), gloss)


def _distance_inside(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    """Signed distance in pixels to the board's outline: a rectangle, a rounded one or, seldom, an oval."""
    y = np.abs(np.arange(height, dtype=np.float32) + np.float32(0.5 - height / 2))[:, None]
    x = np.abs(np.arange(width, dtype=np.float32) + np.float32(0.5 - width / 2))[None, :]
    half_h, half_w = height / 2 - 2, width / 2 - 2
    share = rng.random()
    radius = 0.0 if share < 0.4 else min(half_h, half_w) * (rng.uniform(0.06, 0.4) if share < 0.93 else 1.0)
    qx, qy = x - np.float32(half_w - radius), y - np.float32(half_h - radius)
    outer = np.sqrt(np.maximum(qx, 0) ** 2 + np.maximum(qy, 0) ** 2)
    inner = np.minimum(np.maximum(qx, qy), 0)
    return np.asarray(np.float32(radius) - outer - inner, np.float32)


def _edges(rng: np.random.Generator, inside: FloatArray, patch: Patch, short: int) -> FloatArray:
    """A factor for the light on the board's rim: a thin bright or dark edge, sometimes a raised frame."""
    thick = max(1.5, short * float(rng.choice([0.008, 0.015, 0.04, 0.06], p=[0.4, 0.35, 0.15, 0.1])))
    height = np.asarray(np.clip(inside / np.float32(thick), 0, 1) * np.float32(thick), np.float32)
    if thick > short * 0.03:
        height -= np.clip((inside - np.float32(thick)) / np.float32(thick), 0, 1) * np.float32(thick)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    towards = slope_x * np.float32(patch.light[0]) + slope_y * np.float32(patch.light[1])
    return np.asarray(np.clip(1 - np.float32(rng.uniform(0.25, 0.6)) * towards, 0.3, 1.7), np.float32)


def _with_screws(rng: np.random.Generator, albedo: FloatArray, patch: Patch, short: int) -> FloatArray:
    """Round heads in the corners, drawn at four times the resolution of the pixels."""
    radius = max(1.6, short * rng.uniform(0.012, 0.022))
    inset = max(radius * 2.2, short * rng.uniform(0.05, 0.08))
    tone = float(rng.uniform(0.15, 0.55))
    drawn = np.ascontiguousarray(albedo)
    for x in (inset, patch.width - inset):
        for y in (inset, patch.height - inset):
            for grown, dx, value in ((1.5, 0.35, tone * 0.15), (1.0, 0.0, tone), (0.45, -0.25, min(1.0, tone * 1.9))):
                centre = (round((x - patch.light[0] * dx * radius) * 4), round((y - patch.light[1] * dx * radius) * 4))
                cv2.circle(drawn, centre, max(1, round(radius * grown * 4)), (value,) * 3, -1, cv2.LINE_AA, 2)
    return drawn


def cast_shadow(rng: np.random.Generator, alpha: FloatArray, light: tuple[float, float], far: float) -> FloatArray:
    """A factor (H, W) for what lies behind: the shadow of `alpha` (H, W), thrown `far` pixels away from the light."""
    matrix = np.array([[1, 0, -light[0] * far], [0, 1, -light[1] * far]])
    moved = cv2.warpAffine(alpha, matrix, (alpha.shape[1], alpha.shape[0]))
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.8, far * rng.uniform(0.15, 0.6)))
    return np.asarray(1 - np.float32(rng.uniform(0.45, 0.75)) * soft, np.float32)
