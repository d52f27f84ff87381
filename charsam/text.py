"""Transcriptions as sequences of characters, and the order in which these stand in a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import regex

JOINER = "\u200d"
_RIGHT_TO_LEFT = ("R", "AL")
_NUMBERS = ("EN", "AN")


def characters_of(text: str) -> tuple[str, ...]:
    """The characters of a transcription as a reader counts them: composed, white space and invisible marks left out.

    They are the extended grapheme clusters of Unicode's Standard Annex 29, so combining marks, the conjuncts of Indic
    scripts, joined emoji and flags are one character each.
    """
    clusters = (_visible(cluster) for cluster in regex.findall(r"\X", unicodedata.normalize("NFC", text)))
    return tuple(cluster for cluster in clusters if cluster)


def is_made_of(text: str, marks: str) -> bool:
    """Whether a text has nothing but these marks, as the `###` by which datasets mark words that nobody can read."""
    stripped = "".join(text.split())
    return bool(stripped) and set(stripped) <= set(marks)


def visual_order(characters: Sequence[str]) -> tuple[int, ...]:
    """The places of a word's characters from left to right as they stand in a horizontal line.

    Letters of right-to-left scripts run leftwards, numbers and Latin letters among them rightwards: Unicode's Standard
    Annex 9 without its explicit marks.
    """
    kinds = [unicodedata.bidirectional(character[:1]) for character in characters]
    if not any(kind in _RIGHT_TO_LEFT for kind in kinds):
        return tuple(range(len(characters)))
    strong = [kind for kind in kinds if kind == "L" or kind in _RIGHT_TO_LEFT]
    base = 0 if strong[0] == "L" else 1
    levels = _levels(kinds, base)
    order = list(range(len(characters)))
    for level in range(max(levels), 0, -1):
        start = 0
        while start < len(order):
            stop = start
            while stop < len(order) and levels[order[stop]] >= level:
                stop += 1
            order[start:stop] = order[start:stop][::-1]
            start = max(stop, start + 1)
    return tuple(order)


def _levels(kinds: Sequence[str], base: int) -> list[int]:
    """The embedding level of each character: even ones run rightwards, odd ones leftwards."""
    levels: list[int | None] = []
    last = base
    for kind in kinds:
        if kind == "L":
            last = 0
            levels.append(2 * base)
        elif kind in _RIGHT_TO_LEFT:
            last = 1
            levels.append(1)
        elif kind in _NUMBERS:
            levels.append(2 if base or last else 0)
        else:
            levels.append(None)
    for place, level in enumerate(levels):
        if level is None:
            before = next((one for one in reversed(levels[:place]) if one is not None), base)
            after = next((one for one in levels[place + 1 :] if one is not None), base)
            levels[place] = before if before == after else base
    return [base if level is None else level for level in levels]


def _visible(cluster: str) -> str:
    """A cluster without what nobody sees; "" where nothing is left. A joiner stays between what it joins."""
    kept = [
        code
        for code in cluster
        if code == JOINER or not (code.isspace() or unicodedata.category(code) in ("Cc", "Cf", "Cn"))
    ]
    return "".join(kept).strip(JOINER)
