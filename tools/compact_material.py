"""Fonts and photographs for the training scenes of the compact segmenter, and those that are held out from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from charsam.cgr.templates import draw_template, shipped_templates
from charsam.errors import CharsamError
from charsam.paths import FONTS_DIR
from charsam.scenes.lettering import can_write, load

FONT_FILES = {".ttf", ".otf", ".woff"}
PHOTOGRAPHS = {".jpg", ".jpeg", ".png", ".webp"}
HELD_OUT_PHOTOGRAPHS = 5
"""Every so many-th photograph is held out."""


@dataclass(frozen=True, slots=True)
class Material:
    """What scenes are made of."""

    fonts: tuple[Path, ...]
    photographs: tuple[Path, ...]


def material(
    cache: Path, fonts: Sequence[Path], photographs: Path | None, held_out: Sequence[Path]
) -> tuple[Material, Material]:
    """What is trained on and what is held out; looked for once a cache, since reading all fonts takes a minute.

    fonts: folders besides charsam's own. held_out: folders of fonts and photographs; without any, the last fifth of the
    photographs and every eighth font family are held out. Raises OSError where a folder cannot be read.
    """
    listed = cache / "material.json"
    if not listed.exists():
        found = legible_fonts([FONTS_DIR, *fonts])
        pictures = _pictures(photographs) if photographs is not None else []
        if held_out:
            kept = held_material(held_out)
            held = list(kept.fonts), list(kept.photographs)
        else:
            found, held_fonts = split_fonts(found)
            cut = len(pictures) - len(pictures) // HELD_OUT_PHOTOGRAPHS
            held, pictures = (held_fonts, pictures[cut:]), pictures[:cut]
        listed.write_text(json.dumps([[[str(p) for p in part] for part in half] for half in ((found, pictures), held)]))
    halves = json.loads(listed.read_text())
    first, second = (Material(*(tuple(Path(p) for p in part) for part in half)) for half in halves)
    return first, second


def held_material(folders: Sequence[Path]) -> Material:
    """All fonts and photographs of the folders."""
    return Material(tuple(legible_fonts(folders)), tuple(path for folder in folders for path in _pictures(folder)))


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTOGRAPHS)


def legible_fonts(folders: Sequence[Path]) -> list[Path]:
    """The fonts under the folders whose ASCII letters look like those letters; symbols and other scripts do not."""
    templates = shipped_templates()
    usual = {c: votes.foreground for c in "AEHMORSTaehnost25" if (votes := templates.votes(c, 80)) is not None}
    kept = []
    for path in sorted({p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in FONT_FILES}):
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
