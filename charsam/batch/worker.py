"""One image of a batch run, from the dataset on disk to its staged masks: what every process of a run does."""

from __future__ import annotations

import time

from charsam.batch.job import Annotator, Job
from charsam.batch.rows import BatchRow, count
from charsam.batch.shards import Shards
from charsam.datasets.base import Dataset, Fault, Sample
from charsam.datasets.writers import WrittenImage, image_files, index_part
from charsam.errors import SettingsError, WeightsError, sentence
from charsam.images import load_image
from charsam.runs import attempts
from charsam.runs.sources import file_below, read_sample
from charsam.runs.task import ATTEMPTS, Done, RunError


class BatchWorker:
    """Works on a job's images one at a time; keeps nothing of one when it begins with the next."""

    def __init__(self, job: Job, dataset: Dataset | None = None) -> None:
        """dataset: the job's, where it is open already. Raises DatasetError where it cannot be opened."""
        self._job = job
        self._dataset = dataset or job.open()
        self.shards = Shards(job.out, job.shard_size, job.listed(self._dataset))
        self._faults: dict[int, tuple[Fault, ...]] = {}
        self._annotate: Annotator | None = None

    def load(self) -> None:
        """Load the models. Raises SettingsError or WeightsError where they cannot be used."""
        self._annotate = self._job.annotator(self._job.settings)

    def work(self, index: int) -> Done:
        """Annotate and stage one image; whatever is wrong with it becomes its row. The models are loaded.

        Raises RunError where the results cannot be written, or the job cannot be done at all.
        """
        assert self._annotate is not None
        start, cpu = time.perf_counter(), time.process_time()
        files: dict[str, bytes] = {}
        words: bytes | None = None
        stages: dict[str, float] = {}
        sample, faults = self._read(index)
        if sample is None:
            title, reason = _last(faults)
            row = BatchRow(index, title, reason, faults=faults)
        else:
            try:
                annotation = self._annotate(load_image(sample.image), sample.words)
                written = WrittenImage(
                    sample.name, file_below(self._job.root, sample.image), annotation, split=sample.split
                )
                if sample.words or self._job.empty_masks:
                    files = image_files(self._job.refined.form, written)
                words = index_part("native", written)
                stages = annotation.timings
                row = BatchRow(
                    index, sample.name, None, tuple(sorted(files)), count(annotation), annotation.problems, faults
                )
            except (SettingsError, WeightsError) as error:
                raise RunError(str(error)) from error
            except Exception as error:  # whatever is wrong with one image, the others are done
                files, words, stages = {}, None, {}
                row = BatchRow(index, sample.name, sentence(error), faults=faults)
        self._stage(row, files, words)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        return Done(index, row.name, row.failure, None, round(seconds, 4), round(cpu, 4), stages)

    def give_up(self, index: int, reason: str) -> Done:
        """Stage one image as failed, without working on it."""
        sample, faults = self._read(index)
        row = BatchRow(index, _last(faults)[0] if sample is None else sample.name, reason, faults=faults)
        self._stage(row, {}, None)
        return Done(index, row.name, reason)

    def unit(self, number: int, run: str) -> list[Done]:
        """Do what is left of a shard, and make it visible. run: a name that no other run has."""
        if self.shards.is_done(number):
            return [_earlier(row) for row in self.shards.rows(number)]
        staged = self.shards.staged(number)
        result = []
        for index in self.shards.images(number):
            if index in staged:
                result.append(_earlier(self.shards.staged_row(index)))
            elif attempts.begin(self.shards.attempts(index), run) >= ATTEMPTS:
                result.append(self.give_up(index, attempts.too_many(ATTEMPTS)))
            else:
                result.append(self.work(index))
        self.shards.commit(number)
        return result

    def _stage(self, row: BatchRow, files: dict[str, bytes], words: bytes | None) -> None:
        try:
            self.shards.stage(row, files, words)
        except OSError as error:
            raise RunError(sentence(error)) from error

    def _read(self, index: int) -> tuple[Sample | None, tuple[Fault, ...]]:
        """One image of the dataset, None where it cannot be read, and what its reader found wrong with it."""
        sample, new = read_sample(self._dataset, index)
        faults = self._faults.get(index, ()) + new  # the reader tells each fault once, also where it reads again
        if faults:
            self._faults[index] = faults
        return sample, faults


def _last(faults: tuple[Fault, ...]) -> tuple[str, str]:
    """Name and reason of an image that the reader left out."""
    return (faults[-1].file, faults[-1].message) if faults else ("an image", "its annotation cannot be read")


def _earlier(row: BatchRow) -> Done:
    """An image that was staged by a machine that did not live to tell."""
    return Done(row.index, row.name, row.failure)
