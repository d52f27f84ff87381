"""Letters of the simulated labs as they are painted: outlines, drop shadows, neon tubes, engraved brass.

Every look has a function for where its paint is, from the coverage of a line of letters, and a `Painter` that uses the
same function. All coverages are (h, w) float32 in 0..1; `em` is that of the line in pixels.
"""

from __future__ import annotations

import colorsys
from dataclasses import replace

import cv2
import numpy as np
from skimage.morphology import skeletonize

from charsam.scenes.colours import linear, luminance, paint_and_ground
from charsam.scenes.ink import Effects, Lettering, paint_letters
from charsam.scenes.noise import blurred, fractal_noise, grain, smooth_noise
from charsam.scenes.plan import Sign
from charsam.scenes.surfaces import Patch, Surface
from charsam.types import BoolArray, FloatArray

FINE = 4
"""Distances to the letters' edges are measured on a grid so many times finer than the pixels."""


def edge_distance(coverage: FloatArray) -> FloatArray:
    """(FINE h, FINE w): how far inside the letters each place is, in pixels; negative outside."""
    h, w = coverage.shape
    inside = cv2.resize(coverage, (w * FINE, h * FINE), interpolation=cv2.INTER_CUBIC) >= 0.5
    within = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    beyond = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray((within - beyond - np.where(inside, 0.5, -0.5)) / FINE, np.float32)


