"""One image of a batch run, from the dataset on disk to its staged masks: what every process of a run does."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from charsam.batch.job import Annotator, BatchError, Job
from charsam.batch.rows import Row, count
from charsam.batch.shards import Shards
from charsam.datasets.base import Dataset, Fault, Sample
from charsam.datasets.writers import WrittenImage, image_files, index_part
from charsam.errors import DatasetError, SettingsError, WeightsError, sentence
from charsam.images import load_image

ATTEMPTS = 2
"""How often an image is begun with before the death of the process that works on it is counted as its failure."""


@dataclass(frozen=True, slots=True)
class Done:
    """An image that is staged.

    failure: why it has no masks. seconds, cpu: how long it took, and processor time of all threads. stages: seconds by
    stage of the pipeline.
    """

    index: int
    name: str
    failure: str | None
    seconds: float
    cpu: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)


class Worker:
    """Works on a job's images one at a time; keeps nothing of one when it begins with the next."""

    def __init__(self, job: Job, dataset: Dataset | None = None) -> None:
        """dataset: the job's, where it is open already. Raises DatasetError where it cannot be opened."""
        self._job = job
        self._dataset = dataset or job.open()
        self.shards = Shards(job.out, job.shard_size, job.listed(self._dataset))
        self._faults: dict[int, tuple[Fault, ...]] = {}
        self._annotate: Annotator | None = None

    def load(self) -> Self:
        """Load the models. Raises SettingsError or WeightsError where they cannot be used."""
        self._annotate = self._job.annotator(self._job.settings)
        return self

    def work(self, index: int) -> Done:
        """Annotate and stage one image; whatever is wrong with it becomes its row. The models are loaded.

        Raises BatchError where the results cannot be written, or the job cannot be done at all.
        """
        assert self._annotate is not None
        start, cpu = time.perf_counter(), time.process_time()
        files: dict[str, bytes] = {}
        words: bytes | None = None
        stages: dict[str, float] = {}
        sample, faults = self._read(index)
        if sample is None:
            title, reason = _last(faults)
            row = Row(index, title, reason, faults=faults)
        else:
            try:
                annotation = self._annotate(load_image(sample.image), sample.words)
                written = WrittenImage(sample.name, self._file(sample), annotation, split=sample.split)
                if sample.words or self._job.empty_masks:
                    files = image_files(self._job.refined.form, written)
                words = index_part("native", written)
                stages = annotation.timings
                row = Row(
                    index, sample.name, None, tuple(sorted(files)), count(annotation), annotation.problems, faults
                )
            except (SettingsError, WeightsError) as error:
                raise BatchError(str(error)) from error
            except Exception as error:  # whatever is wrong with one image, the others are done
                files, words, stages = {}, None, {}
                row = Row(index, sample.name, sentence(error), faults=faults)
        self._stage(row, files, words)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        return Done(index, row.name, row.failure, round(seconds, 4), round(cpu, 4), stages)

    def give_up(self, index: int, reason: str) -> Done:
        """Stage one image as failed, without working on it."""
        sample, faults = self._read(index)
        row = Row(index, _last(faults)[0] if sample is None else sample.name, reason, faults=faults)
        self._stage(row, {}, None)
        return Done(index, row.name, reason, 0.0)

    def _stage(self, row: Row, files: dict[str, bytes], words: bytes | None) -> None:
        try:
            self.shards.stage(row, files, words)
        except OSError as error:
            raise BatchError(sentence(error)) from error

    def _read(self, index: int) -> tuple[Sample | None, tuple[Fault, ...]]:
        """One image of the dataset, None where it cannot be read, and what its reader found wrong with it."""
        sample, new = read_sample(self._dataset, index)
        faults = self._faults.get(index, ()) + new  # the reader tells each fault once, also where it reads again
        if faults:
            self._faults[index] = faults
        return sample, faults

    def _file(self, sample: Sample) -> str:
        """What words.json calls an image: its path below the root."""
        path = sample.image
        name = path.relative_to(self._job.root) if path.is_relative_to(self._job.root) else Path(path.name)
        return name.as_posix().encode("utf-8", "backslashreplace").decode()


def read_sample(dataset: Dataset, index: int) -> tuple[Sample | None, tuple[Fault, ...]]:
    """One image of a dataset, None where it cannot be read, and the faults that its reader had not met before.

    Raises BatchError for the first fault of a dataset that was opened with strict=True.
    """
    before = len(dataset.faults)
    try:
        sample = next(iter(dataset.samples(index, index + 1)), None)
    except DatasetError as error:
        raise BatchError(str(error)) from error
    except Exception as error:  # a reader's own slip with one image does not stop the others
        return None, (Fault(f"image {index + 1}", sentence(error)),)
    return sample, tuple(dataset.faults[before:])


def _last(faults: tuple[Fault, ...]) -> tuple[str, str]:
    """Name and reason of an image that the reader left out."""
    return (faults[-1].file, faults[-1].message) if faults else ("an image", "its annotation cannot be read")
