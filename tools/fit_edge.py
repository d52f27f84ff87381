"""How generously the compact segmenter's masks should be cut, by the size of the text: the constants of its bias.

    python tools/fit_edge.py [--scenes 24]

A person labels a pixel as text that is covered only in part, and the fewer pixels a letter has, the more of them are
such. Generated scenes are photographed smaller by several factors, and the truth of every pixel is how far letters
cover it, up to the edges that the photograph shows. For each range of scales (image pixels per strip pixel) and each
coverage from which a pixel counts as text, the bias on the logits that gives the highest IoU is printed, with the
least-squares fit of a + b / scale. Also printed: the area of those pixels over the area of the letters themselves,
which tells whether a threshold makes letters thin.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from charsam import weights
from charsam.cbr.regions import RegionDetector
from charsam.cpu import tune_malloc
from charsam.directions import candidate_frames
from charsam.geometry import pixels_per_frame_pixel
from charsam.scenes import Scene, make_scene
from charsam.segmenters import compact
from charsam.segmenters.compact_words import CompactWord
from charsam.segmenters.placing import bias_at
from charsam.types import BoolArray, FloatArray, ImageArray, LogitMap, Prompts, WordFrame

SHRINKINGS = (1.0, 0.6, 0.35)
THRESHOLDS = (0.5, 0.35, 0.25, 0.15)
BIASES = np.arange(-0.4, 4.01, 0.2)
EDGES = (0.18, 0.3, 0.42, 0.6, 0.85, 1.2, 1.7, 2.4)
LEAST_WORDS = 3
RIM = 4.0
"""Strip pixels round the word polygon that are compared; other words' letters beyond are nobody's fault."""


def views(count: int, seed: int) -> Iterator[tuple[ImageArray, FloatArray, list[WordFrame], Scene, float]]:
    """Scenes at several sizes: the image, how far text covers each pixel, the frames, the scene, the factor."""
    for number in range(seed, seed + count):
        scene = make_scene(number, kind="hard" if number % 2 else None)
        covered = (scene.character_mask > 0).astype(np.float32)
        for shrink in SHRINKINGS:
            size = (round(covered.shape[1] * shrink), round(covered.shape[0] * shrink))
            image = cv2.resize(scene.image, size, interpolation=cv2.INTER_AREA)
            frames = [candidate_frames(w.polygon * np.float32(shrink), len(w.characters))[0] for w in scene.words]
            small = np.asarray(cv2.resize(covered, size, interpolation=cv2.INTER_AREA), np.float32)
            yield np.asarray(image, np.uint8), small, frames, scene, shrink


def character_boxes(scene: Scene, frames: list[WordFrame], shrink: float) -> tuple[list[int], list[FloatArray]]:
    owners, boxes = [], []
    for index, (word, frame) in enumerate(zip(scene.words, frames, strict=True)):
        for character in word.characters:
            corners = frame.to_frame(character.polygon * np.float32(shrink))
            owners.append(index)
            boxes.append(np.concatenate([corners.min(0), corners.max(0)]).astype(np.float32))
    return owners, boxes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=24)
    parser.add_argument("--seed", type=int, default=6_000_000)
    args = parser.parse_args()
    tune_malloc()
    detector, segmenter = RegionDetector(weights.locate("craft")), compact.load_compact(zooms=lambda frame: (1.0,))
    # Intersection and union by threshold and bias, pixels that count and true area, all by range of scales.
    counts: dict[int, FloatArray] = defaultdict(lambda: np.zeros((len(THRESHOLDS), len(BIASES), 2), np.float32))
    areas: dict[int, FloatArray] = defaultdict(lambda: np.zeros((len(THRESHOLDS), 2), np.float32))
    words: dict[int, int] = defaultdict(int)
    for image, covered, frames, scene, shrink in views(args.scenes, args.seed):
        encoded = segmenter.encode(image, detector.detect(image, frames, features=True))
        owners, boxes = character_boxes(scene, frames, shrink)
        none = np.zeros((len(boxes), 0, 2), np.float32)
        answer = segmenter.segment(
            encoded, Prompts(np.array(owners), np.stack(boxes), none, none[..., 0].astype(np.int8))
        )
        for index, word in enumerate(encoded.words):
            place = int(np.searchsorted(EDGES, pixels_per_frame_pixel(word.frame)))
            logits, truth = _of_word(
                [m for m, o in zip(answer.logits, owners, strict=True) if o == index], covered, word
            )
            words[place] += 1
            for t, least in enumerate(THRESHOLDS):
                own = truth >= least
                areas[place][t] += own.sum(), truth.sum()
                for b, bias in enumerate(BIASES):
                    mask: BoolArray = logits + np.float32(bias - bias_at(pixels_per_frame_pixel(word.frame))) > 0
                    counts[place][t, b] += (mask & own).sum(), (mask | own).sum()
    for t, least in enumerate(THRESHOLDS):
        print(f"\ntext from a coverage of {least}")
        found = []
        for place in sorted(counts):
            scores = counts[place][t, :, 0] / np.maximum(counts[place][t, :, 1], 1)
            best = int(scores.argmax())
            middle = float(np.sqrt(EDGES[max(place - 1, 0)] * EDGES[min(place, len(EDGES) - 1)]))
            area = areas[place][t]
            print(
                f"scale {middle:.2f}: {words[place]:4} words, best bias {BIASES[best]:.1f}, IoU {scores[best]:.3f} "
                f"(at 0.4: {scores[np.abs(BIASES - 0.4).argmin()]:.3f}), area / true area {area[0] / area[1]:.2f}"
            )
            if words[place] >= LEAST_WORDS:
                found.append((1 / middle, BIASES[best], float(words[place])))
        x, y, weight = np.array(found).T
        slope, constant = np.polyfit(x, y, 1, w=np.sqrt(weight))
        print(f"bias = {constant:.2f} + {slope:.2f} / scale")


def _of_word(maps: Sequence[LogitMap], covered: FloatArray, word: CompactWord) -> tuple[FloatArray, FloatArray]:
    """The highest logit of a word's characters, and the truth, over the part of the image that the strip shows."""
    x0, y0, x1, y1 = word.window
    logits = np.full((y1 - y0, x1 - x0), -1e3, np.float32)
    for found in maps:
        h, w = found.values.shape
        part = logits[found.y - y0 : found.y - y0 + h, found.x - x0 : found.x - x0 + w]
        np.maximum(part, found.values, out=part)
    frame, at = word.frame, word.coordinates()
    within = (at > frame.margin - RIM).all(-1)
    within &= (at[..., 0] < frame.width - frame.margin + RIM) & (at[..., 1] < frame.height - frame.margin + RIM)
    return np.where(within, logits, np.float32(-1e3)), np.where(within, covered[y0:y1, x0:x1], np.float32(0))


if __name__ == "__main__":
    main()
