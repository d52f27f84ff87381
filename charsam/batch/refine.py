"""COCO_TS_refined and MLT_S_refined: a whole dataset annotated anew, in shards, gone on with after any stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from charsam.atomic import write_atomically
from charsam.batch.identity import begin, identity, to_json
from charsam.batch.job import Job
from charsam.batch.run_log import FOLDER as LOG_FOLDER
from charsam.batch.run_log import TIMING, RunLog, timing
from charsam.batch.shards import FOLDER as SHARDS_FOLDER
from charsam.batch.shards import Shards
from charsam.batch.summary import FILES, finish
from charsam.batch.worker import BatchWorker
from charsam.errors import SettingsError, sentence
from charsam.file_lock import locked
from charsam.runs.contents import sizes
from charsam.runs.runner import run
from charsam.runs.task import Done, RunError

IDENTITY: Final = "run.json"
LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class RefinedDataset:
    """A finished run. summary, timing: as in summary.json and log/timing.json. done_now: images that this run did."""

    summary: dict[str, Any]
    timing: dict[str, Any]
    done_now: int


def refine(job: Job, *, workers: int | None = None, ray: str | None = None, instances: bool = False) -> RefinedDataset:
    """Annotate every image of a dataset; goes on where an earlier run of the same job was stopped.

    workers: processes; None for as many as keep the machine busy, 1 for this process alone. ray: the address of a Ray
    cluster ("local" for one on this machine), which then does the work; workers are then its actors. instances: also
    write instances.json; it can be asked for when the run is finished already.
    Raises SettingsError, DatasetError or WeightsError where the job cannot be done, and RunError where it cannot be
    gone on with, such as for want of room; all that is done by then stays.
    """
    _check(job)
    dataset = job.open()
    opening_faults = list(dataset.faults)
    total = job.listed(dataset)
    if not total:
        raise SettingsError(f"{job.root} lists no image to work on")
    with _writing(job.out, 0, total):
        (job.out / SHARDS_FOLDER).mkdir(parents=True, exist_ok=True)
    with _lock(job.out):
        about = identity(job, total)
        with _writing(job.out, 0, total):
            _remove_half_written(job.out)
            begin(job.out / SHARDS_FOLDER / IDENTITY, about)
        left = _Left(job, Shards(job.out, job.shard_size, total), total)
        with _writing(job.out, None, total, left), RunLog(job.out, root=str(job.root), workers=workers, ray=ray) as log:
            left.look()
            left.do(Refining(job, total), BatchWorker(job, dataset), log, workers, ray)
            summary = finish(job.out, about, left.shards, opening_faults, instances=instances)
            log.finished()
            taken = timing(job.out)
            with write_atomically(job.out / LOG_FOLDER / TIMING) as file:
                file.write(to_json(taken))
    return RefinedDataset(summary, taken, left.done_now)


@dataclass(frozen=True, slots=True)
class Refining:
    """A job as a task of a run. images: how many it goes through."""

    job: Job
    images: int

    def worker(self) -> BatchWorker:
        return BatchWorker(self.job)

    def about(self) -> dict[str, Any]:
        return identity(self.job, self.images, sizes)


class _Left:
    """What is done and what is left of one run."""

    def __init__(self, job: Job, shards: Shards, total: int) -> None:
        self.shards = shards
        self.done = self.done_now = 0
        self._job = job
        self._total = total
        self._open: list[int] = []
        """The shards that are not visible yet."""
        self._waiting: dict[int, int] = {}
        """Of the shards that are begun with, how many images are not staged yet."""
        self._staged: dict[int, frozenset[int]] = {}
        """Of the shards that an earlier run has begun with, the images that it staged."""

    def look(self) -> None:
        """Find out what earlier runs have done, and make the shards visible that they left full."""
        for shard in range(self.shards.number):
            images = self.shards.images(shard)
            if self.shards.is_done(shard):
                if self.shards.is_whole(shard):
                    self.done += len(images)
                    continue
                self.shards.discard(shard)
            staged = self.shards.staged(shard)
            self.done += len(staged)
            if len(staged) == len(images):
                self.shards.commit(shard)
            else:
                self._open.append(shard)
                if staged:
                    self._staged[shard] = staged

    def do(self, task: Refining, here: BatchWorker, log: RunLog, workers: int | None, ray: str | None) -> None:
        """Do what is left, here or on a Ray cluster, whose actors make whole shards visible."""

        def take(image: Done) -> bool:
            shard = self.shards.of(image.index)
            if image.index in self._staged.get(shard, ()):
                return False
            log.image(image)
            self.done, self.done_now = self.done + 1, self.done_now + 1
            if ray is None:
                self._waiting[shard] -= 1
                if not self._waiting[shard]:
                    del self._waiting[shard]
                    self.shards.commit(shard)
            return True

        left = self._total - self.done
        run(
            task,
            self._images(),
            take,
            title="refine",
            here=here,
            total=self._total,
            left=left,
            workers=workers,
            ray=ray,
            units=self._open,
        )
        missing = [shard for shard in self._open if not self.shards.is_done(shard)]
        if missing:
            raise RunError(
                f"{len(missing)} shards are not in {self._job.out} though Ray has done them; every machine of the "
                "cluster must see this folder under the same path"
            )

    def _images(self) -> Iterator[int]:
        """The images that are not staged yet."""
        for shard in self._open:
            staged = self._staged.get(shard, frozenset())
            left = [index for index in self.shards.images(shard) if index not in staged]
            self._waiting[shard] = len(left)
            yield from left


def _check(job: Job) -> None:
    out, root = job.out.resolve(), job.root.resolve()
    if out == root or root in out.parents:
        raise SettingsError(f"{job.out} lies in the dataset, which would then hold the masks too; choose another --out")
    if job.shard_size < 1:
        raise SettingsError(f"the shard size is {job.shard_size}; a shard has at least one image")
    for path in (out / SHARDS_FOLDER, out / LOG_FOLDER):
        if path.exists() and not path.is_dir():
            raise SettingsError(f"{path} is a file; choose another folder for --out")


@contextmanager
def _writing(out: Path, done: int | None, total: int, left: _Left | None = None) -> Iterator[None]:
    """Makes one sentence of what keeps results from being written: what, how far the run is, and what to do."""
    try:
        yield
    except (OSError, RunError) as error:
        far = done if left is None else left.done
        raise RunError(
            f"{sentence(error)}. {far} of {total} images are done and stay in {out}; when it is mended, the same "
            "command goes on from there"
        ) from error


def _remove_half_written(out: Path) -> None:
    """Remove what a run left that was killed while it wrote one of the files that are not in a shard."""
    for place in (*FILES, f"{SHARDS_FOLDER}/{IDENTITY}", f"{LOG_FOLDER}/{TIMING}"):
        path = out / place
        for part in path.parent.glob(f".{path.name}.*.part"):
            part.unlink()


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Keeps a second run out of the folder; the system lets go of it where a process is killed."""
    with locked(out / SHARDS_FOLDER / LOCK) as mine:
        if not mine:
            raise SettingsError(f"another run is working on {out}; wait for it, or choose another --out")
        yield
