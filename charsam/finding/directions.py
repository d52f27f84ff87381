"""Which way a line runs: it is read along the likely directions, and the most probable reading decides."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from charsam.cbr.recogniser import Reading, Recogniser
from charsam.errors import WordsError
from charsam.finding.outlines import Band
from charsam.geometry import MARGIN, MAX_LENGTH, MIN_LENGTH, TEXT_HEIGHT, CurvedFrame
from charsam.sampling import sample_strip
from charsam.types import ImageArray

RIM: Final = 4.0
"""Pixels of the strip around the word that the recogniser sees."""
SURE: Final = 0.85
"""A line read with that is not tried in other directions."""
GAIN: Final = 0.1
"""How much better the reading in another direction must fit than in the likeliest."""
STEEP: Final = 1.5
"""A line that rises this many times as much as it goes aside may be read either way."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadBand:
    """A line in the direction in which it was read. stacked: its letters stand upright one below the other."""

    band: Band
    reading: Reading
    stacked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """One way to read a line. cuts: where a stacked word is cut into letters, as shares of its length."""

    band: Band
    cuts: tuple[float, ...] = ()


def read_bands(
    image: ImageArray, bands: Sequence[Band], letters: Sequence[int], recogniser: Recogniser
) -> list[ReadBand]:
    """Read each line in the direction that it suggests and, where that goes badly, in the others.

    letters: how many characters were seen in each.
    """
    first = [_likely(band, count) for band, count in zip(bands, letters, strict=True)]
    read = _read(image, first, recogniser)
    unsure = [index for index, line in enumerate(read) if line.reading.probability < SURE]
    others = [_unlikely(bands[index], letters[index]) for index in unsure]
    for index, other in zip(unsure, _read(image, others, recogniser), strict=True):
        if _fit(other.reading, letters[index]) > _fit(read[index].reading, letters[index]) + GAIN:
            read[index] = other
    return read


def _fit(reading: Reading, count: int) -> float:
    """How well a reading fits what was seen, 0..1: probable, and about as long."""
    longer = max(reading.count, count)
    return reading.probability * (min(reading.count, count) / longer) ** 0.5 if longer else 0.0


def _likely(band: Band, count: int) -> list[_Trial]:
    upright = band if _runs_right(band) else band.turned()
    if count > 1 and _is_steep(band):
        return [_Trial(upright), _Trial(upright.turned())]
    return [_Trial(upright)]


def _unlikely(band: Band, count: int) -> list[_Trial]:
    upright = band if _runs_right(band) else band.turned()
    if count == 1:
        return [_Trial(upright.turned())]
    if _is_steep(band):
        return [_Trial(_standing(band), tuple(np.linspace(0, 1, count + 1)))]
    return [_Trial(upright.turned())]


def _read(image: ImageArray, trials: Sequence[Sequence[_Trial]], recogniser: Recogniser) -> list[ReadBand]:
    """The most probable reading among the ways to read each line, all read in one go."""
    readings = iter(recogniser.read([_crop(image, trial) for own in trials for trial in own]))
    result = []
    for own in trials:
        tried = [ReadBand(trial.band, next(readings), bool(trial.cuts)) for trial in own]
        result.append(max(tried, key=lambda line: line.reading.probability))
    return result


def frame_of(band: Band) -> CurvedFrame:
    """A word frame straight from the edges of a line, as `charsam.geometry` makes them of polygons."""
    middle = (band.top + band.bottom) / 2
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
    length = int(np.clip(round(TEXT_HEIGHT * along[-1] / max(band.height, 1e-3)), MIN_LENGTH, MAX_LENGTH))
    knots = MARGIN + along / max(along[-1], 1e-6) * length
    lead = MARGIN / length

    def extended(edge: np.ndarray) -> np.ndarray:
        return np.vstack(
            [
                edge[0] + (edge[0] - edge[1]) * lead * along[-1] / max(along[1], 1e-6),
                edge,
                edge[-1] + (edge[-1] - edge[-2]) * lead * along[-1] / max(along[-1] - along[-2], 1e-6),
            ]
        )

    knots = np.concatenate([[0.0], knots, [length + 2.0 * MARGIN]])
    return CurvedFrame(
        extended(band.top), extended(band.bottom), knots, TEXT_HEIGHT + 2 * MARGIN, length + 2 * MARGIN, float(MARGIN)
    )


def crop_of(image: ImageArray, band: Band) -> ImageArray:
    """The line straightened, with a little around it, as the recogniser wants it; empty where it lies outside."""
    try:
        strip = sample_strip(image, frame_of(band))
    except WordsError:
        return np.zeros((0, 0, 3), np.uint8)
    cut = int(MARGIN - RIM)
    return strip[cut : strip.shape[0] - cut, cut : strip.shape[1] - cut]


def _crop(image: ImageArray, trial: _Trial) -> ImageArray:
    """The crop of a line; of stacked letters, these side by side."""
    strip = crop_of(image, trial.band)
    if not trial.cuts or not strip.size:
        return strip
    upright = np.rot90(strip, -1)  # a stacked word's strip runs downwards, its letters lie on their sides
    edges = [round(RIM + share * (upright.shape[0] - 2 * RIM)) for share in trial.cuts]
    tallest = max(b - a for a, b in itertools.pairwise(edges))
    parts = []
    for start, stop in itertools.pairwise(edges):
        part = upright[start:stop]
        missing = tallest - len(part)
        parts.append(np.pad(part, ((missing // 2, missing - missing // 2), (0, 0), (0, 0)), mode="edge"))
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


def _runs_right(band: Band) -> bool:
    """Whether the line runs to the right rather than to the left, as most of it goes."""
    return bool(((band.top + band.bottom)[-1] - (band.top + band.bottom)[0])[0] >= 0)


def _is_steep(band: Band) -> bool:
    way = (band.top + band.bottom)[-1] - (band.top + band.bottom)[0]
    return bool(abs(way[1]) > STEEP * abs(way[0]))


def _standing(band: Band) -> Band:
    """The line from its upper to its lower end."""
    middle = band.top + band.bottom
    return band if middle[-1, 1] >= middle[0, 1] else band.turned()
