"""Glyph templates: how many fonts put foreground, or a hole, on each cell of a character's box (paper, section II-C).

A template is a glyph drawn with ImageFont / ImageDraw, cut to its tight box and brought to GRID x GRID cells; its holes
are the background areas that the foreground surrounds. The shipped fonts' templates are precomputed into `assets/` by
`tools/build_glyph_templates.py`; a user's own folder of fonts is drawn when asked for.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from charsam.checksums import verified_asset
from charsam.errors import SettingsError, WeightsError
from charsam.paths import ASSETS_DIR, FONTS_DIR
from charsam.types import BoolArray, GlyphVotes

GRID = 32
DRAWN_SIZE = 128
CATEGORIES = "".join(
    [chr(code) for code in range(0x21, 0x7F)] + [chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)]
)
"""ASCII letters, digits and punctuation, and the Latin-1 letters."""
TELLING = "abdeghnqrt"
"""Small letters that look unlike their capitals."""
SAME_GLYPH = 0.95
"""The IoU of a small letter's and a capital's template from which on they are one glyph."""
TEMPLATES_FILE = ASSETS_DIR / "glyph_templates.npz"
FONT_SUFFIXES = (".ttf", ".otf", ".ttc")


@dataclass(frozen=True, slots=True, eq=False)
class GlyphTemplate:
    """One font's glyph of one character: foreground, hole: (GRID, GRID) bool over its tight box; advance in em."""

    foreground: BoolArray
    hole: BoolArray
    advance: float


@dataclass(frozen=True, slots=True, eq=False)
class TemplateSet:
    """The templates of F fonts for C categories.

    fonts: the font files' names, in the order in which they vote. foreground, hole: (C, F, GRID * GRID / 8) uint8,
    packed bits. present: (C, F) bool: whether the font has the character. advance: (C,) float32, mean advance in em.
    """

    fonts: tuple[str, ...]
    categories: str
    foreground: NDArray[np.uint8]
    hole: NDArray[np.uint8]
    present: BoolArray
    advance: NDArray[np.float32]

    def votes(self, category: str, templates: int) -> GlyphVotes | None:
        """The vote rates of the first `templates` fonts; None for a category that none of them has."""
        drawn = self.drawn(category, templates)
        if drawn is None:
            return None
        foreground, hole = (found.mean(axis=0, dtype=np.float64).astype(np.float32) for found in drawn)
        return GlyphVotes(foreground, hole, len(drawn[0]))

    def drawn(self, category: str, templates: int) -> tuple[BoolArray, BoolArray] | None:
        """Foreground and holes, (n, GRID, GRID) bool each, in those of the first `templates` fonts that have the
        category; None where none has.
        """
        row = self.categories.find(category) if len(category) == 1 else -1
        voting = np.flatnonzero(self.present[row, :templates]) if row >= 0 else ()
        if not len(voting):
            return None
        foreground, hole = (
            np.unpackbits(bits[row, voting], axis=1).reshape(-1, GRID, GRID).astype(np.bool_)
            for bits in (self.foreground, self.hole)
        )
        return foreground, hole

    def advance_of(self, category: str) -> float:
        """The mean advance width of a character in em; that of an "n" for one that no font has."""
        row = self.categories.find(category) if len(category) == 1 else -1
        return float(self.advance[row if row >= 0 and self.advance[row] > 0 else self.categories.find("n")])


@functools.cache
def shipped_templates() -> TemplateSet:
    """The templates of the fonts in `fonts/`, precomputed. Raises WeightsError where the file is missing or damaged."""
    try:
        with np.load(verified_asset(TEMPLATES_FILE), allow_pickle=False) as data:
            return TemplateSet(
                tuple(str(name) for name in data["fonts"]),
                str(data["categories"]),
                data["foreground"],
                data["hole"],
                _with_lower_case(str(data["categories"]), data["foreground"], data["present"]),
                data["advance"],
            )
    except (OSError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{TEMPLATES_FILE} cannot be read ({error}); make it with tools/build_glyph_templates.py"
        ) from error


def templates_of(folder: Path | None) -> TemplateSet:
    """The templates that vote: of the user's own folder of fonts, or the shipped ones where it is None."""
    return shipped_templates() if folder is None else folder_templates(folder.resolve())


