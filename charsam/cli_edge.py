"""`charsam edge`: which --edge fits a dataset's true or corrected masks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from charsam.cli_evaluate import DATASETS
from charsam.cli_settings import add_choices, add_details, settings_of
from charsam.errors import CharsamError, sentence


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "edge",
        help="which --edge fits the true or corrected masks of a dataset",
        description="Makes the masks of a dataset's images with several edge preferences and prints how well each fits "
        "its masks: what people corrected and exported from the app as words.json with masks is read as `native`.",
    )
    parser.add_argument("dataset", choices=DATASETS, metavar="DATASET", help=", ".join(DATASETS))
    parser.add_argument("--root", type=Path, required=True, help="folder that holds the dataset")
    parser.add_argument("--split", default=None, help="train, val or test, where the dataset has them (default: all)")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="only the first N images")
    add_choices(parser)
    add_details(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: fitted; 1: some images failed, or none has a mask; 2: the arguments cannot be used."""
    from charsam.datasets.registry import open_dataset
    from charsam.evaluation.fitting import EDGES, fit_edge
    from charsam.evaluation.walk import Walk

    try:
        settings = settings_of(args, args.segmenter, args.prompts, args.templates)
        dataset = open_dataset(args.dataset, args.root, args.split, strict=False)
    except (CharsamError, OSError) as error:
        print(f"charsam edge: {sentence(error)}", file=sys.stderr)
        return 2
    found = fit_edge(Walk(dataset, args.root, args.split, args.limit), settings)
    if not found.images:
        print(f"charsam edge: no image of {args.root} has a true mask that could be compared", file=sys.stderr)
        return 1
    for edge, score in zip(EDGES, found.scores, strict=True):
        print(f"--edge {edge:5.2f}   fgIoU {100 * score:.2f}{'   best' if edge == found.best else ''}")
    print(f"{found.images} images; use --edge {found.best:g}")
    return 1 if found.failures else 0
