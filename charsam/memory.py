"""How the process takes memory from the system and gives it back (glibc, so most of Linux; elsewhere nothing)."""

from __future__ import annotations

import ctypes
import sys
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


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "gnu_get_libc_version") else None
