"""What a run is made of: numbered items, each worked on by one process, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from charsam.errors import CharsamError

ATTEMPTS: Final = 2
"""How often an item is begun with before the death of the process that works on it is counted as its failure."""


class RunError(CharsamError):
    """A run that cannot go on, for a reason that is none of a single item."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An item, or an entry of a dataset, of which nothing came, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """An item that a process is done with.

    failure: why nothing came of it. row: what did, as JSON; None where the worker has written it down itself.
    seconds, cpu: how long it took, and processor time of all threads. stages: seconds by stage of the pipeline.
    """

    index: int
    name: str
    failure: str | None = None
    row: dict[str, Any] | None = None
    seconds: float = 0.0
    cpu: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)


class Worker(Protocol):
    """Works on a run's items one at a time, in one process."""

    def load(self) -> None:
        """Load the models. Raises SettingsError or WeightsError where they cannot be used."""
        ...

    def work(self, index: int) -> Done:
        """Do one item; whatever is wrong with it becomes its failure. The models are loaded.

        Raises RunError where the results cannot be written, or the run cannot be done at all.
        """
        ...

    def give_up(self, index: int, reason: str) -> Done:
        """Count an item as failed, without working on it."""
        ...

    def unit(self, number: int, run: str) -> list[Done]:
        """Do what an actor of a Ray cluster does at once. run: a name that no other run has."""
        ...


class Task(Protocol):
    """What a run does; it is pickled for every process that takes part."""

    def worker(self) -> Worker:
        """A worker for this process, its models not loaded yet."""
        ...

    def about(self) -> dict[str, Any]:
        """All that the results depend on, the same on every machine that takes part."""
        ...
