"""The photograph of planned signs: what is behind them, their boards, their letters, the light and the camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from charsam.scenes.backdrop import natural_colour, photograph_crop, street, wall
from charsam.scenes.board import cast_shadow, make_board
from charsam.scenes.camera import Camera, photograph, random_camera
from charsam.scenes.colours import luminance
from charsam.scenes.ink import Lettering, paint_letters
from charsam.scenes.layout import Matrix, PlacedWord, scaling, translation
from charsam.scenes.light import glare, illumination, light_direction
from charsam.scenes.masks import SeenGlyph, label, union
from charsam.scenes.occluders import with_occluders
from charsam.scenes.plan import Sign
from charsam.scenes.recipes import Recipe
from charsam.scenes.surfaces import WALLS, Patch, Surface
from charsam.scenes.view import local_scale, project
from charsam.scenes.visible import visible_labels
from charsam.types import BoolArray, FloatArray, ImageArray

Painter = Callable[[np.random.Generator, FloatArray, FloatArray, Lettering], tuple[FloatArray, FloatArray]]
"""Paints the letters of a line, as `charsam.scenes.ink.paint_letters` does."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """image: (H, W, 3) uint8. light: (H, W, 3) float32, linear, before the camera. exposure: its factor.

    hidden: (H, W): what stands before the signs.
    """

    image: ImageArray
    light: FloatArray
    exposure: float
    camera: Camera
    hidden: BoolArray

    def shown(self, labels: NDArray[np.uint16], covered: FloatArray) -> NDArray[np.uint16]:
        """The labels (H, W) up to the edges that the photograph shows. covered: (H, W) 0..1, by the letters."""
        labels, covered = np.where(self.hidden, np.uint16(0), labels), np.where(self.hidden, np.float32(0), covered)
        return visible_labels(labels, covered, self.light, self.exposure, self.camera)


@dataclass(frozen=True, slots=True, eq=False)
class _Light:
    """The scene before the camera: reflected (H, W, 3), emitted (H, W, 3) float32; shading (H, W) of what is seen."""

    reflected: FloatArray
    shading: FloatArray
    emitted: FloatArray


def take_picture(
    rng: np.random.Generator,
    recipe: Recipe,
    signs: tuple[Sign, ...],
    glyphs: Sequence[tuple[SeenGlyph, ...]],
    view: Matrix,
    size: tuple[int, int],
    photographs: tuple[Path, ...] = (),
    *,
    night: bool,
    paint: Painter = paint_letters,
) -> Picture:
    """The photograph of the signs. glyphs: of each of their words, as the camera sees them; `paint` paints them."""
    width, height = size
    towards = light_direction(rng)
    behind, distant = _backdrop(rng, signs, view, size, photographs, towards, night=night)
    light = _Light(behind.albedo * behind.shading[..., None], behind.shading, np.zeros((height, width, 3), np.float32))
    at = 0
    for sign in signs:
        if sign.board is not None:
            light = _with_board(rng, light, sign, view, size, towards)
        for line in sign.lines:
            light = _with_line(rng, light, sign, line, glyphs[at : at + len(line)], view, towards, paint)
            at += len(line)
    reflected, hidden = light.reflected, np.zeros((height, width), np.bool_)
    if recipe.hard and rng.random() < 0.4:
        reflected, hidden = with_occluders(rng, reflected, label([g for seen in glyphs for g in seen], size))
    if recipe.hard and rng.random() < 0.2:
        mirrored = glare(rng, height, width)[..., None] * np.float32(rng.uniform(0.1, 0.4))
        light = replace(light, emitted=np.asarray(light.emitted + mirrored, np.float32))
    seen = reflected * illumination(rng, height, width, night=night, shadows=not distant)
    emitted = light.emitted * np.float32(max(float(seen.mean()) * 3.5, 0.15))
    camera = random_camera(rng, night=night)
    image, exposure = photograph(rng, seen + emitted, camera)
    return Picture(image, seen + emitted, exposure, camera, hidden)


def _backdrop(
    rng: np.random.Generator,
    signs: tuple[Sign, ...],
    view: Matrix,
    size: tuple[int, int],
    photographs: tuple[Path, ...],
    towards: tuple[float, float],
    *,
    night: bool,
) -> tuple[Surface, bool]:
    """What is behind the signs, and whether it is far behind them, so that no shadow spans both."""
    on_wall = next((sign for sign in signs if sign.board is None), None)
    if photographs and rng.random() < 0.6:
        crop = photograph_crop(rng, tuple(photographs), size)
        if on_wall is None:
            return crop, True
        # Letters written straight on a photograph: it is brought near the ground's luminance to keep their contrast.
        mean = float(crop.albedo.mean())
        gain = np.float32(np.clip(luminance(on_wall.ground) / max(mean, 1e-3), 0.2, 4.0))
        return Surface(np.asarray(np.minimum(crop.albedo * gain, np.float32(1.2)), np.float32), crop.shading), True
    if on_wall is None and rng.random() < 0.35:
        return street(rng, size, night=night), True
    name = str(rng.choice(WALLS))
    colour = natural_colour(rng, name) if on_wall is None else on_wall.ground
    return wall(rng, name, colour, view, size, towards, openings=on_wall is None), False


def _with_board(
    rng: np.random.Generator,
    light: _Light,
    sign: Sign,
    view: Matrix,
    size: tuple[int, int],
    towards: tuple[float, float],
) -> _Light:
    """The scene with the sign's board and its shadow in it."""
    assert sign.board is not None
    x0, y0, x1, y1 = sign.board
    scale = local_scale(view, np.array([(x0 + x1) / 2, (y0 + y1) / 2]))
    patch = Patch(
        max(8, round((y1 - y0) * scale)), max(8, round((x1 - x0) * scale)), sign.ground, towards, size[0] / 110
    )
    board = make_board(rng, patch, sign.paint, sign.surface)
    to_image = view @ translation(x0, y0) @ scaling(1 / scale)
    alpha = project(board.alpha, to_image, size)
    far = rng.uniform(0.004, 0.02) * size[0]
    behind = light.reflected * cast_shadow(rng, alpha, towards, far)[..., None]
    shading = project(board.shading, to_image, size)
    front = project(board.albedo, to_image, size) * shading[..., None]
    reflected = behind + (front - behind) * alpha[..., None]
    emitted = light.emitted * (1 - alpha)[..., None]
    if board.gloss > 0.25:
        mirrored = glare(rng, size[1], size[0]) * np.float32(board.gloss) * alpha
        emitted = emitted + mirrored[..., None] * np.float32(0.4)
    return _Light(
        np.asarray(reflected, np.float32),
        np.asarray(light.shading + (shading - light.shading) * alpha, np.float32),
        np.asarray(emitted, np.float32),
    )


