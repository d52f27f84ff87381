"""`charsam evaluate`, `ablate` and `edge`: masks scored against a dataset's true ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from charsam import segmenters
from charsam.cli.command import Stop, arguments, command, going_on, say_each
from charsam.cli.options import Cluster, Limit, Out, Processes, Root, Split, Strict, one_of, takes_settings
from charsam.errors import SettingsError
from charsam.trace import Settings

DATASETS = ("textseg", "total-text", "icdar13", "coco-ts", "mlt-s", "native")
"""The datasets that have true masks."""
WORDS_ALONE = "The other formats have no true masks; charsam evaluate-words scores the words found in their images."
Masked = Annotated[str, typer.Argument(**one_of(DATASETS, WORDS_ALONE, metavar="DATASET", help=", ".join(DATASETS)))]


@command("evaluate", example="charsam evaluate textseg --root TextSeg --out scores --segmenter sam_vit_b")
@takes_settings()
def evaluate(
    dataset: Masked,
    *,
    root: Root,
    out: Out,
    split: Split = None,
    limit: Limit = None,
    strict: Strict = False,
    find_words: Annotated[
        bool, typer.Option("--find-words", help="find and read the words instead of taking the dataset's")
    ] = False,
    save_masks: Annotated[bool, typer.Option("--save-masks", help="write the masks to OUT/masks/NAME.png")] = False,
    workers: Processes = None,
    ray: Cluster = None,
    settings: Settings,
) -> int:
    """Score the masks on a dataset that has true masks.

    Makes the masks of its images from its words and scores them against its truth: OUT/scores.json, OUT/images.csv,
    OUT/report.html. A run that was stopped goes on where it was.
    """
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation import evaluate as evaluation
    from charsam.evaluation.provenance import notes_on
    from charsam.evaluation.report import NAMES, interval, percent
    from charsam.evaluation.results import write_evaluation
    from charsam.runs.row_run import Workers
    from charsam.runs.sources import Walk

    with arguments():
        walk = Walk(open_dataset(dataset, root, split, strict=strict), root, split, limit, strict)
        out.mkdir(parents=True, exist_ok=True)
    with going_on(out):
        found, progress = evaluation.evaluate(
            walk, settings, out, save_masks=save_masks, find_words=find_words, workers=Workers(workers, ray)
        )
    scores = write_evaluation(out, found, notes_on(dataset, root))
    progress.remove()
    for name, title in NAMES.items():
        if scores[name] is not None:
            print(f"{title}: {percent(scores[name])} (95 % interval {interval(scores['intervals'][name])})")
    _conclude(scores, out)
    return 0 if found.complete and found.rows else 1


@command("ablate", example="charsam ablate textseg --root TextSeg --out tables --segmenters compact,sam_vit_b")
@takes_settings(rows=False)
def ablate(
    dataset: Masked,
    *,
    root: Root,
    out: Out,
    split: Split = None,
    limit: Limit = None,
    strict: Strict = False,
    names: Annotated[
        str | None,
        typer.Option(
            "--segmenters", metavar="A,B", help="segmenters, separated by commas (default: all that can be used here)"
        ),
    ] = None,
    additions: Annotated[
        bool,
        typer.Option(
            "--additions", help="besides, what charsam adds to the paper, switched off one by one and together"
        ),
    ] = False,
    workers: Processes = None,
    ray: Cluster = None,
    settings: Settings,
) -> int:
    """Make the paper's Tables II and III.

    Runs every row of both tables, sharing the stages that they have in common: OUT/ablation.json, OUT/ablation.csv,
    OUT/report.html. A run that was stopped goes on where it was.
    """
    from dataclasses import replace

    from charsam.datasets.registry import open_dataset
    from charsam.evaluation import ablation
    from charsam.evaluation.ablation_results import plain_tables, write_ablation
    from charsam.evaluation.provenance import notes_on
    from charsam.runs.row_run import Workers
    from charsam.runs.sources import Walk

    with arguments():
        rows = [replace(settings, segmenter=name) for name in _segmenter_names(names)]
        walk = Walk(open_dataset(dataset, root, split, strict=strict), root, split, limit, strict)
        out.mkdir(parents=True, exist_ok=True)
    extra = {ablation.ADDITIONS_TABLE: ablation.ADDITIONS_LINES} if additions else {}
    with going_on(out):
        found, progress = ablation.ablate(
            walk, rows, out, tables={**ablation.TABLES, **extra}, workers=Workers(workers, ray)
        )
    results = write_ablation(out, found, notes_on(dataset, root))
    progress.remove()
    print(plain_tables(results))
    _conclude(results, out)
    return 0 if results["scored"] == results["listed"] and results["scored"] else 1


@command("edge", example="charsam edge native --root corrected/")
@takes_settings()
def edge(
    dataset: Masked,
    *,
    root: Root,
    split: Split = None,
    limit: Limit = None,
    workers: Processes = None,
    ray: Cluster = None,
    settings: Settings,
) -> int:
    """Fit --edge to the masks of a dataset.

    Makes the masks of its images with several edge preferences and prints how well each fits its masks. What people
    corrected and exported from the app as words.json with masks is read as `native`.
    """
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation.edge_fit import EDGES, fit_edge
    from charsam.runs.row_run import Workers
    from charsam.runs.sources import Walk

    with arguments():
        opened = open_dataset(dataset, root, split, strict=False)
    found = fit_edge(Walk(opened, root, split, limit), settings, workers=Workers(workers, ray))
    if not found.images:
        raise Stop(f"no image of {root} has a true mask that could be compared")
    for value, score in zip(EDGES, found.scores, strict=True):
        print(f"--edge {value:5.2f}   fgIoU {100 * score:.2f}{'   best' if value == found.best else ''}")
    print(f"{found.images} images; use --edge {found.best:g}")
    return 1 if found.failures else 0


def _segmenter_names(given: str | None) -> list[str]:
    """The segmenters to run, each once. Raises SettingsError or WeightsError if one of them cannot be used."""
    if given is None:
        return [known.name for known in segmenters.availability() if known.available]
    names = list(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    if not names:
        raise SettingsError(f"--segmenters names none; choose some of {', '.join(segmenters.NAMES)}")
    for name in names:
        segmenters.check(name)
    return names


def _conclude(scores: dict[str, Any], out: Path) -> None:
    """Say what was wrong with the dataset, how much of it was scored, and where the report is."""
    told = []
    for fault in scores["faults"]:
        file, reason = fault["file"], fault["reason"]
        named = reason.startswith((f"{file}:", f"{Path(file).name}:"))  # most reasons begin with their file's own name
        told.append(f"{file}: {reason.split(':', 1)[1].lstrip() if named else reason}")
    say_each(told, "more faults of that kind; the report has all")
    print(
        f"{scores['scored']} of {scores['listed']} images scored, {scores['listed'] - scores['scored']} not; "
        f"the report is {out / 'report.html'}"
    )
