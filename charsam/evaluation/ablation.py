"""`charsam ablate`: every row of the paper's Tables II and III in one run that shares their common stages."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.datasets.base import Sample
from charsam.evaluation.metrics import Sum, SumsArray
from charsam.evaluation.names import settings_names
from charsam.evaluation.scoring import score_image, without_characters
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.runs.each import HERE, Work, Workers, each
from charsam.runs.progress import FOLDER, Progress
from charsam.runs.sources import Walk
from charsam.runs.task import Failure
from charsam.trace import Settings, Trace
from charsam.types import PromptMode

TABLE_2_ROWS: Final = (
    ("Baseline", PromptMode.B, 80),
    ("+ CBR", PromptMode.P_CHAR, 80),
    ("+ CBR + CGR, TN = 40", PromptMode.P_CHAR_POS_NEG, 40),
    ("+ CBR + CGR, TN = 80", PromptMode.P_CHAR_POS_NEG, 80),
)
TABLE_3_ROWS: Final = tuple((str(mode), mode, 80) for mode in PromptMode)
TABLES: Final = {"II": TABLE_2_ROWS, "III": TABLE_3_ROWS}
"""The rows of each table: label, prompts, number of glyph templates (TN)."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of the pipeline over all images, which one row of a table or several report."""

    settings: Settings

    @property
    def key(self) -> str:
        return variant_key(self.settings.segmenter, self.settings.prompts, self.settings.templates)


@dataclass(frozen=True, slots=True, eq=False)
class Ablation:
    """What an ablation found.

    names: dataset, root, split and each segmenter's settings. sums: (n, len(Sum)) of every variant by its key, over the
    same images, those for which all variants could be run. reused: stages taken from an earlier variant; stages: all.
    """

    names: dict[str, Any]
    segmenters: tuple[str, ...]
    listed: int
    images: tuple[str, ...]
    sums: dict[str, SumsArray]
    failures: tuple[Failure, ...]
    faults: tuple[Failure, ...]
    reused: int
    stages: int


def variant_key(segmenter: str, prompts: PromptMode, templates: int) -> str:
    return f"{segmenter} {prompts} TN={templates}"


def variants(settings: Sequence[Settings]) -> tuple[Variant, ...]:
    """The variants of both tables for each segmenter's settings, in the order that shares most.

    Those of one segmenter follow each other, the ones with fewer templates last, so that boxes, embedding and votes are
    made once. The compact segmenter comes first: it asks for CRAFT's features, and the others can use its regions.
    """
    rows = dict.fromkeys((mode, templates) for _, mode, templates in (*TABLE_3_ROWS, *TABLE_2_ROWS))
    ordered = sorted(settings, key=lambda chosen: chosen.segmenter != "compact")
    return tuple(
        Variant(replace(chosen, prompts=mode, templates=templates)) for chosen in ordered for mode, templates in rows
    )


@dataclass(frozen=True, slots=True)
class Comparing:
    """What is done with each image: all variants are run on it, each with what it shares with the one before."""

    variants: tuple[Variant, ...]

    def __call__(self, pipeline: CharSAM | None = None) -> Work:
        """The work, by a pipeline of its own where none is given."""
        pipeline = pipeline or CharSAM()

        def work(sample: Sample) -> dict[str, Any]:
            image = load_image(sample.image)
            words = without_characters(sample.words)
            truth = None if sample.truth is None else sample.truth()
            trace: Trace | None = None
            scores: dict[str, list[float]] = {}
            reused = stages = 0
            for variant in self.variants:
                trace = pipeline.run(image, words, variant.settings, previous=trace)
                assert trace.annotation is not None
                scores[variant.key] = score_image(sample.words, truth, trace.annotation).sums().tolist()
                reused, stages = reused + len(trace.reused), stages + len(trace.timings)
            return {"scores": scores, "reused": reused, "stages": stages}

        return work


def ablate(
    walk: Walk,
    chosen: Sequence[Variant],
    out: Path,
    *,
    pipeline: CharSAM | None = None,
    workers: Workers = HERE,
) -> tuple[Ablation, Progress]:
    """Run all variants on every image; goes on where an earlier run with the same settings was stopped.

    pipeline: of this process. The progress is to be removed once the results are written.
    """
    segmenters = tuple(dict.fromkeys(variant.settings.segmenter for variant in chosen))
    of_segmenter = {v.settings.segmenter: settings_names(v.settings) for v in chosen}
    names = {**walk.names(), "settings": [_without_row(of_segmenter[name]) for name in segmenters]}
    progress = Progress(out / FOLDER, {**names, "variants": [variant.key for variant in chosen]})
    comparing = Comparing(tuple(chosen))
    begin = comparing if pipeline is None else functools.partial(comparing, pipeline)
    failures = each(walk, begin, progress, title="ablate", workers=workers)
    rows = sorted(progress.rows.items())
    width = len(Sum)
    sums = {
        variant.key: np.array([row["scores"][variant.key] for _, row in rows], np.float64).reshape(-1, width)
        for variant in chosen
    }
    found = Ablation(
        names,
        segmenters,
        len(walk),
        tuple(name for name, _ in rows),
        sums,
        tuple(failures),
        tuple(walk.faults()),
        sum(row["reused"] for _, row in rows),
        sum(row["stages"] for _, row in rows),
    )
    return found, progress


def _without_row(names: dict[str, Any]) -> dict[str, Any]:
    """Settings without those that the rows of the tables differ in."""
    return {name: value for name, value in names.items() if name not in ("prompts", "templates")}
