"""`charsam reproduce`: the paper's Tables I to IV on the data of whoever has them, with the paper's settings."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from tqdm import tqdm

from charsam.atomic import write_atomically
from charsam.datasets.base import Sample
from charsam.errors import SettingsError
from charsam.evaluation.ablation import TABLES, Ablation, AblationRow, ablate, variants
from charsam.evaluation.evaluate import write_mask
from charsam.evaluation.image_score import without_characters
from charsam.evaluation.metrics import ImageScore, Sum, SumsArray, count_pixels
from charsam.evaluation.setting_names import settings_names
from charsam.evaluation.training import TrainingRecipe, predicted, seconds_a_step, train_network
from charsam.evaluation.training_sets import Labelled, TrainingSource, with_masks, with_truth
from charsam.images import load_image
from charsam.pipeline import CharSAM
from charsam.runs.progress import Progress
from charsam.runs.sources import Walk
from charsam.settings import ADDITIONS, Settings
from charsam.trace import Trace
from charsam.types import PromptMode

FOLDER: Final = "table4"
AS_PAPER: Final = "Char-SAM, as in the paper"
WITH_ADDITIONS: Final = "Char-SAM, with what charsam adds"
ROWS: Final = ("baseline", "weak", "charsam")
"""The training sets of Table IV: the true labels alone, and with the added images by their own labels or charsam's."""


def tables() -> Mapping[str, tuple[AblationRow, ...]]:
    """Tables II and III, and the rows of Table I that are made here."""
    usual = Settings()
    added = tuple((name, getattr(usual, name)) for name in ADDITIONS)
    full = PromptMode.P_CHAR_POS_NEG
    return {"I": (AblationRow(AS_PAPER, full), AblationRow(WITH_ADDITIONS, full, changed=added)), **TABLES}


