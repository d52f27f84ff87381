"""The process's memory: threads share few pools, and what is kept can be counted."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from charsam.memory import bytes_of

CHILD = """
import threading
from charsam.memory import few_arenas
assert few_arenas()
barrier = threading.Barrier(12)
def work():
    barrier.wait()
    kept = [bytearray(60_000) for _ in range(100)]
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
import ctypes
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_many_threads_share_two_pools_of_memory() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], check=True, capture_output=True, text=True)

    assert 1 <= done.stderr.count("Arena ") <= 2


FREED = """
import numpy
from charsam.memory import few_arenas, give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

few_arenas()
kept = [bytearray(100_000) for _ in range(1000)]
last = bytearray(100)
full = resident()
del kept[:-1]
before = resident()
give_back()
print(full, before, resident())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], check=True, capture_output=True, text=True)

    full, before, after = map(int, done.stdout.split())
    assert before - after > 50e6
    assert full - after > 80e6


def test_what_a_value_holds_is_counted_once_however_deep_it_lies() -> None:
    @dataclass
    class Kept:
        pixels: np.ndarray
        more: dict[str, object]

    pixels = np.zeros((10, 10), np.float32)
    assert bytes_of(Kept(pixels, {"again": [pixels], "png": b"1234", "name": "x"})) == 404
