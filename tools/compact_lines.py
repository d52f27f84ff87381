"""Small scenes of one or two lines of text: a training world faster and wider than `charsam.scenes.make_scene`.

A line is set, painted, lit and photographed by the scene generator's own parts, on a ground hardly larger than itself,
in any script (`strip_texts`) and in looks that the scenes lack (`strip_looks`). Words are from 48 pixels high to as
large as a picture; `compact_data` looks at them in smaller photographs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from strip_looks import any_effects, carved, dotted, inlaid, many_coloured, with_marks, wrinkled
from strip_texts import SCRIPTS, choose_script

from charsam.scenes.backdrop import photograph_crop, wall
from charsam.scenes.camera import photograph, random_camera
from charsam.scenes.colours import luminance, paint_and_ground
from charsam.scenes.ink import Lettering, paint_letters
from charsam.scenes.layout import (
    LineStyle,
    Matrix,
    PlacedGlyph,
    PlacedWord,
    Shape,
    bounds,
    scaling,
    set_line,
    stack_lines,
    transform,
    translation,
)
from charsam.scenes.lettering import EM, can_write, glyph, is_script, load_shaped, script_fonts
from charsam.scenes.light import glare, illumination, light_direction
from charsam.scenes.masks import label, see_word, union
from charsam.scenes.occluders import with_occluders
from charsam.scenes.scene import Scene
from charsam.scenes.surfaces import SURFACES, Surface
from charsam.scenes.view import local_scale, tilted_view
from charsam.scenes.visible import visible_labels
from charsam.types import FloatArray, GivenCharacter, Word

LARGEST = (1300, 420)
"""Width and height in pixels that a scene is not larger than."""
SHAPES = (*(Shape.STRAIGHT,) * 12, Shape.ARC, Shape.ARC, Shape.ARCH, Shape.WAVE, Shape.STACKED)
Fonts = Mapping[str, Sequence[Path]]


def make_line(rng: np.random.Generator, fonts: Fonts, photographs: Sequence[Path]) -> Scene:
    """One small scene. fonts: those that can write each script. Raises CharsamError where no font can write a word."""
    em = float(np.exp(rng.uniform(np.log(52), np.log(260 if rng.random() < 0.3 else 110))))
    lines = [_line(rng, fonts, em)]
    if rng.random() < 0.3:
        lines.insert(int(rng.integers(2)), _line(rng, fonts, em * float(rng.uniform(0.4, 1.0))))
    placed = stack_lines(lines, em * float(rng.uniform(0.02, 0.4)), centred=bool(rng.random() < 0.7))
    view, size = _seen_by(rng, placed, em)
    words = [word for line in placed for word in line]
    glyphs = [see_word(word, view, size) for word in words]
    labels = label([g for seen in glyphs for g in seen], size)
    night, towards = bool(rng.random() < 0.12), light_direction(rng)
    light_text = bool(rng.random() < 0.5)
    paint, ground = paint_and_ground(
        rng, light_text=light_text, lowest=1.5, highest=float(rng.choice([2.9, 6, 21, 21]))
    )
    effects = any_effects(rng, light_text=light_text, night=night)
    if rng.random() < 0.1:
        paint, effects = carved(rng, ground)
    behind = _ground(rng, ground, view, size, photographs, towards)
    canvas = behind.albedo * behind.shading[..., None]
    scale = local_scale(view, np.mean([w.outline.mean(axis=0) for w in words], axis=0))
    em = max(word.size for word in words) * scale
    if rng.random() < 0.25:
        canvas = with_marks(rng, canvas, paint, em)
    covered = union([g.coverage for seen in glyphs for g in seen], size, max(size)).values
    letters = Lettering(covered, em, paint, ground, towards, effects)
    painted, emitted = paint_letters(rng, canvas, behind.shading, letters)
    share = rng.random()
    if share < 0.06:
        painted = inlaid(rng, painted, covered, em)
    elif share < 0.1:
        painted = dotted(rng, canvas, painted, em)
    elif share < 0.16:
        painted = many_coloured(rng, painted, labels)
    height, width = labels.shape
    if rng.random() < 0.15:
        painted = painted * wrinkled(rng, height, width, em)[..., None]
    if rng.random() < 0.06:
        painted, hidden = with_occluders(rng, np.asarray(painted, np.float32), labels)
        covered, labels = np.where(hidden, np.float32(0), covered), np.where(hidden, np.uint16(0), labels)
    if rng.random() < 0.15:
        emitted = emitted + glare(rng, height, width)[..., None] * np.float32(rng.uniform(0.1, 0.6))
    seen = painted * illumination(rng, height, width, night=night, shadows=True)
    seen = np.asarray(seen + emitted * np.float32(max(float(seen.mean()) * 3.5, 0.15)), np.float32)
    camera = random_camera(rng, night=night)
    image, exposure = photograph(rng, seen, camera)
    labels = visible_labels(labels, covered, seen, exposure, camera)
    return _as_scene(image, words, view, labels)


def _line(rng: np.random.Generator, fonts: Fonts, em: float) -> tuple[PlacedWord, ...]:
    name = choose_script(rng, tuple(fonts))
    script = SCRIPTS[name]
    count = int(rng.choice([1, 2, 3], p=[0.6, 0.28, 0.12]))
    texts = [script.word(rng) for _ in range(count)]
    able: Sequence[Path] = fonts[name]
    if name == "latin" and rng.random() < 0.3:
        able = script_fonts(able)
        texts = [text.capitalize() for text in texts]
    for place in rng.permutation(len(able)):
        font = able[int(place)]
        if script.shaped or all(can_write(font, text) for text in texts):
            break
    if script.shaped:
        return _shaped(texts, font, em)
    shape = Shape(rng.choice([str(s) for s in SHAPES]))
    bend = (
        float(rng.choice([-1, 1]) * rng.uniform(0.3, 2.2))
        if shape is not Shape.WAVE
        else float(rng.uniform(0.05, 0.25))
    )
    joined = name == "latin" and is_script(font)
    tracking = 0.0 if joined else float(max(rng.normal(0.02, 0.08), -0.06))
    touching = float(rng.uniform(-0.045, 0.01)) if rng.random() < 0.15 and not joined else None
    return set_line(texts, LineStyle(font, em, shape, tracking, touching, bend))


def _shaped(texts: Sequence[str], font: Path, em: float) -> tuple[PlacedWord, ...]:
    """Words of a script whose letters join or stack: each is drawn whole, as one glyph."""
    words, at = [], 0.0
    for text in texts:
        x0, y0, x1, y1 = glyph(font, text, EM).box
        place = translation(at, 0) @ scaling(em / EM)
        outline = transform(place, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64))
        words.append(PlacedWord(text, (PlacedGlyph(text, font, place),), outline, em))
        at += (x1 + 0.3 * EM) * em / EM
    return tuple(words)


def _seen_by(
    rng: np.random.Generator, placed: Sequence[tuple[PlacedWord, ...]], em: float
) -> tuple[Matrix, tuple[int, int]]:
    """How the camera sees the lines, and its picture's size: about as large as they are, now and then smaller."""
    x0, y0, x1, y1 = bounds([word for line in placed for word in line])
    room = em * rng.uniform(0.15, 0.9, 4)
    if rng.random() < 0.1:
        room[int(rng.integers(4))] = -em * float(rng.uniform(0.1, 0.6))
    flat = (max(x1 - x0 + room[0] + room[2], 64.0), max(y1 - y0 + room[1] + room[3], 64.0))
    shrunk = min(1.0, LARGEST[0] / flat[0], LARGEST[1] / flat[1])
    size = (max(64, round(flat[0] * shrunk)), max(64, round(flat[1] * shrunk)))
    turns = rng.normal(0, 1, 3) * np.array([9.0, 6.0, 3.0]) * (rng.random() < 0.6)
    view = tilted_view(size, float(turns[0]), float(turns[1]), float(turns[2]), float(rng.uniform(1.2, 3.0)))
    return view @ scaling(shrunk) @ translation(room[0] - x0, room[1] - y0), size


