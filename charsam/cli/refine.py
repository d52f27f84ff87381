"""`charsam refine`: COCO_TS_refined and MLT_S_refined, made of COCO-Text's and MLT17's images and words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from charsam.batch.job import REFINED, SHARD_SIZE, Job
from charsam.cli.command import arguments, command, going_on
from charsam.cli.options import Cluster, Limit, Out, Processes, Root, Split, Strict, one_of, takes_settings
from charsam.errors import DatasetError
from charsam.trace import Settings


@command("refine", example="charsam refine coco-text --root COCO_TEXT --out COCO_TS_refined")
@takes_settings()
def refine(
    dataset: Annotated[str, typer.Argument(**one_of(tuple(REFINED), metavar="DATASET", help=", ".join(REFINED)))],
    *,
    root: Root,
    out: Out,
    split: Split = None,
    limit: Limit = None,
    strict: Strict = False,
    empty_masks: Annotated[
        bool,
        typer.Option(
            "--empty-masks",
            help="a mask of zeros for images without annotation, for which the original datasets have none",
        ),
    ] = False,
    workers: Processes = None,
    shard_size: Annotated[int, typer.Option(min=1, metavar="N", help="images that make a shard")] = SHARD_SIZE,
    coco: Annotated[
        bool,
        typer.Option(
            "--coco",
            help="also write OUT/instances.json, COCO instances with a run-length mask of every character; at once if "
            "the run is finished",
        ),
    ] = False,
    ray: Cluster = None,
    settings: Settings,
) -> int:
    """Make COCO_TS_refined or MLT_S_refined.

    COCO_TS_refined is made of coco-text, MLT_S_refined of mlt17: masks at image size (0 background, 1 text, 255 ignored
    and illegible words) under the file names of the original, OUT/words.json, OUT/manifest.json, OUT/summary.json and
    OUT/summary.txt. A run that was stopped goes on where it was when the same command is given again.
    """
    from charsam.batch import refine as batch
    from charsam.batch.summary import readable

    job = Job(
        dataset=dataset,
        root=root.absolute(),
        out=out.absolute(),
        settings=settings,
        split=split,
        limit=limit,
        empty_masks=empty_masks,
        strict=strict,
        shard_size=shard_size,
    )
    with arguments(DatasetError), going_on(out):
        outcome = batch.refine(job, workers=workers, ray=ray, instances=coco)
    print(readable(outcome.summary))
    print(_speed(outcome.timing, outcome.done_now))
    print(f"the results are in {out}")
    return 1 if outcome.summary["images"]["failed"] else 0


def _speed(timing: dict[str, Any], done_now: int) -> str:
    rate = timing["images_per_minute"]
    runs = "1 run" if timing["runs"] == 1 else f"{timing['runs']} runs"
    speed = f", {rate} images a minute" if rate is not None else ""
    return f"{timing['seconds']:.1f} seconds in {runs}{speed}; {done_now} images in this one"
