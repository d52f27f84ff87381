"""Synthetic photographs of scene text with true masks: `make_scene` draws one from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.errors import SettingsError
from charsam.scenes.layout import Matrix, PlacedWord, transform
from charsam.scenes.legible import outline_shown
from charsam.scenes.lettering import default_fonts
from charsam.scenes.masks import SeenGlyph, label, see_word, union
from charsam.scenes.picture import take_picture
from charsam.scenes.plan import Sign, choose_words, content_points, plan_signs, signed
from charsam.scenes.recipes import KINDS, MIXTURE, Recipe
from charsam.scenes.view import fitted, tilted_view
from charsam.types import GivenCharacter, ImageArray, Word

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
    view = random_view(rng, recipe, signs, size)
    glyphs = [see_word(word, view, size) for sign in signs for word in sign.words]
    labels = label([g for seen in glyphs for g in seen], size)
    picture = take_picture(rng, recipe, signs, glyphs, view, size, photographs, night=night)
    covered = union([g.coverage for seen in glyphs for g in seen], size, max(size)).values
    placed = [word for sign in signs for word in sign.words]
    words_seen = tuple(annotated(rng, word, seen, view) for word, seen in zip(placed, glyphs, strict=True))
    return Scene(picture.image, words_seen, picture.shown(labels, covered))


def random_view(rng: np.random.Generator, recipe: Recipe, signs: Sequence[Sign], size: tuple[int, int]) -> Matrix:
    """A view (3, 3), plane -> image, in which all of the signs' words are."""
    roll = (15.0, 50.0) if rng.random() < recipe.steep else recipe.roll
    view = tilted_view(
        size, signed(rng, recipe.yaw), signed(rng, recipe.pitch), signed(rng, roll), rng.uniform(*recipe.focal)
    )
    return fitted(view, content_points(signs), size, margin=0.02 * min(size))


def annotated(rng: np.random.Generator, word: PlacedWord, seen: tuple[SeenGlyph, ...], view: Matrix) -> Word:
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
