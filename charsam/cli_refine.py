"""`charsam refine`: COCO_TS_refined and MLT_S_refined, made of COCO-Text's and MLT17's images and words."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from charsam.cli_settings import add_choices, add_details, settings_of
from charsam.errors import CharsamError, DatasetError, SettingsError, WeightsError, sentence

RESULTS = {"coco-text": "COCO_TS_refined", "mlt17": "MLT_S_refined"}


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of `charsam`."""
    parser = commands.add_parser(
        "refine",
        help="masks for all of COCO-Text or MLT17, in the layout of COCO_TS or MLT_S",
        description="Makes COCO_TS_refined of coco-text, MLT_S_refined of mlt17: masks at image size (0 background, "
        "1 text, 255 ignored and illegible words) under the file names of the original, OUT/words.json, "
        "OUT/manifest.json, OUT/summary.json and OUT/summary.txt. A run that was stopped goes on where it was when "
        "the same command is given again.",
    )
    parser.add_argument("dataset", choices=tuple(RESULTS))
    parser.add_argument("--root", type=Path, required=True, help="folder that holds the dataset")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results; made where it is missing")
    parser.add_argument("--split", default=None, help="train, val or test, where the dataset has them (default: all)")
    parser.add_argument("--limit", type=_positive, default=None, metavar="N", help="only the first N images")
    parser.add_argument(
        "--empty-masks",
        action="store_true",
        help="a mask of zeros for images without annotation, for which the original datasets have none",
    )
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed file instead of skipping it")
    add_choices(parser)
    add_details(parser)
    parser.add_argument(
        "--workers",
        type=_positive,
        default=None,
        metavar="N",
        help="processes, which share the processors (default: one a processor, or two a GPU); 1: this process alone",
    )
    parser.add_argument(
        "--shard-size", type=_positive, default=100, metavar="N", help="images that make a shard (default 100)"
    )
    parser.add_argument(
        "--coco",
        action="store_true",
        help="also write OUT/instances.json, COCO instances with a run-length mask of every character; at once where "
        "the run is finished",
    )
    parser.add_argument(
        "--ray",
        default=None,
        metavar="ADDRESS",
        help="a Ray cluster that does the work (HOST:PORT, auto, or local); needs charsam[ray]. Its machines see ROOT "
        "and OUT under the same paths",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: all images done; 1: some failed, or it had to stop; 2: the arguments cannot be used; 130: interrupted."""
    from charsam.batch.job import BatchError, Job
    from charsam.batch.refine import refine
    from charsam.batch.summary import readable

    try:
        settings = settings_of(args, args.segmenter, args.prompts, args.templates)
        job = Job(
            dataset=args.dataset,
            root=args.root.absolute(),
            out=args.out.absolute(),
            settings=settings,
            split=args.split,
            limit=args.limit,
            empty_masks=args.empty_masks,
            strict=args.strict,
            shard_size=args.shard_size,
        )
        outcome = refine(job, workers=args.workers, ray=args.ray, instances=args.coco)
    except BatchError as error:
        print(f"charsam refine: {error}", file=sys.stderr)
        return 1
    except (DatasetError, SettingsError, WeightsError) as error:
        print(f"charsam refine: {error}", file=sys.stderr)
        return 2
    except (CharsamError, OSError) as error:
        print(f"charsam refine: {sentence(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"charsam refine: stopped; what is done stays in {args.out}, and the same command goes on from there",
            file=sys.stderr,
        )
        return 130
    print(readable(outcome.summary))
    print(_speed(outcome.timing, outcome.done_now))
    print(f"the results are in {args.out}")
    return 1 if outcome.summary["images"]["failed"] else 0


def _speed(timing: dict[str, Any], done_now: int) -> str:
    rate = timing["images_per_minute"]
    runs = "1 run" if timing["runs"] == 1 else f"{timing['runs']} runs"
    speed = f", {rate} images a minute" if rate is not None else ""
    return f"{timing['seconds']:.1f} seconds in {runs}{speed}; {done_now} images in this one"


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value
