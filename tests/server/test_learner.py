"""What the server says of a learning that it could not finish."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from charsam.errors import Cancelled
from charsam.server.access import Caller
from charsam.server.learner import LOST, UNDER_WAY, Learner
from charsam.workspace.workspace import Workspace


class Waiting:
    """An engine whose models never come: a learning waits for them until it is stopped."""

    def __init__(self) -> None:
        self.waits, self.stopped = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.waits.set()
        self.stopped.wait(20)
        raise Cancelled


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    workspace = Workspace.open(tmp_path)
    return Caller("local", workspace.accounts.guest("you"), workspace)


def learner(folder: Path) -> tuple[Learner, Waiting]:
    engine = Waiting()
    return Learner(engine, 1.0, folder), engine  # type: ignore[arg-type]


def over(one: Learner, project: str) -> None:
    deadline = time.monotonic() + 20
    while not (job := one.job(project)) or not job.over:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_after_a_crash_the_project_hears_that_its_learning_was_lost_and_others_hear_nothing(
    caller: Caller, tmp_path: Path
) -> None:
    before, engine = learner(tmp_path)
    before.start(caller, "signs", "shop signs")
    assert engine.waits.wait(20)
    after, _ = learner(tmp_path)  # the first was killed and tidied nothing up
    job = after.job("signs")
    assert job is not None
    assert (job.name, job.by, job.over, job.learned, job.message) == ("shop signs", "you", True, None, LOST)
    assert after.job("another") is None
    assert learner(tmp_path)[0].job("signs") is None  # said once
    engine.stopped.set()


def test_a_learning_that_the_server_ends_when_it_stops_is_told_of_as_well(caller: Caller, tmp_path: Path) -> None:
    before, engine = learner(tmp_path)
    before.start(caller, "signs", "shop signs")
    before.close()
    engine.stopped.set()
    over(before, "signs")
    assert learner(tmp_path)[0].job("signs") is not None


def test_one_that_somebody_stopped_is_not_lost(caller: Caller, tmp_path: Path) -> None:
    before, engine = learner(tmp_path)
    before.start(caller, "signs", "shop signs")
    before.cancel("signs")
    engine.stopped.set()
    over(before, "signs")
    assert learner(tmp_path)[0].job("signs") is None


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"project": 1}'])
def test_a_damaged_note_of_it_keeps_nobody_from_starting(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / UNDER_WAY).write_bytes(damage)
    assert learner(tmp_path)[0].job("signs") is None
    assert not (tmp_path / UNDER_WAY).exists()
