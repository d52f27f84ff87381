"""What all commands have in common: how they are named, how they fail, what the exit status means."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import typer
from tqdm import tqdm

import charsam
from charsam.errors import CharsamError, SettingsError, WeightsError, sentence

LISTED: Final = 20
"""So many faults are named one by one."""
_name: ContextVar[str] = ContextVar("command", default="charsam")

Work = Callable[..., int]
"""A command: its options by name -> its exit status."""


class Stop(Exception):
    """Ends a command with this message and exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def group(text: str) -> typer.Typer:
    """A command that has commands of its own, or `charsam` itself. text: its help."""
    return typer.Typer(
        help=text,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        subcommand_metavar="COMMAND",
        add_completion=False,
    )


app = typer.Typer(
    help=(charsam.__doc__ or "").splitlines()[0],
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    subcommand_metavar="COMMAND [OPTION]…",
    epilog="charsam COMMAND --help tells what a command takes, with an example. "
    "Exit status: 0 done, 1 some of it failed, 2 the arguments cannot be used, 130 interrupted.",
)


def command(name: str, *, example: str, of: typer.Typer = app, under: str = "") -> Callable[[Work], Work]:
    """Make a function a command. Its docstring is the help; its first line stands in the list of commands.

    example: a line that can be pasted into a shell. of, under: the group that it belongs to, and that group's name.
    """
    title = f"charsam {under or name}"

    def registered(work: Work) -> Work:
        @functools.wraps(work)
        def guarded(*given: Any, **options: Any) -> None:
            raise typer.Exit(_ended(title, work, given, options))

        of.command(name, help=inspect.getdoc(work), epilog=f"Example:  {example}")(guarded)
        return work

    return registered


def _ended(title: str, work: Work, given: tuple[Any, ...], options: dict[str, Any]) -> int:
    """Do a command's work; whatever ends it becomes one message and a status."""
    token = _name.set(title)
    try:
        return work(*given, **options)
    except Stop as stop:
        say(str(stop))
        return stop.status
    except (CharsamError, OSError) as error:
        say(sentence(error))
        return 2 if isinstance(error, WeightsError) else 1
    except KeyboardInterrupt:
        say("stopped")
        return 130
    finally:
        _name.reset(token)


@contextmanager
def arguments(*kinds: type[Exception]) -> Iterator[None]:
    """Within it, errors of these kinds show that the arguments cannot be used; by default all of charsam's and the
    system's.
    """
    refused = kinds or (CharsamError, OSError)
    try:
        yield
    except refused as error:
        raise Stop(sentence(error), 2) from error


@contextmanager
def resumable(message: str) -> Iterator[None]:
    """Within it, an interrupt leaves something that the same command goes on with; message: says so."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Stop(f"stopped; {message}", 130) from error


@contextmanager
def going_on(out: Path) -> Iterator[None]:
    """A run that keeps what it has done in or beside its results. Settings that cannot be used here are a status 2."""
    with arguments(SettingsError), resumable(f"what is done stays in {out}, and the same command goes on from there"):
        yield


def say(message: str) -> None:
    """Tell something on standard error, above a progress bar if there is one."""
    tqdm.write(f"{_name.get()}: {message}", file=sys.stderr)


def say_each(messages: list[str], rest: str = "more of that kind", most: int = LISTED) -> None:
    """Tell a number of things, the first ones one by one."""
    for message in messages[:most]:
        say(message)
    if len(messages) > most:
        say(f"{len(messages) - most} {rest}")
