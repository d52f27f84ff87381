"""What a batch run is to do: which dataset, with what settings, into which folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charsam.datasets.base import Dataset
from charsam.datasets.registry import open_dataset
from charsam.trace import Settings
from charsam.types import ImageAnnotation, ImageArray, Word

SHARD_SIZE: Final = 100


Annotator = Callable[[ImageArray, Sequence[Word]], ImageAnnotation]
"""An (H, W, 3) uint8 RGB image and its words -> its annotation."""


def pipeline_annotator(settings: Settings) -> Annotator:
    """Char-SAM itself, its models loaded. Raises WeightsError where weights are missing or damaged."""
    from charsam.pipeline import CharSAM

    pipeline = CharSAM()
    pipeline.load()

    def annotate(image: ImageArray, words: Sequence[Word]) -> ImageAnnotation:
        annotation = pipeline.run(image, words, settings).annotation
        assert annotation is not None
        return annotation

    return annotate


@dataclass(frozen=True, slots=True)
class Refined:
    """A dataset of refined masks. dataset: whose images and words it is made of. form: the layout of its masks."""

    title: str
    dataset: str
    form: str


REFINED: Final = {
    "coco-text": Refined("COCO_TS_refined", "coco-text", "coco-ts"),
    "mlt17": Refined("MLT_S_refined", "mlt17", "mlt-s"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One batch run.

    dataset: a name of REFINED. root: where it lies. out: the folder for the results. split, strict: see `open_dataset`.
    empty_masks: whether an image without a single annotation gets a mask of zeros; the originals have none for it.
    limit: only the first so many images. shard_size: images that make a shard.
    annotator: makes the function that annotates images, in each process anew.
    """

    dataset: str
    root: Path
    out: Path
    settings: Settings
    split: str | None = None
    limit: int | None = None
    strict: bool = False
    empty_masks: bool = False
    shard_size: int = SHARD_SIZE
    annotator: Callable[[Settings], Annotator] = pipeline_annotator

    @property
    def refined(self) -> Refined:
        return REFINED[self.dataset]

    def open(self) -> Dataset:
        """Raises DatasetError where the root does not hold the dataset."""
        return open_dataset(self.dataset, self.root, self.split, strict=self.strict)

    def listed(self, dataset: Dataset) -> int:
        """How many of the dataset's images the run goes through."""
        return len(dataset) if self.limit is None else min(self.limit, len(dataset))
