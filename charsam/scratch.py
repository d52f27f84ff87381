"""Folders for what is needed only while a process lives: removed when it ends; where it was killed, by the next one."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from charsam.file_lock import let_go, taken

PREFIX: Final = ".charsam-scratch-"
OLD: Final = 24 * 3600.0
"""Seconds after which what an older version left under one of its names is taken for abandoned."""


@contextlib.contextmanager
def scratch_folder(base: Path) -> Iterator[Path]:
    """An empty folder in `base` that nobody else can look into; it is gone at the end of the block.

    Its lock file lies beside it, so that `sweep` can tell it from one whose process was killed. Raises OSError.
    """
    base.mkdir(parents=True, exist_ok=True)
    lock = None
    while lock is None:
        folder = base / f"{PREFIX}{secrets.token_hex(8)}"
        lock = taken(_lock_of(folder))
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        let_go(lock)


def sweep(base: Path, *legacy: str) -> None:
    """Remove the scratch folders in `base` whose processes are gone. legacy: patterns of names that versions without
    lock files left behind; of these the old ones go.
    """
    for lock_file in base.glob(f"{PREFIX}*.lock"):
        with contextlib.suppress(OSError):
            lock = taken(lock_file)
            if lock is not None:
                shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
                let_go(lock)
    for path in (path for pattern in legacy for path in base.glob(pattern)):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > OLD:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