@dataclass(frozen=True, slots=True)
class FourthTable:
    """What Table IV is made of. train: the images with true labels. added: the sets whose labels the rows differ in.

    each: images of every added set, at random. limit: only the first so many of train and test images.
    """

    train: TrainingSource
    added: tuple[TrainingSource, ...]
    test: TrainingSource
    recipe: TrainingRecipe
    each: int = 1000
    limit: int | None = None

    def names(self) -> dict[str, Any]:
        """What its results are of, for their files."""
        return json.loads(json.dumps(asdict(self), default=str))  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """Table IV. sums: (test images, len(Sum)) of each row's network. images: how many each row was trained on."""

    names: dict[str, Any]
    sums: dict[str, SumsArray]
    images: dict[str, int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds that each part takes on this machine, from a trial of a part of it."""

    tables: float
    labels: float
    training: float

    def __str__(self) -> str:
        parts = (("Tables I to III", self.tables), ("labels for IV", self.labels), ("training for IV", self.training))
        told = ", ".join(f"{name} {_duration(seconds)}" for name, seconds in parts if seconds)
        return f"about {_duration(self.tables + self.labels + self.training)} in all: {told}"


def run_tables(walk: Walk, settings: Settings, out: Path, pipeline: CharSAM) -> tuple[Ablation, Progress]:
    """Tables I to III; goes on where an earlier run was stopped. The progress is removed by the caller at the end."""
    return ablate(walk, [settings], out, tables=tables(), pipeline=pipeline)


def run_fourth(fourth: FourthTable, settings: Settings, out: Path, pipeline: CharSAM) -> Trained:
    """Table IV; goes on where an earlier run with the same settings was stopped.

    Raises SettingsError where the folder holds another run's.
    """
    folder, device = out / FOLDER, _device()
    names = {**fourth.names(), **settings_names(settings), "device": device.type}
    _begin(folder / "run.json", names)
    added = _added(fourth)
    for source, samples in added:
        _label(samples, settings, _labels_of(folder, source), pipeline)
    trusted = with_truth(fourth.train.samples(limit=fourth.limit))
    test = fourth.test.samples(limit=fourth.limit)
    more = {
        "baseline": [],
        "weak": [one for _, samples in added for one in with_truth(samples)],
        "charsam": [one for source, samples in added for one in with_masks(samples, _labels_of(folder, source))],
    }
    sums = {row: _row(row, [*trusted, *more[row]], test, fourth.recipe, folder, device) for row in ROWS}
    return Trained(names, sums, {row: len(trusted) + len(more[row]) for row in ROWS})


def estimate(walk: Walk | None, fourth: FourthTable | None, settings: Settings, pipeline: CharSAM) -> Estimate:
    """How long it all takes, by doing the work of one image and two steps of training."""
    tables_seconds = labels = training = 0.0
    if walk is not None:
        rows = [variant.settings for variant in variants([settings], tables())]
        sample = next(iter(walk.dataset.samples(0, len(walk))), None)
        if sample is not None:
            tables_seconds = _seconds(sample, rows, pipeline) * len(walk)
    if fourth is not None:
        added = _added(fourth)
        images = sum(len(samples) for _, samples in added)
        if images:
            labels = _seconds(added[0][1][0], [settings], pipeline) * images
        examples = with_truth(fourth.train.samples(limit=fourth.limit))
        training = seconds_a_step(fourth.recipe, examples, _device()) * fourth.recipe.steps * len(ROWS)
    return Estimate(tables_seconds, labels, training)


def _seconds(sample: Sample, rows: Sequence[Settings], pipeline: CharSAM) -> float:
    """How long the pipeline takes for one image under several settings, once its models are loaded."""
    image, words = load_image(sample.image), without_characters(sample.words)
    pipeline.run(image[:64, :64].copy(), [], rows[0])
    began = time.perf_counter()
    trace: Trace | None = None
    for settings in rows:
        trace = pipeline.run(image, words, settings, previous=trace)
    return time.perf_counter() - began


def _added(fourth: FourthTable) -> list[tuple[TrainingSource, list[Sample]]]:
    rng = np.random.default_rng(fourth.recipe.seed)
    return [(source, source.samples(limit=fourth.each, rng=rng)) for source in fourth.added]


def _labels_of(folder: Path, source: TrainingSource) -> Path:
    return folder / "labels" / source.name


def _label(samples: Sequence[Sample], settings: Settings, folder: Path, pipeline: CharSAM) -> None:
    """Charsam's masks of all samples that have none yet, made of their words."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in tqdm(samples, unit="image", desc=f"charsam's labels of {folder.name}", disable=None):
        path = folder / f"{sample.name}.png"
        if not path.is_file():
            annotation = pipeline.run(load_image(sample.image), without_characters(sample.words), settings).annotation
            assert annotation is not None
            write_mask(path, annotation.text_mask() > 0)


def _row(
    row: str,
    examples: Sequence[Labelled],
    test: Sequence[Sample],
    recipe: TrainingRecipe,
    folder: Path,
    device: torch.device,
) -> SumsArray:
    """The scores of the network trained on the examples, on every test image; kept once they are there."""
    scores = folder / f"{row}.json"
    if scores.is_file():
        return np.asarray(json.loads(scores.read_bytes()), np.float64).reshape(-1, len(Sum))
    with tqdm(total=recipe.steps, unit="step", desc=f"training: {row}", disable=None) as bar:
        network = train_network(recipe, examples, device, folder / f"{row}.pt", bar.update)
    rows = []
    for sample in tqdm(test, unit="image", desc=f"scoring: {row}", disable=None):
        assert sample.truth is not None
        truth, image = sample.truth(), load_image(sample.image)
        rows.append(ImageScore(count_pixels(predicted(network, image, device), truth.text, truth.ignored)).sums())
    found = np.stack(rows)
    with write_atomically(scores) as file:
        file.write(json.dumps(found.tolist()).encode())
    return found


def _begin(path: Path, names: dict[str, Any]) -> None:
    """Write down what Table IV is made of, or see that an earlier run was of the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        if json.loads(path.read_bytes()) != names:
            raise SettingsError(f"{path.parent} holds Table IV of other settings; choose another --out, or delete it")
        return
    with write_atomically(path) as file:
        file.write(json.dumps(names, ensure_ascii=False, indent=1).encode())


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _duration(seconds: float) -> str:
    """A time as people say it."""
    for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} seconds"


def paper_settings(segmenter: str, checkpoint: Path | None, **others: Any) -> Settings:
    """The paper's: SAM ViT-B unless another segmenter is chosen, threshold 0.6, nothing that this project adds."""
    return replace(Settings(segmenter=segmenter, checkpoint=checkpoint, **others).as_in_paper(), templates=80)
