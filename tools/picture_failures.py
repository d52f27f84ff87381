"""The picture of the compact segmenter's failures in its model card: the worst masks of held-out generated scenes.

    python tools/picture_failures.py --held-out FOLDERS [--scenes 64] [--out PNG]

Each cell shows a character with its neighbourhood as photographed, its true mask (green) and its mask (orange) with
true boxes and points from glyph votes; at most one of each word, the worst first.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from measure_compact import drawn, held_out_scenes, overlap, prompts_of, targets_of
from numpy.typing import NDArray
from PIL import Image

from charsam import weights
from charsam.cbr.regions import RegionDetector
from charsam.cgr.masks import exclusive_masks
from charsam.cpu import tune_malloc
from charsam.paths import ASSETS_DIR
from charsam.segmenters.compact import load_compact
from charsam.types import BoolArray, ImageArray

CELL, GAP, COLUMNS = 96, 4, 5
TRUE_COLOUR, FOUND_COLOUR = (0, 158, 115), (230, 159, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A poor mask. iou: with its truth. cell: (CELL, 3 CELL, 3) uint8."""

    iou: float
    cell: ImageArray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", type=Path, nargs="+", required=True, help="folders of fonts and photographs")
    parser.add_argument("--scenes", type=int, default=64)
    parser.add_argument("--rows", type=int, default=6)
    parser.add_argument("--out", type=Path, default=ASSETS_DIR / "compact_failures.png")
    args = parser.parse_args()
    tune_malloc()
    detector, segmenter = RegionDetector(weights.locate("craft")), load_compact()
    worst: list[Failure] = []
    for _, scene, frames in held_out_scenes(args.held_out, args.scenes):
        truth = scene.character_mask
        targets = targets_of(scene, frames, np.random.default_rng(0))
        encoded = segmenter.encode(scene.image, detector.detect(scene.image, frames, features=True))
        answer = segmenter.segment(encoded, prompts_of(targets, "P_char+pos+neg"))
        of_word: dict[int, Failure] = {}
        for target, mask in zip(targets, exclusive_masks(answer.logits, truth.shape), strict=True):
            own, found = truth == target.value, drawn(mask, truth.shape)
            iou = overlap(own, found)
            if own.any() and (target.word not in of_word or iou < of_word[target.word].iou):
                of_word[target.word] = Failure(iou, _cell(scene.image, own, found))
        worst = sorted([*worst, *of_word.values()], key=lambda failure: failure.iou)[: args.rows * COLUMNS]
    rows = [_joined([f.cell for f in worst[i : i + COLUMNS]], 1) for i in range(0, len(worst), COLUMNS)]
    picture = Image.fromarray(_joined([row for row in rows if row.shape == rows[0].shape], 0))
    picture.quantize(256).save(args.out, optimize=True)
    print(f"{args.out}: {len(worst)} characters, IoU {worst[0].iou:.2f} to {worst[-1].iou:.2f}")


def _cell(image: ImageArray, own: BoolArray, found: BoolArray) -> ImageArray:
    rows, columns = np.nonzero(own | found)
    side = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    half = max(round(0.75 * side), 12)
    y, x = (int(rows.min()) + int(rows.max())) // 2, (int(columns.min()) + int(columns.max())) // 2
    pad, at = ((half, half), (half, half)), np.s_[y : y + 2 * half, x : x + 2 * half]
    photo: ImageArray = np.pad(image, (*pad, (0, 0)), mode="edge")[at]
    true: BoolArray = np.pad(own, pad)[at]
    mask: BoolArray = np.pad(found, pad)[at]
    return _joined([_large(photo), _tinted(photo, true, TRUE_COLOUR), _tinted(photo, mask, FOUND_COLOUR)], 1, gap=0)


def _tinted(photo: ImageArray, mask: NDArray[np.bool_], colour: tuple[int, int, int]) -> ImageArray:
    painted = photo.copy()
    painted[mask] = (0.3 * photo[mask] + 0.7 * np.array(colour)).astype(np.uint8)
    return _large(painted)


def _large(picture: ImageArray) -> ImageArray:
    return np.asarray(cv2.resize(picture, (CELL, CELL), interpolation=cv2.INTER_AREA), np.uint8)


def _joined(parts: list[ImageArray], axis: int, gap: int = GAP) -> ImageArray:
    """The pictures side by side (axis 1) or one below the other (axis 0), with white gaps."""
    pad = [(0, 0), (0, 0), (0, 0)]
    pad[axis] = (0, gap)
    joined = np.concatenate([np.pad(part, pad, constant_values=255) for part in parts], axis)
    return np.asarray(joined, np.uint8)


if __name__ == "__main__":
    main()
