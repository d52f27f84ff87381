"""What a person's clicks on a mask mean for the answer of `compact`."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.segmenters.prompt_maps import SURE
from charsam.segmenters.reach import region_under
from charsam.types import BoolArray, FloatArray

CLICKED: Final = 0.8
BESIDE_A_CLICK: Final = 0.25
"""How marked and reached a pixel is at least that was clicked on, and that goes with it: some 3 strip pixels around."""
CLEAR: Final = 2.0
"""The logit from which an answer says clearly what a click on it says, too."""

LEAST: Final = 1.0
"""The logit under a click that follows it plainly."""
FILLED: Final = 3.0
"""The logit in a region that a click adds, and less than none where it takes one away."""
MIXED: Final = 0.3
"""Most of a region that may be ink already where a click adds it, and ground already, twice, where it takes it away."""
LEFT: Final = 0.3
"""Least of a mask that taking a region away must leave: what takes more is the letter itself."""
BEYOND: Final = 0.1
"""Most of a region that is added may lie beyond the box."""


def says_already(logits: FloatArray, clicks: FloatArray, labels: NDArray[np.int8]) -> bool:
    """Whether an answer says clearly what all clicks on it say.

    logits: (h, w). clicks: (K, 2), x and y of its pixels. labels: (K,), 1 adds, 0 takes away.
    """
    height, width = logits.shape
    x, y = np.floor(clicks).astype(int).T
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    if not within.all():
        return False
    return bool((np.where(labels == 1, logits[y, x], -logits[y, x]) >= CLEAR).all())


def as_clicked(earlier: FloatArray, corrected: FloatArray, clicks: FloatArray, labels: NDArray[np.int8]) -> FloatArray:
    """The corrected answer, but for what it changes against the nearest click, or makes less sure without taking it
    away: that would only leave a neighbour's letter more of what both hold.

    earlier, corrected: (h, w) logits. clicks, labels: as for `says_already`, at least one.
    """
    ys, xs = np.indices(earlier.shape, np.float32) + np.float32(0.5)
    nearest = np.stack([(xs - x) ** 2 + (ys - y) ** 2 for x, y in clicks]).argmin(0)
    taken = (earlier > 0) & (corrected <= 0)
    return np.where(labels[nearest] == 1, np.maximum(earlier, corrected), np.where(taken, corrected, earlier))


def with_regions(
    logits: FloatArray,
    earlier: FloatArray,
    colours: FloatArray,
    prompt: FloatArray,
    clicks: FloatArray,
    labels: NDArray[np.int8],
) -> FloatArray:
    """The answer, with the whole region of one colour added or taken away that a click lies in, where it has plain
    edges and no click that says the opposite: the inside of a hollow letter, a shadow, a hole. No click fills what
    fonts have as a hole.

    logits, earlier: (h, w), the answer with the clicks and without. colours: (h, w, 3), `standardised`. prompt: its
    `prompt_channels`. clicks, labels: as for `says_already`.
    """
    box, foreground, hole = prompt[0], prompt[3], prompt[4]
    was_ink = earlier > 0
    for click, label in zip(clicks, labels, strict=True):
        region = region_under(colours, click)
        if region is None or any(_lies_in(region, other) for other in clicks[labels != label]):
            continue
        inked, ink = was_ink[region].mean(), logits > 0
        if label == 1:
            beyond, stroke, hollow = (values[region].mean() for values in (1 - box, foreground, hole))
            if inked <= MIXED and beyond <= BEYOND and stroke >= hollow:
                logits = np.where(region & ~ink, np.float32(FILLED), logits)
        elif inked >= 2 * MIXED and (ink & ~region).sum() >= LEFT * ink.sum():
            logits = np.where(region & ink, np.float32(-FILLED), logits)
    return logits


def _lies_in(region: BoolArray, click: FloatArray) -> bool:
    x, y = (int(value) for value in np.floor(click))
    return 0 <= x < region.shape[1] and 0 <= y < region.shape[0] and bool(region[y, x])


def obeying(logits: FloatArray, maps: FloatArray) -> FloatArray:
    """The logits, set near clicks that they do not plainly follow: what a person says holds, whatever the network
    thinks of it, and also where the logits are fitted to the photo's edges afterwards.

    logits: (h, w). maps: the prompt's `prompt_channels`.
    """
    for spot, reach, sign in ((maps[5], maps[7], 1), (maps[6], maps[8], -1)):
        near = spot * reach
        if (sign * logits[near >= CLICKED] < LEAST).any():
            logits = np.where(near >= BESIDE_A_CLICK, np.float32(sign * SURE), logits)
    return logits
