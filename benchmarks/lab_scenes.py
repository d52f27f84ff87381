"""Scenes of simulated labs, each with a convention or a look of its own: `lab_scene(lab, seed)`.

`python benchmarks/lab_scenes.py --out FOLDER [--scenes 6]` draws each lab's first scenes, beside them their truth.

Conventions, on looks that charsam knows: "hollow" letters of an outline, of which only the stroke is text; "filled",
the same pictures, where the whole letter is; "shadow", where a letter's drop shadow is part of it; "wide", ordinary
scenes whose letters reach 1.5 pixels over their edges. Looks that no training data show: "neon", where the glass tube
is the letter, and "brass", letters engraved into brushed metal.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import lab_looks
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from charsam.errors import SettingsError
from charsam.scenes.ink import Effects, paint_letters
from charsam.scenes.layout import Matrix, Shape, transform
from charsam.scenes.lettering import EM, default_fonts, glyph, is_script
from charsam.scenes.masks import SeenGlyph, label, see_word, union
from charsam.scenes.picture import Painter, Picture, em_of, take_picture
from charsam.scenes.plan import Sign, choose_words, plan_signs
from charsam.scenes.recipes import Recipe
from charsam.scenes.scene import LEAST_SHOWN, Scene, annotated, least_shown, random_view
from charsam.types import FloatArray, Word

LABS = ("hollow", "filled", "shadow", "wide", "neon", "brass")
SIZE: Final = (640, 480)
WIDER: Final = 1.5
"""Pixels by which the lab "wide" lets letters reach over their edges."""
HEIGHTS: Final = (20.0, 80.0)
"""Pixels of the height of a word's tallest letter."""
ATTEMPTS: Final = 40

Labels = NDArray[np.uint16]
Painted = Callable[[FloatArray, float, Effects], FloatArray]
_STRAIGHT = (*(Shape.STRAIGHT,) * 8, Shape.ARC, Shape.ARCH)
_RECIPE = Recipe(count=(4, 8), signs=3, shapes=_STRAIGHT, touching=0.0, leading=(0.25, 0.6))


@dataclass(frozen=True, slots=True)
class _Look:
    """recipe: of the scenes. strokes: half the width of the fonts' strokes, in ems. dress: what makes a sign's look.

    painted: where the paint of a line is, from its coverage. paint: paints it. least_shown: of every word's outline.
    most_painted: share of every word's area. with_shadow: whether words reach round their drop shadow.
    """

    recipe: Recipe
    strokes: tuple[float, float]
    dress: Callable[[np.random.Generator, Sign], Sign]
    painted: Painted = lab_looks.whole
    paint: Painter = paint_letters
    scripts: bool = False
    least_shown: float = LEAST_SHOWN
    most_painted: float = 2.0
    with_shadow: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A scene before its truth. lines: of each line of words its glyphs, em in pixels and effects.

    labels: (H, W), the whole glyphs. covered: (H, W), what is painted of them.
    """

    picture: Picture
    words: tuple[Word, ...]
    lines: tuple[tuple[list[SeenGlyph], float, Effects], ...]
    labels: Labels
    covered: FloatArray


def lab_scene(lab: str, seed: int) -> Scene:
    """The scene of that seed in a lab of `LABS`, with the truth that this lab's people would draw.

    "ordinary" are the scenes of "wide" with charsam's own truth. Raises SettingsError for another name.
    """
    if lab not in _TRUTHS:
        raise SettingsError(f"lab {lab!r} is not known; choose one of {', '.join(_TRUTHS)}")
    name = _LOOK_OF.get(lab, lab)
    drawn = _drawn(name, seed)
    return Scene(drawn.picture.image, drawn.words, _TRUTHS[lab](drawn))


def _drawn(name: str, seed: int) -> _Drawn:
    """The scene of a look; of some attempts the first whose letters are of the right size and can be traced."""
    look = _LOOKS[name]
    best: tuple[float, _Drawn] | None = None
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([list(_LOOKS).index(name), seed, attempt])
        texts = choose_words(rng, look.recipe, None)
        night = bool(rng.random() < look.recipe.night)
        fonts = _fonts(look.strokes, look.scripts)
        signs = tuple(look.dress(rng, s) for s in plan_signs(rng, look.recipe, texts, fonts, SIZE, night=night))
        view = random_view(rng, look.recipe, signs, SIZE)
        if not _fits(signs, view) and (best is not None or attempt + 1 < ATTEMPTS):
            continue
        drawn = _photographed(rng, look, signs, view, night=night)
        seen = Scene(drawn.picture.image, drawn.words, _painted_truth(drawn))
        shown = least_shown(seen) if _most_painted(drawn, seen) <= look.most_painted else 0.0
        if best is None or shown > best[0]:
            best = shown, drawn
        if shown >= look.least_shown:
            break
    assert best is not None
    return best[1]


@lru_cache(maxsize=4)
def _fonts(strokes: tuple[float, float], scripts: bool) -> tuple[Path, ...]:
    """Charsam's fonts whose strokes are half as wide as that, in ems."""
    fonts = (path for path in default_fonts() if scripts or not is_script(path))
    return tuple(path for path in fonts if strokes[0] <= _half_stroke(path) <= strokes[1])


