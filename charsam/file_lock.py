"""Lock files: held by one process at a time, and free again as soon as that process ends, however it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout


def taken(path: Path) -> FileLock | None:
    """The lock file `path`, held until `let_go`; None where another process has it. Raises OSError."""
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a lock file for a block; yields False, holding nothing, where another process has it. Raises OSError."""
    lock = taken(path)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            let_go(lock)


def let_go(lock: FileLock) -> None:
    """Release a lock and remove its file. Whoever waits for the file that is gone makes a new one."""
    with contextlib.suppress(OSError):  # Windows refuses to remove what is open; there `release` does it
        Path(lock.lock_file).unlink()
    lock.release()
