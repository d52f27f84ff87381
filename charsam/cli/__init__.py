"""The command line: `charsam annotate | evaluate | serve | …`. Exit status: 0 done, 1 failed, 2 unusable arguments."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import charsam
from charsam.cli import (
    annotate,
    convert,
    evaluate,
    find,
    generated,
    inspect,
    learn,
    refine,
    reproduce,
    serve,
    users,
    weights,
)
from charsam.cli.command import app

__all__ = ["main"]
COMMANDS = (annotate, find, convert, evaluate, generated, reproduce, refine, learn, inspect, weights, users, serve)
"""Each makes its commands known when it is imported; --help lists them in this order."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. arguments: those of the process unless given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name need not be Unicode
    try:
        app(None if arguments is None else list(arguments), prog_name="charsam")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        print(f"charsam {charsam.__version__}")
        raise typer.Exit


@app.callback()
def _charsam(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and leave")
    ] = False,
) -> None:
    pass
