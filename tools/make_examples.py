"""Draw the example images that come with charsam, one for each hard case, with their truth.

    python tools/make_examples.py [--out assets/examples]

Writes to the output folder:

- `NAME.jpg`: the scene, 800 x 600 (quality 92);
- `words.json`: the words of all examples in the native words format: polygon and text, no characters;
- `truth/NAME_text.png`: 8-bit, 255 where there is text, else 0;
- `truth/NAME_chars.png`: 16-bit, 1..n over the characters in the order of the words, 0 elsewhere.

The scenes are drawn by `charsam.scenes` from the seeds below, with charsam's own fonts: run it again after changing
either. The same versions of numpy, Pillow and OpenCV give the same files.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from charsam.paths import ASSETS_DIR
from charsam.scenes import Scene, make_scene

SIZE = (800, 600)
QUALITY = 92


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its file name, the scene's kind, its seed (chosen by eye) and its words."""

    name: str
    kind: str
    seed: int
    words: tuple[str, ...]


EXAMPLES = (
    Example("tight_letters", "tight", 0, ("Movie", "Palace")),
    Example("rotated_sign", "rotated", 3, ("Old", "Harbour", "Bakery")),
    Example("curved_line", "curved", 4, ("Golden", "Lion", "Hotel")),
    Example("dark_plate", "dark", 1, ("Staff", "Only")),
    Example("letters_with_holes", "holes", 5, ("BROAD", "8")),
    Example("joined_script", "script", 8, ("Café", "Bellissima")),
)


def write_example(example: Example, folder: Path) -> dict[str, object]:
    """Draw one example into the folder and return its entry of `words.json`."""
    scene = make_scene(example.seed, size=SIZE, kind=example.kind, words=example.words)
    file = f"{example.name}.jpg"
    Image.fromarray(scene.image).save(folder / file, quality=QUALITY)
    write_truth(scene, folder / "truth", example.name)
    words = [{"polygon": np.round(word.polygon, 1).tolist(), "text": word.text} for word in scene.words]
    return {"file": file, "width": SIZE[0], "height": SIZE[1], "words": words}


def write_truth(scene: Scene, folder: Path, name: str) -> None:
    """The two truth masks of a scene as PNG, at the size of its image."""
    folder.mkdir(exist_ok=True)
    Image.fromarray(scene.text_mask()).save(folder / f"{name}_text.png", optimize=True)
    Image.fromarray(scene.character_mask).save(folder / f"{name}_chars.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ASSETS_DIR / "examples", help="folder to write to")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    images = [write_example(example, folder) for example in EXAMPLES]
    text = json.dumps({"charsam": 1, "images": images}, ensure_ascii=False, indent=1)
    (folder / "words.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