@functools.lru_cache(maxsize=4)
def folder_templates(folder: Path, categories: str = CATEGORIES) -> TemplateSet:
    """The templates of every font file in a folder, in the order of the file names.

    Raises SettingsError where the folder holds no font that can be read.
    """
    fonts = font_files(folder)
    foreground = np.zeros((len(categories), len(fonts), GRID * GRID // 8), np.uint8)
    hole = np.zeros_like(foreground)
    present = np.zeros((len(categories), len(fonts)), np.bool_)
    advances = np.zeros((len(categories), len(fonts)))
    for column, path in enumerate(fonts):
        try:
            font = ImageFont.truetype(path, DRAWN_SIZE)
        except OSError as error:
            raise SettingsError(f"the font {path} cannot be read ({error}); remove it or replace it") from error
        for row, category in enumerate(categories):
            template = draw_template(font, category)
            if template is not None:
                foreground[row, column] = np.packbits(template.foreground.ravel())
                hole[row, column] = np.packbits(template.hole.ravel())
                present[row, column] = True
                advances[row, column] = template.advance
    mean = advances.sum(1) / np.maximum(present.sum(1), 1)
    return TemplateSet(
        tuple(path.name for path in fonts),
        categories,
        foreground,
        hole,
        _with_lower_case(categories, foreground, present),
        mean.astype(np.float32),
    )


def font_files(folder: Path = FONTS_DIR) -> list[Path]:
    """The font files of a folder, by name. Raises SettingsError where there are none."""
    if not folder.is_dir():
        raise SettingsError(f"the font folder {folder} does not exist")
    fonts = sorted(path for path in folder.iterdir() if path.suffix.lower() in FONT_SUFFIXES)
    if not fonts:
        raise SettingsError(f"the font folder {folder} holds no {', '.join(FONT_SUFFIXES)} file")
    return fonts


def draw_template(font: ImageFont.FreeTypeFont, category: str) -> GlyphTemplate | None:
    """One glyph template; None where the font does not have the character, or draws nothing for it."""
    drawn = _drawn(font, category)
    if drawn is None or _is_placeholder(font, drawn):
        return None
    hole = ndimage.binary_fill_holes(drawn) & ~drawn
    foreground = _to_grid(drawn)
    return GlyphTemplate(foreground, _to_grid(hole) & ~foreground, font.getlength(category) / font.size)


def _with_lower_case(categories: str, foreground: NDArray[np.uint8], present: BoolArray) -> BoolArray:
    """Which characters (C, F) each font has, without the small letters of fonts that draw capitals in their place:
    these would vote for the wrong glyph.
    """
    telling = [letter for letter in TELLING if letter in categories and letter.upper() in categories]
    if not telling:
        return present
    small, large = ([categories.index(case(letter)) for letter in telling] for case in (str.lower, str.upper))
    a, b = np.unpackbits(foreground[small], axis=2), np.unpackbits(foreground[large], axis=2)
    alike = np.median((a & b).sum(2) / np.maximum((a | b).sum(2), 1), axis=0) >= SAME_GLYPH
    lower = np.array([category.islower() for category in categories], np.bool_)
    return np.asarray(present & ~(lower[:, None] & alike), np.bool_)


def _drawn(font: ImageFont.FreeTypeFont, text: str) -> BoolArray | None:
    left, top, right, bottom = font.getbbox(text)
    if right <= left or bottom <= top:
        return None
    canvas = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, fill=255, font=font)
    ink = np.asarray(canvas) >= 128
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return None
    return np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _is_placeholder(font: ImageFont.FreeTypeFont, drawn: BoolArray) -> bool:
    """Whether the glyph is the font's sign for "no such character", which a noncharacter code point always gets."""
    placeholder = _drawn(font, "\uffff")
    return placeholder is not None and placeholder.shape == drawn.shape and bool((placeholder == drawn).all())


def _to_grid(pixels: BoolArray) -> BoolArray:
    coverage = Image.fromarray(pixels.astype(np.uint8) * 255).resize((GRID, GRID), Image.Resampling.BOX)
    return np.asarray(coverage) >= 128
