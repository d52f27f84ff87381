"""`charsam inspect`: a folder of results as a report that opens in any browser: where masks fail, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from charsam.cli.command import arguments, command, say_each
from charsam.cli.options import one_of
from charsam.datasets.registry import NAMES


@command("inspect", example="charsam inspect OUT --truth TextSeg --truth-format textseg")
def inspect(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="the results (the --out of another command)")],
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="folder for the report (default: FOLDER/inspection)")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="folder of the photos (default: where they were)")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(metavar="ROOT", help="a dataset with the true masks to compare with")
    ] = None,
    truth_format: Annotated[
        str, typer.Option(**one_of(NAMES, metavar="DATASET", help="the format of --truth"))
    ] = "native",
) -> int:
    """A report of where masks fail, and why.

    Writes OUT/index.html, which opens in a browser without a server: every word and character of a folder that charsam
    annotate, refine or evaluate has written, to be sorted and filtered by suspicion, IoU, kind of failure and more.
    """
    from tqdm import tqdm

    from charsam.inspection.report import PAGE, write_report
    from charsam.inspection.results import Results
    from charsam.server.report_page import report_page

    target = out or folder / "inspection"
    with arguments():
        results = Results(folder, images, None if truth is None else (truth_format, truth))
        target.mkdir(parents=True, exist_ok=True)
    title = folder.resolve().name
    with tqdm(total=len(results), unit="image", disable=None) as bar:
        totals = write_report(
            target, title, results, report_page(title), truth=results.has_truth, note=lambda _: bar.update()
        )
    say_each([f"{file}: {problem}" for file, problem in totals.problems], "more images could not be inspected")
    print(f"{totals.images} images, {totals.words} words, {totals.characters} characters, {totals.to_check} to check")
    if results.has_truth:
        counted = ", ".join(f"{count} {kind}" for kind, count in totals.failures.most_common()) or "no failures"
        print(f"{totals.compared} characters compared with truth: {counted}")
    print(f"the report is {target / PAGE}")
    return 0 if totals.images and not totals.problems else 1
