import subprocess
import sys

import pytest

from charsam import cpu

needs_glibc = pytest.mark.skipif(not cpu._runs_on_glibc(), reason="the C library is not glibc")


@pytest.fixture(autouse=True)
def forget_answers():
    cpu.fast_bf16.cache_clear()
    yield
    cpu.fast_bf16.cache_clear()


@pytest.mark.parametrize(
    ("flags", "fast"),
    [
        ("fpu sse4_2 avx2 avx512f avx512_bf16", True),
        ("fpu avx2 avx512f amx_bf16 amx_tile amx_int8", True),
        ("fpu sse4_2 avx2 avx512f avx512_vnni", False),
        ("fpu avx2 avx512_bf16x", False),
    ],
)
def test_bf16_is_fast_where_the_kernel_lists_an_instruction_for_it(tmp_path, monkeypatch, flags, fast):
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor\t: 0\nmodel name\t: Some avx512_bf16 CPU\nflags\t\t: {flags}\nbogomips\t: 4000\n")
    monkeypatch.setattr(cpu, "CPU_INFO", info)
    assert cpu.fast_bf16() is fast


def test_bf16_is_not_fast_where_the_kernel_lists_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(cpu, "CPU_INFO", tmp_path / "absent")
    assert cpu.fast_bf16() is False


def run_python(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()


@needs_glibc
def test_tuned_malloc_keeps_a_freed_buffer_for_the_next_one():
    script = """
import resource
import numpy
from charsam.cpu import tune_malloc
tune_malloc()
tune_malloc()
numpy.ones(64 << 20, numpy.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    numpy.ones(64 << 20, numpy.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    page_faults_of_one_new_buffer = (64 << 20) // resource_page_size()
    assert int(run_python(script)) < page_faults_of_one_new_buffer // 10


def resource_page_size() -> int:
    import resource

    return resource.getpagesize()


@needs_glibc
def test_tuning_malloc_imports_no_torch():
    assert run_python("import sys, charsam.cpu as c; print(c.tune_malloc(), 'torch' in sys.modules)") == "True False"


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(cpu, "_runs_on_glibc", lambda: False)
    cpu.tune_malloc.cache_clear()
    assert cpu.tune_malloc() is False
    cpu.tune_malloc.cache_clear()


@pytest.mark.parametrize(("chosen", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_sleep_while_they_wait_unless_the_environment_says_otherwise(monkeypatch, chosen, expected):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if chosen is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", chosen)
    script = "import charsam, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    assert run_python(script) == f"{expected} False"
