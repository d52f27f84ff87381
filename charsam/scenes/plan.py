"""From a recipe to signs: which words stand on which sign, in what letters and colours, and where on the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from charsam.scenes.colours import luminance, paint_and_ground
from charsam.scenes.ink import Effects, harder, random_effects
from charsam.scenes.layout import (
    LineStyle,
    PlacedWord,
    Shape,
    bounds,
    scaling,
    set_line,
    stack_lines,
    transform,
    translation,
)
from charsam.scenes.lettering import choose_font, heavy_fonts, script_fonts
from charsam.scenes.recipes import Recipe, Span
from charsam.scenes.surfaces import Surfacing
from charsam.scenes.vocabulary import draw_words
from charsam.types import FloatArray

Box = tuple[float, float, float, float]

_DRAFT_EM = 100.0
_LEAST_EM = 0.034
_LARGEST_EM = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    """Lines of words with what they are painted with.

    lines: placed on the plane. paint, ground: (3,) linear colours. effects: of each line's letters.
    board: x0, y0, x1, y1 on the plane where they stand on a board, None where they stand on the wall.
    surface: what the board is made of, None for any.
    """

    lines: tuple[tuple[PlacedWord, ...], ...]
    paint: FloatArray
    ground: FloatArray
    effects: Effects
    board: Box | None
    surface: Surfacing | None = None

    @property
    def words(self) -> tuple[PlacedWord, ...]:
        return tuple(word for line in self.lines for word in line)


def choose_words(rng: np.random.Generator, recipe: Recipe, words: Sequence[str] | None) -> tuple[str, ...]:
    """The given words, split at spaces, or as many random ones as the recipe asks for."""
    if words is not None:
        return tuple(part for word in words for part in word.split())
    count = int(rng.integers(recipe.count[0], recipe.count[1] + 1))
    if recipe.words:
        return tuple(str(word) for word in rng.choice(recipe.words, min(count, len(recipe.words)), replace=False))
    drawn = draw_words(rng, count)
    return tuple(word.capitalize() for word in drawn) if recipe.lettering == "script" else drawn


def plan_signs(
    rng: np.random.Generator,
    recipe: Recipe,
    words: tuple[str, ...],
    fonts: Sequence[Path],
    size: tuple[int, int],
    *,
    night: bool,
) -> tuple[Sign, ...]:
    """The scene's signs on a plane of the image's size (width, height), not yet tilted."""
    count = min(int(rng.integers(1, recipe.signs + 1)), max(1, len(words) // 2))
    on_wall = rng.random() >= recipe.boards
    signs = []
    wall_colours: tuple[FloatArray, FloatArray] | None = None
    for cell, share in zip(_cells(rng, count, size), np.array_split(np.array(words, object), count), strict=True):
        light_text = bool(rng.random() < 0.5)
        paint, ground = paint_and_ground(
            rng, light_text=light_text, lowest=recipe.contrast[0], highest=recipe.contrast[1]
        )
        if on_wall:
            # All that stands on one wall shares its ground, so the first sign's colours serve them all.
            wall_colours = wall_colours or (paint, _weathered(ground))
            paint, ground = wall_colours
            light_text = bool(paint.sum() > ground.sum())
        effects = Effects(texture=0.03) if recipe.plain else random_effects(rng, light_text=light_text, night=night)
        if recipe.hard:
            effects = harder(rng, effects)
        signs.append(
            _plan_sign(rng, recipe, tuple(share), fonts, cell, size, (paint, ground), effects, board=not on_wall)
        )
    return tuple(signs)


def _weathered(ground: FloatArray) -> FloatArray:
    """A wall's version of a sign's ground: of the same luminance, with much less colour."""
    return np.asarray(np.float32(0.35) * ground + np.float32(0.65 * luminance(ground)), np.float32)


def _cells(rng: np.random.Generator, count: int, size: tuple[int, int]) -> list[Box]:
    """The plane cut into `count` cells for the signs."""
    width, height = float(size[0]), float(size[1])
    if count == 1:
        return [(0.0, 0.0, width, height)]
    if count == 2 and rng.random() < 0.4:
        cut = width * rng.uniform(0.4, 0.6)
        return [(0.0, 0.0, cut, height), (cut, 0.0, width, height)]
    cut = height * rng.uniform(0.4, 0.65)
    top, rest = (0.0, 0.0, width, cut), (0.0, cut, width, height)
    if count == 2:
        return [top, rest]
    middle = width * rng.uniform(0.4, 0.6)
    return [top, (0.0, cut, middle, height), (middle, cut, width, height)]


def _plan_sign(
    rng: np.random.Generator,
    recipe: Recipe,
    words: tuple[str, ...],
    fonts: Sequence[Path],
    cell: Box,
    size: tuple[int, int],
    colours: tuple[FloatArray, FloatArray],
    effects: Effects,
    *,
    board: bool,
) -> Sign:
    cell_w, cell_h = cell[2] - cell[0], cell[3] - cell[1]
    lines = _set_block(rng, recipe, words, fonts, cell_w / cell_h)
    x0, y0, x1, y1 = bounds([word for line in lines for word in line])
    # Room round the letters, in draft ems: the board's margin, or air on the wall.
    pad = _DRAFT_EM * rng.uniform(0.22, 0.6)
    fill = rng.uniform(0.86, 1.0) if rng.random() < 0.8 else rng.uniform(0.6, 0.86)
    factor = fill * min(cell_w / (x1 - x0 + 2 * pad), cell_h / (y1 - y0 + 2 * pad))
    factor = min(factor, _LARGEST_EM * min(cell_h, size[1]) / _DRAFT_EM)
    factor = max(factor, _LEAST_EM * size[1] / _DRAFT_EM)
    free_x, free_y = cell_w - factor * (x1 - x0 + 2 * pad), cell_h - factor * (y1 - y0 + 2 * pad)
    left = cell[0] + free_x * rng.uniform(0.25, 0.75) + factor * pad
    top = cell[1] + free_y * rng.uniform(0.25, 0.75) + factor * pad
    place = translation(left, top) @ scaling(factor) @ translation(-x0, -y0)
    placed = tuple(tuple(word.moved(place) for word in line) for line in lines)
    room = factor * pad
    right, bottom = left + factor * (x1 - x0), top + factor * (y1 - y0)
    outline = (left - room, top - room, right + room, bottom + room) if board else None
    return Sign(placed, colours[0], colours[1], effects, outline)


def _set_block(
    rng: np.random.Generator, recipe: Recipe, words: tuple[str, ...], fonts: Sequence[Path], aspect: float
) -> tuple[tuple[PlacedWord, ...], ...]:
    """The words broken into lines such that the block suits a cell of the given aspect (width / height)."""
    shape = recipe.shapes[int(rng.integers(len(recipe.shapes)))]
    longest = max(len(word) for word in words)
    if shape is Shape.STACKED and (longest > 8 or len(words) > 3):
        shape = Shape.STRAIGHT
    if shape not in (Shape.STRAIGHT, Shape.STACKED) and sum(map(len, words)) < 5:
        shape = Shape.STRAIGHT
    counts = [1] if shape is Shape.STACKED else range(1, len(words) + 1)
    fits = []
    for count in counts:
        groups = np.array_split(np.array(words, object), count)
        width = max(sum(len(word) + 0.6 for word in group) * 0.55 for group in groups)
        fits.append(min(aspect / width, 1 / (count * 1.25)))
    good = [count for count, fit in zip(counts, fits, strict=True) if fit >= 0.75 * max(fits)]
    groups = np.array_split(np.array(words, object), int(rng.choice(good)))
    style = _line_style(rng, recipe, words, fonts, shape)
    lines = []
    for group in groups:
        if rng.random() < 0.25:
            style = _line_style(rng, recipe, words, fonts, shape)
        size = _DRAFT_EM * (rng.uniform(0.55, 1.3) if len(groups) > 1 and rng.random() < 0.4 else 1.0)
        resized = LineStyle(style.font, size, style.shape, style.tracking, style.touching, style.bend)
        lines.append(set_line(tuple(group), resized))
    gap = _DRAFT_EM * rng.uniform(*recipe.leading)
    return stack_lines(lines, gap, centred=bool(rng.random() < 0.7))


def _line_style(
    rng: np.random.Generator, recipe: Recipe, words: tuple[str, ...], fonts: Sequence[Path], shape: Shape
) -> LineStyle:
    font = choose_font(rng, _pool(recipe, words, fonts), "".join(words))
    touching = float(rng.uniform(*recipe.gap)) if rng.random() < recipe.touching else None
    tracking = 0.0
    if touching is None and recipe.lettering != "script" and font not in script_fonts(fonts):
        tracking = float(rng.uniform(-0.02, 0.05) if rng.random() < 0.8 else rng.uniform(0.05, 0.3))
    bend = float(rng.uniform(*recipe.bend))
    if shape is Shape.ARCH:
        bend = min(bend, 1.1)
    if shape is Shape.WAVE:
        bend = float(rng.uniform(0.08, 0.3))
        tracking = max(tracking, 0.03)
    elif rng.random() < 0.25:
        bend, tracking = -bend * 0.7, tracking + 0.12
    return LineStyle(font, _DRAFT_EM, shape, tracking, touching, bend)


def _pool(recipe: Recipe, words: tuple[str, ...], fonts: Sequence[Path]) -> tuple[Path, ...]:
    """The fonts that the recipe allows; no joined lettering for words in capitals, which nobody sets so."""
    if recipe.lettering == "script":
        return script_fonts(fonts)
    if recipe.lettering == "heavy":
        return heavy_fonts(fonts)
    if any(word.isupper() and len(word) > 2 for word in words):
        scripts = set(script_fonts(fonts))
        return tuple(path for path in fonts if path not in scripts) or tuple(fonts)
    return tuple(fonts)


def signed(rng: np.random.Generator, span: Span) -> float:
    """A value of the span with a random sign."""
    return float(rng.uniform(*span) * rng.choice([-1, 1]))


def content_points(signs: Sequence[Sign]) -> np.ndarray:
    """(N, 2): plane points that must lie in the image: the words' outlines and half of the boards' margins."""
    points = [word.outline for sign in signs for word in sign.words]
    for sign in signs:
        if sign.board is not None:
            x0, y0, x1, y1 = sign.board
            words = bounds(sign.words)
            half = [(a + b) / 2 for a, b in zip((x0, y0, x1, y1), words, strict=True)]
            points.append(np.array([[half[0], half[1]], [half[2], half[1]], [half[2], half[3]], [half[0], half[3]]]))
    return transform(np.eye(3), np.concatenate(points))
