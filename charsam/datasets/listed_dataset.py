"""Datasets as lists of entries that are read one at a time, with what could not be read written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from charsam.datasets.base import Fault, Sample
from charsam.datasets.files import printable
from charsam.errors import CharsamError, DatasetError

Entry = TypeVar("Entry")


class FaultLog:
    """The faults met so far, each once. With strict=True the first one is raised as DatasetError instead."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._found: dict[Fault, None] = {}

    def add(self, file: str, problem: Exception | str) -> None:
        """Write a fault down, or raise it. file: the file, or entry of an index, that is skipped in part or whole."""
        message = printable(str(problem))
        if self._strict:
            raise DatasetError(message) from (problem if isinstance(problem, Exception) else None)
        self._found.setdefault(Fault(printable(file), message))

    def faults(self) -> list[Fault]:
        return list(self._found)


class ListedDataset(Generic[Entry]):
    """A dataset whose images are known by name when it is opened; all else is read when its turn comes.

    entries: sorted by the samples' names. read: makes the sample of one entry, or raises CharsamError.
    title: what to call an entry in the list of faults.
    """

    def __init__(
        self,
        name: str,
        entries: Sequence[Entry],
        read: Callable[[Entry], Sample],
        title: Callable[[Entry], str],
        log: FaultLog,
    ) -> None:
        self._name, self._entries, self._read, self._title, self._log = name, entries, read, title, log

    @property
    def name(self) -> str:
        return self._name

    @property
    def faults(self) -> list[Fault]:
        return self._log.faults()

    def __len__(self) -> int:
        return len(self._entries)

    def samples(self, start: int = 0, stop: int | None = None) -> Iterator[Sample]:
        for index in range(*slice(start, stop).indices(len(self._entries))):
            entry = self._entries[index]
            try:
                sample = self._read(entry)
            except CharsamError as error:
                self._log.add(self._title(entry), error)
            except OSError as error:
                place = self._title(entry)
                self._log.add(place, f"{error.filename or place} cannot be read ({error.strerror or error})")
            else:
                yield sample
