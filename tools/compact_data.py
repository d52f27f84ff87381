"""Training strips for the compact segmenter: generated scenes cut into word strips, with what CRAFT sees in them.

A strip is made as the pipeline makes it (`charsam.geometry`), from a word polygon that is loose and shifted as
annotators' and detectors' are. Strips with their truth and CRAFT's features are kept in shards (`.npz`, float16), so
that each is used several times with different prompts. Every fourth strip is restyled (`compact_restyle`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from compact_restyle import restyled, snapped
from numpy.typing import NDArray

from charsam.atomic import write_atomically
from charsam.cbr.regions import RegionDetector
from charsam.cgr.templates import draw_template, shipped_templates
from charsam.errors import CharsamError
from charsam.geometry import QuadFrame, candidate_frames, sample_strip
from charsam.scenes.lettering import can_write, load
from charsam.scenes.scene import Scene, make_scene
from charsam.types import FloatArray, ImageArray, Word, WordFrame

SCENES_A_SHARD = 5
SIZES = ((640, 480), (640, 480), (480, 640), (800, 600), (400, 300))
HELD_OUT_PHOTOGRAPHS = 5
"""Every so many-th photograph is held out."""
MAX_LENGTH = 420
"""Longest strip that is trained on, in pixels; longer words are left out."""
RESTYLED = 0.3
LEAST_PIXELS = 6.0
"""Least area of a character in its strip; smaller ones are no target."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingStrip:
    """One word strip with its truth.

    strip: (H, W, 3) uint8. region, affinity, features: as in `WordRegions`, float16.
    characters: one letter each. coverage: (n, H, W) uint8, 0..255: how far each character covers each pixel.
    text: (H, W) uint8: all text of the scene, other words too. boxes: (n, 4) float32, tight boxes in the strip.
    """

    strip: ImageArray
    heat: NDArray[np.float16]
    features: tuple[NDArray[np.float16], ...]
    characters: str
    coverage: NDArray[np.uint8]
    text: NDArray[np.uint8]
    boxes: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A strip before CRAFT has seen it."""

    strip: ImageArray
    characters: str
    coverage: NDArray[np.uint8]
    text: NDArray[np.uint8]
    boxes: FloatArray


def legible_fonts(folders: Sequence[Path]) -> list[Path]:
    """The fonts under the folders whose ASCII letters look like those letters; symbols and other scripts do not."""
    templates = shipped_templates()
    usual = {c: votes.foreground for c in "AEHMORSTaehnost25" if (votes := templates.votes(c, 80)) is not None}
    kept = []
    for path in sorted({p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in {".ttf", ".otf"}}):
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


def scene_strips(seed: int, fonts: Sequence[Path], photographs: Sequence[Path]) -> list[_Cut]:
    """The strips of one scene; the same arguments give the same strips."""
    rng = np.random.default_rng([seed, 7])
    size = SIZES[int(rng.integers(len(SIZES)))]
    scene = make_scene(seed, size=size, fonts=fonts, photographs=photographs, kind=scene_kind(rng))
    cuts = []
    first = 1
    for word in scene.words:
        found = _cut(rng, scene, word, first, photographs)
        first += len(word.characters)
        if found is not None:
            cuts.append(found)
    return cuts


def scene_kind(rng: np.random.Generator) -> str | None:
    share = rng.random()
    if share < 0.5:
        return "hard"
    return str(rng.choice(["script", "tight", "holes", "curved"])) if share < 0.65 else None


def _cut(rng: np.random.Generator, scene: Scene, word: Word, first: int, photographs: Sequence[Path]) -> _Cut | None:
    try:
        frame = candidate_frames(_loosened(rng, word.polygon), len(word.characters))[0]
        if max(frame.width, frame.height) > MAX_LENGTH or _steep(frame):
            return None
        strip = sample_strip(scene.image, frame)
    except CharsamError:
        return None
    text = sampled_coverage(scene.character_mask > 0, frame)
    letters, coverage, boxes = [], [], []
    for offset, character in enumerate(word.characters):
        covered = sampled_coverage(scene.character_mask == first + offset, frame)
        ink = covered >= 128
        if covered.sum() < 255 * LEAST_PIXELS or not ink.any():
            continue
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        coverage.append(covered)
        letters.append(character.category)
    if not letters:
        return None
    own = np.stack(coverage)
    if rng.random() < RESTYLED:
        strip = restyled(rng, strip, own, text, photographs)
    strip = snapped(rng, strip)
    return _Cut(strip, "".join(letters), own, text, np.array(boxes, np.float32))


def _steep(frame: WordFrame) -> bool:
    return isinstance(frame, QuadFrame) and not np.isfinite(frame.to_image(np.zeros((1, 2)))).all()


def sampled_coverage(mask: NDArray[np.bool_], frame: WordFrame) -> NDArray[np.uint8]:
    """(H, W) 0..255: how far an image mask covers each pixel of the strip."""
    return np.asarray(sample_strip(mask.astype(np.uint8) * np.uint8(255), frame))


def _loosened(rng: np.random.Generator, polygon: FloatArray) -> FloatArray:
    """The polygon as a hasty annotator or a detector gives it: grown or cut along and across, shifted, unsteady."""
    half = len(polygon) // 2
    upper, lower = polygon[:half].astype(np.float64), polygon[half:][::-1].astype(np.float64)
    if rng.random() < 0.25:
        return polygon
    top, bottom = rng.normal(0.03, 0.06, 2)
    rise = upper - lower
    upper, lower = upper + rise * top, lower - rise * bottom
    tall = np.linalg.norm(rise, axis=1).mean()
    for chain in (upper, lower):
        for end, inner in ((0, 1), (-1, -2)):
            along = chain[end] - chain[inner]
            chain[end] += along / max(float(np.linalg.norm(along)), 1e-6) * tall * rng.normal(0.03, 0.06)
    unsteady = rng.normal(0, 0.01 * tall, polygon.shape)
    return np.asarray(np.concatenate([upper, lower[::-1]]) + unsteady, np.float32)


def seen_by_craft(detector: RegionDetector, cuts: Sequence[_Cut]) -> list[TrainingStrip]:
    """The strips with CRAFT's heat and features, which run through the detector just as a pipeline's do."""
    height, width = sum(c.strip.shape[0] for c in cuts), max(c.strip.shape[1] for c in cuts)
    mosaic = np.zeros((height, width, 3), np.uint8)
    frames: list[WordFrame] = []
    top = 0
    for cut in cuts:
        h, w = cut.strip.shape[:2]
        mosaic[top : top + h, :w] = cut.strip
        frames.append(QuadFrame(np.array([[1.0, 0, 0], [0, 1, top], [0, 0, 1]]), h, w, 8.0, h > w))
        top += h
    result = []
    for cut, seen in zip(cuts, detector.detect(mosaic, frames, features=True), strict=True):
        heat = np.stack([seen.region, seen.affinity]).astype(np.float16)
        inner = tuple(np.clip(f, -6e4, 6e4).astype(np.float16) for f in seen.features)
        result.append(TrainingStrip(cut.strip, heat, inner, cut.characters, cut.coverage, cut.text, cut.boxes))
    return result


def save_shard(path: Path, strips: Sequence[TrainingStrip]) -> None:
    arrays: dict[str, Any] = {"count": np.array(len(strips))}
    for i, s in enumerate(strips):
        arrays |= {f"{i}.strip": s.strip, f"{i}.heat": s.heat, f"{i}.characters": np.array(s.characters)}
        arrays |= {f"{i}.coverage": s.coverage, f"{i}.text": s.text, f"{i}.boxes": s.boxes}
        arrays |= {f"{i}.feature{k}": f for k, f in enumerate(s.features)}
    with write_atomically(path) as stream:
        np.savez(stream, **arrays)


def load_shard(path: Path) -> list[TrainingStrip]:
    with np.load(path, allow_pickle=False) as data:
        return [
            TrainingStrip(
                data[f"{i}.strip"],
                data[f"{i}.heat"],
                tuple(data[f"{i}.feature{k}"] for k in range(4)),
                str(data[f"{i}.characters"]),
                data[f"{i}.coverage"],
                data[f"{i}.text"],
                data[f"{i}.boxes"],
            )
            for i in range(int(data["count"]))
        ]


def make_shards(
    folder: Path,
    detector: RegionDetector,
    seeds: Iterator[int],
    fonts: Sequence[Path],
    photographs: Sequence[Path],
    stop: Callable[[], bool],
) -> None:
    """Write shards, named after the first seed of each, until told to stop; those that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    while not stop():
        group = [next(seeds) for _ in range(SCENES_A_SHARD)]
        path = folder / f"{group[0]:08d}.npz"
        if path.exists():
            continue
        start = time.perf_counter()
        cuts = [cut for seed in group for cut in scene_strips(seed, fonts, photographs)]
        drawn = time.perf_counter()
        if cuts:
            save_shard(path, seen_by_craft(detector, cuts))
        seen = time.perf_counter()
        print(f"{path.name} {len(cuts)} strips, {drawn - start:.1f} s drawing, {seen - drawn:.1f} s CRAFT", flush=True)
