"""What walls and boards are made of: procedural surfaces with their colour, their relief and their wear.

Every surface is a function of (rng, Patch) and stands in `SURFACES` under its name: a new one is added there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from charsam.scenes.noise import blurred, fractal_noise, grain, relief, smooth_noise, step
from charsam.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The piece of surface that is asked for.

    height, width: pixels. colour: (3,) float32, linear: the base colour. light: (x, y), towards the light.
    unit: pixels of one step of the surface's structure; a course of bricks is about 3 units high.
    """

    height: int
    width: int
    colour: FloatArray
    light: tuple[float, float]
    unit: float


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """albedo: (H, W, 3) float32, linear. shading: (H, W) float32, the factor of light by the relief, about 1."""

    albedo: FloatArray
    shading: FloatArray


def _tinted(colour: FloatArray, value: FloatArray) -> FloatArray:
    """(H, W, 3): the colour times a field of values around 1."""
    return np.asarray(np.clip(value, 0.1, 2.2)[..., None] * colour, np.float32)


def _blend(under: FloatArray, over: FloatArray, alpha: FloatArray) -> FloatArray:
    return np.asarray(under + (over - under) * alpha[..., None], np.float32)


def _weathered(rng: np.random.Generator, albedo: FloatArray, strength: float) -> FloatArray:
    """Dirt: broad stains and drips that run down the surface."""
    height, width = albedo.shape[:2]
    blotches = step(fractal_noise(rng, height, width, max(height, width) / 3, 4), 0.3, 1.8)
    drips = step(smooth_noise(rng, height, width, height / 2, max(2.0, width / 60)), 1.0, 2.2)
    amount = np.float32(strength) * (np.float32(0.7) * blotches + np.float32(0.5) * drips)
    dirt = np.array([0.16, 0.13, 0.10], np.float32) * np.float32(rng.uniform(0.4, 1.1))
    return _blend(albedo, np.broadcast_to(dirt, albedo.shape), np.clip(amount, 0, 0.8))


def painted_metal(rng: np.random.Generator, patch: Patch) -> Surface:
    """Sheet metal under paint: dents, orange peel, scratches, sometimes rust."""
    h, w = patch.height, patch.width
    dents = fractal_noise(rng, h, w, 28 * patch.unit, 2) * np.float32(4 * patch.unit)
    peel = grain(rng, h, w, 0.9) * np.float32(rng.uniform(0.01, 0.05))
    shading = relief(dents + peel, patch.light, 0.6)
    albedo = _tinted(patch.colour, 1 + np.float32(0.04) * fractal_noise(rng, h, w, 60, 3))
    scratches = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(0, 14))):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        angle, length = rng.uniform(0, np.pi), rng.uniform(4, 30) * patch.unit
        end = (round(x + np.cos(angle) * length), round(y + np.sin(angle) * length))
        cv2.line(scratches, (round(x), round(y)), end, (float(rng.uniform(0.1, 0.5)),), 1, cv2.LINE_AA)
    albedo = _blend(albedo, np.broadcast_to(np.array([0.45, 0.43, 0.4], np.float32), albedo.shape), scratches)
    if rng.random() < 0.3:
        rust = step(fractal_noise(rng, h, w, 25 * patch.unit, 5), 1.1, 1.7) * np.float32(0.85)
        brown = np.array([0.22, 0.075, 0.025], np.float32)
        albedo = _blend(albedo, _tinted(brown, 1 + np.float32(0.35) * grain(rng, h, w, 1.0)), rust)
    return Surface(_weathered(rng, albedo, rng.uniform(0, 0.3)), shading)


def plaster(rng: np.random.Generator, patch: Patch) -> Surface:
    """Rendered wall: rough, stained, with hairline cracks."""
    h, w = patch.height, patch.width
    rough = fractal_noise(rng, h, w, rng.uniform(5, 16), 4) + np.float32(0.25) * grain(rng, h, w)
    shading = relief(rough, patch.light, rng.uniform(0.3, 1.1))
    albedo = _tinted(patch.colour, 1 + np.float32(0.08) * fractal_noise(rng, h, w, 90, 5))
    cracks = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(0, 4))):
        walk = np.cumsum(rng.normal(0, 4, (40, 2)) + rng.normal(0, 4, 2), axis=0) + rng.uniform(0, (w, h))
        cv2.polylines(cracks, [np.round(walk).astype(np.int32)], False, (0.6,), 1, cv2.LINE_AA)
    albedo = albedo * (1 - cracks)[..., None]
    return Surface(_weathered(rng, np.asarray(albedo, np.float32), rng.uniform(0.05, 0.5)), shading)