def averaged(fine: FloatArray) -> FloatArray:
    """A field of the fine grid, averaged over each pixel."""
    h, w = fine.shape[:2]
    return np.asarray(cv2.resize(fine, (w // FINE, h // FINE), interpolation=cv2.INTER_AREA), np.float32)


def filled_to(distance: FloatArray) -> FloatArray:
    """The coverage of the pixels by the places where a distance on the fine grid is positive."""
    return averaged(np.asarray(np.clip(distance * FINE + 0.5, 0, 1), np.float32))


def outline(coverage: FloatArray, em: float, effects: Effects) -> FloatArray:
    """The stroke along the inside of the letters' edges, `effects.hollow` ems wide and never under 1.5 pixels."""
    inside = edge_distance(coverage)
    return filled_to(np.minimum(inside, np.float32(max(1.5, effects.hollow * em)) - inside))


def whole(coverage: FloatArray, em: float, effects: Effects) -> FloatArray:
    """The letters as they are."""
    return coverage


def cast(coverage: FloatArray, em: float, effects: Effects) -> FloatArray:
    """The letters' drop shadow."""
    far = effects.shadow * em
    dx, dy = np.cos(effects.direction) * far, np.sin(effects.direction) * far
    h, w = coverage.shape
    moved = cv2.warpAffine(coverage, np.array([[1, 0, dx], [0, 1, dy]], np.float64), (w, h))
    return blurred(np.asarray(moved, np.float32), effects.shadow_blur * em)


def tube(coverage: FloatArray, em: float, effects: Effects) -> FloatArray:
    """A glass tube along the middle of the letters' strokes, `effects.hollow` ems thick and never under 2.4 pixels."""
    return filled_to(_tube_distance(coverage, max(2.4, effects.hollow * em) / 2))


def _tube_distance(coverage: FloatArray, radius: float) -> FloatArray:
    """(FINE h, FINE w): how far inside the tube of that radius each place is, in pixels."""
    inside = edge_distance(coverage)
    middle = np.asarray(skeletonize(inside > 0), np.bool_)
    middle = _pruned(middle, round(0.6 * FINE * float(np.median(inside[middle]))))
    away = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / FINE
    raw = np.asarray(np.float32(radius) - away, np.float32)
    smooth = blurred(raw, 0.6 * radius * FINE) + np.float32(0.1 * radius)  # glass bends in curves
    return np.asarray(np.maximum(raw, smooth), np.float32)


def _pruned(skeleton: BoolArray, length: int) -> BoolArray:
    """The skeleton without its short branches; a piece that is nothing else keeps them."""
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.float32)
    kept = skeleton.astype(np.uint8)
    for _ in range(length):
        kept[(cv2.filter2D(kept, -1, ring, borderType=cv2.BORDER_CONSTANT) == 1) & (kept > 0)] = 0
    _, pieces = cv2.connectedComponents(skeleton.astype(np.uint8), connectivity=8)
    lost = np.setdiff1d(pieces, pieces[kept > 0])
    return np.asarray((kept > 0) | (skeleton & np.isin(pieces, lost)), np.bool_)


def paint_hollow(
    rng: np.random.Generator, under: FloatArray, shading: FloatArray, letters: Lettering
) -> tuple[FloatArray, FloatArray]:
    """Letters of an outline; inside it is the ground, or another colour near the ground's."""
    if letters.effects.gradient:  # here: how far the inside differs from the ground
        other = letters.ground * np.float32(1 + letters.effects.gradient) + np.float32(0.04)
        tinted = np.clip(other * rng.uniform(0.75, 1.25, 3).astype(np.float32), 0.004, 1)
        under = np.asarray(under + (tinted * shading[..., None] - under) * letters.coverage[..., None], np.float32)
    stroke = outline(letters.coverage, letters.em, letters.effects)
    effects = replace(letters.effects, hollow=0.0, gradient=0.0)
    return paint_letters(rng, under, shading, replace(letters, coverage=stroke, effects=effects))


def paint_shadowed(
    rng: np.random.Generator, under: FloatArray, shading: FloatArray, letters: Lettering
) -> tuple[FloatArray, FloatArray]:
    """Letters with a drop shadow."""
    shadow = cast(letters.coverage, letters.em, letters.effects)
    under = np.asarray(under * (1 - np.float32(1 - SHADOW) * shadow)[..., None], np.float32)
    return paint_letters(rng, under, shading, replace(letters, effects=replace(letters.effects, shadow=0.0)))


SHADOW = 0.14
"""Share of the light that falls into a drop shadow."""


def paint_neon(
    rng: np.random.Generator, under: FloatArray, shading: FloatArray, letters: Lettering
) -> tuple[FloatArray, FloatArray]:
    """Tubes with a white core and coloured edges; their light on the wall, and their image in its gloss.

    `effects.outline` ems round the letters are sheet metal, on which the tubes are mounted; without it is none.
    """
    em, effects = letters.em, letters.effects
    if effects.outline:
        under = _with_sheet(rng, under, letters)
    radius = max(2.4, effects.hollow * em) / 2
    inside = _tube_distance(letters.coverage, radius)
    glass, core = filled_to(inside), filled_to(inside - np.float32(0.4 * radius))
    vivid = letters.paint / np.float32(letters.paint.max())
    lit = np.float32(0.5) * glass[..., None] * vivid
    lit += np.float32(2.2) * blurred(core, 0.35 * radius)[..., None] * (np.float32(0.6) + np.float32(0.4) * vivid)
    near, far = blurred(glass, 0.07 * em), blurred(glass, 0.2 * em)
    wall = (np.float32(2.6) * near + np.float32(5.0) * far)[..., None] * vivid * under
    haze = (np.float32(0.10) * near + np.float32(0.06) * far)[..., None] * vivid
    mirrored = (
        effects.gloss * blurred(cast(glass, em, replace(effects, shadow=effects.side)), 0.02 * em)[..., None] * vivid
    )
    # The glass is seen before the wall, grey and shiny where it does not shine itself.
    dark = np.float32(0.5) * under + np.float32(0.02)
    canvas = under + (dark - under) * glass[..., None]
    spread = (wall + haze + mirrored) * (1 - glass)[..., None]
    return np.asarray(canvas, np.float32), np.asarray(np.float32(effects.glow) * (lit + spread), np.float32)


def _with_sheet(rng: np.random.Generator, under: FloatArray, letters: Lettering) -> FloatArray:
    """Painted letters of sheet metal on the wall, and their shadow."""
    inside = edge_distance(letters.coverage) + np.float32(letters.effects.outline * letters.em)
    sheet, edge = filled_to(inside), filled_to(inside - np.float32(0.02 * letters.em))
    shadow = cast(sheet, letters.em, replace(letters.effects, shadow=0.05, direction=1.2, shadow_blur=0.02))
    under = np.asarray(under * (1 - np.float32(0.6) * shadow)[..., None], np.float32)
    paint = linear(_rgb(float(rng.random()), float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.4, 0.95))))
    h, w = sheet.shape
    mottled = 1 + np.float32(0.08) * fractal_noise(rng, h, w, letters.em / 3, 3)
    face = paint * (mottled * (np.float32(0.55) + np.float32(0.45) * edge))[..., None]
    return np.asarray(under + (face - under) * sheet[..., None], np.float32)


