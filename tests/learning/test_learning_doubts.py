"""From which suspicion on a person should look, told by corrections."""

import numpy as np
import pytest

from charsam.cgr.masks import suspicion_of
from charsam.learning.doubts import doubtful_from
from charsam.types import SUSPICIOUS

GOOD, WRONG = [0.9] * 8, [0.4] * 8


def test_a_lab_whose_good_masks_look_doubtful_is_asked_less() -> None:
    suspicions = [*np.linspace(0.4, 0.6, 8), *np.linspace(0.7, 0.9, 8)]
    assert 0.6 <= doubtful_from(suspicions, GOOD + WRONG) <= 0.7


def test_a_lab_whose_bad_masks_look_fine_is_asked_more() -> None:
    suspicions = [*np.linspace(0.0, 0.2, 8), *np.linspace(0.3, 0.5, 8)]
    assert 0.2 <= doubtful_from(suspicions, GOOD + WRONG) <= 0.3


def test_few_bad_masks_tell_nothing() -> None:
    assert doubtful_from([0.1] * 8 + [0.9] * 4, GOOD + WRONG[:4]) == SUSPICIOUS


@pytest.mark.parametrize(("doubtful", "higher"), [(0.3, True), (0.7, False)])
def test_the_threshold_becomes_the_usual_one(doubtful: float, higher: bool) -> None:
    signals = {"quality": 0.5, "glyph": 0.5, "reading": 0.5, "source": 0.5, "shape": 0.5, "text": 0.0}
    usual = suspicion_of(signals)
    assert (suspicion_of(signals, doubtful) > usual) is higher
    assert suspicion_of(signals, usual) == pytest.approx(SUSPICIOUS)
