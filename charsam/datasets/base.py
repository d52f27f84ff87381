"""What every dataset reader gives: samples with words, and with the true masks where the dataset has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from charsam.types import BoolArray, Word

MOST_CHARACTERS: Final = 65535
"""As many characters of one image as a truth mask can tell apart."""


@dataclass(frozen=True, slots=True, eq=False)
class TruthMask:
    """The true text pixels of one image.

    text, ignored: (H, W) bool; ignored pixels take part in no score.
    characters: (H, W) uint16: the index + 1 of each pixel's character among those of the sample's words in their order,
    0 elsewhere; None where the dataset has no masks of characters.
    """

    text: BoolArray
    ignored: BoolArray
    characters: NDArray[np.uint16] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One image of a dataset.

    name: what files made for it are called, without extension; unique in the dataset. image: its file.
    words: as annotated; `ignore` marks illegible and "don't care" words, `characters` hold the true boxes where there
    are any. truth: reads the true masks; None where the dataset has none. It raises DatasetError for a damaged file.
    split: "train", "val" or "test", where the dataset says it of each image.
    """

    name: str
    image: Path
    words: tuple[Word, ...]
    truth: Callable[[], TruthMask] | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A file, or an entry of one, that could not be read and was skipped. message: what, where, what was expected."""

    file: str
    message: str


class Dataset(Protocol):
    """A dataset on disk. Reading is lazy, so that memory does not grow with its size.

    faults: those met so far; where it was opened with strict=True, the first one is raised as DatasetError instead.
    """

    @property
    def name(self) -> str: ...
    @property
    def faults(self) -> list[Fault]: ...

    def __len__(self) -> int:
        """How many images it lists."""
        ...

    def samples(self, start: int = 0, stop: int | None = None) -> Iterator[Sample]:
        """The listed images from `start` to before `stop`, in a fixed order (by name); faulty ones are left out."""
        ...
