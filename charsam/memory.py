"""How much memory things take, and how the process takes it and gives it back (by glibc: most of Linux)."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Final

ARENAS: Final = 2
_M_ARENA_MAX: Final = -8


def few_arenas(count: int = ARENAS) -> bool:
    """Let all threads of the process share a few pools of memory; whether the system's library can do that.

    By default glibc gives each of many threads a pool of its own and keeps what was freed in each: with 20 people at
    once that made 2.1 GB of 1.5. Call it before the threads begin.
    """
    library = _glibc()
    return library is not None and bool(library.mallopt(_M_ARENA_MAX, count))


def give_back() -> None:
    """Return the memory that was freed to the system: after a large picture that is several hundred megabytes."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def bytes_of(value: object, known: set[int] | None = None) -> int:
    """Bytes of the arrays, tensors and encoded pictures that a value holds, each once; `known` are not counted."""
    known = set() if known is None else known
    if id(value) in known:
        return 0
    known.add(id(value))
    if isinstance(size := getattr(value, "nbytes", None), int):  # of NumPy or PyTorch
        return size
    if isinstance(value, bytes):
        return len(value)
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    elif is_dataclass(value):
        parts = (getattr(value, part.name) for part in fields(value))
    return sum(bytes_of(part, known) for part in parts)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "gnu_get_libc_version") else None
