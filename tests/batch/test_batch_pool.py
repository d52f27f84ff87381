"""The processes of a batch run: they make what one process makes, and the death of one costs its image at most."""

import signal
from pathlib import Path

import pytest
from batch_runs import job, make_mlt17, results
from killing import dying_always, dying_once, stillborn

from charsam.batch.refine import refine
from charsam.runs.task import RunError

pytestmark = [pytest.mark.heavy, pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_mlt17(tmp_path / "root", 5)


@pytest.fixture(autouse=True)
def found_by_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes import the annotators of these tests by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def test_an_image_of_which_a_process_died_is_done_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIED", str(tmp_path / "died"))
    undisturbed = refine(job(root, tmp_path / "one"), workers=1)

    outcome = refine(job(root, tmp_path / "many", annotator=dying_once), workers=2)

    assert (tmp_path / "died").exists()
    assert outcome.summary == undisturbed.summary
    assert results(tmp_path / "many") == results(tmp_path / "one")


def test_an_image_of_which_every_process_dies_is_counted_and_the_others_are_done(root: Path, tmp_path: Path) -> None:
    outcome = refine(job(root, tmp_path / "out", annotator=dying_always), workers=2)

    (failure,) = outcome.summary["failures"]
    assert outcome.summary["images"] == {"listed": 5, "done": 4, "failed": 1, "masks": 4}
    assert failure["name"] == "img_02"
    assert "died 2 times" in failure["reason"]
    assert "memory" in failure["reason"]


def test_processes_that_die_before_they_begin_stop_the_run_with_advice(root: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="fewer with --workers"):
        refine(job(root, tmp_path / "out", annotator=stillborn), workers=2)


def test_the_processes_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    from charsam.runs import pool

    monkeypatch.setattr(pool, "cores", lambda: 8)
    monkeypatch.setattr(pool, "gpus", lambda: ("0", "3"))

    assert pool.shares(1, 2) == {"OMP_NUM_THREADS": "4", "CUDA_VISIBLE_DEVICES": "3"}
    assert pool.shares(2, 16) == {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "0"}
    assert pool.most_useful() == 4
