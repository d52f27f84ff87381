"""How letters look: paint, gradients, outlines, shadows, relief, 3-D sides, neon and wear.

All of it is drawn around the letters' coverage and never changes it: shadow, outline, side and glow are background in
the truth, and worn paint is still the letter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from charsam.scenes.colours import luminance
from charsam.scenes.noise import blurred, fractal_noise, grain, step
from charsam.types import FloatArray


@dataclass(frozen=True, slots=True)
class Effects:
    """What is done to the letters of a line. Lengths are in ems of the line, 0 = without.

    outline: width of a border. shadow: distance of a drop shadow; shadow_blur: its softness. side: depth of a 3-D side.
    raised: height of a bevel (negative: carved into the ground). gradient: change of brightness from top to bottom.
    texture: strength of mottling. wear: share of paint that flaked off. glow: strength of a neon halo.
    gloss: strength of a sheen. direction: radians, where shadow and side point to.
    hollow: width of the only stroke that is painted, along the inside of the letters' outline.
    chalk: share of a stroke's coverage that comes and goes, as chalk and pencil do. hue: how far the colour changes
    along the line.
    """

    outline: float = 0.0
    shadow: float = 0.0
    shadow_blur: float = 0.03
    side: float = 0.0
    raised: float = 0.0
    gradient: float = 0.0
    texture: float = 0.0
    wear: float = 0.0
    glow: float = 0.0
    gloss: float = 0.0
    direction: float = 0.8
    hollow: float = 0.0
    chalk: float = 0.0
    hue: float = 0.0


def harder(rng: np.random.Generator, effects: Effects) -> Effects:
    """The effects, with a fair chance of one that is rarer and harder."""
    share = rng.random()
    if share < 0.1 and effects.glow == 0:
        return replace(effects, hollow=float(rng.uniform(0.025, 0.05)), wear=0.0, outline=0.0)
    if share < 0.25:
        return replace(effects, chalk=float(rng.uniform(0.3, 0.8)), side=0.0, raised=0.0)
    if share < 0.5:
        return replace(effects, hue=float(rng.uniform(0.2, 0.9)))
    return effects


def random_effects(rng: np.random.Generator, *, light_text: bool, night: bool) -> Effects:
    """A likely combination: half of all signs are plain paint, the others have one to three effects."""
    effects = Effects(direction=float(rng.uniform(0.2, 2.6)), texture=float(rng.uniform(0, 0.06)))
    if light_text and rng.random() < (0.45 if night else 0.05):
        return replace(effects, glow=float(rng.uniform(0.5, 1.4)), outline=0.0)
    chances = rng.random(8)
    if chances[0] < 0.18:
        effects = replace(effects, shadow=float(rng.uniform(0.02, 0.12)), shadow_blur=float(rng.uniform(0.004, 0.06)))
    if chances[1] < 0.14:
        effects = replace(effects, side=float(rng.uniform(0.03, 0.13)))
    if chances[2] < 0.12:
        effects = replace(effects, outline=float(rng.uniform(0.02, 0.06)))
    if chances[3] < 0.22:
        effects = replace(effects, raised=float(rng.choice([-1, 1, 1]) * rng.uniform(0.02, 0.06)))
    if chances[4] < 0.2:
        effects = replace(effects, gradient=float(rng.uniform(-0.35, 0.35)))
    if chances[5] < 0.2:
        effects = replace(effects, texture=float(rng.uniform(0.08, 0.25)))
    if chances[6] < 0.2:
        effects = replace(effects, wear=float(rng.uniform(0.03, 0.22)))
    if chances[7] < 0.15:
        effects = replace(effects, gloss=float(rng.uniform(0.1, 0.35)))
    return effects


@dataclass(frozen=True, slots=True, eq=False)
class Lettering:
    """Letters to be painted. coverage: (h, w) float32. em: its size in pixels. paint, ground: (3,) linear colours."""

    coverage: FloatArray
    em: float
    paint: FloatArray
    ground: FloatArray
    light: tuple[float, float]
    effects: Effects


def _over(under: FloatArray, colour: FloatArray, alpha: FloatArray) -> FloatArray:
    return np.asarray(under + (colour - under) * alpha[..., None], np.float32)


def _shifted(field: FloatArray, dx: float, dy: float) -> FloatArray:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    return np.asarray(cv2.warpAffine(field, matrix, (field.shape[1], field.shape[0])), np.float32)


def _grown(field: FloatArray, radius: float) -> FloatArray:
    """The coverage dilated by a disc, with a soft rim."""
    reach = max(1, round(radius))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return blurred(np.asarray(cv2.dilate(field, disc), np.float32), 0.5)


def _shrunk(field: FloatArray, radius: float) -> FloatArray:
    """The coverage eroded by a disc, with a soft rim."""
    return np.asarray(1 - _grown(np.asarray(1 - field, np.float32), radius), np.float32)


def paint_letters(
    rng: np.random.Generator, under: FloatArray, shading: FloatArray, letters: Lettering
) -> tuple[FloatArray, FloatArray]:
    """The letters over a crop of the scene.

    under: (h, w, 3) float32, linear: light reflected without them. shading: (h, w): the ground's relief, which paint
    follows. Returns the new reflected light and the light that the letters emit, both (h, w, 3) float32.
    """
    effects, em = letters.effects, letters.em
    coverage = letters.coverage
    canvas = under
    towards = (float(np.cos(effects.direction)), float(np.sin(effects.direction)))
    if effects.shadow > 0:
        far = effects.shadow * em
        cast = blurred(_shifted(coverage, towards[0] * far, towards[1] * far), effects.shadow_blur * em)
        # Under dark letters a deep shadow could not be told from them, and the truth would be a guess.
        depth = 0.7 if luminance(letters.paint) > 0.15 else 0.3
        canvas = canvas * (1 - np.float32(depth) * cast)[..., None]
    if effects.side > 0:
        canvas = _with_side(canvas, letters, towards)
    if effects.outline > 0:
        canvas = _over(canvas, _rim_colour(rng, letters), _grown(coverage, effects.outline * em))
    face, alpha = _face(rng, letters, shading)
    if effects.raised < 0:
        depth = -effects.raised * em
        inner = _shifted(1 - coverage, -letters.light[0] * depth, -letters.light[1] * depth)
        face = face * (1 - np.float32(0.6) * blurred(inner, 0.3 * depth))[..., None]
    canvas = _over(np.asarray(canvas, np.float32), face, alpha)
    if effects.raised != 0:
        canvas = canvas * _bevel(letters)[..., None]
    return np.asarray(canvas, np.float32), _emitted(letters)


def _rim_colour(rng: np.random.Generator, letters: Lettering) -> FloatArray:
    """The colour (3,) of the letters' border: dark round light letters, light round dark ones."""
    base = letters.ground if rng.random() < 0.5 else letters.paint
    if luminance(letters.paint) > 0.15:
        return np.asarray(base * np.float32(0.12 / max(luminance(base), 0.12)) * np.float32(0.4), np.float32)
    return np.asarray(np.float32(0.6) + np.float32(0.35) * base / max(float(base.max()), 1e-3), np.float32)


