"""Which edge preference fits the true or corrected masks of a dataset: how its people draw the edge of letters."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.datasets.base import Sample
from charsam.evaluation.image_score import without_characters
from charsam.evaluation.metrics import count_pixels
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.runs.progress import FOLDER, Progress
from charsam.runs.row_run import HERE, Work, Workers, run_rows
from charsam.runs.sources import Walk
from charsam.runs.task import Failure
from charsam.trace import Settings

EDGES: Final = tuple(float(edge) for edge in np.arange(-2.0, 2.01, 0.25))
"""The preferences that are tried, in image pixels."""


@dataclass(frozen=True, slots=True)
class FittedEdge:
    """images: how many were compared. scores: fgIoU over all their pixels, of each of EDGES."""

    images: int
    scores: tuple[float, ...]
    failures: tuple[Failure, ...]

    @property
    def best(self) -> float:
        """The preference of the highest score; of several, the one nearest to 0."""
        highest = max(self.scores)
        return min((e for e, score in zip(EDGES, self.scores, strict=True) if score == highest), key=abs)


@dataclass(frozen=True, slots=True)
class Fitting:
    """What is done with each image: its masks are made at all of EDGES, and compared with the true one."""

    settings: Settings

    def __call__(self, pipeline: CharSAM | None = None) -> Work:
        """The work, by a pipeline of its own where none is given."""
        pipeline = pipeline or CharSAM()

        def work(sample: Sample) -> dict[str, Any]:
            if sample.truth is None:
                return {"counts": None}
            truth, image = sample.truth(), load_image(sample.image)
            words, trace, counts = without_characters(sample.words), None, []
            for edge in EDGES:
                trace = pipeline.run(image, words, replace(self.settings, edge=edge), previous=trace)
                assert trace.annotation is not None
                pixels = count_pixels(trace.annotation.text_mask() > 0, truth.text, truth.ignored)
                counts.append([pixels.hits, pixels.false + pixels.missed])
            return {"counts": counts}

        return work


def fit_edge(walk: Walk, settings: Settings, *, pipeline: CharSAM | None = None, workers: Workers = HERE) -> FittedEdge:
    """Make the masks of every image that has a true mask at all of EDGES, and compare them.

    pipeline: of this process.
    """
    fitting = Fitting(settings)
    begin = fitting if pipeline is None else functools.partial(fitting, pipeline)
    with tempfile.TemporaryDirectory(prefix="charsam-edge-") as folder:
        progress = Progress(Path(folder) / FOLDER, {})
        failures = run_rows(walk, begin, progress, title="edge", workers=workers)
    counted = np.array([row["counts"] for row in progress.rows.values() if row["counts"] is not None], np.float64)
    hits, wrong = counted.reshape(-1, len(EDGES), 2).sum(0).T
    return FittedEdge(len(counted), tuple((hits / np.maximum(hits + wrong, 1)).tolist()), tuple(failures))
