"""Going through a dataset's images one by one: a bad one is written down and never stops the others."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

import charsam
from charsam import segmenters
from charsam.datasets.base import Dataset, Sample
from charsam.errors import CharsamError, sentence
from charsam.trace import Settings


@dataclass(frozen=True, slots=True)
class Failure:
    """An image, or an entry of the dataset, that could not be scored, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Which images of a dataset a run goes through. root, split: as given. limit: only the first so many."""

    dataset: Dataset
    root: Path
    split: str | None = None
    limit: int | None = None

    @property
    def listed(self) -> int:
        """How many images it goes through, those included that turn out to be faulty."""
        return len(self.dataset) if self.limit is None else min(self.limit, len(self.dataset))

    def names(self) -> dict[str, Any]:
        """What the results are of, for their files."""
        return {"dataset": self.dataset.name, "root": str(self.root), "split": self.split, "limit": self.limit}

    def each(self, done: Callable[[str], bool], work: Callable[[Sample], None]) -> list[Failure]:
        """Do the work on every sample that is not done yet; returns those where it raised."""
        failures = []
        for sample in tqdm(self._samples(), total=self.listed, unit="image", disable=None):
            if done(sample.name):
                continue
            try:
                work(sample)
            except Exception as error:  # whatever is wrong with one image, the others are done
                failures.append(Failure(sample.name, sentence(error)))
                tqdm.write(f"charsam: {sample.name}: {sentence(error)}", file=sys.stderr)
        return failures

    def faults(self) -> list[Failure]:
        """What the dataset's reader skipped, in part or whole."""
        return [Failure(fault.file, fault.message) for fault in self.dataset.faults]

    def _samples(self) -> Iterator[Sample]:
        return self.dataset.samples(0, self.listed)


def settings_names(settings: Settings) -> dict[str, Any]:
    """The settings of a run as they are written into its results, with the version and what weights it ran on."""
    return {
        "charsam": charsam.__version__,
        "segmenter": settings.segmenter,
        "prompts": str(settings.prompts),
        "vote_threshold": settings.vote_threshold,
        "templates": settings.templates,
        "points": settings.points,
        "edge": settings.edge,
        "beyond": list(settings.beyond),
        "point_choice": str(settings.point_choice),
        "left_out": list(settings.left_out),
        "ink": settings.ink,
        "precision": str(settings.precision),
        "multimask": settings.multimask,
        "fonts": None if settings.font_folder is None else str(settings.font_folder),
        "weights": segmenter_checksum(settings),
    }


def segmenter_checksum(settings: Settings) -> str | None:
    """SHA-256 of the segmenter's weights; None where it has none."""
    path = segmenters.weights_of(settings.segmenter, settings.checkpoint)
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CharsamError(sentence(error)) from error