def _half_stroke(font: Path) -> float:
    ink = np.pad(glyph(font, "o", EM).coverage >= 0.5, 1).astype(np.uint8)
    return float(cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()) / EM


def _fits(signs: Sequence[Sign], view: Matrix) -> bool:
    """Whether the tallest letter of every word has one of `HEIGHTS`."""
    heights = []
    for word in (word for sign in signs for word in sign.words):
        boxes = [transform(view, g.box_corners()) for g in word.glyphs]
        heights.append(max(float(np.linalg.norm(box[0] - box[3])) for box in boxes))
    return HEIGHTS[0] <= min(heights) and max(heights) <= HEIGHTS[1]


def _most_painted(drawn: _Drawn, seen: Scene) -> float:
    """How much of the area of a word's whole letters is painted, at most."""
    shares, first = [], 1
    for word in drawn.words:
        after = first + len(word.characters)
        whole, painted = (((m >= first) & (m < after)).sum() for m in (drawn.labels, seen.character_mask))
        shares.append(float(painted) / max(float(whole), 1.0))
        first = after
    return max(shares)


def _photographed(
    rng: np.random.Generator, look: _Look, signs: tuple[Sign, ...], view: Matrix, *, night: bool
) -> _Drawn:
    glyphs = [see_word(word, view, SIZE) for sign in signs for word in sign.words]
    picture = take_picture(rng, look.recipe, signs, glyphs, view, SIZE, night=night, paint=look.paint)
    placed = [word for sign in signs for word in sign.words]
    words = [annotated(rng, word, seen, view) for word, seen in zip(placed, glyphs, strict=True)]
    lines, at = [], 0
    for sign in signs:
        for line in sign.lines:
            own, em = [g for seen in glyphs[at : at + len(line)] for g in seen], em_of(line, view)
            if look.with_shadow:
                words[at : at + len(line)] = [_with_room(word, sign.effects, em) for word in words[at : at + len(line)]]
            lines.append((own, em, sign.effects))
            at += len(line)
    covered = np.zeros(SIZE[::-1], np.float32)
    for own, em, effects in lines:
        around = union([g.coverage for g in own], SIZE, 8)
        h, w = around.values.shape
        part = covered[around.y : around.y + h, around.x : around.x + w]
        np.maximum(part, look.painted(around.values, em, effects), out=part)
    labels = label([g for own, _, _ in lines for g in own], SIZE)
    return _Drawn(picture, tuple(words), tuple(lines), labels, covered)


def _with_room(word: Word, effects: Effects, em: float) -> Word:
    """The word with its polygon drawn out to hold its shadow."""
    shift = np.array([np.cos(effects.direction), np.sin(effects.direction)]) * effects.shadow * em
    polygon = word.polygon.astype(np.float64)
    count = len(polygon) // 2
    along, up = polygon[count - 1] - polygon[0], polygon[0] - polygon[-1]
    forward, upward = np.linalg.solve(np.stack([along, up], axis=1), shift)
    ends = (count - 1, count) if forward > 0 else (0, 2 * count - 1)
    polygon[list(ends)] += along * forward
    edge = slice(0, count) if upward > 0 else slice(count, None)
    polygon[edge] += up * upward
    return replace(word, polygon=polygon.astype(np.float32))


def _painted_truth(drawn: _Drawn) -> Labels:
    """What is painted, each pixel of it to the nearest glyph, up to the edges that the photograph shows."""
    return drawn.picture.shown(_owned(drawn.labels, drawn.covered >= 0.5), drawn.covered)


