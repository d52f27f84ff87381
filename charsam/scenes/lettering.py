"""Fonts and glyphs: which font can write a word, where its pen goes, and each glyph's coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from charsam.errors import SettingsError
from charsam.paths import FONTS_DIR
from charsam.types import FloatArray

EM = 100
"""Pixels of the em in which words are measured; layouts are computed in these units."""

_HEAVY = ("bold", "black", "heavy", "anton", "alfa", "ultra", "abril", "righteous", "lilita", "bree", "ops")
_SCRIPTS = (
    "script", "lobster", "pacifico", "courgette", "leckerli", "lemonada", "vibes", "allura", "arizonia", "damion",
    "dawning", "grand-hotel", "handwriting", "homemade", "italianno", "kristi", "mr-da", "mr-de", "meddon",
    "muellerhoff", "niconne", "norican", "parisienne", "playball", "rufscript", "sacramento", "satisfy", "tangerine",
    "yellowtail", "zeyada", "cookie", "alex-brush", "rancho", "marck", "pinyon", "ecolier", "femke",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """The coverage of one character.

    coverage: (h, w) float32 in 0..1. x, y: place of its top-left pixel from the pen's place on the baseline (y down).
    box: x0, y0, x1, y1 of the ink (coverage >= 0.5) from the pen, in the same pixels.
    """

    coverage: FloatArray
    x: int
    y: int
    box: tuple[float, float, float, float]


def default_fonts() -> tuple[Path, ...]:
    """The fonts that come with charsam, in the order of their file names."""
    return font_files(FONTS_DIR)


def font_files(folder: Path) -> tuple[Path, ...]:
    """The fonts of a folder, by name."""
    return tuple(sorted(path for path in folder.glob("*") if path.suffix.lower() in {".ttf", ".otf"}))


def is_script(path: Path) -> bool:
    """Whether the font's file name tells of joined lettering."""
    return _named(path, _SCRIPTS)


def script_fonts(fonts: Sequence[Path]) -> tuple[Path, ...]:
    """Those fonts whose file name tells of joined lettering; all of them where none does."""
    chosen = tuple(path for path in fonts if is_script(path))
    return chosen or tuple(fonts)


def heavy_fonts(fonts: Sequence[Path]) -> tuple[Path, ...]:
    """Those fonts whose file name tells of a bold, not joined face; all of them where none does."""
    scripts = set(script_fonts(fonts))
    chosen = tuple(path for path in fonts if path not in scripts and _named(path, _HEAVY))
    return chosen or tuple(fonts)


@lru_cache(maxsize=16384)
def _named(path: Path, names: tuple[str, ...]) -> bool:
    stem = path.stem.lower()
    return any(name in stem for name in names)


@lru_cache(maxsize=256)
def load(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels an em, one glyph a character (no ligatures)."""
    try:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise SettingsError(f"font {path}: cannot be read ({error})") from error


@lru_cache(maxsize=64)
def load_shaped(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels an em, letters joined and stacked as their script wants it."""
    try:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.RAQM)
    except OSError as error:
        raise SettingsError(f"font {path}: cannot be read ({error})") from error


@lru_cache(maxsize=4096)
def can_write(path: Path, text: str) -> bool:
    """Whether the font has a glyph with ink for every character of the text."""
    font = load(path, 24)
    missing = bytes(font.getmask("\U0010fffd"))
    return all(any(mask := bytes(font.getmask(c))) and mask != missing for c in text)


def choose_font(rng: np.random.Generator, fonts: Sequence[Path], text: str) -> Path:
    """A random font that can write the text; SettingsError where there is none."""
    for index in rng.permutation(len(fonts)):
        path = fonts[int(index)]
        if can_write(path, text):
            return path
    raise SettingsError(f"none of the {len(fonts)} fonts has glyphs for every character of {text!r}")


@lru_cache(maxsize=4096)
def glyph(path: Path, character: str, size: int) -> Glyph:
    """One character's coverage at `size` pixels an em, with a rim of 2 empty pixels; of several, shaped, theirs."""
    font = load(path, size) if len(character) == 1 else load_shaped(path, size)
    left, top, right, bottom = (int(value) for value in font.getbbox(character, anchor="ls"))
    rim = 2
    canvas = Image.new("L", (max(1, right - left) + 2 * rim, max(1, bottom - top) + 2 * rim))
    ImageDraw.Draw(canvas).text((rim - left, rim - top), character, fill=255, font=font, anchor="ls")
    coverage = np.asarray(canvas, np.float32) / np.float32(255)
    x, y = left - rim, top - rim
    ink = coverage >= 0.5
    if not ink.any():
        ink = coverage >= coverage.max()
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = (x + columns[0], y + rows[0], x + columns[-1] + 1, y + rows[-1] + 1)
    return Glyph(coverage, x, y, (float(box[0]), float(box[1]), float(box[2]), float(box[3])))


def pen_positions(path: Path, text: str, tracking: float) -> tuple[FloatArray, float]:
    """Where the pen stands for each character of the text, and the whole advance, in units of 1 / EM em.

    The font's kerning is applied. tracking: extra space after each character, in ems.
    """
    font = load(path, EM)
    ends = [font.getlength(text[: i + 1]) for i in range(len(text))]
    starts = [end - font.getlength(c) for end, c in zip(ends, text, strict=True)]
    extra = tracking * EM
    pens = np.array(starts, np.float32) + np.float32(extra) * np.arange(len(text), dtype=np.float32)
    return pens, ends[-1] + extra * (len(text) - 1)


def touching_positions(path: Path, text: str, gap: float) -> tuple[FloatArray, float]:
    """Like `pen_positions`, but every two neighbours come as near as `gap` ems in at least one row.

    A negative gap makes them overlap. Where two glyphs share no row, the font's own advance is kept.
    """
    natural, advance = pen_positions(path, text, 0.0)
    pens = [0.0]
    for i in range(1, len(text)):
        step = float(natural[i] - natural[i - 1])
        distance = _nearest_rows(glyph(path, text[i - 1], EM), glyph(path, text[i], EM))
        shift = step if distance is None else max(distance + gap * EM, 0.55 * step)
        pens.append(pens[-1] + min(shift, step))
    tail = advance - float(natural[-1])
    return np.array(pens, np.float32), pens[-1] + tail


def _nearest_rows(left: Glyph, right: Glyph) -> float | None:
    """The pen step at which two glyphs just touch in the row where they meet first; None if they share no row."""
    first, last = max(left.y, right.y), min(left.y + len(left.coverage), right.y + len(right.coverage))
    distances = []
    for y in range(first, last):
        inked = np.flatnonzero(left.coverage[y - left.y] >= 0.5)
        other = np.flatnonzero(right.coverage[y - right.y] >= 0.5)
        if len(inked) and len(other):
            distances.append((left.x + inked[-1] + 1) - (right.x + other[0]))
    return float(max(distances)) if distances else None
