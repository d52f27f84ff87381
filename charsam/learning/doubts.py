"""From which suspicion on a person should look at a mask, told by the masks that people corrected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from charsam.types import SUSPICIOUS

BAD: Final = 0.7
"""The IoU with the right mask below which a person should have looked."""
FEWEST: Final = 5
"""Bad masks, and good ones, from which a threshold can be told."""
TRIED: Final = tuple(float(value) for value in np.arange(0.2, 0.801, 0.025))


def doubtful_from(suspicions: Sequence[float], scores: Sequence[float]) -> float:
    """The suspicion that best parts bad masks from good ones, by the mean of the shares of either that it gets right;
    of several, the one nearest to SUSPICIOUS. That itself where there are too few of either.

    suspicions: of masks. scores: their IoU with the right ones.
    """
    raised, bad = np.array(suspicions), np.array(scores) < BAD
    if min(bad.sum(), (~bad).sum()) < FEWEST:
        return SUSPICIOUS
    right = {value: float(((raised >= value)[bad].mean() + (raised < value)[~bad].mean()) / 2) for value in TRIED}
    best = max(right.values())
    return min((value for value in TRIED if right[value] == best), key=lambda value: abs(value - SUSPICIOUS))
