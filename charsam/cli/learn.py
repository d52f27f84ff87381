"""`charsam learn`: a segmenter of a lab's own, from what people corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from charsam.cli.command import Stop, arguments, command, say
from charsam.cli.options import Database, Split, WorkspaceFolder, one_of
from charsam.datasets.registry import NAMES
from charsam.errors import CharsamError, SettingsError

if TYPE_CHECKING:
    from charsam.learning.learn import Learning
    from charsam.learning.values import TaughtPicture
    from charsam.pipeline import CharSAM
    from charsam.segmenters.learned import LearnedCard, Scores


@command("learn", example="charsam learn signs --out signs-lab && charsam annotate photos --segmenter signs-lab …")
def learn(
    source: Annotated[
        str, typer.Argument(metavar="PROJECT|FOLDER", help="a project of the workspace, or a folder with true masks")
    ],
    *,
    out: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="what to call the segmenter, or a file: NAME.safetensors")
    ],
    aside: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="a folder with true masks to check it on (default: a quarter of the words)"
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, metavar="N", help="that it may take, about")] = 5.0,
    dataset: Annotated[str, typer.Option(**one_of(NAMES, metavar="NAME", help="the format of folders"))] = "native",
    split: Split = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="who teaches it, for its card")] = "",
    worse: Annotated[
        bool, typer.Option("--keep-worse", help="keep it though it is no better than compact on the words kept aside")
    ] = False,
    workspace: WorkspaceFolder = None,
    database: Database = None,
) -> int:
    """Fit compact to the masks that people corrected or accepted.

    Of a project, the characters count that somebody corrected, accepted or rejected, and all of accepted images. Of a
    folder, all of its masks do. The result is used as --segmenter NAME (or FILE) by every command. It is kept only if
    it is better on the words that were kept aside, and loses next to nothing on ordinary signs.
    """
    from charsam.learning.learn import TooFew
    from charsam.learning.learn import learn as fit
    from charsam.pipeline import CharSAM
    from charsam.segmenters.learned import usable_name

    with arguments():
        path = out_path(out)
        usable_name(path.stem)
        pipeline = CharSAM()
        root = Path(source)
        pictures = (
            folder_pictures(root, dataset, split, pipeline)
            if root.is_dir()
            else project_pictures(source, workspace, database)
        )
        checked = None if aside is None else folder_pictures(aside, dataset, split, pipeline)
    with progress() as told:
        try:
            learned = fit(
                pictures,
                name=path.stem,
                origin=root.name if root.is_dir() else source,
                by=by,
                aside=checked,
                seconds=60 * minutes,
                pipeline=pipeline,
                told=told,
            )
        except TooFew as error:
            raise Stop(f"{source}: {error}") from error
    print(told_scores(learned.card))
    if not learned.card.better and not worse:
        raise Stop("it is no better, so it was not kept; correct more words, or give --keep-worse")
    path.parent.mkdir(parents=True, exist_ok=True)
    learned.save(path)
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB): use it with --segmenter {out}")
    return 0


def out_path(out: str) -> Path:
    """Where a learned segmenter of that name or file goes."""
    from charsam import weights
    from charsam.segmenters.learned import FOLDER, SUFFIX, usable_name

    if out.endswith(SUFFIX):
        return Path(out).absolute()
    if "/" in out:
        raise SettingsError(f"{out}: a file of a learned segmenter ends with {SUFFIX}")
    return weights.folders()[0] / FOLDER / f"{usable_name(out)}{SUFFIX}"


def folder_pictures(root: Path, dataset: str, split: str | None, pipeline: CharSAM) -> list[TaughtPicture]:
    """The pictures of a dataset that have true masks; those that cannot be read are named and left out."""
    from charsam.datasets.registry import open_dataset
    from charsam.learning.truth import taught_sample

    opened = open_dataset(dataset, root, split)
    found = []
    for sample in tqdm(opened.samples(), total=len(opened), desc="reading", unit="image", leave=False):
        try:
            picture = taught_sample(sample, pipeline)
        except CharsamError as error:
            say(str(error))
            continue
        if picture is not None and picture.count():
            found.append(picture)
    for fault in opened.faults:
        say(f"{fault.file}: {fault.message}")
    return found


def project_pictures(name: str, workspace: Path | None, database: str | None) -> list[TaughtPicture]:
    """The corrected pictures of a project of the workspace."""
    from charsam.cli.users import opened_workspace
    from charsam.workspace.corrected import corrected_pictures

    with opened_workspace(workspace, database) as opened:
        project, owner = opened.projects.named(name)
        return corrected_pictures(opened, project.id, owner)


def told_scores(card: LearnedCard) -> str:
    """The proof, in three lines."""
    edge = f"; masks {abs(card.edge):g} px {'wider' if card.edge > 0 else 'tighter'}" if card.edge else ""
    return "\n".join(
        (
            f"learned from {card.words} words ({card.characters} characters) in {card.seconds:.0f} s{edge}",
            f"words kept aside:  {_before_after(card.kept)}",
            f"ordinary signs:    {_before_after(card.check)}",
        )
    )


def _before_after(scores: Scores) -> str:
    return f"mean IoU {scores.iou_before:.3f} -> {scores.iou_after:.3f}  ({scores.characters} characters)"


@contextmanager
def progress() -> Iterator[Callable[[Learning], None]]:
    """A bar, and what to call with how far the learning is."""
    with tqdm(total=100, bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}", leave=False) as bar:

        def told(learning: Learning) -> None:
            bar.set_description(learning.what, refresh=False)
            bar.n = round(100 * learning.share)
            bar.refresh()

        yield told
