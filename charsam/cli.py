"""The command line: `charsam annotate | evaluate | serve | …`. Exit status: 0 done, 1 failed, 2 unusable arguments."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import charsam
from charsam import (
    cli_annotate,
    cli_convert,
    cli_edge,
    cli_evaluate,
    cli_find,
    cli_inspect,
    cli_refine,
    cli_users,
    cli_weights,
)
from charsam.errors import CharsamError, WeightsError, sentence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="charsam", description=charsam.__doc__.splitlines()[0] if charsam.__doc__ else ""
    )
    parser.add_argument("--version", action="version", version=f"charsam {charsam.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    cli_annotate.add_parser(commands)
    cli_convert.add_parsers(commands)
    cli_find.add_parsers(commands)
    cli_evaluate.add_parsers(commands)
    cli_edge.add_parser(commands)
    cli_refine.add_parser(commands)
    cli_inspect.add_parser(commands)
    cli_weights.add_parser(commands)
    cli_users.add_parser(commands)
    serve = commands.add_parser("serve", help="start the app in the browser")
    serve.add_argument("--host", default=None, help="address to listen on (default: GRADIO_SERVER_NAME or 127.0.0.1)")
    serve.add_argument("--port", type=int, default=None, help="port (default: GRADIO_SERVER_PORT or 7860)")
    serve.add_argument(
        "--trusted-proxy",
        action="append",
        metavar="ADDRESS",
        help="address or network of a reverse proxy that says who is calling and over https (default: 127.0.0.1); "
        "can be given several times",
    )
    cli_users.add_workspace_options(serve)
    serve.set_defaults(run=_serve)
    args = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name need not be Unicode
    try:
        return int(args.run(args))
    except CharsamError as error:
        print(f"charsam: {error}", file=sys.stderr)
        return 2 if isinstance(error, WeightsError) else 1
    except KeyboardInterrupt:
        print("charsam: stopped", file=sys.stderr)
        return 130


def _serve(args: argparse.Namespace) -> int:
    """0: stopped; 1: the address or the disk is not to be had; 2: the arguments cannot be used."""
    port = args.port if args.port is not None else os.environ.get("GRADIO_SERVER_PORT", "7860")
    if not str(port).isdecimal() or not 0 < int(port) < 65536:
        print(f"charsam serve: the port is {port}; it must be a number from 1 to 65535", file=sys.stderr)
        return 2
    from charsam.page.serve import serve

    try:
        serve(args.host, args.port, args.workspace, args.database, args.trusted_proxy or ())
    except OSError as error:
        said = sentence(error) if error.strerror else str(error)
        print(f"charsam serve: it cannot be started: {said}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
