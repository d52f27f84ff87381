"""Synthetic photographs of scene text with true masks: `make_scene` draws one from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.errors import SettingsError
from charsam.scenes.backdrop import natural_colour, photograph_crop, street, wall
from charsam.scenes.board import cast_shadow, make_board
from charsam.scenes.camera import photograph, random_camera
from charsam.scenes.colours import luminance
from charsam.scenes.ink import Lettering, paint_letters
from charsam.scenes.layout import Matrix, PlacedWord, scaling, transform, translation
from charsam.scenes.legible import outline_shown
from charsam.scenes.lettering import default_fonts
from charsam.scenes.light import glare, illumination, light_direction
from charsam.scenes.masks import SeenGlyph, label, see_word, union
from charsam.scenes.occluders import with_occluders
from charsam.scenes.plan import Sign, choose_words, content_points, plan_signs, signed
from charsam.scenes.recipes import KINDS, MIXTURE, Recipe
from charsam.scenes.surfaces import WALLS, Patch, Surface
from charsam.scenes.view import fitted, local_scale, project, tilted_view
from charsam.scenes.visible import visible_labels
from charsam.types import FloatArray, GivenCharacter, ImageArray, Word

LEAST_SHOWN: Final = 0.7
"""Least share of every word's outline that the photograph of a scene shows."""
ATTEMPTS: Final = 5
"""So many drawings of a seed are tried; the most legible one is the scene where none shows so much."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A synthetic photograph and the truth about it.

    image: (H, W, 3) uint8 RGB.
    words: their polygons as annotators draw them, near-tight: 4 points, or for curved words more, the upper edge from
    left to right and the lower edge back. Each holds its characters with the quads (4, 2) of their glyphs' boxes.
    character_mask: (H, W) uint16: 1..n over the characters in the order of the words, up to the edges that the
    photograph shows (`charsam.scenes.visible`); 0 elsewhere. Shadow, outline, 3-D side and glow are background, as in
    TextSeg.
    """

    image: ImageArray
    words: tuple[Word, ...]
    character_mask: NDArray[np.uint16]

    def text_mask(self) -> ImageArray:
        """(H, W) uint8: 255 where there is text, else 0."""
        return np.where(self.character_mask > 0, np.uint8(255), np.uint8(0))


@dataclass(frozen=True, slots=True, eq=False)
class _Light:
    """The scene before the camera: reflected (H, W, 3), emitted (H, W, 3) float32; shading (H, W) of what is seen."""

    reflected: FloatArray
    shading: FloatArray
    emitted: FloatArray


def make_scene(
    seed: int,
    *,
    size: tuple[int, int] = (640, 480),
    fonts: Sequence[Path] | None = None,
    photographs: Sequence[Path] = (),
    kind: str | None = None,
    words: Sequence[str] | None = None,
) -> Scene:
    """The scene of a seed; the same arguments give the same scene. One whose photograph does not show all its letters
    is drawn anew.

    size: (width, height) of the image in pixels, each at least 64. fonts: font files, charsam's own by default.
    photographs: image files of which random crops are backdrops, besides the procedural ones. kind: a name of
    `charsam.scenes.recipes.KINDS`, or None for a random mixture of all conditions. words: the texts to write; an entry
    with spaces becomes several words.
    Raises SettingsError for an unknown kind, a size too small, or words that no font can write.
    """
    if kind is not None and kind not in KINDS:
        raise SettingsError(f"scene kind {kind!r} is not known; choose one of {', '.join(KINDS)}")
    if min(size) < 64:
        raise SettingsError(f"scene size is {size[0]} x {size[1]}; both must be at least 64 pixels")
    recipe = KINDS[kind] if kind is not None else MIXTURE
    best: tuple[float, Scene] | None = None
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng(seed if attempt == 0 else [seed, attempt])
        scene = _drawn(rng, recipe, size, tuple(fonts or default_fonts()), tuple(photographs), words)
        shown = least_shown(scene)
        if best is None or shown > best[0]:
            best = shown, scene
        if shown >= LEAST_SHOWN:
            break
    assert best is not None
    return best[1]


def least_shown(scene: Scene) -> float:
    """The share of the outline that the photograph shows of the word of which it shows least."""
    text, first = scene.character_mask > 0, 1
    shares = []
    for word in scene.words:
        after = first + len(word.characters)
        own = (scene.character_mask >= first) & (scene.character_mask < after)
        shares.append(outline_shown(scene.image, own, text))
        first = after
    return min(shares)


def _drawn(
    rng: np.random.Generator,
    recipe: Recipe,
    size: tuple[int, int],
    fonts: tuple[Path, ...],
    photographs: tuple[Path, ...],
    words: Sequence[str] | None,
) -> Scene:
    night = bool(rng.random() < recipe.night)
    texts = choose_words(rng, recipe, words)
    if not texts:
        raise SettingsError("words is empty; give at least one word, or None for random ones")
    signs = plan_signs(rng, recipe, texts, fonts, size, night=night)
    roll = (15.0, 50.0) if rng.random() < recipe.steep else recipe.roll
    view = tilted_view(
        size, signed(rng, recipe.yaw), signed(rng, recipe.pitch), signed(rng, roll), rng.uniform(*recipe.focal)
    )
    view = fitted(view, content_points(signs), size, margin=0.02 * min(size))
    glyphs = [see_word(word, view, size) for sign in signs for word in sign.words]
    labels = label([g for seen in glyphs for g in seen], size)
    image, labels = _picture(rng, recipe, signs, glyphs, labels, view, size, photographs, night=night)
    placed = [word for sign in signs for word in sign.words]
    annotated = tuple(_annotate(rng, word, seen, view) for word, seen in zip(placed, glyphs, strict=True))
    return Scene(image, annotated, labels)


