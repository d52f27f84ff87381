"""A batch run beyond one machine, through Ray Data (`charsam[ray]`): a task a shard, the same shards on disk.

Every machine of the cluster sees the dataset and the folder for the results under the same paths, and has the same
charsam with the same weights. A machine may go at any time: what it staged stays, and another one goes on with it.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import uuid
from collections.abc import Generator, Sequence
from dataclasses import asdict
from typing import Any, Final

from charsam.batch.identity import differences, identity
from charsam.batch.job import BatchError, Job
from charsam.batch.rows import Row
from charsam.batch.worker import ATTEMPTS, Done, Worker
from charsam.errors import CharsamError, SettingsError, sentence

KNOCK_SECONDS: Final = 10
PER_GPU: Final = 2
"""Actors that share a GPU, so that one prepares an image while the other computes."""


def work_on_ray(
    job: Job, about: dict[str, Any], shards: Sequence[int], address: str, workers: int | None
) -> Generator[list[Done]]:
    """Do shards on a cluster; gives the images of each when it is visible.

    about: the identity of the run, which that of every machine must be. address: of the cluster, or "local" for one on
    this machine; one that this process is connected to already is used. workers: actors; None for all that fit.
    Raises SettingsError where Ray is missing or does not answer, BatchError where the work cannot be done.
    """
    if not shards:
        return
    ray = _ray()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, address)
    try:
        for row in _dataset(ray, job, about, shards, workers).iter_rows():
            if row["error"]:
                raise BatchError(row["error"])
            yield [Done(**done) for done in json.loads(row["done"])]
    except ray.exceptions.RayError as error:
        raise BatchError(f"Ray gave up: {str(error).strip().splitlines()[-1]}") from error
    finally:
        if ours:
            ray.shutdown()


class ShardWorker:
    """An actor of the cluster: does one shard after another, with models that it loads once."""

    def __init__(self, job: Job, about: dict[str, Any], run: str) -> None:
        """run: a name that no other run has."""
        self._job = job
        self._about = about
        self._run = run
        self._worker: Worker | None = None

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        """item: {"shard": its number}. The images of the shard, or why nothing can be done here at all."""
        try:
            done = [asdict(image) for image in self._work(int(item["shard"]))]
            return {"done": json.dumps(done), "error": ""}
        except CharsamError as error:
            return {"done": "[]", "error": str(error)}
        except Exception as error:  # raised in an actor, it would be a page of Ray's traceback
            return {"done": "[]", "error": sentence(error)}

    def _work(self, shard: int) -> list[Done]:
        worker = self._loaded()
        shards = worker.shards
        if shards.is_done(shard):
            return [_earlier(row) for row in shards.rows(shard)]
        staged = shards.staged(shard)
        result = []
        for index in shards.images(shard):
            if index in staged:
                result.append(_earlier(shards.staged_row(index)))
            elif shards.attempt(index, self._run) >= ATTEMPTS:
                reason = f"the process that worked on it died {ATTEMPTS} times; it may need more memory than there is"
                result.append(worker.give_up(index, reason))
            else:
                result.append(worker.work(index))
        shards.commit(shard)
        return result

    def _loaded(self) -> Worker:
        if self._worker is None:
            worker = Worker(self._job)
            here = json.loads(json.dumps(identity(self._job, worker.shards.total)))
            if here != self._about:
                raise BatchError(
                    "a machine of the cluster has another dataset, other weights or other packages than the one that "
                    f"started the run: {differences(self._about, here)}"
                )
            self._worker = worker.load()
        return self._worker


def _earlier(row: Row) -> Done:
    """An image that was staged by a machine that did not live to tell."""
    return Done(row.index, row.name, row.failure, 0.0)


def _dataset(ray: Any, job: Job, about: dict[str, Any], shards: Sequence[int], workers: int | None) -> Any:
    """A Ray dataset of a task a shard."""
    resources = ray.cluster_resources()
    gpus = float(resources.get("GPU", 0))
    most = workers or max(1, int(gpus * PER_GPU if gpus else resources.get("CPU", 1)))
    most = min(most, len(shards))
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    items = ray.data.from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
    return items.map(
        ShardWorker,
        fn_constructor_args=(job, json.loads(json.dumps(about)), uuid.uuid4().hex),
        compute=ray.data.ActorPoolStrategy(
            min_size=1, initial_size=most, max_size=most, max_tasks_in_flight_per_actor=1
        ),
        num_cpus=1,
        num_gpus=1 / PER_GPU if gpus else 0,
    )


def _ray() -> Any:
    """The package, told to keep to itself."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SettingsError(f"--ray needs the package ray ({error}): pip install 'charsam[ray]'") from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


def _connect(ray: Any, address: str) -> None:
    """Raises SettingsError where no cluster answers."""
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (RuntimeError, ValueError, OSError, OverflowError) as error:
        raise SettingsError(f"no Ray cluster answers at {address}: {error}") from error


def _knock(address: str) -> None:
    """Raises OSError where nobody listens at HOST:PORT; Ray itself would try for minutes. Other addresses pass."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()
