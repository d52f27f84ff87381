"""`charsam serve`: the app in the browser."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from charsam import devices, weights
from charsam.cli.command import Stop, command, say
from charsam.cli.options import Database, WorkspaceFolder
from charsam.errors import WeightsError, sentence

FETCH_VARIABLE: Final = "CHARSAM_FETCH_WEIGHTS"
"""Environment variable: the weights to fetch before the app starts, separated by commas, such as sam_vit_b."""


@command("serve", example="charsam serve --host 0.0.0.0 --port 7860")
def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="address to listen on (default: GRADIO_SERVER_NAME or 127.0.0.1)"),
    ] = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="port (default: GRADIO_SERVER_PORT or 7860)")] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="address or network of a reverse proxy that says who is calling and over https (default: 127.0.0.1); "
            "can be given several times",
        ),
    ] = None,
    workspace: WorkspaceFolder = None,
    database: Database = None,
) -> int:
    """Start the app in the browser."""
    chosen = str(port) if port is not None else os.environ.get("GRADIO_SERVER_PORT", "7860")
    if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
        raise Stop(f"the port is {chosen}; it must be a number from 1 to 65535", 2)
    devices.prepare()
    fetch_at_start(os.environ.get(FETCH_VARIABLE, ""))
    from charsam.page.serve import serve as start

    try:
        start(host, port, workspace, database, trusted_proxy or ())
    except OSError as error:
        raise Stop(f"it cannot be started: {sentence(error) if error.strerror else error}") from error
    return 0


def fetch_at_start(names: str) -> None:
    """Fetch the checkpoints that are named and not here yet; the app starts without those that cannot be had."""
    for name in filter(None, (part.strip() for part in names.split(","))):
        try:
            if weights.find(name) is None:
                say(f"fetching {name}")
                weights.fetch(name)
        except WeightsError as error:
            say(f"{FETCH_VARIABLE}: {error}")
