"""Training strips for the compact segmenter: generated scenes cut into word strips, with their truth.

A strip is made as the pipeline makes it (`charsam.geometry`), from a word polygon that is loose and shifted as
annotators' and detectors' are, at one of the segmenter's strip heights. Two thirds of the scenes are small ones of a
line or two (`compact_lines`), the others whole photographs. Half of them are looked at in a smaller photograph, so that
there are many small words; their truth is what the letters cover, not what the few pixels could show. Some of the
strips are restyled (`compact_restyle`). CRAFT looks at them later, in the trainer (`compact_seeing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from compact_lines import Fonts, make_line
from compact_restyle import restyled, snapped
from numpy.typing import NDArray

from charsam.atomic import write_atomically
from charsam.directions import candidate_frames
from charsam.errors import CharsamError
from charsam.geometry import TEXT_HEIGHT, QuadFrame, pixels_per_frame_pixel
from charsam.sampling import sample_strip, strip_size
from charsam.scenes.legible import outline_shown
from charsam.scenes.scene import Scene, make_scene
from charsam.segmenters.strip_heights import HEIGHTS, zoom_of
from charsam.types import FloatArray, ImageArray, Word, WordFrame

TRAINING_SEED, HELD_OUT_SEED = 20_000_000, 5_000_000
LINES = 0.67
"""Share of the scenes that are small ones."""
SIZES = ((640, 480), (640, 480), (480, 640), (800, 600), (400, 300))
SHRUNK = 0.55
"""Share of the scenes that are looked at in a smaller photograph."""
LEAST_HEIGHT = 6.5
"""Image pixels: lower word polygons are left out of smaller photographs."""
OTHER_ZOOM = 0.3
"""Share of the words that are looked at in a strip of another height than their own, up to MOST_ENLARGED."""
MOST_ENLARGED = 2.0
MOST_PIXELS = 160 * 640
"""Largest strip that is trained on; larger ones are looked at lower, or left out."""
RESTYLED = 0.15
CHANNELS = 4
"""So many masks are sampled at once; more, cv2.remap does not take."""
LEAST_PIXELS = 6.0
"""Least area of a character in its strip, in frame pixels; smaller ones are no target."""
LEAST_SHOWN = 0.5
"""Least share of the letters' outline that a strip shows; others, restyled or blurred until nothing shows, are left
out."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingStrip:
    """One word strip with its truth.

    strip: (H, W, 3) uint8. zoom: its pixels per pixel of the word frame. native: pixels of the photograph from the top
    to the bottom edge of the word polygon. characters: one letter each. coverage: (n, H, W) uint8, 0..255: how far each
    character covers each pixel. text: (H, W) uint8: all text of the scene, other words too. boxes: (n, 4) float32,
    tight boxes in the strip. stacked: whether the word runs down the strip.
    """

    strip: ImageArray
    zoom: float
    native: float
    characters: str
    coverage: NDArray[np.uint8]
    text: NDArray[np.uint8]
    boxes: FloatArray
    stacked: bool


def scene_strips(seed: int, fonts: Fonts, photographs: Sequence[Path]) -> list[TrainingStrip]:
    """The strips of one scene; the same arguments give the same strips."""
    rng = np.random.default_rng([seed, 7])
    try:
        if rng.random() < LINES:
            scene = make_line(rng, fonts, photographs)
        else:
            size = SIZES[int(rng.integers(len(SIZES)))]
            kind = scene_kind(rng)
            scene = make_scene(seed, size=size, fonts=fonts["latin"], photographs=photographs, kind=kind)
    except CharsamError:  # no font can write what was to be written
        return []
    image, shrink = scene.image, 1.0
    if rng.random() < SHRUNK:
        tallest = max(_height(word.polygon) for word in scene.words)
        shrink = float(np.exp(rng.uniform(np.log(max(LEAST_HEIGHT / tallest, 0.06)), np.log(0.85))))
        image = _smaller(rng, image, shrink)
    cuts = []
    first = 1
    for word in scene.words:
        found = _cut(rng, scene, word, first, photographs, image, shrink)
        first += len(word.characters)
        if found is not None:
            cuts.append(found)
    return cuts


def _height(polygon: FloatArray) -> float:
    half = len(polygon) // 2
    return float(np.linalg.norm(polygon[:half] - polygon[half:][::-1], axis=1).mean())


def _smaller(rng: np.random.Generator, image: ImageArray, shrink: float) -> ImageArray:
    """The photograph as a camera or a web page of fewer pixels shows it."""
    size = (max(4, round(image.shape[1] * shrink)), max(4, round(image.shape[0] * shrink)))
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
) -> TrainingStrip | None:
    try:
        polygon = _loosened(rng, word.polygon)
        frame = candidate_frames(polygon, len(word.characters))[0]
        seen = frame if shrink == 1 else candidate_frames(polygon * np.float32(shrink), len(word.characters))[0]
        native = pixels_per_frame_pixel(seen) * TEXT_HEIGHT
        zoom = chosen_zoom(rng, seen)
        if zoom is None or _steep(frame) or native < LEAST_HEIGHT:
            return None
        strip = sample_strip(image, seen, zoom)
    except CharsamError:
        return None
    if strip.shape[:2] != strip_size(frame, zoom):
        return None  # a length that was rounded the other way
    labels = scene.character_mask
    masks = [labels > 0, *(labels == first + offset for offset in range(len(word.characters)))]
    text, *sampled = sampled_coverages(masks, frame, zoom)
    places, coverage, boxes = [], [], []
    for offset, covered in enumerate(sampled):
        ink = covered >= 128
        if covered.sum() < 255 * LEAST_PIXELS * zoom**2 or not ink.any():
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
    written = "".join(word.characters[place].category[:1] for place in places)
    if outline_shown(strip, own.max(axis=0) >= 128, text >= 128) < LEAST_SHOWN:
        return None
    return TrainingStrip(strip, zoom, native, written, own, text, np.array(boxes, np.float32), frame.stacked)


