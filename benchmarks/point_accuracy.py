"""How many points are right: `python benchmarks/point_accuracy.py [--scenes 30] [--native FOLDER…] [--segmenter NAME]`.

A positive point is right on text, a negative one off it. Counted on generated scenes with true masks, and on folders of
photos in the native format with masks, for each way of choosing points.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from charsam.cgr.prompts import points_of
from charsam.datasets.registry import open_dataset
from charsam.evaluation.image_score import without_characters
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters import DEFAULT, NAMES
from charsam.settings import PointChoice, Settings
from charsam.trace import Stage, Trace
from charsam.types import BoolArray, FloatArray, ImageArray, Word

Example = tuple[ImageArray, tuple[Word, ...], BoolArray, BoolArray]
"""An image, its words, its true text (H, W), and where the truth does not say (H, W)."""


@dataclass
class Tally:
    """right, made: points. pointed, characters: those with such a point, and all."""

    right: int = 0
    made: int = 0
    pointed: int = 0
    characters: int = 0

    def add(self, points: FloatArray, wanted: BoolArray, counted: BoolArray) -> None:
        """points: (K, 2) in the image; wanted, counted: (H, W) where one is right, and where it counts."""
        self.characters += 1
        x, y = np.floor(points).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < wanted.shape[1]) & (y < wanted.shape[0])
        x, y = x[inside], y[inside]
        known = counted[y, x]
        self.right += int(wanted[y, x][known].sum())
        self.made += int(known.sum()) + int((~inside).sum())
        self.pointed += bool(len(points))

    def __str__(self) -> str:
        share = self.right / max(self.made, 1)
        return f"{share:.3f} of {self.made} ({self.pointed} of {self.characters} characters have some)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--native", type=Path, nargs="*", default=[])
    parser.add_argument("--segmenter", choices=NAMES, default=DEFAULT)
    parser.add_argument("--ink", choices=NAMES, default="compact")
    args = parser.parse_args()
    settings = Settings(segmenter=args.segmenter, ink=args.ink)
    pipeline = CharSAM()
    _count("generated scenes", _scenes(range(args.seed, args.seed + args.scenes)), pipeline, settings)
    for folder in args.native:
        _count(str(folder), _photos(folder), pipeline, settings)


def _count(title: str, examples: Iterator[Example], pipeline: CharSAM, settings: Settings) -> None:
    tallies = {(choice, kind): Tally() for choice in PointChoice for kind in ("positive", "negative")}
    for image, words, text, unknown in examples:
        trace = pipeline.run(image, words, settings, until=Stage.VOTES)
        for choice in PointChoice:
            chosen: Trace = replace(trace, settings=replace(settings, point_choice=choice))
            for frame, points in zip(trace.frames, points_of(chosen), strict=True):
                for one in points:
                    tallies[choice, "positive"].add(frame.to_image(one.positive), text, ~unknown)
                    tallies[choice, "negative"].add(frame.to_image(one.negative), ~text, ~unknown)
    for (choice, kind), tally in tallies.items():
        print(f"{title}, {settings.segmenter}, {choice}: {kind} {tally}")


def _scenes(seeds: range) -> Iterator[Example]:
    for seed in seeds:
        scene = make_scene(seed)
        text = np.asarray(scene.character_mask > 0, np.bool_)
        yield scene.image, without_characters(scene.words), text, np.zeros_like(text)


def _photos(folder: Path) -> Iterator[Example]:
    dataset = open_dataset("native", folder, None, strict=False)
    for sample in dataset.samples(0, len(dataset)):
        if sample.truth is not None:
            truth = sample.truth()
            yield load_image(sample.image), without_characters(sample.words), truth.text, truth.ignored


if __name__ == "__main__":
    main()