def _grid_distance(
    rng: np.random.Generator, patch: Patch, cell_h: float, cell_w: float, *, offset: bool, wobble: float
) -> tuple[FloatArray, FloatArray]:
    """Distance in pixels to the next joint of a grid of bricks or tiles, and a random value for each cell."""
    h, w = patch.height, patch.width
    y = np.arange(h, dtype=np.float32)[:, None] + np.float32(rng.uniform(0, cell_h))
    x = np.arange(w, dtype=np.float32)[None, :] + np.float32(rng.uniform(0, cell_w))
    if wobble > 0:
        y = y + np.float32(wobble) * smooth_noise(rng, h, w, 14, 14)
        x = x + np.float32(wobble) * smooth_noise(rng, h, w, 14, 14)
    row = np.floor(y / np.float32(cell_h))
    if offset:
        x = x + np.float32(cell_w / 2) * (row % 2)
    column = np.floor(x / np.float32(cell_w))
    fy, fx = y - row * np.float32(cell_h), x - column * np.float32(cell_w)
    distance = np.minimum(np.minimum(fy, cell_h - fy), np.minimum(fx, cell_w - fx))
    table = rng.standard_normal((64, 64), np.float32)
    values = table[row.astype(np.int32) % 64, column.astype(np.int32) % 64]
    return np.asarray(distance, np.float32), np.asarray(np.broadcast_to(values, (h, w)), np.float32)


def brick(rng: np.random.Generator, patch: Patch) -> Surface:
    """A brick wall with mortar joints, every brick of its own tone."""
    h, w = patch.height, patch.width
    course = patch.unit * rng.uniform(2.6, 4.0)
    distance, tone = _grid_distance(rng, patch, course, course * rng.uniform(2.4, 3.2), offset=True, wobble=0.8)
    joint = max(1.0, course * 0.06)
    face = step(distance, joint * 0.6, joint * 1.6)
    rough = fractal_noise(rng, h, w, 7, 3)
    shading = relief(face * np.float32(2.2) + rough * np.float32(0.3), patch.light, 0.9)
    bricks = _tinted(patch.colour, 1 + np.float32(0.16) * tone + np.float32(0.12) * rough)
    mortar = np.float32(0.6) * patch.colour + np.array([0.16, 0.15, 0.14], np.float32)
    albedo = _blend(_tinted(mortar, 1 + np.float32(0.1) * rough), bricks, face)
    return Surface(_weathered(rng, albedo, rng.uniform(0, 0.35)), shading)


def tiles(rng: np.random.Generator, patch: Patch) -> Surface:
    """Glazed tiles with thin grout."""
    h, w = patch.height, patch.width
    cell = patch.unit * rng.uniform(4, 9)
    distance, tone = _grid_distance(rng, patch, cell, cell * rng.choice([1.0, 2.0]), offset=False, wobble=0.0)
    grout = max(0.8, cell * 0.03)
    face = step(distance, grout * 0.5, grout * 1.6)
    bow = fractal_noise(rng, h, w, cell * 1.5, 2) * np.float32(2.0)
    shading = relief(face * 2 + bow + np.float32(0.6) * tone, patch.light, 0.5)
    glazed = _tinted(patch.colour, 1 + np.float32(0.05) * tone)
    albedo = _blend(np.broadcast_to(np.array([0.3, 0.29, 0.27], np.float32), glazed.shape), glazed, face)
    return Surface(_weathered(rng, albedo, rng.uniform(0, 0.2)), shading)


def planks(rng: np.random.Generator, patch: Patch) -> Surface:
    """Wooden boards with grain, gaps between them and weathering; about half of them upright."""
    upright = bool(rng.random() < 0.4)
    h, w = (patch.width, patch.height) if upright else (patch.height, patch.width)
    plank = patch.unit * rng.uniform(5, 14)
    rows = np.arange(h, dtype=np.float32)[:, None] + np.float32(rng.uniform(0, plank))
    index = np.floor(rows / np.float32(plank)).astype(np.int32) % 64
    within = rows - np.floor(rows / np.float32(plank)) * np.float32(plank)
    warp = fractal_noise(rng, h, w, 10 * patch.unit, 3, stretch=6) * np.float32(1.2 * patch.unit)
    rings = np.sin(
        (rows + warp + 37 * rng.standard_normal(64).astype(np.float32)[index]) * np.float32(2.2 / patch.unit)
    )
    fibres = fractal_noise(rng, h, w, 2.5, 2, stretch=24)
    edge = np.minimum(within, np.float32(plank) - within)
    gap = step(np.asarray(np.broadcast_to(edge, (h, w)), np.float32), 0.4, 1.6)
    tone = rng.standard_normal(64).astype(np.float32)[index]
    value = 1 + np.float32(0.08) * rings + np.float32(0.06) * fibres + np.float32(0.12) * tone
    bumps = fibres * np.float32(0.12) + rings * np.float32(0.15) + gap * 2
    albedo = _tinted(patch.colour, np.asarray(value * (np.float32(0.15) + np.float32(0.85) * gap), np.float32))
    if upright:
        albedo, bumps = np.ascontiguousarray(albedo.transpose(1, 0, 2)), np.ascontiguousarray(bumps.T)
    return Surface(
        _weathered(rng, albedo, rng.uniform(0, 0.3)), relief(np.asarray(bumps, np.float32), patch.light, 0.7)
    )


