"""What this machine's processor and C library are good at. Imports no torch, so that it can run before torch does."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")

_BF16_FLAGS = {"avx512_bf16", "amx_bf16"}

# Parameters of mallopt, as numbered in glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


@cache
def fast_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 matrices in hardware, so that bf16 autocast saves time.

    Judged by the flags that the Linux kernel lists (AVX512_BF16, AMX); False where there is no such list. Elsewhere
    torch emulates bfloat16, which is slower than float32.
    """
    try:
        lines = CPU_INFO.read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not _BF16_FLAGS.isdisjoint(flags.split())


@cache
def tune_malloc() -> bool:
    """Make glibc keep freed memory for the next allocation instead of returning it to the kernel.

    Networks allocate and free the same large buffers again and again; with glibc's defaults each of them is mapped
    anew, and the page faults cost SAM on a CPU about as much time as its arithmetic. Call it before torch's first
    large allocation; calling it again does nothing.

    Returns whether the allocator was tuned: False where the C library is not glibc, which is then left alone.
    """
    if not _runs_on_glibc():
        return False
    libc = ctypes.CDLL("libc.so.6")
    return bool(libc.mallopt(_M_MMAP_MAX, 0)) and bool(libc.mallopt(_M_TRIM_THRESHOLD, -1))


def wait_without_spinning() -> None:
    """Let OpenMP's threads sleep while they wait for each other, where the environment does not say otherwise.

    By default they spin. Where another program wants a core, too, they then burn each other's time: on two cores that
    other work kept busy, a run that takes a second alone took 33 to 71 s, and asleep 10 to 12 s; with one thread 8 to
    13 s. Call it before torch is first imported, which reads the variable once.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _runs_on_glibc() -> bool:
    if sys.platform != "linux":
        return False
    try:
        version = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        return False
    return version is not None and version.startswith("glibc")
