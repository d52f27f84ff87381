"""`charsam benchmark make` and `charsam downstream`: the generated benchmark, and the paper's Table IV on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from charsam import segmenters
from charsam.cli.command import app, arguments, command, group
from charsam.cli.options import Out, one_of
from charsam.errors import SettingsError

benchmark = group("The generated benchmark.")
app.add_typer(benchmark, name="benchmark")


@command("make", example="charsam benchmark make --out BENCHMARK --scenes 200", of=benchmark, under="benchmark")
def make(
    *,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="a new folder, or an empty one")],
    scenes: Annotated[int, typer.Option(metavar="N", help="how many scenes")] = 200,
    seed: Annotated[int, typer.Option(metavar="N", help="which benchmark")] = 0,
) -> int:
    """Write the generated benchmark in TextSeg's layout."""
    from charsam.evaluation.benchmark import make_benchmark

    with arguments(SettingsError):
        make_benchmark(out, scenes=scenes, seed=seed)
    print(f"{scenes} scenes of seed {seed} written to {out}")
    return 0


@command("downstream", example="charsam downstream --out table4")
def downstream(
    *,
    out: Out,
    segmenter: Annotated[
        str, typer.Option(**one_of(segmenters.NAMES, metavar="NAME", help=", ".join(segmenters.NAMES)))
    ] = segmenters.default_segmenter(),
    seed: Annotated[int, typer.Option(metavar="N", help="of scenes and networks")] = 0,
    trusted: Annotated[
        int | None, typer.Option(metavar="N", help="training scenes with true labels in every row")
    ] = None,
    added: Annotated[
        int | None, typer.Option(metavar="N", help="training scenes whose labels the rows differ in")
    ] = None,
    test: Annotated[int | None, typer.Option(metavar="N", help="test scenes")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="training steps of each network")] = None,
) -> int:
    """Make the paper's Table IV on generated scenes.

    Trains a small text segmentation network with bad labels, with charsam's and with true ones, and scores it on a test
    set: OUT/downstream.json, OUT/report.html.
    """
    from charsam.evaluation import downstream as training
    from charsam.evaluation.downstream_results import plain_table, write_downstream

    with arguments():
        given = {"trusted": trusted, "added": added, "test": test, "steps": steps}
        sizes = training.Sizes(**{name: value for name, value in given.items() if value is not None})
        segmenters.check(segmenter)
        out.mkdir(parents=True, exist_ok=True)
    results = write_downstream(out, training.downstream(sizes, segmenter=segmenter, seed=seed))
    print(plain_table(results))
    print(f"the report is {out / 'report.html'}")
    return 0
