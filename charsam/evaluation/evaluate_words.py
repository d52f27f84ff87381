"""`charsam evaluate-words`: the words found in a dataset's images, scored against its own, a line an image."""

from __future__ import annotations

import functools
import math
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import charsam
from charsam.atomic import write_atomically
from charsam.datasets.base import Sample
from charsam.datasets.native import found_entry, words_json
from charsam.evaluation.results import csv_text, write_json, write_text
from charsam.evaluation.word_scores import WordCounts, count_words
from charsam.images import load_image
from charsam.runs.progress import FOLDER, Progress
from charsam.runs.row_run import HERE, Work, Workers, run_rows
from charsam.runs.sources import Walk, file_below
from charsam.runs.task import Failure
from charsam.types import ImageArray, Word

FIGURES: Final = ("recall", "precision", "f_score", "accuracy", "accuracy_folded")
COUNTS: Final = ("true", "found", "matched", "texts", "read", "read_folded")


class Finder(Protocol):
    """What finds and reads words: `charsam.pipeline.CharSAM`."""

    def find_words(self, image: ImageArray) -> tuple[Word, ...]: ...


@dataclass(frozen=True, slots=True)
class WordEvaluation:
    """Counts by image, and the words found in each as a native entry.

    names: dataset, root and split. listed: how many images there are.
    """

    names: dict[str, Any]
    listed: int
    counts: dict[str, WordCounts]
    entries: tuple[dict[str, Any], ...]
    failures: tuple[Failure, ...]
    faults: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class WordScoring:
    """What is done with each image of a dataset below the root."""

    root: Path

    def __call__(self, finder: Finder | None = None) -> Work:
        """The work, by a pipeline of its own where no finder is given."""
        if finder is None:
            from charsam.pipeline import CharSAM

            finder = CharSAM()
        chosen = finder

        def work(sample: Sample) -> dict[str, Any]:
            image = load_image(sample.image)
            found = chosen.find_words(image)
            entry = found_entry(file_below(self.root, sample.image), (image.shape[1], image.shape[0]), found)
            return {"counts": astuple(count_words(sample.words, found)), "entry": entry}

        return work


def evaluate_words(
    walk: Walk, out: Path, *, finder: Finder | None = None, workers: Workers = HERE
) -> tuple[WordEvaluation, Progress]:
    """Find the words of every image and compare them; goes on where an earlier run was stopped.

    out: a folder that exists. finder: of this process. The progress is to be removed once the results are written.
    """
    names = {**walk.names(), "charsam": charsam.__version__}
    progress = Progress(out / FOLDER, {**names, **walk.made_of(out), "scores": "words"})
    finding = WordScoring(walk.root)
    begin = finding if finder is None else functools.partial(finding, finder)
    failures = run_rows(walk, begin, progress, title="evaluate-words", workers=workers)
    rows = sorted(progress.rows.items())
    evaluation = WordEvaluation(
        names,
        len(walk),
        {name: WordCounts(*row["counts"]) for name, row in rows},
        tuple(row["entry"] for _, row in rows),
        tuple(failures),
        tuple(walk.faults()),
    )
    return evaluation, progress


def write_word_scores(out: Path, found: WordEvaluation) -> dict[str, Any]:
    """Write scores.json, images.csv and words.json; returns what scores.json holds.

    Raises OSError, naming the file, where that fails.
    """
    total = sum(found.counts.values(), WordCounts())
    scores = {
        **found.names,
        **_row(total),
        "listed": found.listed,
        "scored": len(found.counts),
        "failed": [{"image": failure.name, "reason": failure.reason} for failure in found.failures],
        "faults": [{"file": fault.name, "reason": fault.reason} for fault in found.faults],
        "images": [{"image": name, **_row(counts)} for name, counts in found.counts.items()],
    }
    write_json(out / "scores.json", scores)
    write_text(out / "images.csv", csv_text(("image", *FIGURES, *COUNTS), scores["images"]))
    with write_atomically(out / "words.json") as file:
        file.write(words_json(found.entries))
    return scores


def summary(scores: dict[str, Any]) -> str:
    """The figures in words, for the command line."""
    shown = {name: "–" if scores[name] is None else f"{100 * scores[name]:.1f} %" for name in FIGURES}
    return (
        f"{scores['true']} words, {scores['found']} found: recall {shown['recall']}, precision {shown['precision']}, "
        f"F {shown['f_score']}\nread right: {shown['accuracy']} of the words, {shown['accuracy_folded']} with case "
        f"ignored\n{scores['scored']} of {scores['listed']} images scored"
    )


def _row(counts: WordCounts) -> dict[str, Any]:
    figures = {name: getattr(counts, name) for name in FIGURES}
    return {
        **{name: None if math.isnan(value) else round(value, 6) for name, value in figures.items()},
        **{name: getattr(counts, name) for name in COUNTS},
    }
