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

from charsam.errors import CharsamError, SettingsError, sentence
from charsam.runs.identity import differences
from charsam.runs.task import Done, RunError, Task, Worker

KNOCK_SECONDS: Final = 10
PER_GPU: Final = 2
"""Actors that share a GPU, so that one prepares an item while the other computes."""


def work_on_ray(task: Task, units: Sequence[int], address: str, workers: int | None) -> Generator[Done]:
    """Do units of work on a cluster; gives the items of each when it is done.

    units: numbers, see `Worker.unit`. address: of the cluster, or "local" for one on this machine; one that this
    process is connected to already is used. workers: actors; None for all that fit.
    Raises SettingsError where Ray is missing or does not answer, RunError where the work cannot be done.
    """
    if not units:
        return
    ray = _ray()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, address)
    try:
        for row in _dataset(ray, task, units, workers).iter_rows():
            if row["error"]:
                raise RunError(row["error"])
            for done in json.loads(row["done"]):
                yield Done(**done)
    except ray.exceptions.RayError as error:
        raise RunError(f"Ray gave up: {str(error).strip().splitlines()[-1]}") from error
    finally:
        if ours:
            ray.shutdown()


class Actor:
    """An actor of the cluster: does one unit after another, with models that it loads once."""

    def __init__(self, task: Task, about: dict[str, Any], run: str) -> None:
        """about: of the task, on the machine that started the run. run: a name that no other run has."""
        self._task = task
        self._about = about
        self._run = run
        self._worker: Worker | None = None

    def __call__(self, item: dict[str, Any]) -> dict[str, Any]:
        """item: {"unit": its number}. What is done of it, or why nothing can be done here at all."""
        try:
            done = [asdict(one) for one in self._loaded().unit(int(item["unit"]), self._run)]
            return {"done": json.dumps(done), "error": ""}
        except CharsamError as error:
            return {"done": "[]", "error": str(error)}
        except Exception as error:  # raised in an actor, it would be a page of Ray's traceback
            return {"done": "[]", "error": sentence(error)}

    def _loaded(self) -> Worker:
        if self._worker is None:
            here = json.loads(json.dumps(self._task.about()))
            if here != self._about:
                raise RunError(
                    "a machine of the cluster has another dataset, other weights or other packages than the one that "
                    f"started the run: {differences(self._about, here)}"
                )
            worker = self._task.worker()
            worker.load()
            self._worker = worker
        return self._worker


def _dataset(ray: Any, task: Task, units: Sequence[int], workers: int | None) -> Any:
    """A Ray dataset of a row a unit."""
    resources = ray.cluster_resources()
    gpus = float(resources.get("GPU", 0))
    most = workers or max(1, int(gpus * PER_GPU if gpus else resources.get("CPU", 1)))
    most = min(most, len(units))
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    items = ray.data.from_items([{"unit": unit} for unit in units], override_num_blocks=len(units))
    return items.map(
        Actor,
        fn_constructor_args=(task, json.loads(json.dumps(task.about())), uuid.uuid4().hex),
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
