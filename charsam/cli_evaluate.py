"""`charsam evaluate`, `ablate`, `benchmark`, `downstream`: the paper's scores and tables, one command each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from charsam import segmenters
from charsam.cli_settings import add_choices, add_details, settings_of
from charsam.errors import CharsamError, SettingsError, sentence
from charsam.types import PromptMode

DATASETS = ("textseg", "total-text", "icdar13", "coco-ts", "mlt-s", "native")


def add_parsers(commands: Any) -> None:
    """Add the commands to the subparsers of `charsam`."""
    _add_evaluate(commands)
    _add_ablate(commands)
    _add_benchmark(commands)
    _add_downstream(commands)


def _add_evaluate(commands: Any) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="score the masks on a dataset with true masks",
        description="Makes the masks of a dataset's images from its words and scores them against its truth: "
        "OUT/scores.json, OUT/images.csv, OUT/report.html. A run that was stopped goes on where it was.",
    )
    _dataset_arguments(parser)
    add_choices(parser)
    parser.add_argument(
        "--find-words", action="store_true", help="find and read the words instead of taking them given"
    )
    parser.add_argument("--save-masks", action="store_true", help="write the masks made to OUT/masks/NAME.png")
    add_details(parser)
    parser.set_defaults(run=run_evaluate)


def _add_ablate(commands: Any) -> None:
    parser = commands.add_parser(
        "ablate",
        help="the paper's Tables II and III on a dataset",
        description="Runs every row of the paper's Tables II and III on a dataset, sharing the stages that they "
        "have in common: OUT/ablation.json, OUT/ablation.csv, OUT/report.html. "
        "A run that was stopped goes on where it was.",
    )
    _dataset_arguments(parser)
    parser.add_argument(
        "--segmenters",
        default=None,
        metavar="A,B",
        help="segmenters, separated by commas (default: all that can be used here)",
    )
    add_details(parser)
    parser.set_defaults(run=run_ablate)


def _add_benchmark(commands: Any) -> None:
    parser = commands.add_parser("benchmark", help="the generated benchmark")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="write the generated benchmark in TextSeg's layout")
    make.add_argument("--out", type=Path, required=True, help="a new folder, or an empty one")
    make.add_argument("--scenes", type=int, default=200, help="how many scenes (default 200)")
    make.add_argument("--seed", type=int, default=0, help="which benchmark (default 0)")
    make.set_defaults(run=run_benchmark)


def _add_downstream(commands: Any) -> None:
    parser = commands.add_parser(
        "downstream",
        help="the paper's Table IV on generated scenes: what labels are worth to a network trained on them",
        description="Trains a small text segmentation network with bad labels, with charsam's and with true ones, and "
        "scores it on a test set: OUT/downstream.json, OUT/report.html.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the results; made where it is missing")
    parser.add_argument("--segmenter", choices=segmenters.NAMES, default=segmenters.DEFAULT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trusted", type=int, default=None, help="training scenes with true labels in every row")
    parser.add_argument("--added", type=int, default=None, help="training scenes whose labels the rows differ in")
    parser.add_argument("--test", type=int, default=None, help="test scenes")
    parser.add_argument("--steps", type=int, default=None, help="training steps of each network")
    parser.set_defaults(run=run_downstream)


def run_evaluate(args: argparse.Namespace) -> int:
    """0: all images scored; 1: some failed; 2: the arguments cannot be used."""
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation.evaluate import evaluate
    from charsam.evaluation.provenance import notes_on
    from charsam.evaluation.report import NAMES, interval, percent
    from charsam.evaluation.results import write_evaluation
    from charsam.evaluation.walk import Walk

    try:
        settings = settings_of(args, args.segmenter, args.prompts, args.templates)
        dataset = open_dataset(args.dataset, args.root, args.split, strict=args.strict)
        walk = Walk(dataset, args.root, args.split, args.limit)
        args.out.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        return _unusable("evaluate", error)
    try:
        found, progress = evaluate(walk, settings, args.out, save_masks=args.save_masks, find_words=args.find_words)
        scores = write_evaluation(args.out, found, notes_on(args.dataset, args.root))
    except OSError as error:
        return _failed("evaluate", error)
    progress.remove()
    for name, title in NAMES.items():
        if scores[name] is not None:
            print(f"{title}: {percent(scores[name])} (95 % interval {interval(scores['intervals'][name])})")
    _say_faults("evaluate", scores["faults"])
    print(
        f"{scores['scored']} of {scores['listed']} images scored, {scores['listed'] - scores['scored']} not; "
        f"the report is {args.out / 'report.html'}"
    )
    return 0 if found.complete and found.rows else 1


def run_ablate(args: argparse.Namespace) -> int:
    """0: all images scored; 1: some failed; 2: the arguments cannot be used."""
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation.ablation import ablate, variants
    from charsam.evaluation.ablation_results import plain_tables, write_ablation
    from charsam.evaluation.provenance import notes_on
    from charsam.evaluation.walk import Walk

    try:
        names = _segmenter_names(args.segmenters)
        settings = [settings_of(args, name, str(PromptMode.P_CHAR_POS_NEG), 80) for name in names]
        dataset = open_dataset(args.dataset, args.root, args.split, strict=args.strict)
        walk = Walk(dataset, args.root, args.split, args.limit)
        args.out.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        return _unusable("ablate", error)
    try:
        found, progress = ablate(walk, variants(settings), args.out)
        results = write_ablation(args.out, found, notes_on(args.dataset, args.root))
    except OSError as error:
        return _failed("ablate", error)
    progress.remove()
    print(plain_tables(results))
    _say_faults("ablate", results["faults"])
    print(
        f"{results['scored']} of {results['listed']} images scored, {results['listed'] - results['scored']} not; "
        f"the report is {args.out / 'report.html'}"
    )
    return 0 if results["scored"] == results["listed"] and results["scored"] else 1


def run_benchmark(args: argparse.Namespace) -> int:
    """0: done; 1: it could not be written; 2: the arguments cannot be used."""
    from charsam.evaluation.benchmark import make_benchmark

    try:
        make_benchmark(args.out, scenes=args.scenes, seed=args.seed)
    except SettingsError as error:
        return _unusable("benchmark", error)
    except OSError as error:
        return _failed("benchmark", error)
    print(f"{args.scenes} scenes of seed {args.seed} written to {args.out}")
    return 0


def run_downstream(args: argparse.Namespace) -> int:
    """0: done; 1: it could not be written; 2: the arguments cannot be used."""
    from charsam.evaluation.downstream import Sizes, downstream
    from charsam.evaluation.downstream_results import plain_table, write_downstream

    try:
        given = {"trusted": args.trusted, "added": args.added, "test": args.test, "steps": args.steps}
        sizes = Sizes(**{name: value for name, value in given.items() if value is not None})
        segmenters.check(args.segmenter)
        args.out.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        return _unusable("downstream", error)
    try:
        results = write_downstream(args.out, downstream(sizes, segmenter=args.segmenter, seed=args.seed))
    except OSError as error:
        return _failed("downstream", error)
    print(plain_table(results))
    print(f"the report is {args.out / 'report.html'}")
    return 0


def _dataset_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", choices=DATASETS, metavar="DATASET", help=", ".join(DATASETS))
    parser.add_argument("--root", type=Path, required=True, help="folder that holds the dataset")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results; made where it is missing")
    parser.add_argument("--split", default=None, help="train, val or test, where the dataset has them (default: all)")
    parser.add_argument("--limit", type=_positive, default=None, metavar="N", help="only the first N images")
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed file instead of skipping it")


def _segmenter_names(given: str | None) -> list[str]:
    """The segmenters to run, each once. Raises SettingsError where none is named."""
    if given is None:
        return [known.name for known in segmenters.availability() if known.available]
    names = list(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    if not names:
        raise SettingsError(f"--segmenters names none; choose some of {', '.join(segmenters.NAMES)}")
    return names


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _say_faults(command: str, faults: list[dict[str, str]]) -> None:
    for fault in faults[:20]:
        file, reason = fault["file"], fault["reason"]
        named = reason.startswith((f"{file}:", f"{Path(file).name}:"))  # most reasons begin with their file's own name
        print(f"charsam {command}: {file}: {reason.split(':', 1)[1].lstrip() if named else reason}", file=sys.stderr)
    if len(faults) > 20:
        print(f"charsam {command}: {len(faults) - 20} more faults of that kind; the report has all", file=sys.stderr)


def _unusable(command: str, error: Exception) -> int:
    print(f"charsam {command}: {sentence(error)}", file=sys.stderr)
    return 2


def _failed(command: str, error: Exception) -> int:
    print(f"charsam {command}: {sentence(error)}", file=sys.stderr)
    return 1
