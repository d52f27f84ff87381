"""`charsam inspect`: a folder of results as a report that opens in any browser: where masks fail, and why."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from charsam.errors import CharsamError, SettingsError, sentence


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of `charsam`."""
    parser = commands.add_parser(
        "inspect",
        help="a report of where masks fail, and why",
        description="Writes OUT/index.html, which opens in a browser without a server: every word and character of a "
        "folder that charsam annotate, refine or evaluate has written, to be sorted and filtered by suspicion, IoU, "
        "kind of failure and more.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the results (the --out of another command)")
    parser.add_argument("--out", type=Path, default=None, help="folder for the report (default: FOLDER/inspection)")
    parser.add_argument("--images", type=Path, default=None, help="folder of the photos (default: where they were)")
    parser.add_argument(
        "--truth", type=Path, default=None, metavar="ROOT", help="a dataset with the true masks to compare with"
    )
    parser.add_argument(
        "--truth-format", default="native", metavar="DATASET", help="the format of --truth (default native)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: all images inspected; 1: some could not be, or nothing could be written; 2: the arguments cannot be used."""
    from tqdm import tqdm

    from charsam.datasets.registry import NAMES
    from charsam.inspection.report import PAGE, write_report
    from charsam.inspection.results import Results
    from charsam.server.report_page import report_page

    out: Path = args.out or args.folder / "inspection"
    try:
        if args.truth_format not in NAMES:
            raise SettingsError(f"--truth-format is {args.truth_format!r}; it must be one of {', '.join(NAMES)}")
        results = Results(args.folder, args.images, None if args.truth is None else (args.truth_format, args.truth))
        out.mkdir(parents=True, exist_ok=True)
    except (CharsamError, OSError) as error:
        print(f"charsam inspect: {sentence(error)}", file=sys.stderr)
        return 2
    with tqdm(total=len(results), unit="image", disable=None) as bar:
        try:
            title = args.folder.resolve().name
            totals = write_report(
                out, title, results, report_page(title), truth=results.has_truth, note=lambda _: bar.update()
            )
        except OSError as error:
            print(f"charsam inspect: {sentence(error)}", file=sys.stderr)
            return 1
    for file, problem in totals.problems[:20]:
        print(f"charsam inspect: {file}: {problem}", file=sys.stderr)
    if len(totals.problems) > 20:
        print(f"charsam inspect: {len(totals.problems) - 20} more images could not be inspected", file=sys.stderr)
    print(f"{totals.images} images, {totals.words} words, {totals.characters} characters, {totals.to_check} to check")
    if results.has_truth:
        counted = ", ".join(f"{count} {kind}" for kind, count in totals.failures.most_common()) or "no failures"
        print(f"{totals.compared} characters compared with truth: {counted}")
    print(f"the report is {out / PAGE}")
    return 0 if totals.images and not totals.problems else 1
