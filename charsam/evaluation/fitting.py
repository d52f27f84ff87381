"""Which edge preference fits the true or corrected masks of a dataset: how its people draw the edge of letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from charsam.datasets.base import Sample
from charsam.evaluation.metrics import PixelCounts, count_pixels
from charsam.evaluation.scoring import without_characters
from charsam.evaluation.walk import Failure, Walk
from charsam.images import load_image
from charsam.pipeline import CharSAM
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


def fit_edge(walk: Walk, settings: Settings, pipeline: CharSAM | None = None) -> FittedEdge:
    """Make the masks of every image that has a true mask at all of EDGES, and compare them."""
    pipeline = pipeline or CharSAM()
    counted: list[Sequence[PixelCounts]] = []

    def work(sample: Sample) -> None:
        if sample.truth is None:
            return
        truth, image = sample.truth(), load_image(sample.image)
        words, trace, counts = without_characters(sample.words), None, []
        for edge in EDGES:
            trace = pipeline.run(image, words, replace(settings, edge=edge), previous=trace)
            assert trace.annotation is not None
            counts.append(count_pixels(trace.annotation.text_mask() > 0, truth.text, truth.ignored))
        counted.append(counts)

    failures = walk.each(lambda name: False, work)
    scores = []
    for place in range(len(EDGES)):
        counts = [one[place] for one in counted]
        hits = sum(c.hits for c in counts)
        scores.append(hits / max(hits + sum(c.false + c.missed for c in counts), 1))
    return FittedEdge(len(counted), tuple(scores), tuple(failures))
