"""`charsam users list | add | password | remove`: the accounts of a workspace that is served to others."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charsam.cli.command import app, command, group
from charsam.cli.options import Database, WorkspaceFolder
from charsam.errors import WorkspaceError

if TYPE_CHECKING:
    from charsam.workspace.workspace import Workspace

users = group("The accounts of an app that is served to others.")
app.add_typer(users, name="users")
Name = Annotated[str, typer.Argument(metavar="NAME", help="the person's name")]


@command("list", example="charsam users list", of=users, under="users")
def list_users(*, workspace: WorkspaceFolder = None, database: Database = None) -> int:
    """Who has an account."""
    with opened_workspace(workspace, database) as opened:
        for user in opened.accounts.users():
            print(f"{user.name}{' (without a login)' if user.guest else ''}")
    return 0


@command("add", example="charsam users add ann", of=users, under="users")
def add(name: Name, *, workspace: WorkspaceFolder = None, database: Database = None) -> int:
    """Make an account; asks for the password, or reads it from standard input."""
    with opened_workspace(workspace, database) as opened:
        print(f"{opened.accounts.create(name, _password()).name} can log in now.")
    return 0


@command("password", example="charsam users password ann", of=users, under="users")
def password(name: Name, *, workspace: WorkspaceFolder = None, database: Database = None) -> int:
    """Give an account a new password; its logins end. Asks for it, or reads it from standard input."""
    with opened_workspace(workspace, database) as opened:
        print(f"{opened.accounts.set_password(name, _password()).name} can log in now.")
    return 0


@command("remove", example="charsam users remove ann --to bob", of=users, under="users")
def remove(
    name: Name,
    *,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="who gets the projects that this account owns")] = None,
    workspace: WorkspaceFolder = None,
    database: Database = None,
) -> int:
    """Take an account away; what it did stays, with its name."""
    with opened_workspace(workspace, database) as opened:
        opened.accounts.remove(name, to)
    print(f"{name} no longer has an account.")
    return 0


@contextmanager
def opened_workspace(folder: Path | None, database: str | None) -> Iterator[Workspace]:
    """A workspace, closed in the end. Raises WorkspaceError."""
    from charsam.server.serving import serving
    from charsam.workspace.workspace import Workspace

    chosen = serving(folder=folder, database=database)
    try:
        chosen.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WorkspaceError(f"The workspace {chosen.folder} cannot be made: {error.strerror}.") from error
    workspace = Workspace.open(chosen.folder, chosen.database)
    try:
        yield workspace
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
