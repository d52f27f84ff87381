"""A run on one machine: in this process, or spread over processes that each do one item at a time."""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from charsam.errors import CharsamError, sentence
from charsam.runs.task import ATTEMPTS, Done, RunError, Task, Worker

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

THREADS: Final = "OMP_NUM_THREADS"
GPUS: Final = "CUDA_VISIBLE_DEVICES"


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_useful() -> int:
    """The number of processes that keeps this machine busy: one a processor, or where there are GPUs two a GPU, so
    that one prepares an item while the other computes.
    """
    return min(cores(), 2 * len(gpus())) if gpus() else cores()


@functools.cache
def gpus() -> tuple[str, ...]:
    """The names of the GPUs that this process may use."""
    import torch

    if not torch.cuda.is_available():
        return ()
    named = tuple(name for name in os.environ.get(GPUS, "").split(",") if name)
    return named or tuple(str(number) for number in range(torch.cuda.device_count()))


def work_here(worker: Worker, items: Iterable[int]) -> Generator[Done]:
    """Do the items one after another in this process."""
    worker.load()
    for index in items:
        yield worker.work(index)


@dataclass(slots=True)
class _Process:
    """A process of the pool. item: what it works on; None where nothing. ready: whether its models are loaded."""

    process: SpawnProcess
    pipe: Connection
    slot: int
    item: int | None = None
    ready: bool = False


class Pool:
    """`workers` processes, each with its own models, its share of the processors, and one of the GPUs where there are.

    A process that dies is replaced. The item that it worked on is done again, once, and then given up by `keeper`,
    which needs no models.
    """

    def __init__(self, task: Task, workers: int, keeper: Worker) -> None:
        self._task = task
        self._workers = workers
        self._keeper = keeper
        self._context = multiprocessing.get_context("spawn")
        self._pool: list[_Process] = []
        self._leaving: list[_Process] = []
        self._queue: deque[int] = deque()
        self._items: Iterator[int] = iter(())
        self._deaths: Counter[int] = Counter()
        self._stillborn = 0

    def work(self, items: Iterable[int]) -> Generator[Done]:
        """Do the items; they come back in the order in which they are done.

        Raises RunError where the results cannot be written, or the processes cannot work at all.
        """
        self._items = iter(items)
        try:
            for slot in range(self._workers):
                self._start(slot)
            while self._pool:
                for worker in self._heard():
                    try:
                        answer = worker.pipe.recv()
                    except (EOFError, OSError):
                        yield from self._bury(worker)
                        continue
                    if isinstance(answer, CharsamError):
                        raise answer
                    worker.ready, self._stillborn = True, 0
                    self._employ(worker)
                    if isinstance(answer, Done):
                        yield answer
        finally:
            self._stop()

    def _heard(self) -> list[_Process]:
        """Wait for the processes: those that have something to say, or have died."""
        heard = set(wait([worker.pipe for worker in self._pool]))
        return [worker for worker in self._pool if worker.pipe in heard]

    def _more(self) -> bool:
        """Whether there is an item left to begin with."""
        self._queue.extend(itertools.islice(self._items, 0 if self._queue else 1))
        return bool(self._queue)

    def _employ(self, worker: _Process) -> None:
        """Give a process an item, or let it go where there is none."""
        if self._more():
            worker.item = self._queue.popleft()
            with suppress(OSError):  # it has died, as the next round will hear
                worker.pipe.send(worker.item)
        else:
            self._pool.remove(worker)
            self._leaving.append(worker)
            worker.pipe.close()

    def _start(self, slot: int) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(self._task, theirs), daemon=True)
        with _environment(shares(slot, self._workers)):
            process.start()
        theirs.close()
        self._pool.append(_Process(process, ours, slot))

    def _bury(self, worker: _Process) -> Iterator[Done]:
        """See to the item of a process that has died, and put another process in its place where there is work."""
        self._pool.remove(worker)
        worker.process.join()
        worker.pipe.close()
        death = _cause(worker.process.exitcode)
        if worker.item is not None:
            self._deaths[worker.item] += 1
            if self._deaths[worker.item] < ATTEMPTS:
                self._queue.append(worker.item)
            else:
                yield self._keeper.give_up(
                    worker.item, f"the process that worked on it died {ATTEMPTS} times ({death})"
                )
        elif not worker.ready:
            self._stillborn += 1
            if self._stillborn > self._workers:
                raise RunError(
                    f"the processes die before they begin ({death}). {self._workers} of them may need more memory than "
                    "there is: give fewer with --workers"
                )
        if self._more():
            self._start(worker.slot)

    def _stop(self) -> None:
        for worker in self._pool:
            worker.process.terminate()
            worker.pipe.close()
        for worker in (*self._pool, *self._leaving):
            worker.process.join()
        self._pool.clear()
        self._leaving.clear()


def _serve(task: Task, pipe: Connection) -> None:
    """What a process of the pool does: items by their numbers, until there are no more or the main process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process is interrupted too, and ends this one
    threading.Thread(target=_follow_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        try:
            worker = _loaded(task)
        except Exception as error:
            pipe.send(_told(error))
            return
        pipe.send(None)
        while True:
            index = pipe.recv()
            try:
                pipe.send(worker.work(index))
            except Exception as error:
                pipe.send(_told(error))


def _follow_parent() -> None:
    """End this process when the main process has ended, however that came about."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _told(error: Exception) -> CharsamError:
    """Why the work cannot be done at all, as the main process hears it."""
    return error if isinstance(error, CharsamError) else RunError(sentence(error))


def _loaded(task: Task) -> Worker:
    import cv2

    if THREADS in os.environ:
        cv2.setNumThreads(int(os.environ[THREADS]))
    worker = task.worker()
    worker.load()
    return worker


def shares(slot: int, workers: int) -> dict[str, str]:
    """Environment of one of the processes: its part of the processors, and its GPU."""
    share = {THREADS: str(max(1, cores() // workers))}
    return {**share, GPUS: gpus()[slot % len(gpus())]} if gpus() else share


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The environment of this process, and of those that it starts, changed for a moment."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _cause(status: int | None) -> str:
    if status is None or status >= 0:
        return f"it ended with status {status}"
    if status == -9:
        return "it was killed, which the system does when memory runs out"
    with suppress(ValueError):
        return f"by signal {signal.Signals(-status).name}"
    return f"by signal {-status}"
