"""Where the characters of a transcription stand in a reading, and where the two contradict each other.

The transcription need not be letter for letter what is seen: a character that the picture lacks is left out, a glyph
that the text lacks is passed over, each at a cost that is clearly higher than that of a character that was seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from charsam.cbr.recogniser import Reading, blank_or_space, posteriors_of, twins_of
from charsam.types import BoolArray, FloatArray

TWIN_WEIGHT = 0.3
"""What a posterior of a case or shape twin of a character counts for it."""
OTHER_WEIGHT = 0.02
"""What a posterior of another character counts for one that the recogniser knows."""
UNKNOWN_WEIGHT = 0.3
"""The same for one that it does not know: then it sees something else there."""
LEFT_OUT = 4.0
"""Cost (natural logarithm) of a character of the text that the picture lacks."""
PASSED_OVER = 3.0
"""Most that a step costs at which a glyph shows up that the text lacks."""
JOINED_TWINS = 1.0
CLEAR_READING = 0.75
"""A reading less probable than this says little of what picture or text lack: then every character gets a place. (Of a
script that the recogniser cannot read it says where glyphs are, not which.)"""
FORCED = 14.0
_FLOOR = 1e-6

Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Where the n characters of a transcription stand in a crop; spaces are not counted as characters.

    centres: (n,) float32: x in pixels of the crop, to half a time step (4 px at height 48), rising; of characters that
    are missing: between their neighbours.
    missing: (n,) bool: the characters for which the reading has no place.
    seen: (n,) the character that was read at each one's place, "" for none; confidences: (n,) float32, its posterior.
    exact: (n,) float32: the posterior of the character itself at its place; twin: the same with its cases and shape
    twins added, which is what a single character's looks can tell. Both 0 for missing ones.
    extra: the characters read of which the text has none; extra_places: (m,) int64: before which character of the text
    each stands, 0..n; extra_centres, extra_confidences: (m,) float32.
    score: mean natural log-probability per character of the best path, <= 0.
    """

    centres: FloatArray
    places: NDArray[np.int64]
    missing: BoolArray
    seen: tuple[str, ...]
    confidences: FloatArray
    exact: FloatArray
    twin: FloatArray
    extra: tuple[str, ...]
    extra_places: NDArray[np.int64]
    extra_centres: FloatArray
    extra_confidences: FloatArray
    score: float


