"""Lock files: held by one process at a time, and free again as soon as that process ends, however it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout


def taken(path: Path) -> FileLock | None:
    """The lock file `path`, held until it is released, which removes it; None where another process has it.

    Raises OSError where it cannot be made.
    """
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a lock file for a block; yields False, holding nothing, where another process has it."""
    lock = taken(path)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.release()
