"""Percentile bootstrap over images: how far the figures would move with other images of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.evaluation.metrics import FIGURES, SumsArray, figures

RESAMPLES: Final = 1000
CONFIDENCE: Final = 0.95
SEED: Final = 0
_CHUNK: Final = 50
"""Resamples drawn at a time, so that memory stays small with many images; part of what makes a seed's result."""

Interval = tuple[float, float]


def intervals(rows: SumsArray, *, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Interval]:
    """The 95 % interval of every figure. rows: (n, len(Sum)), one an image. nan where there is nothing to score."""
    return _percentiles([figures(drawn @ rows) for drawn in _weights(len(rows), resamples, seed)])


def difference_intervals(
    rows: SumsArray, base: SumsArray, *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Interval]:
    """The 95 % interval of every figure of `rows` less that of `base`: the same images, (n, len(Sum)) both.

    Both are resampled together, for the images that are hard for one are mostly hard for the other.
    """
    if rows.shape != base.shape:
        raise ValueError(f"both must be scores of the same images; their shapes are {rows.shape} and {base.shape}")
    drawn = []
    for weights in _weights(len(rows), resamples, seed):
        ours, theirs = figures(weights @ rows), figures(weights @ base)
        drawn.append({name: ours[name] - theirs[name] for name in FIGURES})
    return _percentiles(drawn)


def _weights(count: int, resamples: int, seed: int) -> Iterator[SumsArray]:
    """(k, count) float64: how often each image is drawn in k resamples."""
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        weights = np.zeros((size, count), np.float64)
        if count:
            np.add.at(weights, (np.arange(size)[:, None], rng.integers(0, count, (size, count))), 1)
        yield weights


def _percentiles(drawn: list[dict[str, NDArray[np.float64]]]) -> dict[str, Interval]:
    tail = 100 * (1 - CONFIDENCE) / 2
    result = {}
    for name in FIGURES:
        values = np.concatenate([chunk[name] for chunk in drawn])
        values = values[~np.isnan(values)]
        low, high = np.percentile(values, [tail, 100 - tail]) if len(values) else (np.nan, np.nan)
        result[name] = (float(low), float(high))
    return result