def em_of(line: tuple[PlacedWord, ...], view: Matrix) -> float:
    """Image pixels of the largest em of a line, through the view."""
    return max(word.size * local_scale(view, word.outline.mean(axis=0)) for word in line)


def _with_line(
    rng: np.random.Generator,
    light: _Light,
    sign: Sign,
    line: tuple[PlacedWord, ...],
    glyphs: Sequence[tuple[SeenGlyph, ...]],
    view: Matrix,
    towards: tuple[float, float],
    paint: Painter,
) -> _Light:
    """The scene with one line's letters painted into it."""
    height, width = light.shading.shape
    em = em_of(line, view)
    effects = sign.effects
    margin = 4 + round(em * max(0.15, 0.7 * (effects.glow > 0), effects.shadow + 3 * effects.shadow_blur))
    covered = union([g.coverage for seen in glyphs for g in seen], (width, height), margin)
    h, w = covered.values.shape
    crop = np.s_[covered.y : covered.y + h, covered.x : covered.x + w]
    letters = Lettering(covered.values, em, sign.paint, sign.ground, towards, effects)
    painted, emitted = paint(rng, light.reflected[crop], light.shading[crop], letters)
    reflected, glow = light.reflected.copy(), light.emitted
    reflected[crop] = painted
    if effects.glow > 0:
        glow = glow.copy()
        glow[crop] += emitted
    return replace(light, reflected=reflected, emitted=glow)
