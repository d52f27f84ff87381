"""How much memory things take, and how the process takes it and gives it back (by glibc: most of Linux)."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Final

ARENAS: Final = 2
LARGE: Final = 12 * 2**20
"""Bytes of a block that the maps of a large picture take; those of a word are smaller."""
_M_MMAP_THRESHOLD: Final = -3  # numbered as in glibc's malloc.h
_M_MMAP_MAX: Final = -4
_M_ARENA_MAX: Final = -8


def few_arenas(count: int = ARENAS) -> bool:
    """Let all threads of the process share a few pools of memory; whether the system's library can do that.

    By default glibc gives each of many threads a pool of its own and keeps what was freed in each: with 20 people at
    once that made 2.1 GB of 1.5. Call it before the threads begin.
    """
    library = _glibc()
    return library is not None and bool(library.mallopt(_M_ARENA_MAX, count))


def large_apart(size: int = LARGE) -> bool:
    """Let blocks of so many bytes and more go back to the system as soon as they are freed, whatever
    `charsam.cpu.tune_malloc` has set for speed; whether the system's library can do that.

    Else the holes between them add up: CRAFT on 1280 x 960 pixels took 450 MB instead of 337, for 0.25 s less. Call it
    before torch is first imported, which then asks for large pages, half as slow to get as small ones.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    library = _glibc()
    if library is None:
        return False
    return bool(library.mallopt(_M_MMAP_MAX, 2**16)) and bool(library.mallopt(_M_MMAP_THRESHOLD, size))


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