def align(reading: Reading, text: Sequence[str], knows: Known = lambda character: True) -> Alignment | None:
    """Align a transcription with a reading: the best path through the CTC lattice (Viterbi).

    A character is looked for where the recogniser saw it or, at a discount, a case or shape twin of it; else where it
    saw something else; it may be left out, and glyphs may be passed over.

    text: the characters from left to right; white space is skipped. knows: whether the recogniser can read a character.
    Returns None where there is nothing to align: no characters, or more of them than time steps.
    """
    characters = [character for character in text if not character.isspace()]
    joined = [_joined(a, b) for a, b in itertools.pairwise(characters)]
    if not characters or len(characters) > len(reading.blank):
        return None
    exact, twin = posteriors_of(reading, characters)
    blank = blank_or_space(reading)
    other = np.clip(1.0 - blank[:, None] - exact - twin, 0.0, 1.0)
    known = np.array([knows(character) for character in characters])
    weights = np.where(known, OTHER_WEIGHT, UNKNOWN_WEIGHT)
    emission = np.log(np.minimum(exact + TWIN_WEIGHT * twin + weights * other + _FLOOR, 1.0))
    clear = reading.probability >= CLEAR_READING or known.mean() < 0.5
    passed = np.log(np.clip(blank, np.exp(-(PASSED_OVER if clear else FORCED)), 1.0))
    left_out = LEFT_OUT if clear else FORCED
    states, total = _best_path(emission, passed, joined, left_out)

    found = [np.flatnonzero(states == 2 * index + 1) for index in range(len(characters))]
    missing = np.array([not len(steps) for steps in found])
    peaks = [int(steps[emission[steps, index].argmax()]) if len(steps) else -1 for index, steps in enumerate(found)]
    places = np.array(peaks, np.int64)
    rows = np.arange(len(characters))
    seen, confidences = _seen(reading, found)
    extra = [k for k, place in enumerate(reading.positions) if states[place] % 2 == 0 and not reading.text[k].isspace()]
    return Alignment(
        centres=_filled(reading, places, missing),
        places=places,
        missing=missing,
        seen=seen,
        confidences=confidences,
        exact=np.where(missing, 0.0, exact[places, rows]).astype(np.float32),
        twin=np.where(missing, 0.0, np.minimum(exact + twin, 1.0)[places, rows]).astype(np.float32),
        extra=tuple(reading.text[k] for k in extra),
        extra_places=(states[reading.positions[extra]] // 2).astype(np.int64),
        extra_centres=reading.centres[extra],
        extra_confidences=reading.confidences[extra].astype(np.float32),
        score=total / len(characters),
    )


def _joined(a: str, b: str) -> float:
    """What it costs that no blank parts two characters: equal ones need one, those alike might share a glyph."""
    if a == b:
        return np.inf
    return JOINED_TWINS if b in twins_of(a) else 0.0


def _seen(reading: Reading, steps: Sequence[NDArray[np.int64]]) -> tuple[tuple[str, ...], FloatArray]:
    """What was read at the steps of each character, the surest of several."""
    seen, confidences = [], []
    for own in steps:
        read = [k for k, place in enumerate(reading.positions) if place in own and not reading.text[k].isspace()]
        best = max(read, key=lambda k: reading.confidences[k], default=None)
        seen.append("" if best is None else reading.text[best])
        confidences.append(0.0 if best is None else float(reading.confidences[best]))
    return tuple(seen), np.array(confidences, np.float32)


def _filled(reading: Reading, places: NDArray[np.int64], missing: BoolArray) -> FloatArray:
    """(n,) the centres, those of missing characters spread between their neighbours or up to the crop's ends."""
    centres = reading.centres_of(places).astype(np.float64)
    known = np.flatnonzero(~missing)
    at = np.concatenate([[-1], known, [len(places)]])
    values = np.concatenate([[0.0], centres[known], [float(reading.width)]])
    return np.asarray(np.interp(np.arange(len(places)), at, np.maximum.accumulate(values)), np.float32)


def _best_path(
    emission: NDArray[np.floating], blank: NDArray[np.floating], joined: Sequence[float], left_out: float
) -> tuple[NDArray[np.int64], float]:
    """The best path through the lattice of 2n + 1 states: blank, character 0, blank, …, character n - 1, blank.

    emission: (T, n) and blank: (T,) log-probabilities; joined: (n - 1,) what it costs to skip the blank between two
    characters. From one blank to the next the path may leave a character out, at the cost `left_out`.
    Returns the state at every step, (T,), and the path's log-probability.
    """
    length, n = emission.shape
    lattice = np.repeat(blank[:, None], 2 * n + 1, axis=1).astype(np.float64)
    lattice[:, 1::2] = emission
    skip_cost = np.full(2 * n + 1, np.inf)
    skip_cost[3::2] = joined
    skip_cost[2::2] = left_out
    score = np.full(2 * n + 1, -np.inf)
    score[:2] = lattice[0, :2]
    # Characters left out at the start, all before the first step.
    score[2::2] = lattice[0, 2::2] - left_out * np.arange(1, n + 1)
    score[3::2] = lattice[0, 3::2] - left_out * np.arange(1, n)
    moves = np.zeros((length, 2 * n + 1), np.int8)
    for t in range(1, length):
        one = np.concatenate([[-np.inf], score[:-1]])
        two = np.concatenate([[-np.inf, -np.inf], score[:-2]]) - skip_cost
        choices = np.stack([score, one, two])
        moves[t] = choices.argmax(axis=0)
        score = choices.max(axis=0) + lattice[t]
    # Characters left out at the end, all behind the last step.
    left = left_out * (n - (np.arange(2 * n + 1) + 1) // 2)
    states = np.empty(length, np.int64)
    states[-1] = int((score - left).argmax())
    for t in range(length - 1, 0, -1):
        states[t - 1] = states[t] - moves[t, states[t]]
    return states, float((score - left)[states[-1]])
