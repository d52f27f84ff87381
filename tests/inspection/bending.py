"""Results made of the truth, bent where a test wants it so, and the files that commands write of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from charsam.datasets.native import image_entry, words_json
from charsam.scenes import Scene
from charsam.types import Character, CharacterMask, ImageAnnotation

Bend = Callable[[Character], Character]


def bent(annotation: ImageAnnotation, word: int, index: int, bend: Bend) -> ImageAnnotation:
    """The annotation with one character changed."""
    characters = list(annotation.words[word].characters)
    characters[index] = bend(characters[index])
    words = list(annotation.words)
    words[word] = replace(words[word], characters=tuple(characters))
    return replace(annotation, words=tuple(words))


def with_mask(character: Character, pixels: np.ndarray, x: int | None = None, y: int | None = None) -> Character:
    mask = character.mask
    return replace(character, mask=CharacterMask(pixels, mask.x if x is None else x, mask.y if y is None else y))


def write_results(folder: Path, scene: Scene, annotation: ImageAnnotation, file: str = "sign.jpg") -> dict[str, Any]:
    """What `charsam annotate` writes of one image, and the photo beside it; returns the entry of words.json."""
    buffer = io.BytesIO()
    Image.fromarray(scene.image).save(buffer, "JPEG", quality=95)
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    (folder / "photos" / file).write_bytes(buffer.getvalue())
    entry = image_entry(file, annotation)
    (folder / "out").mkdir(exist_ok=True)
    (folder / "out" / "words.json").write_bytes(words_json([entry]))
    return entry


def report_of(folder: Path) -> dict[str, Any]:
    """What a report's data.js holds."""
    text = (folder / "data.js").read_text(encoding="utf-8")
    head, rows = text.removeprefix("window.charsamReport = {about: ").split(", images: [\n")
    lines = [json.loads(line.removesuffix(",")) for line in rows.splitlines() if line.startswith("{")]
    return {"about": json.loads(head), "images": lines}
