"""How far a reading and a transcription agree, and which characters of the transcription the reading contradicts."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from charsam.cbr.alignment import Alignment, Known
from charsam.cbr.recogniser import SHAPE_TWINS, Reading, twins_of, unaccented
from charsam.text import characters_of
from charsam.types import FloatArray

SURENESS = 3.0
"""How much the recogniser's posteriors count beside faults of the transcription, which are alike in every frame."""
OTHER_CASE = 0.1
"""Cost (natural logarithm) of a character that was read in the other case or without its accents."""
TWIN = 0.7
"""Cost of a shape twin: `SHAPE_TWINS` look alike upside down, too."""
UNMATCHED = 1.5
UNMATCHED_MARK = 0.5
MORE_UNMATCHED = 0.3
"""Costs of a character that only the reading or only the transcription has: a letter or digit, a punctuation mark; and
of another one after one that only the reading has, as where the polygon holds a second word."""
OTHER = 2.0
"""Cost of another character in its place."""
LEAST_POSTERIOR = 0.05
LEAST_ALIGNED = 0.25
CLEARLY_OTHER = 0.9
"""Share of the characters that must stand where they were read, for a contradiction to mean anything; and the reading's
probability from which on it means that the text is another one altogether."""
ALIKE_IN_BOTH_CASES = frozenset("cijkmopsuvwxyz")
"""Letters whose two cases are told apart by their size alone, or are often taken for each other."""


_TURNED = {
    **{character: character for character in "oO0xXzZsSHNIli1|8+-–—=·•:%/\\"},
    **dict(zip("undpbq69mwMW", "nupdqb96wmWM", strict=True)),
}
_Cell = tuple[float, int]


@dataclass(frozen=True, slots=True)
class TextAgreement:
    """How far a free reading and a transcription agree; comparable between readings of one word.

    likelihood: natural logarithm, <= 0: of the cheapest way to turn one into the other, and of the posteriors of all
    characters read; the transcription may be faulty anywhere. share: of the characters of both that agree, 0..1.
    """

    likelihood: float
    share: float


def agreement(reading: Reading, text: Sequence[str]) -> TextAgreement:
    """text: the characters from left to right."""
    text = characters_of(unicodedata.normalize("NFKC", "".join(text)))
    read = [(code, float(c)) for code, c in zip(reading.text, reading.confidences, strict=True) if not code.isspace()]
    sure = [SURENESS * math.log(max(confidence, LEAST_POSTERIOR)) for _, confidence in read]
    # Of each cell the likelihood and the number of characters that agree: with the last character read passed over,
    # which is cheaper after another one, and without.
    nothing = (-math.inf, 0)
    row, gaps = [(0.0, 0)], [nothing]
    for (code, _), own in zip(read, sure, strict=True):
        gaps.append(_passed_over(row[-1], gaps[-1], code, own))
        row.append(gaps[-1])
    for character in text:
        above, row, gaps = row, [(row[0][0] - _unmatched(character), 0)], [nothing]
        for j, (code, _) in enumerate(read, start=1):
            unlike = unlikeness(character, code)
            gain, count = above[j - 1]
            both = (gain + sure[j - 1] - unlike, count + (unlike < OTHER))
            left_out = (above[j][0] - _unmatched(character), above[j][1])
            gaps.append(_passed_over(row[-1], gaps[-1], code, sure[j - 1]))
            row.append(max(both, left_out, gaps[-1]))
    likelihood, count = row[-1]
    return TextAgreement(likelihood, 2.0 * count / max(len(read) + len(text), 1))


def _passed_over(settled: _Cell, passing: _Cell, code: str, own: float) -> _Cell:
    return max((settled[0] + own - _unmatched(code), settled[1]), (passing[0] + own - MORE_UNMATCHED, passing[1]))


def same_upside_down(text: Sequence[str]) -> bool:
    """Whether a text reads the same when it is turned by 180 degrees, as NOON, pod and 69 do: nobody can tell then."""
    turned = [_TURNED.get(character, "") for character in reversed(text)]
    return all(a != "" and (a == b or b in twins_of(a)) for a, b in zip(turned, text, strict=True))


def _unmatched(character: str) -> float:
    return UNMATCHED if character[0].isalnum() else UNMATCHED_MARK


@functools.lru_cache(maxsize=65536)
def unlikeness(character: str, read: str) -> float:
    """What it costs to take a character that was read for one of the transcription, >= 0; OTHER where they differ."""
    if character == read or read == _full_width(character):
        return 0.0
    if unaccented(character).casefold() == unaccented(read).casefold():
        return OTHER_CASE
    return TWIN if read in twins_of(character) else OTHER


def contradictions(
    reading: Reading, alignment: Alignment, text: Sequence[str], knows: Known
) -> tuple[FloatArray, FloatArray]:
    """How clearly the reading of a whole word contradicts each of the n characters of its transcription.

    Returns (n,) float32, 0..1: how sure the recogniser is that another character, or none, stands in its place; and
    (n,) float32, 0..1: how sure it is of a glyph beside it that the transcription lacks. Characters that the recogniser
    cannot read are never contradicted.
    """
    count = len(text)
    doubts, gaps = np.zeros(count, np.float32), np.zeros(count, np.float32)
    seen, given = (characters_of(unicodedata.normalize("NFKC", one)) for one in (reading.text, "".join(text)))
    if len(seen) == len(given) and all(looks_the_same(a, b) for a, b in zip(given, seen, strict=True)):
        return doubts, gaps
    known = np.array([knows(character) for character in text], np.bool_)
    agreeing = [unlikeness(a, b) < OTHER if b else False for a, b in zip(text, alignment.seen, strict=True)]
    hopeless = np.mean(agreeing) < LEAST_ALIGNED and reading.probability < CLEARLY_OTHER
    if not count or known.mean() < 0.5 or hopeless:
        return doubts, gaps
    sure = float(alignment.confidences[agreeing].mean()) if any(agreeing) else reading.probability
    for index, (character, read) in enumerate(zip(text, alignment.seen, strict=True)):
        if not known[index]:
            continue
        if alignment.missing[index]:
            doubts[index] = sure
        elif read and not looks_the_same(character, read):
            doubts[index] = alignment.confidences[index]
    for place, confidence in zip(alignment.extra_places, alignment.extra_confidences, strict=True):
        for index in (place - 1, place):
            if 0 <= index < count:
                gaps[index] = max(gaps[index], confidence)
    return doubts, gaps


@functools.lru_cache(maxsize=65536)
def looks_the_same(character: str, read: str) -> bool:
    """Whether nobody could tell the two apart by their looks alone, so that the transcription is to be believed."""
    if character == read or read == _full_width(character):
        return True
    if any(character in row and read in row for row in SHAPE_TWINS):
        return True
    return character.casefold() == read.casefold() and character.casefold() in ALIKE_IN_BOTH_CASES


def _full_width(character: str) -> str:
    return chr(ord(character) + 0xFEE0) if len(character) == 1 and "!" <= character <= "~" else character
