"""The command line: `charsam annotate | evaluate | serve | …`. Exit status: 0 done, 1 failed, 2 unusable arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import charsam
from charsam import cli_annotate, cli_edge, cli_evaluate, cli_inspect, cli_refine, cli_users, cli_weights
from charsam.errors import CharsamError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="charsam", description=charsam.__doc__.splitlines()[0] if charsam.__doc__ else ""
    )
    parser.add_argument("--version", action="version", version=f"charsam {charsam.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    cli_annotate.add_parser(commands)
    cli_evaluate.add_parsers(commands)
    cli_edge.add_parser(commands)
    cli_refine.add_parser(commands)
    cli_inspect.add_parser(commands)
    cli_weights.add_parser(commands)
    cli_users.add_parser(commands)
    serve = commands.add_parser("serve", help="start the app in the browser")
    serve.add_argument("--host", default=None, help="address to listen on (default: GRADIO_SERVER_NAME or 127.0.0.1)")
    serve.add_argument("--port", type=int, default=None, help="port (default: GRADIO_SERVER_PORT or 7860)")
    cli_users.add_workspace_options(serve)
    serve.set_defaults(run=_serve)
    args = parser.parse_args(arguments)
    try:
        return int(args.run(args))
    except CharsamError as error:
        print(f"charsam: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("charsam: stopped", file=sys.stderr)
        return 130


def _serve(args: argparse.Namespace) -> int:
    from charsam.ui.page import serve

    serve(host=args.host, port=args.port, folder=args.workspace, database=args.database)
    return 0


if __name__ == "__main__":
    sys.exit(main())
