"""A batch run that is killed, at whatever moment, and started again: the same results, and nothing done twice."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from batch_runs import job, make_mlt17, results

from charsam.batch.refine import refine

HERE = Path(__file__).parent
POOL = """
import sys
from pathlib import Path
from batch_runs import job
from killing import killing_main
from charsam.batch.refine import refine

if __name__ == "__main__":
    refine(job(Path(sys.argv[1]), Path(sys.argv[2]), annotator=killing_main), workers=2)
"""

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no fork"),
]


def python(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(HERE), *sys.path])
    return subprocess.run(
        [sys.executable, *(str(argument) for argument in arguments)],
        env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_a_run_killed_at_any_of_its_file_operations_is_gone_on_with_to_the_same_bytes(
    tmp_path: Path, step: int
) -> None:
    root = make_mlt17(tmp_path / "root", 2, 1)
    (tmp_path / "work").mkdir()

    process = python(HERE / "crash_points.py", root, tmp_path / "work", step)

    found = [json.loads(line) for line in process.stdout.splitlines()]
    assert process.returncode == 0, process.stderr
    assert len(found) > 40 / step
    assert {line["kept"] for line in found} == {0, 1, 2, 3}
    assert [line for line in found if not line["same"]] == []
    assert [line for line in found if line["again"]] == []


@pytest.mark.slow
def test_a_pool_whose_main_process_is_killed_again_and_again_makes_the_same_bytes(tmp_path: Path) -> None:
    root = make_mlt17(tmp_path / "root", 5)
    refine(job(root, tmp_path / "undisturbed"), workers=1)
    script = tmp_path / "pool.py"
    script.write_text(POOL)

    killed = [python(script, root, tmp_path / "killed", KILL="yes") for _ in range(2)]
    last = python(script, root, tmp_path / "killed")

    assert [process.returncode for process in killed] == [-signal.SIGKILL] * 2
    assert last.returncode == 0, last.stderr
    assert results(tmp_path / "killed") == results(tmp_path / "undisturbed")
