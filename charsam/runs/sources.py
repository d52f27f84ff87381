"""Where the items of a run come from: the images of a dataset, each read when it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from charsam.datasets.base import Dataset, Fault, Sample
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError, sentence
from charsam.runs.contents import contents, fingerprint, stamps
from charsam.runs.identity import own_source
from charsam.runs.task import Failure, RunError


class Source(Protocol):
    """Numbered items. It can be pickled, for the processes of a run."""

    def __len__(self) -> int: ...

    def read(self, index: int) -> tuple[str, Any]:
        """The name of an item, which no other has, and the item; None where it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Walk:
    """Which images of a dataset a run goes through. root, split: as given. limit: only the first so many.

    strict: whether it was opened so; see `open_dataset`. In another process the dataset is opened anew.
    """

    dataset: Dataset
    root: Path
    split: str | None = None
    limit: int | None = None
    strict: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (self.dataset.name, self.root.absolute(), self.split, self.limit, self.strict)

    def __len__(self) -> int:
        """How many images it goes through, those included that turn out to be faulty."""
        return len(self.dataset) if self.limit is None else min(self.limit, len(self.dataset))

    def read(self, index: int) -> tuple[str, Sample | None]:
        """Raises RunError for the first fault of a dataset that was opened with strict=True."""
        sample, faults = read_sample(self.dataset, index)
        if sample is None:
            return (faults[-1].file if faults else f"image {index + 1}"), None
        return sample.name, sample

    def names(self) -> dict[str, Any]:
        """What the results are of, for their files."""
        return {"dataset": self.dataset.name, "root": str(self.root), "split": self.split, "limit": self.limit}

    def made_of(self, but: Path) -> dict[str, Any]:
        """What a run that is gone on with must have in common with the earlier one besides its settings.

        but: the folder of the results, in case it lies in the dataset.
        """
        told = contents if self.limit is None else stamps
        return {"source": own_source(), "files": fingerprint(self.root, told, but=but)}

    def faults(self) -> list[Failure]:
        """What the dataset's reader skipped, in part or whole."""
        return [Failure(fault.file, fault.message) for fault in self.dataset.faults]


def _opened(name: str, root: Path, split: str | None, limit: int | None, strict: bool) -> Walk:
    return Walk(open_dataset(name, root, split, strict=strict), root, split, limit, strict)


def read_sample(dataset: Dataset, index: int) -> tuple[Sample | None, tuple[Fault, ...]]:
    """One image of a dataset, None where it cannot be read, and the faults that its reader had not met before.

    Raises RunError for the first fault of a dataset that was opened with strict=True.
    """
    before = len(dataset.faults)
    try:
        sample = next(iter(dataset.samples(index, index + 1)), None)
    except DatasetError as error:
        raise RunError(str(error)) from error
    except Exception as error:  # a reader's own slip with one image does not stop the others
        return None, (Fault(f"image {index + 1}", sentence(error)),)
    return sample, tuple(dataset.faults[before:])


def file_below(root: Path, image: Path) -> str:
    """What a words file calls an image: its path below the root."""
    image, root = image.absolute(), root.absolute()
    name = image.relative_to(root) if image.is_relative_to(root) else Path(image.name)
    return name.as_posix().encode("utf-8", "backslashreplace").decode()
