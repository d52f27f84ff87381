"""`charsam downstream`, the paper's Table IV on generated scenes: what labels are worth to a network trained on them.

As in the paper, a baseline is trained on images with true labels, and again with more images added whose labels are bad
(row "weak"), charsam's (row "charsam"), or, as the bound of what better labels could give, true (row "true"). All
networks start from the same weights and take the same number of steps.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from charsam.cpu import tune_malloc
from charsam.errors import SettingsError
from charsam.evaluation.benchmark import KINDS
from charsam.evaluation.image_score import without_characters
from charsam.evaluation.metrics import ImageScore, Sum, SumsArray, count_pixels
from charsam.evaluation.setting_names import settings_names
from charsam.evaluation.weak_labels import weak_label
from charsam.pipeline import CharSAM
from charsam.scenes import Scene, make_scene
from charsam.trace import Settings
from charsam.types import BoolArray

FIRST_SEED: Final = 8_000_000_000
"""Apart from the seeds of the benchmark's scenes and of those that the compact segmenter is trained on."""
SEEDS_APART: Final = 100_000
TEST_FROM: Final = 50_000
"""Place of the first test scene among those of a seed."""
ROWS: Final = ("baseline", "weak", "charsam", "true")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is trained on and tested. trusted: scenes with true labels in every row. added: those whose labels the
    rows differ in. test: scenes scored. steps: training steps of each network.
    """

    trusted: int = 40
    added: int = 60
    test: int = 40
    steps: int = 300

    def __post_init__(self) -> None:
        for name, value, most in (
            ("trusted", self.trusted, 5000),
            ("added", self.added, 5000),
            ("test", self.test, 5000),
            ("steps", self.steps, 1_000_000),
        ):
            if not 1 <= value <= most:
                raise SettingsError(f"{name} is {value}; it must lie between 1 and {most}")


@dataclass(frozen=True, slots=True, eq=False)
class Downstream:
    """What the experiment found.

    names: the settings, and the minutes that it took. sums: (test, len(Sum)) of each row's network. labels: (added,
    len(Sum)) of the added labels themselves, "weak" and "charsam", against the truth.
    """

    names: dict[str, Any]
    sums: dict[str, SumsArray]
    labels: dict[str, SumsArray]


def downstream(sizes: Sizes, *, segmenter: str, seed: int = 0, pipeline: CharSAM | None = None) -> Downstream:
    """Make the labels, train the four networks and score them.

    Raises SettingsError for a seed out of range, WeightsError for a segmenter that cannot be used.
    """
    from charsam.evaluation.unet import predict, train

    if not 0 <= seed <= 10_000:
        raise SettingsError(f"seed is {seed}; it must lie between 0 and 10000")
    tune_malloc()
    start = time.monotonic()
    settings = Settings(segmenter=segmenter)
    first = FIRST_SEED + seed * SEEDS_APART
    trusted = _scenes("trusted scenes", first, range(sizes.trusted))
    added = _scenes("added scenes", first, range(sizes.trusted, sizes.trusted + sizes.added))
    test = _scenes("test scenes", first, range(TEST_FROM, TEST_FROM + sizes.test))
    truth = [_truth(scene) for scene in added]
    rng = np.random.default_rng(first)
    made = {
        "weak": [weak_label(scene.image, scene.words, rng) for scene in added],
        "charsam": _charsam_labels(added, settings, pipeline or CharSAM()),
        "true": truth,
    }
    images, labels = [scene.image for scene in trusted], [_truth(scene) for scene in trusted]
    sums = {}
    for row in ROWS:
        more = [] if row == "baseline" else [scene.image for scene in added]
        with tqdm(total=sizes.steps, unit="step", desc=f"training: {row}", disable=None) as bar:
            network = train(images + more, labels + made.get(row, []), steps=sizes.steps, seed=seed, on_step=bar.update)
        predicted = (predict(network, scene.image) for scene in test)
        sums[row] = _scored(predicted, [_truth(scene) for scene in test])
    names = {
        "trusted": sizes.trusted,
        "added": sizes.added,
        "test": sizes.test,
        "steps": sizes.steps,
        "seed": seed,
        "minutes": round((time.monotonic() - start) / 60, 1),
        **settings_names(settings),
    }
    return Downstream(names, sums, {name: _scored(made[name], truth) for name in ("weak", "charsam")})


def _scenes(title: str, first: int, places: range) -> list[Scene]:
    bar = tqdm(places, unit="scene", desc=title, disable=None)
    return [make_scene(first + place, kind=KINDS[place % len(KINDS)]) for place in bar]


def _charsam_labels(scenes: list[Scene], settings: Settings, pipeline: CharSAM) -> list[BoolArray]:
    labels = []
    for scene in tqdm(scenes, unit="image", desc="charsam's labels", disable=None):
        annotation = pipeline.run(scene.image, without_characters(scene.words), settings).annotation
        assert annotation is not None
        labels.append(annotation.text_mask() > 0)
    return labels


def _truth(scene: Scene) -> BoolArray:
    return np.asarray(scene.character_mask > 0, bool)


def _scored(predicted: Iterable[BoolArray], truth: list[BoolArray]) -> SumsArray:
    rows = [ImageScore(count_pixels(mine, true)).sums() for mine, true in zip(predicted, truth, strict=True)]
    return np.stack(rows) if rows else np.zeros((0, len(Sum)))