def varnished_wood(rng: np.random.Generator, patch: Patch) -> Surface:
    """One piece of fine-grained wood."""
    h, w = patch.height, patch.width
    rows = np.arange(h, dtype=np.float32)[:, None]
    warp = fractal_noise(rng, h, w, 14 * patch.unit, 3, stretch=5) * np.float32(5 * patch.unit)
    figure = np.sin((rows + warp) * np.float32(1.1 / patch.unit))
    fibres = fractal_noise(rng, h, w, 2.0, 2, stretch=30)
    value = 1 + np.float32(0.14) * figure + np.float32(0.13) * fibres
    return Surface(_tinted(patch.colour, np.asarray(value, np.float32)), relief(fibres, patch.light, 0.12))


def fabric(rng: np.random.Generator, patch: Patch) -> Surface:
    """Awning or banner cloth: a weave and soft folds."""
    h, w = patch.height, patch.width
    y, x = np.arange(h, dtype=np.float32)[:, None], np.arange(w, dtype=np.float32)[None, :]
    period = np.float32(rng.uniform(2.2, 3.4))
    weave = np.sin(x * 2 * np.pi / period) * np.sin(y * 2 * np.pi / period)
    slant = x + y * np.float32(rng.uniform(-0.3, 0.3))
    folds = smooth_noise(rng, h, w, h * 1.5, 14 * patch.unit) * np.float32(6 * patch.unit)
    folds = folds + np.sin(slant / np.float32(rng.uniform(12, 30) * patch.unit)) * np.float32(2 * patch.unit)
    value = 1 + np.float32(0.05) * weave + np.float32(0.05) * grain(rng, h, w, 0.7)
    shading = relief(np.asarray(folds, np.float32), patch.light, 0.9)
    return Surface(_weathered(rng, _tinted(patch.colour, np.asarray(value, np.float32)), rng.uniform(0, 0.2)), shading)


def concrete(rng: np.random.Generator, patch: Patch) -> Surface:
    """Concrete or asphalt: specks, pores and stains."""
    h, w = patch.height, patch.width
    specks = np.float32(0.07) * grain(rng, h, w, 0.7) + np.float32(0.07) * grain(rng, h, w, 2.0)
    clouds = np.float32(0.1) * fractal_noise(rng, h, w, 120, 5)
    pores = step(grain(rng, h, w, 1.3), 2.2, 3.0)
    value = (1 + specks + clouds) * (1 - np.float32(0.6) * pores)
    shading = relief(grain(rng, h, w, 0.9), patch.light, 0.12)
    return Surface(_weathered(rng, _tinted(patch.colour, value), rng.uniform(0.05, 0.4)), shading)


def glass(rng: np.random.Generator, patch: Patch) -> Surface:
    """A shop window: the base colour behind it, a gradient and blurred reflections of the street."""
    h, w = patch.height, patch.width
    small_h, small_w = max(8, h // 4), max(8, w // 4)
    mirror = np.zeros((small_h, small_w, 3), np.float32)
    for _ in range(int(rng.integers(4, 10))):
        x, y = int(rng.uniform(-0.2, 1) * small_w), int(rng.uniform(-0.2, 1) * small_h)
        size = (int(rng.uniform(0.05, 0.4) * small_w), int(rng.uniform(0.1, 0.9) * small_h))
        tone = np.float32(rng.uniform(0.02, 0.3)) * (1 + np.float32(0.08) * rng.standard_normal(3).astype(np.float32))
        cv2.rectangle(mirror, (x, y), (x + size[0], y + size[1]), [float(v) for v in tone], -1)
    mirror = blurred(mirror, max(1.0, small_w * rng.uniform(0.01, 0.05)))
    reflection = np.asarray(cv2.resize(mirror, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    ramp = np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.6, 1.3), h, dtype=np.float32)[:, None]
    scale = np.float32(0.4 + 0.8 * float(patch.colour.mean()))
    albedo = _tinted(patch.colour, np.asarray(np.broadcast_to(ramp, (h, w)), np.float32)) + reflection * scale
    return Surface(np.asarray(albedo, np.float32), np.ones((h, w), np.float32))


def plastic(rng: np.random.Generator, patch: Patch) -> Surface:
    """Smooth acrylic, card or vinyl: faint unevenness, dust and a soft sheen."""
    h, w = patch.height, patch.width
    value = 1 + np.float32(0.03) * fractal_noise(rng, h, w, 80, 3) + np.float32(0.012) * grain(rng, h, w, 0.8)
    bow = smooth_noise(rng, h, w, h, w / 2) * np.float32(6 * patch.unit)
    return Surface(_weathered(rng, _tinted(patch.colour, value), rng.uniform(0, 0.15)), relief(bow, patch.light, 0.5))


Surfacing = Callable[[np.random.Generator, Patch], Surface]

SURFACES: dict[str, Surfacing] = {
    "painted metal": painted_metal,
    "plaster": plaster,
    "brick": brick,
    "tiles": tiles,
    "planks": planks,
    "varnished wood": varnished_wood,
    "fabric": fabric,
    "concrete": concrete,
    "glass": glass,
    "plastic": plastic,
}
WALLS = ("plaster", "brick", "planks", "concrete", "tiles", "painted metal", "glass")
BOARDS = ("painted metal", "painted metal", "plastic", "plastic", "varnished wood", "planks", "fabric")