def _face(rng: np.random.Generator, letters: Lettering, shading: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The letters' front: its colour (h, w, 3) and its opacity (h, w)."""
    h, w = letters.coverage.shape
    effects = letters.effects
    value = np.ones((h, w), np.float32)
    if effects.gradient:
        value += np.linspace(-effects.gradient, effects.gradient, h, dtype=np.float32)[:, None]
    if effects.texture:
        mottled = fractal_noise(rng, h, w, max(3.0, letters.em / 4), 3) + np.float32(0.5) * grain(rng, h, w, 0.6)
        value += np.float32(effects.texture) * mottled
    if effects.gloss:
        rows = np.arange(h, dtype=np.float32)[:, None] - np.arange(w, dtype=np.float32)[None, :] * np.float32(0.3)
        value += np.float32(effects.gloss) * np.sin(rows / np.float32(max(2.0, letters.em * 0.35)))
    # Thin paint takes on the ground's relief; letters that stand off from it do not.
    followed = shading if effects.raised <= 0 and effects.side == 0 else np.sqrt(shading)
    paint = letters.paint
    if effects.hue:
        ramp = fractal_noise(rng, h, w, max(4.0, 1.5 * letters.em), 1)[..., None] * np.float32(effects.hue)
        turned = rng.uniform(-1, 1, 3).astype(np.float32)
        turned -= turned.mean()  # the luminance, and with it the contrast, stays about the same
        paint = np.clip(paint * (1 + ramp * turned), 0.005, 1.0)
    face = np.clip(value, 0.25, 1.9)[..., None] * paint * followed[..., None]
    alpha = letters.coverage
    if effects.hollow:
        alpha = np.clip(alpha - _shrunk(alpha, effects.hollow * letters.em), 0, 1)
    if effects.chalk:
        rough = fractal_noise(rng, h, w, max(1.5, letters.em / 14), 2)
        alpha = alpha * np.clip(1 - np.float32(effects.chalk) * (np.float32(0.5) + np.float32(0.4) * rough), 0.15, 1)
    if effects.wear:
        flakes = fractal_noise(rng, h, w, max(3.0, letters.em / 5), 4) + np.float32(0.6) * (1 - shading)
        threshold = float(np.quantile(flakes, 1 - effects.wear))
        alpha = alpha * (1 - np.float32(0.75) * step(flakes, threshold, threshold + 0.5))
    return np.asarray(face, np.float32), np.asarray(alpha, np.float32)


def _with_side(canvas: FloatArray, letters: Lettering, towards: tuple[float, float]) -> FloatArray:
    """A 3-D side behind the letters: darker paint, darkest at its far end, and a contact shadow."""
    depth = letters.effects.side * letters.em
    steps = max(2, round(depth))
    side = letters.paint * np.float32(0.28) + letters.ground * np.float32(0.12)
    if luminance(letters.paint) < 0.15:
        side = letters.paint * np.float32(0.5) + letters.ground * np.float32(0.45)
    cast = blurred(_shifted(letters.coverage, towards[0] * depth * 1.4, towards[1] * depth * 1.4), 0.25 * depth)
    canvas = np.asarray(canvas * (1 - np.float32(0.5) * cast)[..., None], np.float32)
    for i in range(steps, 0, -1):
        far = depth * i / steps
        shade = np.float32(1.25 - 0.6 * i / steps)
        canvas = _over(canvas, side * shade, _shifted(letters.coverage, towards[0] * far, towards[1] * far))
    return canvas


def _bevel(letters: Lettering) -> FloatArray:
    """Light on the rounded edges of raised or carved letters, as a factor around 1."""
    width = max(0.7, abs(letters.effects.raised) * letters.em * 0.6)
    height = blurred(letters.coverage, width)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    towards = slope_x * np.float32(letters.light[0]) + slope_y * np.float32(letters.light[1])
    strength = np.float32(np.sign(letters.effects.raised) * 2.2 * width)
    return np.asarray(np.clip(1 - strength * towards, 0.35, 1.8), np.float32)


def _emitted(letters: Lettering) -> FloatArray:
    """Neon: the tubes' own light and its halo."""
    h, w = letters.coverage.shape
    if letters.effects.glow == 0:
        return np.zeros((h, w, 3), np.float32)
    strength = np.float32(letters.effects.glow)
    vivid = letters.paint / np.float32(max(float(letters.paint.max()), 1e-3))
    vivid = np.clip(vivid ** np.float32(4), 0.03, 1.0)
    near = blurred(letters.coverage, 0.06 * letters.em)
    far = blurred(letters.coverage, 0.25 * letters.em)
    core = letters.coverage[..., None] * (np.float32(0.55) + np.float32(0.45) * vivid)
    halo = (np.float32(0.25) * near + np.float32(0.45) * far)[..., None] * vivid
    return np.asarray(strength * (core + halo), np.float32)
