"""Quality on generated scenes with true masks: `python benchmarks/scene_quality.py [--scenes 40] [--segmenter NAME]`.

Prints, for each prompt mode, fgIoU over all scenes; the share of characters whose box has IoU >= 0.5 with the true one;
and how well `suspicion` ranks the bad masks (IoU < 0.5) first (AUROC).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from charsam.pipeline import CharSAM
from charsam.scenes import Scene, make_scene
from charsam.segmenters import DEFAULT, NAMES
from charsam.trace import Settings, Trace
from charsam.types import Character, GivenCharacter, ImageAnnotation, PromptMode, Word


@dataclass
class Tally:
    """Sums over scenes for one prompt mode."""

    hits: int = 0
    union: int = 0
    box_ious: list[float] = field(default_factory=list)
    mask_ious: list[float] = field(default_factory=list)
    suspicions: list[float] = field(default_factory=list)

    def add(self, scene: Scene, annotation: ImageAnnotation) -> None:
        truth, found = scene.character_mask, annotation.character_mask()
        self.hits += int(((truth > 0) & (found > 0)).sum())
        self.union += int(((truth > 0) | (found > 0)).sum())
        given = [character for word in scene.words for character in word.characters]
        if len(given) != len(annotation.characters):
            raise SystemExit("a character was dropped: that must never happen")
        for value, (expected, character) in enumerate(zip(given, annotation.characters, strict=True), start=1):
            union = int(((truth == value) | (found == value)).sum())
            self.mask_ious.append(int(((truth == value) & (found == value)).sum()) / max(union, 1))
            self.box_ious.append(_box_iou(expected, character))
            self.suspicions.append(character.suspicion)

    def auroc(self) -> float:
        """The chance that a bad mask is more suspicious than a good one; nan where one kind is missing."""
        bad = np.array(self.mask_ious) < 0.5
        if bad.all() or not bad.any():
            return float("nan")
        ranks = rankdata(self.suspicions)
        return float((ranks[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / (bad.sum() * (~bad).sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--segmenter", choices=NAMES, default=DEFAULT)
    args = parser.parse_args()
    pipeline = CharSAM()
    tallies = {mode: Tally() for mode in PromptMode}
    for seed in range(args.seed, args.seed + args.scenes):
        scene = make_scene(seed)
        words = [Word(word.polygon, word.text) for word in scene.words]
        trace: Trace | None = None
        for mode, tally in tallies.items():
            trace = pipeline.run(scene.image, words, Settings(segmenter=args.segmenter, prompts=mode), previous=trace)
            assert trace.annotation is not None
            tally.add(scene, trace.annotation)
    for mode, tally in tallies.items():
        bad = np.array(tally.mask_ious) < 0.5
        flagged = np.array(tally.suspicions) > 0.5
        print(
            f"{mode:16} fgIoU {tally.hits / tally.union:.3f}  boxes {np.mean(np.array(tally.box_ious) >= 0.5):.3f}"
            f"  character IoU {np.mean(tally.mask_ious):.3f}  bad masks {bad.mean():.3f}  AUROC {tally.auroc():.3f}"
            f"  to check {flagged.mean():.3f}, of the bad {flagged[bad].mean() if bad.any() else 0:.3f}"
        )


def _box_iou(expected: GivenCharacter, character: Character) -> float:
    a, b = (_bounds(points) for points in (expected.polygon, character.quad))
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(shared / max((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared, 1e-9))


def _bounds(points: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(np.concatenate([points.min(0), points.max(0)]), np.float64)


if __name__ == "__main__":
    main()
