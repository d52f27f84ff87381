"""`charsam reproduce`: the paper's Tables I to IV in one command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charsam import segmenters
from charsam.cli.command import Stop, arguments, command, resumable, say, say_each
from charsam.cli.options import Out, one_of
from charsam.segmenters import Precision

if TYPE_CHECKING:  # with PyTorch, which takes seconds to import
    from charsam.evaluation.training import TrainingRecipe
    from charsam.evaluation.training_sets import TrainingSource
    from charsam.runs.sources import Walk

_FOLDER = {"metavar": "FOLDER"}
_SOURCE = {"metavar": "NAME[:SPLIT]=FOLDER"}
_PRECISIONS = tuple(str(one) for one in Precision)
NETWORKS = ("unet", "deeplabv3")


@command("reproduce", example="charsam reproduce --textseg TextSeg --coco-ts COCO_TS --mlt-s MLT_S --out report")
def reproduce(
    *,
    out: Out,
    textseg: Annotated[
        Path | None, typer.Option(**_FOLDER, help="TextSeg: Tables I to III, and the test of IV")
    ] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="of TextSeg that is scored; all: the whole")] = "test",
    coco_ts: Annotated[
        Path | None, typer.Option(**_FOLDER, help="COCO_TS with COCO's images and COCO-Text's words: added in Table IV")
    ] = None,
    coco_text: Annotated[
        Path | None, typer.Option(**_FOLDER, help="images and words of COCO-Text, if COCO_TS's folder has masks alone")
    ] = None,
    mlt_s: Annotated[
        Path | None, typer.Option(**_FOLDER, help="MLT_S with MLT17's images and words: added in Table IV")
    ] = None,
    mlt17: Annotated[
        Path | None, typer.Option(**_FOLDER, help="images and words of MLT17, if MLT_S's folder has masks alone")
    ] = None,
    train: Annotated[
        str | None, typer.Option(**_SOURCE, help="Table IV: images with true labels (default: TextSeg's train)")
    ] = None,
    add: Annotated[
        list[str] | None, typer.Option(**_SOURCE, help="Table IV: another set whose labels the rows differ in")
    ] = None,
    test: Annotated[
        str | None, typer.Option(**_SOURCE, help="Table IV: images that are scored (default: TextSeg's test)")
    ] = None,
    each: Annotated[
        int, typer.Option("--added", min=1, metavar="N", help="images of each added set, at random")
    ] = 1000,
    network: Annotated[
        str, typer.Option(**one_of(NETWORKS, metavar="NAME", help="what Table IV trains: unet, deeplabv3"))
    ] = "unet",
    backbone: Annotated[
        Path | None, typer.Option(metavar="FILE", help="weights of a ResNet-50 that deeplabv3 starts from")
    ] = None,
    steps: Annotated[int, typer.Option(min=2, metavar="N", help="training steps of each network")] = 3000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="of subsets and networks")] = 0,
    segmenter: Annotated[
        str, typer.Option(**one_of(segmenters.NAMES, metavar="NAME", help="what makes the masks"))
    ] = "sam_vit_b",
    checkpoint: Annotated[Path | None, typer.Option(metavar="FILE", help="official SAM with this file")] = None,
    precision: Annotated[
        str, typer.Option(**one_of(_PRECISIONS, metavar="NAME", help=f"of official SAM: {', '.join(_PRECISIONS)}"))
    ] = "auto",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="only the first N images of each set")] = None,
    only_estimate: Annotated[bool, typer.Option("--estimate", help="only tell how long it would take")] = False,
) -> int:
    """Make the paper's Tables I to IV.

    Tables I to III on TextSeg with the paper's settings, and with what charsam adds; Table IV where there are sets to
    add. Every row stands beside the published one: OUT/reproduction.json, .csv, .md, OUT/report.html. A run that was
    stopped goes on where it was.
    """
    from charsam.evaluation import reproduce as work
    from charsam.evaluation.provenance import notes_on
    from charsam.evaluation.reproduce_results import plain, write_reproduction
    from charsam.pipeline import CharSAM

    scored = None if split == "all" else split
    with arguments():
        segmenters.check(segmenter, checkpoint)
        settings = work.paper_settings(
            segmenter, None if checkpoint is None else checkpoint.absolute(), precision=Precision(precision)
        )
        out.mkdir(parents=True, exist_ok=True)
        added = _added(out, add or (), {"coco-ts": (coco_ts, coco_text), "mlt-s": (mlt_s, mlt17)})
        if textseg is None and not added:
            raise Stop("nothing to do: name --textseg for Tables I to III, and sets to add for Table IV", 2)
        walk = _walk(textseg, scored, limit)
        trained, tested = _source(train, textseg, "train"), _source(test, textseg, scored)
        fourth = None
        if added:
            if trained is None or tested is None:
                raise Stop("Table IV needs --textseg, or --train and --test", 2)
            recipe = _recipe(network, steps, seed, backbone)
            fourth = work.FourthTable(trained, added, tested, recipe, each, limit)
        pipeline = CharSAM()
        say(str(work.estimate(walk, fourth, settings, pipeline)))
    if only_estimate:
        return 0
    notes = _notes(network, fourth is not None, notes_on("textseg", textseg) if textseg is not None else [])
    with resumable("the same command goes on"):
        found, progress = (None, None) if walk is None else work.run_tables(walk, settings, out, pipeline)
        write_reproduction(out, found, None, notes)
        fourth_found = None if fourth is None else work.run_fourth(fourth, settings, out, pipeline)
    results = write_reproduction(out, found, fourth_found, notes)
    print(plain(results))
    say_each([f"{one['image']}: {one['reason']}" for one in results["failed"]], "more images failed")
    print(f"the report is {out / 'report.html'}")
    if results["scored"] < results["listed"]:
        return 1
    if progress is not None:
        progress.remove()
    return 0


def _added(
    out: Path, named: Sequence[str], apart: Mapping[str, tuple[Path | None, Path | None]]
) -> tuple[TrainingSource, ...]:
    """The sets of Table IV: those named, and by dataset a folder of masks with that of its images, if it is another."""
    from charsam.evaluation.joined_dataset import joined
    from charsam.evaluation.training_sets import TrainingSource

    found = [TrainingSource.parsed(text) for text in named]
    for name, (masks, images) in apart.items():
        if masks is not None:
            found.append(TrainingSource(name, joined(masks, images, out / "joined" / name)))
    return tuple(found)


def _source(named: str | None, textseg: Path | None, split: str | None) -> TrainingSource | None:
    from charsam.evaluation.training_sets import TrainingSource

    if named is not None:
        return TrainingSource.parsed(named)
    return None if textseg is None else TrainingSource("textseg", textseg, split)


def _walk(textseg: Path | None, split: str | None, limit: int | None) -> Walk | None:
    from charsam.datasets.registry import open_dataset
    from charsam.runs.sources import Walk

    return None if textseg is None else Walk(open_dataset("textseg", textseg, split), textseg, split, limit)


def _recipe(network: str, steps: int, seed: int, backbone: Path | None) -> TrainingRecipe:
    from charsam.evaluation.training import TrainingRecipe

    if network == "unet":
        return TrainingRecipe(network, steps, seed=seed)
    return TrainingRecipe(network, steps, batch=8, crop=384, rate=1e-4, seed=seed, backbone=backbone)


def _notes(network: str, fourth: bool, on_data: list[str]) -> list[str]:
    told = [
        *on_data,
        "Published figures are the paper's own, but Hi-SAM's; the columns after them were measured here. The paper "
        "does not say how many of the retained pixels become points: here all of them do.",
    ]
    if fourth:
        name = "a small U-Net" if network == "unet" else "torchvision's DeepLabV3 on a ResNet-50"
        told.append(f"Table IV: the paper trains TextRNet + DeepLabV3+; here it is {name}, once a row.")
    return told
