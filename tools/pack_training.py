"""Put all that `tools/train_compact.py` needs into one folder, for a machine with PyTorch and nothing of charsam.

    python tools/pack_training.py FOLDER --cache CACHE [--megabytes 15] [--data-only]
    cd FOLDER && PYTHONPATH=. python tools/train_compact.py --craft craft.pth.xz --cache cache --out NEW.safetensors
        --start-from assets/compact.safetensors --workers 14 --hands 4 --uses 4 --batch 64 --minutes 8

CACHE is one that `tools/train_compact.py` has begun: its material.json and held.npz. The folder gets CRAFT (bfloat16,
as CUDA computes it), the held-out strips, and of the fonts and photographs of every script as many as fit into so many
megabytes, drawn by chance with a fixed seed; fonts keep only the letters that the training writes. --data-only leaves
charsam's code, fonts and weights out, for a machine that has a checkout: the paths in the packed material.json are
relative, and the trainer is to be started where `FOLDER` was named from.

Needs fontTools (`pip install fonttools`) besides what charsam needs.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError
from PIL import Image
from strip_texts import SCRIPTS

from charsam import weights
from charsam.paths import FONTS_DIR

ROOT = Path(__file__).parent.parent
ASSETS = ("compact.safetensors", "glyph_templates.npz")
LONGEST = 800
"""Pixels of the longer side of a packed photograph."""
PHOTOGRAPHS = 0.25
"""Share of the room that photographs may take."""
SHARES = {"latin": 0.35, "chinese": 0.22, "japanese": 0.1, "korean": 0.1}
"""Of the fonts' room; the other scripts share what is left."""
TRIES = 6
"""Fonts too large for the room that is left, after which no more are tried."""
WORDS = 12000
"""So many words of a script are drawn to learn which letters it needs."""
BEYOND_ASCII = "".join(map(chr, range(0x20, 0x180))) + "€£¢–—‘’“”•…°"


def pack_code(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("charsam", "tools", "fonts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    for name in ASSETS:
        shutil.copy(ROOT / "assets" / name, folder / "assets" / name)


def pack_craft(path: Path) -> None:
    """CRAFT's convolutions in bfloat16, in an xz file that `compact_seeing.Eye` reads."""
    state = torch.load(weights.locate("craft"), map_location="cpu", weights_only=True)
    small = io.BytesIO()
    torch.save({k: v.bfloat16() if v.dim() == 4 else v for k, v in state.items()}, small)
    # Every other byte holds sign and exponent, which say little; lc and lp keep the two kinds apart.
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 1, "pb": 1}]
    path.write_bytes(lzma.compress(small.getvalue(), filters=filters))


def pack_material(cache: Path, folder: Path, room: float, prefix: Path) -> None:
    """The cache's fonts and photographs below `folder`, at most `room` bytes, and a cache that names them.

    prefix: how the trainer will name `folder`. Fonts of charsam's own are named, not packed.
    """
    trained = json.loads((cache / "material.json").read_text())[0]
    rng = np.random.default_rng(0)
    photographs = [
        str(prefix / path.relative_to(folder))
        for path in _photographs(rng, trained["photographs"], folder / "photos", PHOTOGRAPHS * room)
    ]
    fonts: dict[str, list[str]] = {}
    others = (1 - sum(SHARES.values())) / (len(SCRIPTS) - len(SHARES))
    for script, named in trained["fonts"].items():
        own = [f"fonts/{Path(p).name}" for p in named if Path(p).parent == FONTS_DIR]
        there = sorted({p for p in named if Path(p).parent != FONTS_DIR})
        left = SHARES.get(script, others) * room * (1 - PHOTOGRAPHS)
        letters = _letters(script)
        packed = _fonts([Path(p) for p in rng.permutation(there)], letters, folder / "fonts" / script, left)
        fonts[script] = own + [str(prefix / path.relative_to(folder)) for path in packed]
        print(f"{script}: {len(fonts[script]) - len(own)} of {len(there)} fonts packed")
    packed_cache = folder / "cache"
    packed_cache.mkdir(parents=True, exist_ok=True)
    half = {"fonts": fonts, "photographs": photographs}
    (packed_cache / "material.json").write_text(json.dumps([half, {"fonts": {}, "photographs": []}]))
    shutil.copy(cache / "held.npz", packed_cache / "held.npz")


def _letters(script: str) -> str:
    rng = np.random.default_rng(0)
    used = set(SCRIPTS[script].sample)
    for _ in range(WORDS):
        used |= set(SCRIPTS[script].word(rng))
    return "".join(sorted(used)) + (BEYOND_ASCII if script == "latin" else "")


def _photographs(rng: np.random.Generator, named: Sequence[str], folder: Path, room: float) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(rng.permutation(named)):
        if room <= 0:
            return
        target = folder / f"{number:04d}.jpg"
        with Image.open(path) as opened:
            small = opened.convert("RGB")
        small.thumbnail((LONGEST, LONGEST))
        small.save(target, quality=80)
        room -= target.stat().st_size
        yield target


def _fonts(named: Sequence[Path], letters: str, folder: Path, room: float) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    too_large = 0
    for number, path in enumerate(named):
        if too_large == TRIES:
            return
        target = folder / f"{number:04d}-{path.stem}.woff"
        try:
            _subset(path, letters, target)
        except (TTLibError, OSError, KeyError, AssertionError, NotImplementedError, subset.Subsetter.SubsettingError):
            target.unlink(missing_ok=True)
            continue
        size = target.stat().st_size
        if size > room:
            target.unlink()
            too_large += 1
            continue
        room -= size
        yield target


def _subset(path: Path, letters: str, target: Path) -> None:
    options = subset.Options(flavor="woff", hinting=False, ignore_missing_unicodes=True, notdef_outline=True)
    options.layout_features = ["*"]
    options.drop_tables += ["MATH", "SVG ", "CBDT", "CBLC", "DSIG", "FFTM", "PfEd", "TeX ", "BDF ", "MERG", "EBDT"]
    with TTFont(path, fontNumber=0, lazy=True) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=letters)
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="a cache of tools/train_compact.py")
    parser.add_argument("--megabytes", type=float, default=15, help="of fonts and photographs")
    parser.add_argument("--data-only", action="store_true", help="for a machine that has a checkout of charsam")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if not args.data_only:
        pack_code(args.folder)
    pack_craft(args.folder / "craft.pth.xz")
    pack_material(args.cache, args.folder, args.megabytes * 1e6, args.folder if args.data_only else Path())
    size = sum(path.stat().st_size for path in args.folder.rglob("*") if path.is_file())
    print(f"{args.folder}: {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
