"""What a mask looks like beside its photo, its neighbours and the fonts' glyphs: clues to why it may be wrong.

No model is asked and no truth is needed, so that clues can be read off stored results, ten thousand words at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from charsam.cgr.templates import CATEGORIES, GRID, shipped_templates
from charsam.inspection.failures import FailureKind
from charsam.inspection.strips import Strip
from charsam.types import BoolArray, Character, FloatArray

TWINS: Final = (
    "0OoQD",
    "1lIi|!",
    "5Ss",
    "2Zz",
    "8B",
    "6bG",
    "9gq",
    "cC",
    "kK",
    "pP",
    "uUvV",
    "wW",
    "xX",
    "jJ",
    "mM",
    "yY",
)
"""Characters that look alike when each fills its own box, besides the two cases of a letter."""
FAINT: Final = 40.0
"""Colour difference (CIE 1976) below which letter and ground begin to be hard to tell apart."""
_EMPTY: Final = np.zeros((GRID, GRID), np.float32)


@dataclass(frozen=True, slots=True)
class Clues:
    """What was seen of one character.

    contrast: CIE 1976 difference of the colours of the letter and of what is around it; None where it has no mask.
    looks_like: the category whose glyphs the mask fits best, as far as it fits another than its own; "" where not.
    kinds: how much speaks for each kind of failure, 0..1.
    """

    contrast: float | None
    looks_like: str
    kinds: dict[FailureKind, float]


def word_clues(strip: Strip, characters: Sequence[Character], first: int) -> tuple[Clues, ...]:
    """The clues to every character of a word. first: the label of the first of them; the others follow."""
    shifted = shift(strip, first, len(characters))
    lengths = relative_lengths(characters, stacked=strip.frame.stacked)
    lab = cv2.cvtColor(strip.photo, cv2.COLOR_RGB2LAB).astype(np.float32) * np.array([100 / 255, 1, 1], np.float32)
    found = []
    for index, character in enumerate(characters):
        mask = strip.labels == first + index
        cells = on_grid(mask, strip.box(character.box))
        looks_like, better = another_category(cells, character.category)
        contrast = contrast_of(lab, mask, strip.labels > 0)
        kinds = {
            FailureKind.WRONG_TEXT: wrong_text(character, looks_like, better),
            FailureKind.SHIFTED: shifted,
            FailureKind.LOW_CONTRAST: 0.5 if contrast is None else float(np.clip((FAINT - contrast) / FAINT, 0, 1)),
            **glyph_failures(cells, character.category),
            FailureKind.MERGED: merged(strip, mask, index, characters, lengths[index], cells),
        }
        found.append(Clues(contrast, looks_like, kinds))
    return tuple(found)


def on_grid(mask: BoolArray, box: tuple[int, int, int, int]) -> FloatArray:
    """(GRID, GRID) float32: the share of each cell of a box that the mask covers."""
    x0, y0, x1, y1 = box
    part = mask[y0:y1, x0:x1].astype(np.float32)
    return np.asarray(cv2.resize(part, (GRID, GRID), interpolation=cv2.INTER_AREA), np.float32) if part.size else _EMPTY


def contrast_of(lab: FloatArray, mask: BoolArray, text: BoolArray) -> float | None:
    """The difference of the median colours of a mask and of the ground around it. lab: (h, w, 3), CIE L*a*b*."""
    if not mask.any():
        return None
    core = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    near = cv2.dilate(mask.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    ground = near & ~(cv2.dilate(text.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    if not ground.any():
        return None
    inside = np.median(lab[core if core.any() else mask], axis=0)
    return float(np.linalg.norm(inside - np.median(lab[ground], axis=0)))


def another_category(cells: FloatArray, category: str) -> tuple[str, float]:
    """The category whose glyphs fit a mask best, and by how much better (0..1) than the category's own.

    cells: (GRID, GRID). ("", 0.0) where its own, or one that looks alike, fits best, or no font has it.
    """
    alphabet, _, _ = _alphabet()
    place = alphabet.find(category) if len(category) == 1 else -1
    if place < 0 or not cells.any():
        return "", 0.0
    fits = agreements(cells)
    others = fits.copy()
    others[[alphabet.index(twin) for twin in _alike(category) if twin in alphabet]] = 0
    best = int(others.argmax())
    better = float(others[best] - fits[place])
    return (alphabet[best], better) if better > 0 else ("", 0.0)


def agreements(cells: FloatArray) -> FloatArray:
    """(C,): how far a mask agrees with the glyph votes of each category, as in `charsam.cgr.masks.glyph_agreement`."""
    _, rates, best = _alphabet()
    mask = cells.ravel()
    inside = rates @ mask
    union = float(mask.sum()) + rates.sum(1) - inside
    return np.asarray(np.clip(inside / np.maximum(union, 1e-6) / best, 0, 1), np.float32)


def wrong_text(character: Character, looks_like: str, better: float) -> float:
    """How much speaks for another character than the transcription's: what was read, and what the mask looks like."""
    looks = float(np.clip((better - 0.03) / 0.25, 0, 1))
    if not character.recognised:
        return 0.8 * looks
    same = set(_alike(character.category))
    reads = 0.0 if same & set(character.recognised) else 1.0 - character.probability
    agreeing = looks_like != "" and looks_like in _alike(character.recognised[:1])
    return float(np.clip(0.6 * reads + 0.25 * looks + 0.15 * (agreeing and reads > 0), 0, 1))


