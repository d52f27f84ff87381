"""One large pass of a network at a time: each takes all cores, so that two at once take more memory for nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from charsam.cancellation import checkpoint
from charsam.memory import give_back

LARGE: Final = 2**18
"""Pixels of a picture whose pass takes some hundred megabytes."""

_pass = threading.Lock()


@contextmanager
def one_pass(pixels: int = 0) -> Iterator[None]:
    """No other thread is in such a block at the same time; it must not be entered within itself.

    pixels: of the picture. Before and after a large one what is free goes back to the system, since each pass needs
    other blocks. Raises Cancelled where the wait was asked to stop.
    """
    while not _pass.acquire(timeout=0.2):
        checkpoint()
    try:
        if pixels >= LARGE:
            give_back()
        yield
    finally:
        if pixels >= LARGE:
            give_back()
        _pass.release()
