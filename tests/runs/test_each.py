"""Runs that keep a row of each item: here or in several processes, gone on with after a stop."""

import json
import signal
from pathlib import Path

import pytest
from counting import Counting, Letters, WithoutModels

from charsam.errors import WeightsError
from charsam.runs.progress import Progress
from charsam.runs.ray_cluster import Actor
from charsam.runs.row_run import RowRun, Workers, run_rows
from charsam.runs.task import Failure

TWO = Workers(2)
WAYS = [Workers(1), pytest.param(TWO, marks=pytest.mark.heavy)]
kills = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is seen what was worked on; the processes find the work by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    (tmp_path / "seen").mkdir()
    return tmp_path / "seen"


def progress(folder: Path, **header: str) -> Progress:
    return Progress(folder.parent / ".progress", header)


def worked_on(folder: Path) -> dict[str, int]:
    return {chr(int(path.name)): len(path.read_text().splitlines()) for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("workers", WAYS, ids=["here", "two processes"])
def test_every_item_gets_its_row_and_what_fails_is_named(
    folder: Path, workers: Workers, capsys: pytest.CaptureFixture
) -> None:
    kept = progress(folder)

    failures = run_rows(Letters("ab!-c"), Counting(folder), kept, title="count", workers=workers)

    assert kept.rows == {letter: {"code": ord(letter)} for letter in "abc"}
    assert failures == [Failure("!", "no letter")]
    assert "charsam count: !: no letter" in capsys.readouterr().err


def test_a_run_goes_on_with_what_is_left(folder: Path) -> None:
    run_rows(Letters("ab!"), Counting(folder), progress(folder), title="count")
    kept = progress(folder)

    run_rows(Letters("ab!c"), Counting(folder), kept, title="count")

    assert worked_on(folder) == {"a": 1, "b": 1, "c": 1, "!": 2}
    assert set(kept.rows) == {"a", "b", "c"}


def test_another_run_begins_anew(folder: Path) -> None:
    run_rows(Letters("a"), Counting(folder), progress(folder, edge="0"), title="count")

    run_rows(Letters("a"), Counting(folder), progress(folder, edge="1"), title="count")

    assert worked_on(folder) == {"a": 2}


def test_each_row_is_told_when_it_is_there(folder: Path) -> None:
    told: list[str] = []

    run_rows(Letters("ab"), Counting(folder), progress(folder), title="count", took=lambda name, row: told.append(name))

    assert told == ["a", "b"]


@pytest.mark.heavy
@kills
def test_an_item_of_which_every_process_dies_is_a_failure(folder: Path) -> None:
    kept = progress(folder)

    (failure,) = run_rows(Letters("a+b"), Counting(folder), kept, title="count", workers=TWO)

    assert failure.name == "+"
    assert "died 2 times" in failure.reason
    assert set(kept.rows) == {"a", "b"}


@pytest.mark.parametrize("workers", WAYS, ids=["here", "two processes"])
def test_models_that_cannot_be_loaded_end_the_run(folder: Path, workers: Workers) -> None:
    with pytest.raises(WeightsError, match="the weights are not here"):
        run_rows(Letters("ab"), WithoutModels(), progress(folder), title="count", workers=workers)


def test_a_machine_of_a_cluster_with_another_charsam_does_no_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = RowRun(Letters("a"), Counting(folder), {"edge": 0}, folder.parent / "attempts")
    started = json.loads(json.dumps(task.about()))
    monkeypatch.setattr("charsam.runs.identity.own_source", lambda: "0" * 64)

    answer = Actor(task, started, "run")({"unit": 0})

    assert "a machine of the cluster has another dataset" in answer["error"]
    assert worked_on(folder) == {}