def glyph_failures(cells: FloatArray, category: str) -> dict[FailureKind, float]:
    """Filled holes, missing strokes and spilled pixels, by where nearly all fonts agree."""
    votes = shipped_templates().votes(category, 80)
    if votes is None:
        return {FailureKind.FILLED: 0.0, FailureKind.MISSING: 1.0 - float(cells.any()), FailureKind.SPILLED: 0.0}
    hole, strokes = votes.hole > 0.5, votes.foreground > 0.8
    off = (votes.foreground < 0.08) & (votes.hole < 0.08)
    drawn = float(cells[strokes].mean()) if strokes.any() else float(cells.mean())
    return {
        FailureKind.FILLED: filled_holes(cells, hole) * drawn,
        FailureKind.MISSING: 1.0 - drawn,
        FailureKind.SPILLED: float(np.clip(2 * cells[off].mean(), 0, 1)) if off.sum() >= 30 else 0.0,
    }


def filled_holes(cells: FloatArray, hole: BoolArray) -> float:
    """How far the worst of a glyph's holes is filled, 0..1; half as much where the mask has a hole of its own there.

    cells, hole: (GRID, GRID); hole: where most fonts have theirs.
    """
    count, parts = cv2.connectedComponents(hole.astype(np.uint8), connectivity=4)
    drawn = cells > 0.5
    own = ndimage.binary_fill_holes(drawn) & ~drawn
    scores = [0.0]
    for part in (parts == value for value in range(1, count)):
        if part.sum() >= 6:
            scores.append(float(cells[part].mean()) * (0.5 if (own & part).sum() >= 3 else 1.0))
    return max(scores)


def shift(strip: Strip, first: int, count: int) -> float:
    """How far the word's masks lie to one side of its polygon, 0..1, as they do where the polygon is shifted: a margin
    that is empty on one side only, ink whose middle is off, letters that the strip's edge cuts on one side only.
    """
    ink = (strip.labels >= first) & (strip.labels < first + count)
    if not ink.any():
        return 0.5
    if strip.frame.stacked:
        ink = ink.T
    h, w = ink.shape
    margin = strip.frame.margin * strip.scale
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    down = (rows[0] - margin) - (h - margin - 1 - rows[-1])
    along = (columns[0] - margin) - (w - margin - 1 - columns[-1])
    empty = _from(max(abs(down), abs(along)) / (h - 2 * margin), 0.08, 0.5)
    middle = float((ink.sum(1) * (np.arange(h) + 0.5)).sum() / ink.sum()) / h
    cut = float(abs(ink[:2].any(0).mean() - ink[-2:].any(0).mean()))
    return 0.6 * max(empty, _from(abs(middle - 0.5), 0.08, 0.25)) + 0.4 * _from(cut, 0.02, 0.2)


