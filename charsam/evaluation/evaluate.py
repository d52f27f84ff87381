"""`charsam evaluate`: the pipeline over a dataset, scored against its truth."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from charsam.atomic import write_atomically
from charsam.datasets.base import Sample
from charsam.datasets.labels import png
from charsam.datasets.native import image_entry, words_json
from charsam.evaluation.benchmark import is_generated
from charsam.evaluation.image_score import score_image, without_characters
from charsam.evaluation.metrics import CharacterCounts, ImageScore, PixelCounts
from charsam.evaluation.overlay import comparison
from charsam.evaluation.pictures import KEPT, Picture, worst, write_picture
from charsam.evaluation.setting_names import settings_names
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.runs.progress import FOLDER, Progress
from charsam.runs.row_run import HERE, Work, Workers, run_rows
from charsam.runs.sources import Walk, file_below
from charsam.runs.task import Failure
from charsam.trace import Settings
from charsam.types import BoolArray

MASKS = "masks"
WORDS = "words"
"""What was made of each image, as a native words file, for `charsam inspect`."""


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """One scored image. characters, to_check: how many were made, and how many of them a person should look at.

    problems: words that could not be worked on.
    """

    name: str
    score: ImageScore
    characters: int
    to_check: int
    problems: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        pixels, found = self.score.pixels, self.score.characters
        return {
            "pixels": None if pixels is None else [pixels.hits, pixels.false, pixels.missed],
            "true": [found.masks, found.iou, found.boxes, found.found],
            "made": [self.characters, self.to_check, self.problems],
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, name: str, row: dict[str, Any]) -> ScoredImage:
        pixels = None if row["pixels"] is None else PixelCounts(*row["pixels"])
        characters, to_check, problems = row["made"]
        score = ImageScore(pixels, CharacterCounts(*row["true"]))
        return cls(name, score, characters, to_check, problems, row["seconds"])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All rows by name, what failed in the run, what the dataset's reader skipped, and the worst images' pictures.

    names: dataset, root, split and settings. listed: how many images there are.
    """

    names: dict[str, Any]
    listed: int
    rows: tuple[ScoredImage, ...]
    failures: tuple[Failure, ...]
    faults: tuple[Failure, ...]
    worst: tuple[tuple[Picture, bytes], ...]

    @property
    def complete(self) -> bool:
        """Whether every listed image was scored."""
        return len(self.rows) == self.listed


@dataclass(frozen=True, slots=True)
class Scoring:
    """What is done with each image. out, root: see `evaluate`. pictures: the folder of the progress."""

    root: Path
    out: Path
    pictures: Path
    settings: Settings
    save_masks: bool
    find_words: bool

    def __call__(self, pipeline: CharSAM | None = None) -> Work:
        """The work, by a pipeline of its own where none is given."""
        pipeline = pipeline or CharSAM()

        def work(sample: Sample) -> dict[str, Any]:
            image = load_image(sample.image)
            words = None if self.find_words else without_characters(sample.words)
            annotation = pipeline.run(image, words, self.settings).annotation
            assert annotation is not None
            truth = None if sample.truth is None else sample.truth()
            score = score_image(None if self.find_words else sample.words, truth, annotation)
            predicted = annotation.text_mask() > 0
            with write_atomically(self.out / WORDS / f"{sample.name}.json") as file:
                file.write(words_json([image_entry(file_below(self.root, sample.image), annotation)]))
            if self.save_masks:
                write_mask(self.out / MASKS / f"{sample.name}.png", predicted)
            iou = None if score.pixels is None else score.pixels.iou
            if truth is not None and iou is not None:
                write_picture(self.pictures, sample.name, comparison(image, predicted, truth.text, truth.ignored))
            row = ScoredImage(
                sample.name,
                score,
                len(annotation.characters),
                sum(character.to_check for character in annotation.characters),
                len(annotation.problems),
                round(sum(annotation.timings.values()), 3),
            )
            return {**row.to_json(), "iou": iou}

        return work


def evaluate(
    walk: Walk,
    settings: Settings,
    out: Path,
    *,
    pipeline: CharSAM | None = None,
    save_masks: bool = False,
    find_words: bool = False,
    workers: Workers = HERE,
) -> tuple[Evaluation, Progress]:
    """Score every image of the dataset; goes on where an earlier run with the same settings was stopped.

    find_words: have the words found and read instead of taking the dataset's. pipeline: of this process.
    out: a folder that exists; predicted masks go to out/masks/NAME.png (8-bit, 0 / 255) where they are to be saved.
    The progress is to be removed once the results are written.
    """
    names = {
        **walk.names(),
        "generated": is_generated(walk.root),
        "words": "found" if find_words else "given",
        **settings_names(settings),
    }
    progress = Progress(out.absolute() / FOLDER, {**names, **walk.made_of(out), "save_masks": save_masks})
    if save_masks:
        (out / MASKS).mkdir(exist_ok=True)
    (out / WORDS).mkdir(exist_ok=True)
    scoring = Scoring(walk.root, out.absolute(), progress.folder, settings, save_masks, find_words)
    begin = scoring if pipeline is None else functools.partial(scoring, pipeline)

    def took(name: str, row: dict[str, Any]) -> None:
        if len(progress.rows) % KEPT == 0:
            worst(progress.folder, progress.rows)

    failures = run_rows(walk, begin, progress, title="evaluate", workers=workers, took=took)
    rows = tuple(ScoredImage.from_json(name, row) for name, row in sorted(progress.rows.items()))
    pictures = tuple((picture, picture.jpeg.read_bytes()) for picture in worst(progress.folder, progress.rows))
    return Evaluation(names, len(walk), rows, tuple(failures), tuple(walk.faults()), pictures), progress


def write_mask(path: Path, mask: BoolArray) -> None:
    """Write (H, W) bool as an 8-bit PNG, 0 / 255."""
    with write_atomically(path) as file:
        file.write(png(np.where(mask, np.uint8(255), np.uint8(0))))
