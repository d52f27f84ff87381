"""Put all that `tools/train_compact.py` needs into one folder, for a machine with PyTorch and nothing of charsam.

    python tools/pack_training.py FOLDER [--material CACHE/material.json --megabytes 20]
    PYTHONPATH=FOLDER python FOLDER/tools/train_compact.py --craft FOLDER/craft.pth --cache CACHE --out NEW.safetensors
        --start-from FOLDER/assets/compact.safetensors --fonts FOLDER/material/fonts
        --photographs FOLDER/material/photos --held-out FOLDER/material/held_fonts FOLDER/material/held_photos
        --workers 12 --hands 4 --batch 24 --stop-after 8

The folder gets charsam's code and fonts, the glyph templates, the shipped weights and CRAFT in half precision: less
than 64 MiB. --material adds fonts of every script and photographs of a cache's material.json, in turn, until so many
megabytes are used; they are drawn by chance, with a fixed seed.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from charsam import weights

ROOT = Path(__file__).parent.parent
ASSETS = ("compact.safetensors", "glyph_templates.npz")
LONGEST = 900
"""Pixels of the longer side of a packed photograph."""
PHOTOGRAPHS = 0.4
"""Share of the room that photographs may take."""
HELD_OUT = 0.15
"""Share of the room for what is held out."""


def pack(folder: Path) -> int:
    """Fill the folder; returns its bytes."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("charsam", "tools", "fonts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    for name in ASSETS:
        shutil.copy(ROOT / "assets" / name, folder / "assets" / name)
    state = torch.load(weights.locate("craft"), map_location="cpu", weights_only=True)
    torch.save({k: v.half() if v.is_floating_point() else v for k, v in state.items()}, folder / "craft.pth")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def pack_material(listed: Path, folder: Path, room: float) -> None:
    """Copy fonts and photographs of a material.json into folders below `folder`, until `room` bytes are used."""
    halves = json.loads(listed.read_text())
    rng = np.random.default_rng(0)
    for half, prefix, share in zip(halves, ("", "held_"), (1 - HELD_OUT, HELD_OUT), strict=True):
        fonts, photos = folder / f"{prefix}fonts", folder / f"{prefix}photos"
        left = share * room * PHOTOGRAPHS
        photos.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(rng.permutation(half["photographs"])):
            if left <= 0:
                break
            target = photos / f"{number:04d}.jpg"
            with Image.open(path) as opened:
                small = opened.convert("RGB")
            small.thumbnail((LONGEST, LONGEST))
            small.save(target, quality=85)
            left -= target.stat().st_size
        left += share * room * (1 - PHOTOGRAPHS)
        fonts.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate(_in_turn(rng, half["fonts"])):
            size = path.stat().st_size
            if size <= left / 2:  # no font takes up most of the room
                shutil.copy(path, fonts / f"{number:04d}-{path.name}")
                left -= size


def _in_turn(rng: np.random.Generator, scripts: Mapping[str, Sequence[str]]) -> Iterator[Path]:
    """The fonts of all scripts, one of each in turn, charsam's own left out."""
    seen = {path.name for path in (ROOT / "fonts").iterdir()}
    queues = [[Path(p) for p in rng.permutation(sorted(set(fonts)))] for fonts in scripts.values()]
    while any(queues):
        for queue in queues:
            while queue:
                path = queue.pop()
                if path.name not in seen:
                    seen.add(path.name)
                    yield path
                    break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--material", type=Path, help="material.json of a cache of tools/train_compact.py")
    parser.add_argument("--megabytes", type=float, default=20, help="of fonts and photographs")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    size = pack(args.folder)
    print(f"{args.folder}: code, fonts and CRAFT, {size / 2**20:.1f} MiB")
    if args.material is not None:
        pack_material(args.material, args.folder / "material", args.megabytes * 1e6)
        more = sum(p.stat().st_size for p in (args.folder / "material").rglob("*") if p.is_file())
        print(f"{args.folder / 'material'}: {more / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