def _ground(
    rng: np.random.Generator,
    colour: FloatArray,
    view: Matrix,
    size: tuple[int, int],
    photographs: Sequence[Path],
    towards: tuple[float, float],
) -> Surface:
    share = rng.random()
    width, height = size
    if share < 0.3:
        return Surface(
            np.broadcast_to(colour, (height, width, 3)).astype(np.float32), np.ones((height, width), np.float32)
        )
    if photographs and share < 0.5:
        crop = photograph_crop(rng, tuple(photographs), size)
        gain = np.float32(np.clip(luminance(colour) / max(float(crop.albedo.mean()), 1e-3), 0.2, 4.0))
        return Surface(np.asarray(np.minimum(crop.albedo * gain, np.float32(1.2)), np.float32), crop.shading)
    return wall(rng, str(rng.choice(list(SURFACES))), colour, view, size, towards, openings=False)


def _as_scene(image: NDArray[np.uint8], words: Sequence[PlacedWord], view: Matrix, labels: NDArray[np.uint16]) -> Scene:
    """The scene with its truth; words drawn whole are cut into the parts that their letters' advances take."""
    found = np.zeros_like(labels)
    annotated, first, drawn = [], 1, 1
    for word in words:
        letters: list[GivenCharacter] = []
        for placed in word.glyphs:
            own = labels == drawn
            drawn += 1
            parts = _advances(placed) if len(placed.character) > 1 else [(placed.character, -np.inf, np.inf)]
            x0, y0, x1, y1 = glyph(placed.font, placed.character, EM).box
            to_image = view @ placed.place
            if len(parts) > 1 and own.any():
                ys, xs = np.nonzero(own)
                inverse = np.asarray(np.linalg.inv(to_image), np.float64)
                at = transform(inverse, np.stack([xs, ys], 1).astype(np.float64) + 0.5)[:, 0]
                found[ys, xs] = first + len(letters) + np.searchsorted([right for _, _, right in parts[:-1]], at)
            else:
                found[own] = first + len(letters)
            for text, left, right in parts:
                box = np.array([max(x0, left), y0, min(x1, right), y1])
                corners = box[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2)
                letters.append(GivenCharacter(text, transform(to_image, corners).astype(np.float32)))
        first += len(letters)
        polygon = transform(view, word.outline).astype(np.float32)
        annotated.append(Word(polygon, word.text, characters=tuple(letters)))
    return Scene(image, tuple(annotated), found)


def _advances(placed: PlacedGlyph) -> list[tuple[str, float, float]]:
    """The letters of a word that is one glyph, from left to right, each with the span of its advance."""
    font, text = load_shaped(placed.font, EM), placed.character
    whole = font.getlength(text)
    ends = [font.getlength(text[: i + 1]) for i in range(len(text))]
    if not _rightwards(text):
        ends = [whole - end for end in ends]
        spans = list(zip(text, ends, [whole, *ends[:-1]], strict=True))[::-1]
    else:
        spans = list(zip(text, [0.0, *ends[:-1]], ends, strict=True))
    wide = [(c, left, right) for c, left, right in spans if right - left > 0.12 * EM]
    return wide or [(text[0], 0.0, whole)]


def _rightwards(text: str) -> bool:
    return next(s.rightwards for s in SCRIPTS.values() if s.shaped and ord(text[0]) >> 7 == ord(s.sample[0]) >> 7)