def _from(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, evenly between."""
    return float(np.clip((value - low) / (high - low), 0, 1))


def relative_lengths(characters: Sequence[Character], *, stacked: bool) -> FloatArray:
    """(n,): how much of its word's course each box takes, for its category, against the others of the word; 1 is as
    much as they do.
    """
    templates, axis = shipped_templates(), 1 if stacked else 0
    usual = [1.0 if stacked else templates.advance_of(one.category) for one in characters]
    lengths = np.array([float(c.box[axis + 2] - c.box[axis]) / u for c, u in zip(characters, usual, strict=True)])
    if len(lengths) < 3:
        return np.ones(len(lengths), np.float32)
    return np.asarray(lengths / max(float(np.median(lengths)), 1e-6), np.float32)


def merged(
    strip: Strip,
    mask: BoolArray,
    index: int,
    characters: Sequence[Character],
    length: float,
    cells: FloatArray,
) -> float:
    """How much speaks for a mask that covers a neighbouring letter, too: a box too long, strokes side by side where
    the glyph has none, pixels in the neighbour's box. length: see `relative_lengths`.
    """
    area = int(mask.sum())
    if not area:
        return 0.0
    wide = float(np.clip((length - 1.25) / 0.75, 0, 1))
    votes = shipped_templates().votes(characters[index].category, 80)
    strange = 0.0 if votes is None else float(cells[votes.foreground < 0.15].sum() / max(cells.sum(), 1e-6))
    beside = (
        _side_by_side(mask.T if strip.frame.stacked else mask) if characters[index].category not in '"%\u00a8' else 0.0
    )
    inside = np.zeros_like(mask)
    for other, neighbour in enumerate(characters):
        if abs(other - index) == 1:
            x0, y0, x1, y1 = strip.box(neighbour.box)
            inside[y0:y1, x0:x1] = True
    x0, y0, x1, y1 = strip.box(characters[index].box)
    inside[y0:y1, x0:x1] = False
    spill = float((mask & inside).sum()) / area
    doubt = 0.45 * wide + 0.3 * beside + 0.25 * min(2 * strange, 1.0)
    return float(np.clip(max(doubt, 3 * spill), 0, 1))


def _side_by_side(mask: BoolArray) -> float:
    """1 where a mask has two large parts of which none lies above the other, less the more they do; 0 for one part."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = stats[1:count][stats[1:count, cv2.CC_STAT_AREA] >= 0.15 * mask.sum()]
    if len(large) < 2:
        return 0.0
    order = np.argsort(large[:, cv2.CC_STAT_LEFT])
    left, right = large[order[0]], large[order[-1]]
    over = left[cv2.CC_STAT_LEFT] + left[cv2.CC_STAT_WIDTH] - right[cv2.CC_STAT_LEFT]
    narrow = min(left[cv2.CC_STAT_WIDTH], right[cv2.CC_STAT_WIDTH])
    return float(np.clip(1 - over / max(float(narrow), 1.0), 0, 1))


def _alike(category: str) -> str:
    """The characters that look like a category, itself and its other case included."""
    found = {category, category.lower(), category.upper()}
    for group in TWINS:
        if found & set(group):
            found |= set(group)
    return "".join(sorted(one for one in found if len(one) == 1))


@functools.cache
def _alphabet() -> tuple[str, NDArray[np.float32], NDArray[np.float32]]:
    """The ASCII letters and digits, their foreground votes (C, GRID * GRID), and the best agreement each can have."""
    templates = shipped_templates()
    chosen, rates = [], []
    for category in CATEGORIES:
        if category.isascii() and category.isalnum() and (votes := templates.votes(category, 80)) is not None:
            chosen.append(category)
            rates.append(votes.foreground.ravel())
    stacked = np.stack(rates)
    cut = stacked > 0.5
    inside = (stacked * cut).sum(1)
    union = cut.sum(1) + stacked.sum(1) - inside
    return "".join(chosen), stacked, np.maximum(inside / union, 1e-3).astype(np.float32)
