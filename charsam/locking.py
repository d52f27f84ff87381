"""Lock files: held by one process at a time, and free again as soon as that process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file `path` for a block; yields False, holding nothing, where another process has it.

    The file is removed at the end. Raises OSError where it cannot be made.
    """
    file = taken(path)
    if file is None:
        yield False
        return
    try:
        yield True
    finally:
        with contextlib.suppress(OSError):  # Windows refuses to remove what is open
            path.unlink()
        file.close()
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                path.unlink()


def try_lock(file: BinaryIO) -> bool:
    """Take the lock of an open file; False where another process has it."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


def taken(path: Path) -> BinaryIO | None:
    """The open lock file `path`, held until it is closed; None where another process has it. Raises OSError."""
    while True:
        file = path.open("ab")
        try:
            if not try_lock(file):
                file.close()
                return None
            if sys.platform == "win32" or _is(path, file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever had it removed it in between: this is the lock of a file that is gone


def _is(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
