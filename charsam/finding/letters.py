"""The first witness: words as chains of the characters that CRAFT sees in a photo."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from charsam.cbr.recogniser import Recogniser
from charsam.finding.chains import Chain, find_chains, parted
from charsam.finding.directions import RIM, ReadBand, read_bands
from charsam.finding.found_word import FoundWord, Witness, word_runs
from charsam.finding.outlines import Band, band_of
from charsam.finding.overlap import iou
from charsam.finding.peaks import Peaks, find_peaks
from charsam.finding.pyramid import View
from charsam.types import FloatArray, ImageArray

LEAST_SEEN: Final = 0.4
"""Chains whose hottest character is fainter are left out."""
SMALL: Final = 9.0
"""Cells of a line's height up to which it is looked at again, enlarged."""
ENLARGED: Final = 2.5
"""How many times."""
LEAST_HEIGHT: Final = 3.0
"""Cells of heat below which a line is too small to be read at the size of a view."""
SAME: Final = 0.6
"""IoU from which on two views have seen the same word."""
BEST_HEIGHT: Final = 14.0
"""Cells of a line's height at which CRAFT sees best; of two views the one nearer to that is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenWord:
    """A chain of characters as a line of the photo.

    letters: how many characters. seen: their mean heat, 0..1. cells: the line's height in cells of the view's heat.
    """

    band: Band
    letters: int
    seen: float
    cells: float


def seen_words(view: View) -> list[SeenWord]:
    """The words that CRAFT sees in one view, nothing read yet."""
    peaks = find_peaks(view.region)
    chains = find_chains(peaks, view.affinity, view.region)
    cells = _cells_of(peaks, view)
    middles = view.to_image(peaks.middles)
    cell = float(np.mean(view.scale))
    found = []
    for chain in chains:
        if peaks.heat[chain.members].max() < LEAST_SEEN:
            continue
        for part in [chain, *parted(chain, peaks.places)]:
            band = band_of(middles[part.members], [cells[member] for member in part.members], cell / 2)
            if band.height / cell >= LEAST_HEIGHT:
                found.append(SeenWord(band, len(part.members), _mean_heat(peaks, part), band.height / cell))
    return found


def without_repeats(views: Sequence[Sequence[SeenWord]]) -> list[SeenWord]:
    """What several views have seen, each word from the view whose size suits it best."""
    kept: list[SeenWord] = []
    every = [word for view in views for word in view]
    for word in sorted(every, key=lambda word: abs(np.log(word.cells / BEST_HEIGHT)) - word.seen):
        if not any(_same(word, other) for other in kept):
            kept.append(word)
    return kept


def read_words(image: ImageArray, seen: Sequence[SeenWord], recogniser: Recogniser) -> list[FoundWord]:
    """Each line read in its direction, and parted where a space was read in it."""
    lines = read_bands(image, [word.band for word in seen], [word.letters for word in seen], recogniser)
    return [found for word, line in zip(seen, lines, strict=True) for found in _parts(word, line)]


def small_parts(seen: Sequence[SeenWord], view: View, shape: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """x0, y0, x1, y1 of the parts of the photo whose words are too small for CRAFT at the size of a view."""
    height, width = shape[:2]
    canvas = np.zeros(view.region.shape, np.uint8)
    scale, origin = np.array(view.scale), np.array(view.origin)
    for word in seen:
        if word.cells < SMALL:
            points = (word.band.polygon - origin) / scale
            (x0, y0), (x1, y1) = points.min(0) - 2 * word.cells, points.max(0) + 2 * word.cells
            canvas[max(int(y0), 0) : max(int(y1) + 1, 0), max(int(x0), 0) : max(int(x1) + 1, 0)] = 1
    count, _, stats, _ = cv2.connectedComponentsWithStats(canvas)
    parts = []
    for left, top, w, h, _ in stats[1:count]:
        x0, y0 = np.floor(np.array([left, top]) * scale + origin).astype(int)
        x1, y1 = np.ceil(np.array([left + w, top + h]) * scale + origin).astype(int)
        parts.append((int(max(x0, 0)), int(max(y0, 0)), int(min(x1, width)), int(min(y1, height))))
    return parts


def _parts(word: SeenWord, line: ReadBand) -> Iterator[FoundWord]:
    reading = line.reading
    runs = word_runs(reading.text)
    if not runs:
        band = None if line.stacked else line.band
        yield FoundWord(_polygon(line), "", np.zeros(0, np.float32), word.seen, Witness.CRAFT, word.letters, band)
        return
    length = max(reading.width - 2 * RIM, 1.0)
    shares = np.clip((reading.centres - RIM) / length, 0.0, 1.0)
    cuts = [0.0]
    for before, after in itertools.pairwise(runs):
        cuts.append(float(shares[before[-1]] + shares[after[0]]) / 2)
    cuts.append(1.0)
    for run, start, stop in zip(runs, cuts, cuts[1:], strict=False):
        text = "".join(reading.text[place] for place in run)
        part = line if len(runs) == 1 else ReadBand(line.band.part(start, stop), reading, line.stacked)
        band = None if line.stacked else part.band
        yield FoundWord(_polygon(part), text, reading.confidences[run], word.seen, Witness.CRAFT, word.letters, band)


def _polygon(line: ReadBand) -> FloatArray:
    """From the reading-order top-left; of a stacked word, that of its first letter."""
    if not line.stacked:
        return line.band.polygon
    return np.roll(line.band.polygon, 1, axis=0) if len(line.band.top) == 2 else line.band.polygon


def _cells_of(peaks: Peaks, view: View) -> list[FloatArray]:
    """The middles of the cells of each peak, in image pixels."""
    ys, xs = np.nonzero(peaks.owner)
    owner = peaks.owner[ys, xs] - 1
    order = np.argsort(owner, kind="stable")
    points = view.to_image(np.stack([xs + 0.5, ys + 0.5], 1).astype(np.float32))[order]
    return np.split(points, np.searchsorted(owner[order], np.arange(1, len(peaks))))


def _mean_heat(peaks: Peaks, chain: Chain) -> float:
    return float(peaks.heat[chain.members].mean())


def _same(a: SeenWord, b: SeenWord) -> bool:
    return iou(a.band.polygon, b.band.polygon) >= SAME