def _picture(
    rng: np.random.Generator,
    recipe: Recipe,
    signs: tuple[Sign, ...],
    glyphs: Sequence[tuple[SeenGlyph, ...]],
    labels: NDArray[np.uint16],
    view: Matrix,
    size: tuple[int, int],
    photographs: tuple[Path, ...],
    *,
    night: bool,
) -> tuple[ImageArray, NDArray[np.uint16]]:
    """The photograph, and the labels of the characters as it shows them."""
    width, height = size
    towards = light_direction(rng)
    behind, distant = _backdrop(rng, signs, view, size, photographs, towards, night=night)
    light = _Light(behind.albedo * behind.shading[..., None], behind.shading, np.zeros((height, width, 3), np.float32))
    at = 0
    for sign in signs:
        if sign.board is not None:
            light = _with_board(rng, light, sign, view, size, towards)
        for line in sign.lines:
            light = _with_line(rng, light, sign, line, glyphs[at : at + len(line)], view, towards)
            at += len(line)
    reflected = light.reflected
    covered = union([g.coverage for seen in glyphs for g in seen], size, max(size)).values
    if recipe.hard and rng.random() < 0.4:
        reflected, hidden = with_occluders(rng, reflected, labels)
        covered, labels = np.where(hidden, np.float32(0), covered), np.where(hidden, np.uint16(0), labels)
    if recipe.hard and rng.random() < 0.2:
        mirrored = glare(rng, height, width)[..., None] * np.float32(rng.uniform(0.1, 0.4))
        light = replace(light, emitted=np.asarray(light.emitted + mirrored, np.float32))
    seen = reflected * illumination(rng, height, width, night=night, shadows=not distant)
    emitted = light.emitted * np.float32(max(float(seen.mean()) * 3.5, 0.15))
    camera = random_camera(rng, night=night)
    image, exposure = photograph(rng, seen + emitted, camera)
    return image, visible_labels(labels, covered, seen + emitted, exposure, camera)


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
    board = make_board(rng, patch, sign.paint)
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


def _with_line(
    rng: np.random.Generator,
    light: _Light,
    sign: Sign,
    line: tuple[PlacedWord, ...],
    glyphs: Sequence[tuple[SeenGlyph, ...]],
    view: Matrix,
    towards: tuple[float, float],
) -> _Light:
    """The scene with one line's letters painted into it."""
    height, width = light.shading.shape
    em = max(word.size * local_scale(view, word.outline.mean(axis=0)) for word in line)
    effects = sign.effects
    margin = 4 + round(em * max(0.15, 0.7 * (effects.glow > 0), effects.shadow + 3 * effects.shadow_blur))
    covered = union([g.coverage for seen in glyphs for g in seen], (width, height), margin)
    h, w = covered.values.shape
    crop = np.s_[covered.y : covered.y + h, covered.x : covered.x + w]
    letters = Lettering(covered.values, em, sign.paint, sign.ground, towards, effects)
    painted, emitted = paint_letters(rng, light.reflected[crop], light.shading[crop], letters)
    reflected, glow = light.reflected.copy(), light.emitted
    reflected[crop] = painted
    if effects.glow > 0:
        glow = glow.copy()
        glow[crop] += emitted
    return replace(light, reflected=reflected, emitted=glow)


def _annotate(rng: np.random.Generator, word: PlacedWord, seen: tuple[SeenGlyph, ...], view: Matrix) -> Word:
    """The word as an annotator would draw it: its outline a little loose, with an unsteady hand."""
    count = len(word.outline) // 2
    upper, lower = word.outline[:count].copy(), word.outline[count:].copy()
    rise = upper - lower[::-1]
    along = upper[-1] - upper[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    loose = rng.uniform(0.0, 0.05, 4)
    tall = min(float(np.linalg.norm(rise[0])), word.size)
    up = rise / np.maximum(np.linalg.norm(rise, axis=1, keepdims=True), 1e-6) * tall
    upper, lower = upper + up * loose[0], lower - up[::-1] * loose[1]
    upper[0] -= along * tall * loose[2]
    lower[-1] -= along * tall * loose[2]
    upper[-1] += along * tall * loose[3]
    lower[0] += along * tall * loose[3]
    outline = np.concatenate([upper, lower]) + rng.normal(0, 0.008 * tall, (2 * count, 2))
    polygon = transform(view, outline).astype(np.float32)
    characters = tuple(GivenCharacter(g.character, g.quad) for g in seen)
    return Word(polygon, word.text, characters=characters)
