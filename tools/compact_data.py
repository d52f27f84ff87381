"""Training strips for the compact segmenter: generated scenes cut into word strips, with what CRAFT sees in them.

A strip is made as the pipeline makes it (`charsam.geometry`), from a word polygon that is loose and shifted as
annotators' and detectors' are. Half of the scenes are looked at in a smaller photograph, so that there are many small
words; their truth is what the letters cover, not what the few pixels could show. Strips with their truth, CRAFT's
features and CBR's boxes are kept in shards (`.npz`, float16), so that each is used several times with different
prompts. Some of the strips are restyled (`compact_restyle`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from compact_boxes import cbr_boxes
from compact_restyle import restyled, snapped
from numpy.typing import NDArray

from charsam.atomic import write_atomically
from charsam.cbr.reading import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.directions import candidate_frames
from charsam.errors import CharsamError
from charsam.geometry import TEXT_HEIGHT, QuadFrame, pixels_per_frame_pixel, sample_strip
from charsam.scenes.legible import outline_shown
from charsam.scenes.scene import Scene, make_scene
from charsam.types import FloatArray, ImageArray, Word, WordFrame

SCENES_A_SHARD = 5
SIZES = ((640, 480), (640, 480), (480, 640), (800, 600), (400, 300))
SHRUNK = 0.5
"""Share of the scenes that are looked at in a smaller photograph."""
SHRINKING = (0.25, 0.85)
LEAST_HEIGHT = 9.0
"""Image pixels: lower word polygons are left out of smaller photographs."""
MAX_LENGTH = 420
"""Longest strip that is trained on, in pixels; longer words are left out."""
RESTYLED = 0.3
LEAST_PIXELS = 6.0
"""Least area of a character in its strip; smaller ones are no target."""
LEAST_SHOWN = 0.5
"""Least share of the letters' outline that a strip shows; others, restyled or blurred until nothing shows, are left
out."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingStrip:
    """One word strip with its truth.

    strip: (H, W, 3) uint8. region, affinity, features: as in `WordRegions`, float16.
    characters: one letter each. coverage: (n, H, W) uint8, 0..255: how far each character covers each pixel.
    text: (H, W) uint8: all text of the scene, other words too. boxes: (n, 4) float32, tight boxes in the strip.
    refined: (n, 4) float32, the boxes that CBR makes.
    """

    strip: ImageArray
    heat: NDArray[np.float16]
    features: tuple[NDArray[np.float16], ...]
    characters: str
    coverage: NDArray[np.uint8]
    text: NDArray[np.uint8]
    boxes: FloatArray
    refined: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A strip before CRAFT has seen it. word: its text. places: (n,) of its characters in the word."""

    strip: ImageArray
    word: str
    places: tuple[int, ...]
    coverage: NDArray[np.uint8]
    text: NDArray[np.uint8]
    boxes: FloatArray


def scene_strips(seed: int, fonts: Sequence[Path], photographs: Sequence[Path]) -> list[_Cut]:
    """The strips of one scene; the same arguments give the same strips."""
    rng = np.random.default_rng([seed, 7])
    size = SIZES[int(rng.integers(len(SIZES)))]
    scene = make_scene(seed, size=size, fonts=fonts, photographs=photographs, kind=scene_kind(rng))
    image, shrink = scene.image, 1.0
    if rng.random() < SHRUNK:
        shrink = float(np.exp(rng.uniform(*np.log(SHRINKING))))
        image = _smaller(rng, image, shrink)
    cuts = []
    first = 1
    for word in scene.words:
        found = _cut(rng, scene, word, first, photographs, image, shrink)
        first += len(word.characters)
        if found is not None:
            cuts.append(found)
    return cuts


def _smaller(rng: np.random.Generator, image: ImageArray, shrink: float) -> ImageArray:
    """The photograph as a camera or a web page of fewer pixels shows it."""
    size = (round(image.shape[1] * shrink), round(image.shape[0] * shrink))
    small: NDArray[np.floating] = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if rng.random() < 0.5:
        small += np.float32(rng.uniform(0.2, 0.9)) * (small - cv2.GaussianBlur(small, (0, 0), 1.0))
    if rng.random() < 0.5:
        small += rng.normal(0, rng.uniform(1, 6), small.shape).astype(np.float32)
    _, data = cv2.imencode(
        ".jpg", np.clip(small + 0.5, 0, 255).astype(np.uint8)[..., ::-1],
        [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 97))],
    )  # fmt: skip
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def scene_kind(rng: np.random.Generator) -> str | None:
    share = rng.random()
    if share < 0.5:
        return "hard"
    return str(rng.choice(["script", "tight", "holes", "curved"])) if share < 0.65 else None


def _cut(
    rng: np.random.Generator,
    scene: Scene,
    word: Word,
    first: int,
    photographs: Sequence[Path],
    image: ImageArray,
    shrink: float,
) -> _Cut | None:
    try:
        polygon = _loosened(rng, word.polygon)
        frame = candidate_frames(polygon, len(word.characters))[0]
        seen = frame if shrink == 1 else candidate_frames(polygon * np.float32(shrink), len(word.characters))[0]
        if max(frame.width, frame.height) > MAX_LENGTH or _steep(frame):
            return None
        if shrink < 1 and pixels_per_frame_pixel(seen) * TEXT_HEIGHT < LEAST_HEIGHT:
            return None
        strip = sample_strip(image, seen)
    except CharsamError:
        return None
    if strip.shape[:2] != (round(frame.height), round(frame.width)):
        return None  # a length that was rounded the other way
    text = sampled_coverage(scene.character_mask > 0, frame)
    places, coverage, boxes = [], [], []
    for offset in range(len(word.characters)):
        covered = sampled_coverage(scene.character_mask == first + offset, frame)
        ink = covered >= 128
        if covered.sum() < 255 * LEAST_PIXELS or not ink.any():
            continue
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        coverage.append(covered)
        places.append(offset)
    if not places:
        return None
    own = np.stack(coverage)
    if rng.random() < RESTYLED:
        strip = restyled(rng, strip, own, text, photographs)
    strip = snapped(rng, strip)
    written = "".join(character.category for character in word.characters)
    shown = outline_shown(strip, own.max(axis=0) >= 128, text >= 128) >= LEAST_SHOWN
    return _Cut(strip, written, tuple(places), own, text, np.array(boxes, np.float32)) if shown else None


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


def as_in_pipeline(detector: RegionDetector, recogniser: Recogniser, cuts: Sequence[_Cut]) -> list[TrainingStrip]:
    """The strips with what a pipeline finds out about them: CRAFT's heat and features, and CBR's boxes."""
    height, width = sum(c.strip.shape[0] for c in cuts), max(c.strip.shape[1] for c in cuts)
    mosaic = np.zeros((height, width, 3), np.uint8)
    frames: list[WordFrame] = []
    top = 0
    for cut in cuts:
        h, w = cut.strip.shape[:2]
        mosaic[top : top + h, :w] = cut.strip
        frames.append(QuadFrame(np.array([[1.0, 0, 0], [0, 1, top], [0, 0, 1]]), h, w, 8.0, h > w))
        top += h
    regions = detector.detect(mosaic, frames, features=True)
    refined = cbr_boxes(mosaic, regions, [cut.word for cut in cuts], recogniser)
    result = []
    for cut, seen, boxes in zip(cuts, regions, refined, strict=True):
        heat = np.stack([seen.region, seen.affinity]).astype(np.float16)
        inner = tuple(np.clip(f, -6e4, 6e4).astype(np.float16) for f in seen.features)
        letters = "".join(cut.word[place] for place in cut.places)
        result.append(
            TrainingStrip(cut.strip, heat, inner, letters, cut.coverage, cut.text, cut.boxes, boxes[list(cut.places)])
        )
    return result


def save_shard(path: Path, strips: Sequence[TrainingStrip]) -> None:
    arrays: dict[str, Any] = {"count": np.array(len(strips))}
    for i, s in enumerate(strips):
        arrays |= {f"{i}.strip": s.strip, f"{i}.heat": s.heat, f"{i}.characters": np.array(s.characters)}
        arrays |= {f"{i}.coverage": s.coverage, f"{i}.text": s.text, f"{i}.boxes": s.boxes, f"{i}.refined": s.refined}
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
                data[f"{i}.refined"],
            )
            for i in range(int(data["count"]))
        ]


def make_shards(
    folder: Path,
    detector: RegionDetector,
    recogniser: Recogniser,
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
            save_shard(path, as_in_pipeline(detector, recogniser, cuts))
        seen = time.perf_counter()
        print(
            f"{path.name} {len(cuts)} strips, {drawn - start:.1f} s drawing, {seen - drawn:.1f} s CRAFT and CBR",
            flush=True,
        )