def brass(rng: np.random.Generator, patch: Patch) -> Surface:
    """A brushed metal plate: streaks, bands of mirrored light across them, scratches, fingerprints, tarnish."""
    h, w = patch.height, patch.width
    unit = patch.unit
    streaks = fractal_noise(rng, h, w, max(1.0, 0.15 * unit), 2, stretch=float(rng.uniform(50, 140)))
    across = np.arange(w, dtype=np.float32)[None, :] + np.float32(rng.uniform(-0.4, 0.4)) * np.arange(h)[:, None]
    band = smooth_noise(rng, 4, w + h, 4, w * float(rng.uniform(0.15, 0.4)))[1]
    mirrored = band[np.clip(across + 0.2 * h, 0, w + h - 1).astype(np.int32)]
    value = 1 + np.float32(rng.uniform(0.03, 0.08)) * streaks + np.float32(rng.uniform(0.15, 0.4)) * mirrored
    value += np.float32(0.03) * grain(rng, h, w, 0.6)
    for _ in range(int(rng.integers(6, 30))):
        x, y, angle = rng.uniform(0, w), rng.uniform(0, h), rng.normal(0, 0.6)
        far = rng.uniform(5, 45) * unit
        bow = rng.normal(0, 0.06) * far
        line = np.array([[0.0, 0.0], [far / 2, bow], [far, 0.0]])
        turned = line @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + (x, y)
        scratch = np.zeros((h, w), np.float32)
        points = (turned * 8).round().astype(np.int32)
        cv2.polylines(scratch, [points], False, (1.0,), 1, cv2.LINE_AA, 3)
        value += np.float32(rng.choice([-1, 1, 1]) * rng.uniform(0.06, 0.3)) * scratch
    tarnish = np.clip(fractal_noise(rng, h, w, max(h, w) / 4, 4), 0, 3)[..., None] * np.float32(rng.uniform(0, 0.16))
    albedo = np.clip(value, 0.25, 1.9)[..., None] * patch.colour * (1 - tarnish * np.array([0.7, 0.9, 1.1], np.float32))
    return Surface(np.asarray(np.clip(albedo, 0.004, 1.3), np.float32), np.ones((h, w), np.float32))


def paint_engraved(
    rng: np.random.Generator, under: FloatArray, shading: FloatArray, letters: Lettering
) -> tuple[FloatArray, FloatArray]:
    """Letters cut into the plate: a dull floor of its own colour, edges that are lit from one side."""
    em, (h, w) = letters.em, letters.coverage.shape
    inside = edge_distance(letters.coverage)
    slope = max(1.5, -letters.effects.raised * em)  # how wide the cut's walls are, in pixels
    smooth = blurred(inside, 0.3 * slope * FINE)
    down_x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=FINE / 8)
    down_y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=FINE / 8)
    facing = down_x * np.float32(letters.light[0]) + down_y * np.float32(letters.light[1])
    walls = np.clip((inside + np.float32(0.3)) * FINE, 0, 1) * np.clip(
        (np.float32(slope) - inside) / slope + 0.25, 0, 1
    )
    lit = averaged(np.asarray(facing * walls, np.float32))
    factor = 1 + np.float32(0.85) * np.minimum(lit, 0) + np.float32(1.3) * np.maximum(lit, 0)
    floor = blurred(under, 1.2) * np.float32(1 + letters.effects.gradient)
    floor *= (1 + np.float32(0.05) * grain(rng, h, w, 0.7))[..., None]
    canvas = under + (floor - under) * letters.coverage[..., None]
    return np.asarray(canvas * factor[..., None], np.float32), np.zeros((h, w, 3), np.float32)


