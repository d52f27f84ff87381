"""A batch run on one machine: in this process, or spread over processes that each do one image at a time."""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from charsam.batch.job import BatchError, Job
from charsam.batch.worker import ATTEMPTS, Done, Worker
from charsam.errors import CharsamError, sentence

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

THREADS: Final = "OMP_NUM_THREADS"
GPUS: Final = "CUDA_VISIBLE_DEVICES"


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_useful() -> int:
    """The number of processes that keeps this machine busy: one a processor, or where there are GPUs two a GPU, so
    that one prepares an image while the other computes.
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


def work_here(worker: Worker, images: Iterable[int]) -> Generator[Done]:
    """Do the images one after another in this process."""
    worker.load()
    for index in images:
        yield worker.work(index)


@dataclass(slots=True)
class _Process:
    """A process of the pool. image: what it works on; None where nothing. ready: whether its models are loaded."""

    process: SpawnProcess
    pipe: Connection
    slot: int
    image: int | None = None
    ready: bool = False


class Pool:
    """`workers` processes, each with its own models, its share of the processors, and one of the GPUs where there are.

    A process that dies is replaced. The image that it worked on is done again, once, and then staged as failed by
    `keeper`, which needs no models.
    """

    def __init__(self, job: Job, workers: int, keeper: Worker) -> None:
        self._job = job
        self._workers = workers
        self._keeper = keeper
        self._context = multiprocessing.get_context("spawn")
        self._pool: list[_Process] = []
        self._leaving: list[_Process] = []
        self._queue: deque[int] = deque()
        self._images: Iterator[int] = iter(())
        self._deaths: Counter[int] = Counter()
        self._stillborn = 0

    def work(self, images: Iterable[int]) -> Generator[Done]:
        """Do the images; they come back in the order in which they are done.

        Raises BatchError where the results cannot be written, or the processes cannot work at all.
        """
        self._images = iter(images)
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
                    if isinstance(answer, str):
                        raise BatchError(answer)
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
        """Whether there is an image left to begin with."""
        self._queue.extend(itertools.islice(self._images, 0 if self._queue else 1))
        return bool(self._queue)

    def _employ(self, worker: _Process) -> None:
        """Give a process an image, or let it go where there is none."""
        if self._more():
            worker.image = self._queue.popleft()
            with suppress(OSError):  # it has died, as the next round will hear
                worker.pipe.send(worker.image)
        else:
            self._pool.remove(worker)
            self._leaving.append(worker)
            worker.pipe.close()

    def _start(self, slot: int) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(self._job, theirs), daemon=True)
        with _environment(shares(slot, self._workers)):
            process.start()
        theirs.close()
        self._pool.append(_Process(process, ours, slot))

    def _bury(self, worker: _Process) -> Iterator[Done]:
        """See to the image of a process that has died, and put another process in its place where there is work."""
        self._pool.remove(worker)
        worker.process.join()
        worker.pipe.close()
        death = _cause(worker.process.exitcode)
        if worker.image is not None:
            self._deaths[worker.image] += 1
            if self._deaths[worker.image] < ATTEMPTS:
                self._queue.append(worker.image)
            else:
                yield self._keeper.give_up(
                    worker.image, f"the process that worked on it died {ATTEMPTS} times ({death})"
                )
        elif not worker.ready:
            self._stillborn += 1
            if self._stillborn > self._workers:
                raise BatchError(
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


def _serve(job: Job, pipe: Connection) -> None:
    """What a process of the pool does: images by their numbers, until there are no more or the main process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process is interrupted too, and ends this one
    threading.Thread(target=_follow_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        answer = _answer(lambda: _loaded(job))
        if not isinstance(answer, Worker):
            pipe.send(answer)
            return
        worker = answer
        pipe.send(None)
        while True:
            index = pipe.recv()
            pipe.send(_answer(lambda: worker.work(index)))  # noqa: B023 (it is called at once)


def _follow_parent() -> None:
    """End this process when the main process has ended, however that came about."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _answer(work: Callable[[], object]) -> object:
    """What the work gives, or in a sentence why it cannot be done at all."""
    try:
        return work()
    except CharsamError as error:
        return str(error)
    except Exception as error:
        return sentence(error)


def _loaded(job: Job) -> Worker:
    import cv2

    if THREADS in os.environ:
        cv2.setNumThreads(int(os.environ[THREADS]))
    return Worker(job).load()


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
