"""Stopping work within a moment of being asked to: whoever starts it says how it is asked, long loops look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from charsam.errors import Cancelled, TooLong

Asked = Callable[[], bool]
Item = TypeVar("Item")

_asked: Final[ContextVar[Asked | None]] = ContextVar("charsam_cancelled", default=None)


@contextmanager
def cancellable(asked: Asked | None) -> Iterator[None]:
    """Within the block, and in what it calls, `checkpoint` asks this too; None asks nothing more than around it."""
    outer = _asked.get()
    if asked is None:
        yield
        return
    token = _asked.set(asked if outer is None else lambda: asked() or outer())
    try:
        yield
    finally:
        _asked.reset(token)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Within the block, `checkpoint` raises TooLong once so many seconds have passed; None: never."""
    if seconds is None:
        yield
        return
    until = time.monotonic() + seconds

    def asked() -> bool:
        if time.monotonic() > until:
            raise TooLong(
                f"This took longer than {seconds:.0f} seconds, so it was stopped. "
                "Try it again later, or with fewer words or a smaller photo."
            )
        return False

    with cancellable(asked):
        yield


@contextmanager
def uncancellable() -> Iterator[None]:
    """Within the block nothing is asked."""
    token = _asked.set(None)
    try:
        yield
    finally:
        _asked.reset(token)


def is_cancelled() -> bool:
    """Whether the work that this is part of was asked to stop."""
    asked = _asked.get()
    return asked is not None and asked()


def checkpoint() -> None:
    """Raise Cancelled where the work that this is part of was asked to stop."""
    if is_cancelled():
        raise Cancelled("stopped")


def checked(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with a `checkpoint` before each."""
    for item in items:
        checkpoint()
        yield item
