"""`charsam users list | add | password | remove`: the accounts of a workspace that is served to others."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from charsam.errors import CharsamError, WorkspaceError


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of `charsam`."""
    parser = commands.add_parser("users", help="make the accounts of an app that is served to others")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list | add | password | remove")
    actions.add_parser("list", help="who has an account")
    for name, text in (("add", "make an account"), ("password", "give an account a new password; its logins end")):
        action = actions.add_parser(name, help=f"{text}; asks for the password, or reads it from standard input")
        action.add_argument("name", metavar="NAME", help="the person's name")
    remove = actions.add_parser("remove", help="take an account away; what it did stays, with its name")
    remove.add_argument("name", metavar="NAME", help="the person's name")
    remove.add_argument("--to", metavar="NAME", help="who gets the projects that this account owns")
    for action in actions.choices.values():
        add_workspace_options(action)
    parser.set_defaults(run=run)


def add_workspace_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which workspace."""
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="FOLDER",
        help="where images and annotations lie (default: CHARSAM_WORKSPACE or ~/.local/share/charsam/workspace)",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="SQLAlchemy URL of the database (default: CHARSAM_DATABASE or a file in the workspace's folder)",
    )


def run(args: argparse.Namespace) -> int:
    """0: done; 1: failed, with the reason on standard error."""
    from charsam.server.serving import serving
    from charsam.workspace.workspace import Workspace

    chosen = serving(folder=args.workspace, database=args.database)
    try:
        chosen.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WorkspaceError(f"The workspace {chosen.folder} cannot be made: {error.strerror}.") from error
    workspace = Workspace.open(chosen.folder, chosen.database)
    try:
        if args.action == "list":
            for user in workspace.users():
                print(f"{user.name}{' (without a login)' if user.guest else ''}")
            return 0
        if args.action == "remove":
            workspace.remove_user(args.name, args.to)
            print(f"{args.name} has no account any more.")
            return 0
        change = workspace.create_user if args.action == "add" else workspace.set_password
        user = change(args.name, _password())
        print(f"{user.name} can log in now.")
        return 0
    except CharsamError as error:
        print(f"charsam users: {error}", file=sys.stderr)
        return 1
    finally:
        workspace.close()


def _password() -> str:
    """Typed twice at a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise WorkspaceError("The two passwords differ; nothing was changed. Try again.")
    return first
