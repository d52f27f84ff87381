"""A small generated benchmark that several tests read."""

from pathlib import Path

import pytest

from charsam.evaluation.benchmark import make_benchmark


@pytest.fixture(scope="session")
def benchmark_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenes in TextSeg's layout; not to be changed."""
    root = tmp_path_factory.mktemp("benchmark") / "made"
    make_benchmark(root, scenes=2)
    return root
