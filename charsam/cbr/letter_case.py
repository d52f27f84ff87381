"""The case of a transcription by image evidence, for datasets that write all words in one case.

The recogniser read the whole word and tells an "A" from an "a" by its shape, an "O" from an "o" by its neighbours. Its
evidence for each letter is weighed with how words are written: as given, in capitals, in small letters, or with a first
capital; any other mixture must be clearly seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charsam.cbr.alignment import align
from charsam.cbr.recogniser import Reading, posteriors_of
from charsam.text import characters_of
from charsam.types import BoolArray

MIXTURE_COST: Final = 2.0
"""By how much (natural logarithm of the odds) a mixture of cases must be better than the common ways of writing."""
_FLOOR: Final = 1e-3


def resolved_case(reading: Reading, text: Sequence[str]) -> tuple[str, ...]:
    """The characters of a transcription in the case that the image shows; all else stays as it is.

    reading: of the word. A letter that the recogniser did not see follows the others; where it saw none, nothing
    changes.
    """
    cased = [index for index, character in enumerate(text) if has_case(character)]
    odds = _odds_of_capital(reading, text)
    if not cased or odds is None or not odds[cased].any():
        return tuple(text)
    evidence = odds[cased]
    given = np.array([text[index].isupper() for index in cased])
    capital = np.ones(len(cased), np.bool_)
    first = np.arange(len(cased)) == 0
    seen = np.where(evidence == 0, given, evidence > 0)
    chosen, most = seen, _support(evidence, seen) - MIXTURE_COST
    for pattern in (first, ~capital, capital, given):
        if (support := _support(evidence, pattern)) >= most:
            chosen, most = pattern, support
    result = list(text)
    for index, upper in zip(cased, chosen, strict=True):
        result[index] = text[index].upper() if upper else text[index].lower()
    return tuple(result)


def with_case_of(text: str, characters: Sequence[str]) -> str:
    """A transcription with its characters replaced by those given, one for one; what lies between them stays."""
    composed = unicodedata.normalize("NFC", text)
    result, at = "", 0
    for old, new in zip(characters_of(text), characters, strict=True):
        place = composed.find(old, at)
        if place >= 0:
            result += composed[at:place] + new
            at = place + len(old)
    return result + composed[at:]


def has_case(character: str) -> bool:
    """Whether it is a letter with a capital and a small form of one code each."""
    upper, lower = character.upper(), character.lower()
    return len(upper) == len(lower) == len(character) == 1 and upper != lower


def _odds_of_capital(reading: Reading, text: Sequence[str]) -> NDArray[np.float64] | None:
    """(n,) natural log odds of the capital against the small form at each character's place; 0 where neither was seen.

    None where the text cannot be aligned with the reading.
    """
    alignment = align(reading, text)
    if alignment is None or len(alignment.places) != len(text):
        return None
    near = np.clip(alignment.places + np.arange(-1, 2)[:, None], 0, len(reading.blank) - 1)
    columns = np.arange(len(text))
    upper, lower = (
        posteriors_of(reading, [change(character) for character in text])[0][near, columns].max(0).astype(np.float64)
        for change in (str.upper, str.lower)
    )
    odds = np.log(np.maximum(upper, _FLOOR) / np.maximum(lower, _FLOOR))
    return np.asarray(np.where(alignment.missing, 0.0, odds), np.float64)


def _support(evidence: NDArray[np.float64], capital: BoolArray) -> float:
    return float(np.where(capital, evidence, -evidence).sum() / 2)
