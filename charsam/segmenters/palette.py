"""The colour model of the `colour` segmenter: a small palette, and which of its colours are text.

A strip's pixels are gathered into a palette of a few colours. A target map says where text is likely (CRAFT heat,
glyph votes, an earlier mask); the palette is cut into text and background where the two sides correlate best with
it: Otsu's criterion, with the target in the place of grey levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from charsam.types import BoolArray, FloatArray, ImageArray

_SAMPLES = 2500
_ROUNDS = 8
EDGE_BIAS = 1.3
"""Logits by which a blend of text and background must lean to the text: cameras spread bright letters."""
SHADE_COST = 0.08
"""How much better the correlation must be for each further colour of a palette."""


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """colours: (K, 3) float32, CIE Lab; text: (K,) float32 in 0..1, how far each colour is taken for text."""

    colours: FloatArray
    text: FloatArray


def lab(strip: ImageArray) -> FloatArray:
    """(h, w, 3) float32: CIE Lab (L 0..100) of an RGB strip, its noise smoothed but not its edges."""
    smooth = cv2.bilateralFilter(strip, 5, 24, 3)
    return np.asarray(cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def flatness(pixels: FloatArray) -> FloatArray:
    """(h, w) float32 in 0..1: 1 within even areas, 0 on the edges, where a colour is a blend of text and background."""
    across, down = (cv2.Sobel(pixels, cv2.CV_32F, dx, dy, ksize=3) for dx, dy in ((1, 0), (0, 1)))
    strength = np.sqrt((across**2 + down**2).sum(-1))
    typical = max(float(np.quantile(strength, 0.5)), 2.0)
    return np.asarray(1.0 / (1.0 + (strength / typical) ** 2), np.float32)


def gather(pixels: FloatArray, weight: FloatArray, colours: int) -> FloatArray:
    """(K, 3) float32: the palette of (n, 3) Lab pixels by k-means, started along their brightness: deterministic.

    weight: (n,) how even the surroundings of each pixel are; the lower part takes no part.
    """
    even = pixels[weight >= np.quantile(weight, 0.4)]
    sample = even[:: max(1, len(even) // _SAMPLES)]
    order = np.argsort(sample @ np.array([1.0, 0.35, 0.35], np.float32), kind="stable")
    places = np.linspace(0, len(order) - 1, colours).astype(int)
    centres = sample[order[places]].copy()
    for _ in range(_ROUNDS):
        nearest = distances(sample, centres).argmin(1)
        counts = np.bincount(nearest, minlength=colours).astype(np.float32)
        for channel in range(3):
            total = np.bincount(nearest, sample[:, channel], minlength=colours)
            centres[:, channel] = np.where(counts > 0, total / np.maximum(counts, 1), centres[:, channel])
    return np.asarray(centres, np.float32)


def split(pixels: FloatArray, centres: FloatArray, target: FloatArray, weight: FloatArray) -> tuple[Palette, float]:
    """Cut a palette into text and background by a target.

    The palette is first tried merged into fewer colours (average linkage), the fewest being preferred: shades of one
    surface belong together unless the target speaks clearly against it.

    pixels: (n, 3) Lab. centres: (K, 3), K >= 2. target: (n,) how likely text is there. weight: (n,) >= 0, how much a
    pixel counts. Returns the palette and the correlation of its text with the target, -1..1.
    """
    nearest = distances(pixels, centres).argmin(1)
    colours = len(centres)
    mass = np.bincount(nearest, weight, minlength=colours).astype(np.float64) + 1e-9
    hits = np.bincount(nearest, weight * target, minlength=colours) / mass.sum()
    spread = float(np.average((target - np.average(target, weights=weight + 1e-12)) ** 2, weights=weight + 1e-12))
    mass /= mass.sum()
    tree = hierarchy.linkage(centres, method="average")
    best, text = -np.inf, np.zeros(colours, np.float32)
    found = 0.0
    for groups in range(2, colours + 1):
        group = hierarchy.fcluster(tree, groups, criterion="maxclust") - 1
        chosen, correlation = _otsu(_summed(group, mass), _summed(group, hits), spread)
        if correlation - SHADE_COST * groups > best:
            best, found = correlation - SHADE_COST * groups, correlation
            text = chosen[group].astype(np.float32)
    return Palette(centres, text), found


def _summed(group: NDArray[np.integer], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(group, values), np.float64)


def _otsu(mass: NDArray[np.float64], hits: NDArray[np.float64], spread: float) -> tuple[BoolArray, float]:
    """Which groups are text, where that correlates best with the target; mass and hits are shares of all pixels."""
    order = np.argsort(-hits / np.maximum(mass, 1e-12), kind="stable")
    share = np.cumsum(mass[order])[:-1]
    covariance = np.cumsum(hits[order] - mass[order] * hits.sum())[:-1]
    correlation = covariance / np.sqrt(np.maximum(share * (1 - share) * spread, 1e-12))
    if not len(correlation):
        return np.zeros(len(mass), np.bool_), 0.0
    cut = int(correlation.argmax())
    chosen = np.zeros(len(mass), np.bool_)
    chosen[order[: cut + 1]] = True
    return chosen, float(correlation[cut])


def text_logits(pixels: FloatArray, palette: Palette, sharpness: float = 8.0) -> FloatArray:
    """(n,) float32 logits: 0 half way between the nearest text and the nearest background colour.

    One that is all text or all background gives a constant of that sign.
    """
    squared = distances(pixels, palette.colours)
    is_text = palette.text > 0.5
    if not is_text.any() or is_text.all():
        return np.full(len(pixels), sharpness if is_text.any() else -sharpness, np.float32)
    near = np.sqrt(squared[:, is_text].min(1))
    far = np.sqrt(squared[:, ~is_text].min(1))
    return np.asarray(sharpness * (far - near) / (far + near + 2.0) - EDGE_BIAS, np.float32)


def distances(pixels: FloatArray, centres: FloatArray) -> FloatArray:
    """(n, K) float32: squared Lab distances."""
    cross: NDArray[np.float32] = pixels @ centres.T
    squared = (pixels**2).sum(1, keepdims=True) - 2 * cross + (centres**2).sum(1)
    return np.asarray(np.maximum(squared, 0), np.float32)
