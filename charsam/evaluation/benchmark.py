"""The generated benchmark: a fixed set of scenes with true masks in TextSeg's layout, the same for everyone."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from tqdm import tqdm

from charsam.atomic import write_atomically
from charsam.datasets import native, native_dataset, textseg
from charsam.errors import SettingsError
from charsam.scenes import Scene, make_scene
from charsam.types import (
    AnnotatedWord,
    BoolArray,
    BoxSource,
    Character,
    CharacterMask,
    FloatArray,
    GivenCharacter,
    ImageAnnotation,
    ImageArray,
    PromptMode,
)

MANIFEST: Final = "benchmark.json"
SCENES: Final = 200
KINDS: Final[tuple[str | None, ...]] = (None, "hard")
"""Kinds of scene in turn: the mixture of all conditions, and that with the rarer difficulties too."""
FIRST_SEED: Final = 7_000_000_000
"""Far from the seeds of the scenes that the compact segmenter is trained on and held out against."""
SEEDS_APART: Final = 100_000
"""The most scenes of one seed, so that no two seeds share a scene."""
JPEG_QUALITY: Final = 95


@dataclass(frozen=True, slots=True)
class BenchmarkScene:
    """One scene of the benchmark with its name, as in its files."""

    name: str
    scene: Scene


def scene_of(seed: int, index: int) -> BenchmarkScene:
    """The scene at a place of the benchmark of a seed; it does not depend on how many there are."""
    kind = KINDS[index % len(KINDS)]
    scene = make_scene(FIRST_SEED + seed * SEEDS_APART + index, kind=kind)
    return BenchmarkScene(f"scene{index:05d}", scene)


def make_benchmark(out: Path, *, scenes: int = SCENES, seed: int = 0) -> None:
    """Write the benchmark into a new folder; it is there whole or not at all.

    image/ID.jpg (quality 95, colour not subsampled), annotation/ID_anno.json, ID_mask.png, ID_maskeff.png,
    semantic_label/ID_maskfg.png, split.json (all of them are "test"), words.json (charsam's own format, with the curved
    polygons that TextSeg's quads lose) and benchmark.json with the checksum of every file. The generator does not tell
    shadows and 3-D sides apart, so ID_maskeff.png is ID_mask.png, and no pixel of ID_maskfg.png is 200 (effects) or 255
    (ignored).
    Raises SettingsError for numbers out of range or a folder that is not empty, OSError where it cannot be written.
    """
    if not 1 <= scenes <= SEEDS_APART:
        raise SettingsError(f"scenes is {scenes}; it must lie between 1 and {SEEDS_APART}")
    if not 0 <= seed <= 10_000:
        raise SettingsError(f"seed is {seed}; it must lie between 0 and 10000")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError(f"{out} is there already; name a new folder, or an empty one")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name[:40]}.", suffix=".part", dir=out.parent))
    try:
        part.chmod(0o755)
        _write(part, scenes, seed)
        part.replace(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def is_generated(root: Path) -> bool:
    """Whether a dataset's root is a generated benchmark."""
    return (root / MANIFEST).is_file()


def scene_files(made: BenchmarkScene) -> dict[str, bytes]:
    """The files of one scene by their paths in TextSeg's layout."""
    name, scene = made.name, made.scene
    return {f"image/{name}.jpg": _jpeg(scene.image), **textseg.image_files(name, truth_annotation(scene))}


def truth_annotation(scene: Scene, *, quads: bool = True) -> ImageAnnotation:
    """The truth about a scene as the annotation of its image; quads: every word as TextSeg has it."""
    height, width = scene.character_mask.shape
    words, value = [], 0
    for word in scene.words:
        characters = []
        for given in word.characters:
            value += 1
            characters.append(_true_character(given, scene.character_mask == value))
        polygon = quad_around(word.polygon) if quads else word.polygon
        words.append(AnnotatedWord(polygon, word.text or "", tuple(characters)))
    return ImageAnnotation(width, height, tuple(words), segmenter="", prompts=PromptMode.B)


def quad_around(polygon: FloatArray) -> FloatArray:
    """(4, 2): the polygon of a word as TextSeg has it. Of a curved word, (P, 2) with its upper edge first, it is the
    rectangle around it that runs as the word runs from its first edge to its last.
    """
    if len(polygon) == 4:
        return polygon
    count = len(polygon) // 2
    start, end = (polygon[0] + polygon[-1]) / 2, (polygon[count - 1] + polygon[count]) / 2
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    axes = np.array([along, [-along[1], along[0]]])
    turned = polygon @ axes.T
    (x0, y0), (x1, y1) = turned.min(0), turned.max(0)
    return np.asarray(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ axes, np.float32)


def _write(folder: Path, scenes: int, seed: int) -> None:
    names, sums, parts = [], {}, []
    for place in ("image", "annotation", "semantic_label"):
        (folder / place).mkdir()
    for index in tqdm(range(scenes), unit="scene", disable=None):
        made = scene_of(seed, index)
        names.append(made.name)
        for path, data in scene_files(made).items():
            (folder / path).write_bytes(data)
            sums[path] = hashlib.sha256(data).hexdigest()
        parts.append(native.image_part(f"image/{made.name}.jpg", truth_annotation(made.scene, quads=False)))
    splits = textseg.split_file({"train": [], "val": [], "test": names})
    sums["split.json"] = hashlib.sha256(splits).hexdigest()
    index = io.BytesIO()
    native.write_index(parts, index)
    words = index.getvalue()
    sums[native_dataset.INDEX] = hashlib.sha256(words).hexdigest()
    manifest = {"benchmark": 1, "seed": seed, "scenes": scenes, "kinds": ["mixture", "hard"], "sha256": sums}
    for name, data in (("split.json", splits), (native_dataset.INDEX, words), (MANIFEST, _json(manifest))):
        with write_atomically(folder / name) as file:
            file.write(data)


def _true_character(given: GivenCharacter, pixels: BoolArray) -> Character:
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    y, x = (int(rows[0]), int(columns[0])) if len(rows) else (0, 0)
    crop = pixels[y : rows[-1] + 1, x : columns[-1] + 1] if len(rows) else np.zeros((0, 0), bool)
    nowhere = np.zeros((0, 2), np.float32)
    return Character(
        category=given.category,
        quad=given.polygon,
        box=np.zeros(4, np.float32),
        box_source=BoxSource.GIVEN,
        recognised="",
        probability=1.0,
        positive=nowhere,
        negative=nowhere,
        mask=CharacterMask(crop, x, y),
        quality=1.0,
        glyph_agreement=None,
        suspicion=0.0,
    )


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _jpeg(image: ImageArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