def neon_colour(rng: np.random.Generator) -> FloatArray:
    """The colour (3,) of a lit gas, linear."""
    hue = float(rng.choice([0.01, 0.03, 0.08, 0.13, 0.36, 0.5, 0.58, 0.64, 0.78, 0.9, 0.95])) + rng.normal(0, 0.012)
    return linear(_rgb(hue % 1.0, float(rng.uniform(0.72, 0.95)), 1.0))


def brass_colour(rng: np.random.Generator) -> FloatArray:
    """The colour (3,) of brass, linear."""
    return linear(_rgb(float(rng.uniform(0.1, 0.14)), float(rng.uniform(0.45, 0.7)), float(rng.uniform(0.55, 0.8))))


def _rgb(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    return colorsys.hsv_to_rgb(hue, saturation, value)


def tells_shadow(paint: FloatArray, ground: FloatArray) -> bool:
    """Whether letters, their drop shadow and the ground are told apart by their brightness or their colour."""
    shadow = ground * np.float32(SHADOW)
    apart = [
        np.abs(a ** (1 / 2.2) - b ** (1 / 2.2)).max() for a, b in ((paint, shadow), (paint, ground), (ground, shadow))
    ]
    return min(apart) >= 0.25 and luminance(ground) >= 0.08


def dress_hollow(rng: np.random.Generator, sign: Sign) -> Sign:
    inside = float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.5)) if rng.random() < 0.4 else 0.0
    effects = Effects(hollow=float(rng.uniform(0.025, 0.042)), gradient=inside, texture=float(rng.uniform(0, 0.08)))
    return replace(sign, effects=effects)


def dress_shadowed(rng: np.random.Generator, sign: Sign) -> Sign:
    paint, ground = sign.paint, sign.ground
    while not tells_shadow(paint, ground):
        light = bool(rng.random() < 0.6)
        paint, ground = paint_and_ground(rng, light_text=light, lowest=1.6, highest=21)
    soft = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.008, 0.02))
    far = float(rng.uniform(0.07, 0.14))  # of the em; letters are about 0.7 em high
    effects = Effects(shadow=far, shadow_blur=soft, direction=float(rng.uniform(0.3, 2.8)), texture=0.05)
    return replace(sign, paint=paint, ground=ground, effects=effects)


def dress_as_it_is(rng: np.random.Generator, sign: Sign) -> Sign:
    return sign


def dress_neon(rng: np.random.Generator, sign: Sign) -> Sign:
    ground = rng.uniform(0.02, 0.2) * rng.uniform(0.7, 1.3, 3)
    effects = Effects(
        outline=float(rng.uniform(0.03, 0.08)) if rng.random() < 0.6 else 0.0,
        glow=float(rng.uniform(2, 8)),
        hollow=float(rng.uniform(0.05, 0.08)),
        gloss=float(rng.uniform(0, 0.15)),
        side=float(rng.uniform(0.1, 0.25)),
        direction=float(rng.uniform(0, 6.3)),
    )
    return replace(sign, paint=neon_colour(rng), ground=ground.astype(np.float32), effects=effects)


def dress_brass(rng: np.random.Generator, sign: Sign) -> Sign:
    ground = brass_colour(rng)
    effects = Effects(raised=-float(rng.uniform(0.03, 0.09)), gradient=float(rng.uniform(-0.25, 0.06)))
    return replace(sign, paint=ground * np.float32(0.4), ground=ground, effects=effects, surface=brass)
