"""`charsam serve`: the app in the browser."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from charsam.cli.command import Stop, command
from charsam.cli.options import Database, WorkspaceFolder
from charsam.errors import sentence


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
    from charsam.page.serve import serve as start

    try:
        start(host, port, workspace, database, trusted_proxy or ())
    except OSError as error:
        raise Stop(f"it cannot be started: {sentence(error) if error.strerror else error}") from error
    return 0
