"""Images with labels to train on, read from datasets when they are needed: sets too large for memory stay on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from charsam.datasets.base import Sample
from charsam.datasets.registry import NAMES, open_dataset
from charsam.errors import SettingsError
from charsam.images import load_image
from charsam.types import BoolArray, ImageArray


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """A dataset with true masks, as a command names it: NAME=ROOT, or NAME:SPLIT=ROOT."""

    name: str
    root: Path
    split: str | None = None

    @classmethod
    def parsed(cls, text: str) -> TrainingSource:
        """Raises SettingsError for what is not written so."""
        named, _, root = text.partition("=")
        name, _, split = named.partition(":")
        if name not in NAMES or not root:
            raise SettingsError(f"{text!r}: write NAME=FOLDER or NAME:SPLIT=FOLDER; the names are {', '.join(NAMES)}")
        return cls(name, Path(root), split or None)

    @property
    def title(self) -> str:
        return f"{self.name}{f' ({self.split})' if self.split else ''}"

    def samples(self, *, limit: int | None = None, rng: np.random.Generator | None = None) -> list[Sample]:
        """Its images that have true masks: the first so many, or so many at random, in a fixed order.

        Raises DatasetError where the folder does not hold that dataset, SettingsError where no image has a mask.
        """
        dataset = open_dataset(self.name, self.root, self.split)
        found = [sample for sample in dataset.samples(0, len(dataset)) if sample.truth is not None]
        if not found:
            raise SettingsError(f"no image of {self.root} has a true mask")
        if limit is None or limit >= len(found):
            return found
        chosen = range(limit) if rng is None else sorted(rng.choice(len(found), limit, replace=False).tolist())
        return [found[index] for index in chosen]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One image to train on. label: reads (H, W) bool."""

    sample: Sample
    label: Callable[[], BoolArray]

    def pixels(self, least: int) -> tuple[ImageArray, BoolArray]:
        """The image and its label, made at least so large on either side by mirroring."""
        image, label = load_image(self.sample.image), self.label()
        short = [max(least - size, 0) for size in label.shape]
        if any(short):
            pad = [(0, short[0]), (0, short[1])]
            image, label = np.pad(image, [*pad, (0, 0)], mode="symmetric"), np.pad(label, pad, mode="symmetric")
        return image, label


def with_truth(samples: Sequence[Sample]) -> list[Labelled]:
    """Labelled as the dataset labels them."""
    return [Labelled(sample, lambda sample=sample: _truth(sample)) for sample in samples]  # type: ignore[misc]


def with_masks(samples: Sequence[Sample], folder: Path) -> list[Labelled]:
    """Labelled by the 8-bit masks in a folder, NAME.png."""
    return [Labelled(sample, lambda path=folder / f"{sample.name}.png": _mask(path)) for sample in samples]  # type: ignore[misc]


def _truth(sample: Sample) -> BoolArray:
    assert sample.truth is not None
    return sample.truth().text


def _mask(path: Path) -> BoolArray:
    with Image.open(path) as picture:
        return np.asarray(np.asarray(picture) > 0, np.bool_)