def chosen_zoom(rng: np.random.Generator, frame: WordFrame) -> float | None:
    """The zoom at which the segmenter looks at a word, now and then another; None for a word too long."""
    zoom = zoom_of(frame)
    native = pixels_per_frame_pixel(frame) * TEXT_HEIGHT
    if rng.random() < OTHER_ZOOM:
        able = [height / TEXT_HEIGHT for height in HEIGHTS if height <= max(native * MOST_ENLARGED, TEXT_HEIGHT)]
        zoom = float(rng.choice(able))
    zooms = sorted({zoom, *(height / TEXT_HEIGHT for height in HEIGHTS if height / TEXT_HEIGHT < zoom)})
    return max((z for z in zooms if z**2 * frame.width * frame.height <= MOST_PIXELS), default=None)


def _steep(frame: WordFrame) -> bool:
    return isinstance(frame, QuadFrame) and not np.isfinite(frame.to_image(np.zeros((1, 2)))).all()


def sampled_coverage(mask: NDArray[np.bool_], frame: WordFrame, zoom: float = 1.0) -> NDArray[np.uint8]:
    """(H, W) 0..255: how far an image mask covers each pixel of the strip."""
    return np.asarray(sample_strip(mask.astype(np.uint8) * np.uint8(255), frame, zoom))


def sampled_coverages(
    masks: Sequence[NDArray[np.bool_]], frame: WordFrame, zoom: float = 1.0
) -> list[NDArray[np.uint8]]:
    """`sampled_coverage` of several image masks, faster than one by one."""
    sampled: list[NDArray[np.uint8]] = []
    for start in range(0, len(masks), CHANNELS):
        together = np.stack(masks[start : start + CHANNELS], axis=-1).view(np.uint8) * np.uint8(255)
        strip = sample_strip(together, frame, zoom).reshape(*strip_size(frame, zoom), -1)
        sampled += [np.ascontiguousarray(strip[..., channel]) for channel in range(strip.shape[2])]
    return sampled


def _loosened(rng: np.random.Generator, polygon: FloatArray) -> FloatArray:
    """The polygon as a hasty annotator or a detector gives it: grown or cut along and across, shifted, unsteady.

    Now and then it is so loose that it holds parts of its neighbours.
    """
    half = len(polygon) // 2
    upper, lower = polygon[:half].astype(np.float64), polygon[half:][::-1].astype(np.float64)
    share = rng.random()
    if share < 0.25:
        return polygon
    spread = 0.18 if share > 0.9 else 0.06
    top, bottom = rng.normal(0.03, spread, 2)
    rise = upper - lower
    upper, lower = upper + rise * top, lower - rise * bottom
    tall = np.linalg.norm(rise, axis=1).mean()
    for chain in (upper, lower):
        for end, inner in ((0, 1), (-1, -2)):
            along = chain[end] - chain[inner]
            chain[end] += along / max(float(np.linalg.norm(along)), 1e-6) * tall * rng.normal(0.03, spread)
    unsteady = rng.normal(0, 0.01 * tall, polygon.shape)
    return np.asarray(np.concatenate([upper, lower[::-1]]) + unsteady, np.float32)


def save_strips(path: Path, strips: Sequence[TrainingStrip]) -> None:
    arrays: dict[str, Any] = {"count": np.array(len(strips))}
    for i, s in enumerate(strips):
        arrays |= {f"{i}.strip": s.strip, f"{i}.characters": np.array(s.characters), f"{i}.coverage": s.coverage}
        arrays |= {f"{i}.text": s.text, f"{i}.boxes": s.boxes}
        arrays[f"{i}.figures"] = np.array([s.zoom, s.native, s.stacked], np.float64)
    with write_atomically(path) as stream:
        np.savez_compressed(stream, **arrays)


def load_strips(path: Path) -> list[TrainingStrip]:
    strips = []
    with np.load(path, allow_pickle=False) as data:
        for i in range(int(data["count"])):
            zoom, native, stacked = (float(value) for value in data[f"{i}.figures"])
            letters, boxes = str(data[f"{i}.characters"]), data[f"{i}.boxes"]
            coverage, text = data[f"{i}.coverage"], data[f"{i}.text"]
            strips.append(
                TrainingStrip(data[f"{i}.strip"], zoom, native, letters, coverage, text, boxes, bool(stacked))
            )
    return strips
