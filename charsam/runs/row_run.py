"""Runs whose items each give a row of JSON, kept until all are done: evaluations, annotation, the finding of words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charsam.errors import SettingsError, WeightsError, sentence
from charsam.runs import attempts
from charsam.runs.identity import environment
from charsam.runs.progress import Progress
from charsam.runs.runner import run
from charsam.runs.sources import Source
from charsam.runs.task import ATTEMPTS, Done, Failure

Work = Callable[[Any], dict[str, Any]]
"""An item -> its row."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work. number: processes, 1 for this one alone, None for as many as are of use. ray: the
    address of a Ray cluster that does it instead ("local" for one on this machine); the number is then of its actors.
    """

    number: int | None = 1
    ray: str | None = None


HERE = Workers()


@dataclass(frozen=True, slots=True)
class RowRun:
    """Something done with every item of a source.

    begin: makes the function that does it, its models loaded, in each process anew; it can be pickled. header: see
    `Progress`. attempts: a folder that all of them see.
    """

    source: Source
    begin: Callable[[], Work]
    header: dict[str, Any]
    attempts: Path

    def worker(self) -> RowWorker:
        return RowWorker(self)

    def about(self) -> dict[str, Any]:
        """With charsam and its packages as they are on the machine that asks."""
        return {"run": self.header, **environment()}


class RowWorker:
    """Does the items of one process."""

    def __init__(self, task: RowRun) -> None:
        self._task = task
        self._last: tuple[int, str, Any] | None = None
        self._work: Work | None = None

    def load(self) -> None:
        self._work = self._task.begin()

    def read(self, index: int) -> tuple[str, Any]:
        """An item, see `Source.read`; the one that was read last is not read again."""
        if self._last is None or self._last[0] != index:
            self._last = index, *self._task.source.read(index)
        return self._last[1:]

    def work(self, index: int) -> Done:
        assert self._work is not None
        name, item = self.read(index)
        if item is None:  # its source says why
            return Done(index, name)
        try:
            return Done(index, name, row=self._work(item))
        except (SettingsError, WeightsError):  # no item can be done
            raise
        except Exception as error:  # whatever is wrong with one item, the others are done
            return Done(index, name, sentence(error))

    def give_up(self, index: int, reason: str) -> Done:
        return Done(index, self.read(index)[0], reason)

    def unit(self, number: int, run: str) -> list[Done]:
        if attempts.begin(self._task.attempts / str(number), run) >= ATTEMPTS:
            return [self.give_up(number, attempts.too_many(ATTEMPTS))]
        return [self.work(number)]


def run_rows(
    source: Source,
    begin: Callable[[], Work],
    progress: Progress,
    *,
    title: str,
    workers: Workers = HERE,
    took: Callable[[str, dict[str, Any]], None] | None = None,
) -> list[Failure]:
    """Do every item that the progress does not have yet, and write its row down; returns those that failed.

    title: of the command, for its messages. took: gets the name and the row of each that is done now.
    Raises RunError, SettingsError or WeightsError where the work cannot be done.
    """
    task = RowRun(source, begin, progress.header, progress.folder.absolute() / "attempts")
    here = RowWorker(task)
    failures: list[Failure] = []

    def take(done: Done) -> bool:
        if done.failure is not None:
            failures.append(Failure(done.name, done.failure))
        elif done.row is not None:
            progress.add(done.name, done.row)
            if took is not None:
                took(done.name, done.row)
        return True

    left = []
    for index in range(len(source)):  # whatever is wrong with the source is known before the work begins
        name, item = here.read(index)
        if item is not None and name not in progress.rows:
            left.append(index)
    run(
        task,
        left,
        take,
        title=title,
        here=here,
        total=len(source),
        left=len(left),
        workers=workers.number,
        ray=workers.ray,
        units=left,
    )
    return failures
