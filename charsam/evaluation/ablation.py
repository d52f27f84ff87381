"""`charsam ablate`: every row of the paper's Tables II and III, and of what this project adds to the paper, in one run
that shares their common stages.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.datasets.base import Sample
from charsam.evaluation.image_score import score_image, without_characters
from charsam.evaluation.metrics import Sum, SumsArray
from charsam.evaluation.setting_names import settings_names
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.runs.progress import FOLDER, Progress
from charsam.runs.row_run import HERE, Work, Workers, run_rows
from charsam.runs.sources import Walk
from charsam.runs.task import Failure
from charsam.settings import ADDITIONS, IN_PAPER, PointChoice, Settings
from charsam.trace import Trace
from charsam.types import PromptMode


@dataclass(frozen=True, slots=True)
class AblationRow:
    """A row of a table. templates: number of glyph templates (TN). changed: other settings that make the row."""

    label: str
    prompts: PromptMode
    templates: int = 80
    changed: tuple[tuple[str, Any], ...] = ()

    def settings(self, base: Settings) -> Settings:
        return replace(base, prompts=self.prompts, templates=self.templates, **dict(self.changed))


def _without(label: str, *names: str) -> AblationRow:
    return AblationRow(label, PromptMode.P_CHAR_POS_NEG, changed=tuple((name, IN_PAPER[name]) for name in names))


_SPREAD: Final = (("point_choice", PointChoice.SPREAD),)
TABLES: Final = {
    "II": (
        AblationRow("Baseline", PromptMode.B),
        AblationRow("+ CBR", PromptMode.P_CHAR),
        AblationRow("+ CBR + CGR, TN = 40", PromptMode.P_CHAR_POS_NEG, 40),
        AblationRow("+ CBR + CGR, TN = 80", PromptMode.P_CHAR_POS_NEG),
    ),
    "III": tuple(AblationRow(str(mode), mode) for mode in PromptMode),
}
"""The paper's tables."""
ADDITIONS_TABLE: Final = "additions"
ADDITIONS_LINES: Final = (
    _without("charsam, with all it adds"),
    AblationRow("points spread, not checked by the ink", PromptMode.P_CHAR_POS_NEG, changed=_SPREAD),
    _without("every retained cell a point", "point_choice"),
    _without("boxes not drawn tight", "tight_boxes"),
    _without("no boxes from runs of ink", "ink_runs"),
    _without("no votes as prior", "glyph_prior"),
    _without("far logits kept", "cut_far"),
    _without("pixels shared", "exclusive"),
    _without("masks of absent characters", "skip_absent"),
    _without("without all of these: the paper", *ADDITIONS),
)
"""What this project adds to the paper, switched off one by one and together."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of the pipeline over all images, which one row of a table or several report."""

    settings: Settings

    @property
    def key(self) -> str:
        return variant_key(self.settings)


@dataclass(frozen=True, slots=True, eq=False)
class Ablation:
    """What an ablation found.

    names: dataset, root, split and each segmenter's settings. bases: each segmenter's settings, of which the rows are
    made. tables: the rows by table. sums: (n, len(Sum)) of every variant by its key, over the
    same images, those for which all variants could be run. reused: stages taken from an earlier variant; stages: all.
    """

    names: dict[str, Any]
    bases: tuple[Settings, ...]
    tables: Mapping[str, tuple[AblationRow, ...]]
    listed: int
    images: tuple[str, ...]
    sums: dict[str, SumsArray]
    failures: tuple[Failure, ...]
    faults: tuple[Failure, ...]
    reused: int
    stages: int


def variant_key(settings: Settings) -> str:
    """A name that no other variant of a run has."""
    changed = [f"-{name}" for name in settings.left_out if name != "point_choice"]
    points = [] if settings.point_choice is PointChoice.TRUSTED else [f"points={settings.point_choice}"]
    return " ".join([settings.segmenter, settings.prompts, f"TN={settings.templates}", *points, *changed])


def variants(bases: Sequence[Settings], tables: Mapping[str, tuple[AblationRow, ...]] = TABLES) -> tuple[Variant, ...]:
    """The variants of the tables for each segmenter's settings, in the order that shares most.

    Those of one segmenter follow each other, the ones with other boxes last and before them those with fewer templates,
    so that boxes, embedding and votes are made once. The compact segmenter comes first: it asks for CRAFT's features,
    and the others can use its regions.
    """
    found = []
    for base in _ordered(bases):
        wanted = dict.fromkeys(line.settings(base) for lines in tables.values() for line in lines)
        found += sorted(
            wanted,
            key=lambda one: (one.tight_boxes != base.tight_boxes, one.ink_runs != base.ink_runs, -one.templates),
        )
    return tuple(map(Variant, found))


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
    bases: Sequence[Settings],
    out: Path,
    *,
    tables: Mapping[str, tuple[AblationRow, ...]] = TABLES,
    pipeline: CharSAM | None = None,
    workers: Workers = HERE,
) -> tuple[Ablation, Progress]:
    """Run the rows of all tables on every image; goes on where an earlier run with the same settings was stopped.

    bases: one for each segmenter. pipeline: of this process. The progress is to be removed once the results are
    written.
    """
    chosen = variants(bases, tables)
    names = {**walk.names(), "settings": [_without_row(settings_names(base)) for base in _ordered(bases)]}
    progress = Progress(out / FOLDER, {**names, **walk.made_of(out), "variants": [one.key for one in chosen]})
    comparing = Comparing(chosen)
    begin = comparing if pipeline is None else functools.partial(comparing, pipeline)
    failures = run_rows(walk, begin, progress, title="ablate", workers=workers)
    rows = sorted(progress.rows.items())
    width = len(Sum)
    sums = {
        variant.key: np.array([row["scores"][variant.key] for _, row in rows], np.float64).reshape(-1, width)
        for variant in chosen
    }
    found = Ablation(
        names,
        _ordered(bases),
        tables,
        len(walk),
        tuple(name for name, _ in rows),
        sums,
        tuple(failures),
        tuple(walk.faults()),
        sum(row["reused"] for _, row in rows),
        sum(row["stages"] for _, row in rows),
    )
    return found, progress


def _ordered(bases: Sequence[Settings]) -> tuple[Settings, ...]:
    return tuple(sorted(bases, key=lambda base: base.segmenter != "compact"))


def _without_row(names: dict[str, Any]) -> dict[str, Any]:
    """Settings without those that the rows of the tables differ in."""
    return {name: value for name, value in names.items() if name not in ("prompts", "templates")}
