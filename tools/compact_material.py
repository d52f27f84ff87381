"""Fonts and photographs for the training scenes of the compact segmenter, and those that are held out from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from strip_texts import SCRIPTS

from charsam.cgr.templates import draw_template, shipped_templates
from charsam.errors import CharsamError
from charsam.paths import FONTS_DIR
from charsam.scenes.lettering import can_write, load

FONT_FILES = {".ttf", ".otf", ".woff", ".ttc"}
PHOTOGRAPHS = {".jpg", ".jpeg", ".png", ".webp"}
OWN_FONTS_WEIGHT = 5
"""How much more often a font of charsam's own is drawn from than one of --fonts, which tend to be odder."""
HELD_OUT_PHOTOGRAPHS = 5
"""Every so many-th photograph is held out."""


@dataclass(frozen=True, slots=True)
class Material:
    """What scenes are made of. fonts: those that can write each script (`strip_texts.SCRIPTS`)."""

    fonts: dict[str, tuple[Path, ...]]
    photographs: tuple[Path, ...]


def material(
    folder: Path, fonts: Sequence[Path], photographs: Sequence[Path], held_out: Sequence[Path]
) -> tuple[Material, Material]:
    """What is trained on and what is held out; looked for once a cache, since reading all fonts takes a minute.

    fonts: folders besides charsam's own. held_out: folders of fonts and photographs; without any, the last fifth of the
    photographs and every eighth font family are held out. Raises OSError where a folder cannot be read.
    """
    listed = folder / "material.json"
    if not listed.exists():
        latin, others = legible_fonts([FONTS_DIR, *fonts]), other_fonts(fonts)
        pictures = _pictures(photographs)
        if held_out:
            kept = legible_fonts(held_out), other_fonts(held_out), _pictures(held_out)
            names = {path.name for path in kept[1]}
            others = [path for path in others if path.name not in names]
        else:
            latin, held_fonts = split_fonts(latin)
            cut = len(pictures) - len(pictures) // HELD_OUT_PHOTOGRAPHS
            pictures, kept = pictures[:cut], (held_fonts, [], pictures[cut:])
        halves = (_material(latin, others, pictures), _material(*kept))
        described = [
            {
                "fonts": {k: [str(p) for p in v] for k, v in half.fonts.items()},
                "photographs": [str(p) for p in half.photographs],
            }
            for half in halves
        ]
        listed.write_text(json.dumps(described))
    first, second = (
        Material({k: tuple(map(Path, v)) for k, v in half["fonts"].items()}, tuple(map(Path, half["photographs"])))
        for half in json.loads(listed.read_text())
    )
    return first, second


def held_material(folders: Sequence[Path]) -> Material:
    """All fonts and photographs of the folders."""
    return _material(legible_fonts(folders), other_fonts(folders), _pictures(folders))


def _material(latin: Sequence[Path], others: Sequence[Path], pictures: Sequence[Path]) -> Material:
    """latin: legible fonts. others: fonts of other scripts. A font of charsam's own counts OWN_FONTS_WEIGHT times."""
    found = {}
    for name, script in SCRIPTS.items():
        able = [
            p for p in (latin if name == "latin" else (*latin, *others)) if name == "latin" or writes(p, script.sample)
        ]
        weighted = [path for path in able for _ in range(OWN_FONTS_WEIGHT if path.parent == FONTS_DIR else 1)]
        if weighted:
            found[name] = tuple(weighted)
    return Material(found, tuple(pictures))


def _pictures(folders: Sequence[Path]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.iterdir() if path.suffix.lower() in PHOTOGRAPHS)


def other_fonts(folders: Sequence[Path]) -> list[Path]:
    """The fonts under the folders that can write one of the scripts other than Latin, Greek and Cyrillic."""
    samples = [script.sample for name, script in SCRIPTS.items() if name not in {"latin", "greek", "cyrillic"}]
    return [path for path in _files(folders) if any(writes(path, sample) for sample in samples)]


@cache
def writes(path: Path, text: str) -> bool:
    """Whether the font can be read and has glyphs for all of the text."""
    try:
        return can_write(path, text)
    except (CharsamError, OSError, ValueError):
        return False


def _files(folders: Sequence[Path]) -> list[Path]:
    return sorted({p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in FONT_FILES})


def legible_fonts(folders: Sequence[Path]) -> list[Path]:
    """The fonts under the folders whose ASCII letters look like those letters; symbols and other scripts do not."""
    templates = shipped_templates()
    usual = {c: votes.foreground for c in "AEHMORSTaehnost25" if (votes := templates.votes(c, 80)) is not None}
    kept = []
    for path in _files(folders):
        try:
            if not can_write(
                path, "".join(map(chr, range(0x30, 0x3A))) + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            ):
                continue
            font = load(path, 64)
            scores = []
            for category, rate in usual.items():
                drawn = draw_template(font, category)
                if drawn is not None:
                    scores.append(float((rate * drawn.foreground).sum() / max(float(drawn.foreground.sum()), 1.0)))
        except (CharsamError, OSError):
            continue
        if len(scores) == len(usual) and float(np.mean(scores)) > 0.5:
            kept.append(path)
    return kept


def split_fonts(fonts: Sequence[Path], every: int = 8) -> tuple[list[Path], list[Path]]:
    """Fonts to train on and fonts held out; the faces of one family (file name up to a hyphen) stay together."""
    families = sorted({_family(path) for path in fonts})
    held = set(families[every - 1 :: every])
    return [p for p in fonts if _family(p) not in held], [p for p in fonts if _family(p) in held]


def _family(path: Path) -> str:
    return path.stem.lower().replace("_", "-").split("-")[0][:6]