def _owned(labels: Labels, where: NDArray[np.bool_]) -> Labels:
    """(H, W): the label of the nearest letter at all pixels of `where`, 0 elsewhere."""
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.uint16)
    owner[nearest[labels > 0]] = labels[labels > 0]
    return np.asarray(np.where(where, owner[nearest], np.uint16(0)), np.uint16)


def _filled_truth(drawn: _Drawn) -> Labels:
    """The stroke as the photograph shows it, and all that it encloses of its letter, but for the counters."""
    stroke = _painted_truth(drawn)
    inside = cv2.erode((drawn.labels > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where((stroke == 0) & inside, drawn.labels, stroke)


def _shadow_truth(drawn: _Drawn) -> Labels:
    """Every letter with its own shadow, where that falls on no other letter."""
    shadows = []
    for own, em, effects in drawn.lines:
        room = 4 + round(em * (effects.shadow + 3 * effects.shadow_blur))
        for seen in own:
            around = union([seen.coverage], SIZE, room)
            cast = replace(around, values=lab_looks.cast(around.values, em, effects))
            shadows.append(replace(seen, coverage=cast))
    letters = _painted_truth(drawn)
    return np.where(letters > 0, letters, label(shadows, SIZE))


def _wide_truth(drawn: _Drawn) -> Labels:
    """The usual truth, grown. Where its edge is within a pixel, the letters' coverage tells."""
    letters = _painted_truth(drawn)
    edge = np.where(letters > 0, np.clip(drawn.covered, 0.51, 1), np.clip(drawn.covered, 0, 0.49))
    grown = lab_looks.filled_to(lab_looks.edge_distance(edge.astype(np.float32)) + np.float32(WIDER))
    return _owned(letters, (letters > 0) | (grown >= 0.5))


_ON_BOARDS = replace(_RECIPE, boards=1.0, night=0.0)
_LOOKS = {
    "hollow": _Look(
        replace(_RECIPE, night=0.05),
        (0.08, 0.2),
        lab_looks.dress_hollow,
        lab_looks.outline,
        lab_looks.paint_hollow,
        most_painted=0.8,
    ),
    "shadow": _Look(
        _ON_BOARDS, (0.05, 0.2), lab_looks.dress_shadowed, paint=lab_looks.paint_shadowed, with_shadow=True
    ),
    "wide": _Look(_RECIPE, (0.0, 0.2), lab_looks.dress_as_it_is, scripts=True),
    "neon": _Look(
        replace(_RECIPE, night=1.0, boards=0.0),
        (0.0, 0.056),
        lab_looks.dress_neon,
        lab_looks.tube,
        lab_looks.paint_neon,
        scripts=True,
    ),
    "brass": _Look(_ON_BOARDS, (0.03, 0.1), lab_looks.dress_brass, paint=lab_looks.paint_engraved, least_shown=0.3),
}
_LOOK_OF = {"filled": "hollow", "ordinary": "wide"}
_TRUTHS: dict[str, Callable[[_Drawn], Labels]] = {
    "hollow": _painted_truth, "filled": _filled_truth, "shadow": _shadow_truth, "wide": _wide_truth,
    "neon": _painted_truth, "brass": lambda drawn: drawn.labels, "ordinary": _painted_truth,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=6)
    parser.add_argument("--labs", nargs="*", choices=(*LABS, "ordinary"), default=LABS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for lab in args.labs:
        rows = [_beside(lab_scene(lab, seed), 3) for seed in range(args.scenes)]
        pairs = [np.hstack(rows[i : i + 2]) for i in range(0, len(rows), 2)]
        Image.fromarray(np.vstack(pairs)).save(args.out / f"{lab}.png")


def _beside(scene: Scene, hues: int) -> NDArray[np.uint8]:
    """The image, and beside it the image under its truth, neighbours in different colours."""
    colours = np.array([[255, 60, 60], [40, 220, 80], [70, 120, 255]], np.float32)[scene.character_mask % hues]
    share = np.where(scene.character_mask > 0, np.float32(0.55), np.float32(0))[..., None]
    shown = scene.image * (1 - share) + colours * share
    return np.hstack([scene.image, shown.astype(np.uint8)])


if __name__ == "__main__":
    main()
