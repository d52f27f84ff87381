"""Which of the words that were found in several ways stay, so that nothing is found twice."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from charsam.finding.found_word import FoundWord, Witness
from charsam.finding.lines import reading_order
from charsam.finding.overlap import area, shared_areas
from charsam.types import FloatArray

CONFLICT: Final = 0.3
"""Share of the smaller of two words that lies within the other from which on only one of them can stay."""
LEAST: Final = 0.5
"""Probability of a character from which on reading it speaks for a word, below which against it."""
CRAFT_LEAD: Final = 0.05
"""For each character: where both witnesses read alike, CRAFT's polygon is taken, which follows the letters."""
CLEARER: Final = 0.25
"""Share of a word's worth that goes by its mean heat: of several views, the one that saw it best gives the polygon."""
FEWEST_LETTERS: Final = 0.6
"""Share of the characters read that CRAFT must have seen one by one; else the view was too coarse for the word."""
BLURRED: Final = 0.4
"""The same share below which CRAFT alone is not believed."""
ENTWINED, WELL, LITTLE = 0.5, 0.9, 0.4
"""The share of the smaller word that may lie in the other where both read with such a probability, and their texts are
no more alike than that (0..1)."""
SAME_TEXT: Final = 0.8
"""How alike the texts of a word and of its parts are where they are one finding."""
COVERED: Final = 0.6
"""Share of a word that lies within another one which is then a finding of the same text, or of a part of it."""
WHOLE: Final = 0.85
"""Share of a word that lies within another one from which on neither is a part of the other."""
AS_CLEAR: Final = 0.15
"""Mean heat by which a part of a word may be fainter than that, to tell anything about it."""
WORD: Final = 0.2
"""What every word costs, so that of two ways to read the same letters the one with fewer words is taken."""
SINGLE: Final = 0.1
"""What a word of a single character costs more: letters of a spaced word are not found one by one."""
GAP, GAP_AT_MARK = 0.08, 0.3
"""Clear width between two of CRAFT's words, as a share of their height, up to which they may be one word: between
letters, and beside a mark such as a stop, which CRAFT seldom links."""
GAP_AT_WIDE_MARK: Final = 1.0
"""The same beside a mark of scripts without spaces, which fills a whole square."""
ADDRESS: Final = re.compile(r"^www\.|://|\w@\w|\w\.(?:com|org|net|[a-z]{2})$", re.IGNORECASE)
"""What is one word however wide its letters stand apart."""
OVERLAP: Final = 0.03
"""Share of the smaller of two parts that lies in the other from which on they are parts of one word."""
JOINED: Final = 2.0
"""What a word is worth more, or less, where CRAFT saw it in parts with gaps that are narrow, or wide."""
SHAPELESS: Final = frozenset("0OoQCcD()1Il|!i.,:;-_'`~·•°/\\=+")
"""What rings, bars and dots that are no text are read as; alone it is believed only where both witnesses see it."""
SHAPES: Final = 3
"""How many different ones of them are text, as in 10:00."""
UNREAD: Final = 0.01
"""What a word is worth that was seen clearly but cannot be read: more than nothing, less than any that reads."""
SURELY_SEEN, SURELY_LETTERS = 0.75, 3
"""Mean heat and number of the characters of a word that is kept although it cannot be read."""
SEEN_ALONE: Final = 0.55
"""Mean heat of a word of CRAFT's that is believed without PP-OCR; of a single character `SEEN_SINGLE`."""
SEEN_SINGLE, READ_SINGLE = 0.7, 0.8

MOST_EXACT: Final = 14
"""Words in one tangle of conflicts up to which the best choice is found exactly; beyond, the best word goes first."""


def chosen_words(found: Sequence[FoundWord]) -> list[FoundWord]:
    """What stays of all that was found, nothing twice, in reading order."""
    overlaps = _overlaps([word.polygon for word in found])
    values = [_worth(index, found, overlaps) for index in range(len(found))]
    against = _conflicts(found, overlaps)
    kept = [found[index] for index in best_choice(values, against)]
    return [_as_read(kept[index]) for index in reading_order([word.polygon for word in kept])]


def _conflicts(found: Sequence[FoundWord], overlaps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n, n): which of the words cannot both stay. Lettering may run into its neighbour: two words that read well and
    have little in common may overlap more, unless they are pieces of a third one. overlaps: see `_overlaps`.
    """
    most = np.maximum(overlaps, overlaps.T)
    against = most > CONFLICT
    well = np.array([word.probability >= WELL and len(word.text) > 1 for word in found], np.bool_)
    for i, j in zip(*np.nonzero(np.triu(against & (most <= ENTWINED)) & well & well[:, None]), strict=True):
        both = np.flatnonzero((overlaps[i] > COVERED) & (overlaps[j] > COVERED) & well)
        texts = found[i].text + found[j].text, found[j].text + found[i].text
        pieces = any(_alike(found[whole].text, text) >= SAME_TEXT for whole in both for text in texts)
        if not pieces and _alike(found[i].text, found[j].text) < LITTLE:
            against[i, j] = against[j, i] = False
    return np.asarray(against)


def _alike(a: str, b: str) -> float:
    """How much two texts have in common, 0..1, case aside."""
    return SequenceMatcher(None, a.casefold(), b.casefold()).ratio()


def _as_read(word: FoundWord) -> FoundWord:
    """A word that cannot be read has no text."""
    return word if word.probability >= LEAST else replace(word, text="", confidences=word.confidences[:0])


def _worth(index: int, found: Sequence[FoundWord], overlaps: NDArray[np.float64]) -> float:
    """How much a word speaks for itself: what its characters' probabilities exceed one half by, summed."""
    word = found[index]
    if word.probability < LEAST:
        clear = word.seen >= SURELY_SEEN and word.letters >= SURELY_LETTERS
        return UNREAD * word.letters if clear else -1.0
    if word.witness is Witness.CRAFT and not _believed(word):
        lines = [other for other in range(len(found)) if found[other].witness is Witness.LINES]
        if not any(overlaps[index, other] > COVERED for other in lines):
            return -1.0
    value = float((word.confidences - LEAST).sum()) - WORD - (SINGLE if len(word.text) == 1 else 0.0)
    if word.witness is Witness.CRAFT:
        value = (value + CRAFT_LEAD * len(word.text)) * min(1.0, word.letters / (FEWEST_LETTERS * len(word.text)))
        value *= 1.0 - CLEARER * (1.0 - word.seen)
    parts = _in_order(_parts_of(index, found, overlaps))
    if len(parts) > 1 and _alike("".join(part.text for part in parts), word.text) >= SAME_TEXT:
        joint = min(_joint(first, second) for first, second in itertools.pairwise(parts))
        value += JOINED * (1 if ADDRESS.search(word.text) else joint)
    return value


def _parts_of(index: int, found: Sequence[FoundWord], overlaps: NDArray[np.float64]) -> list[FoundWord]:
    """The words, apart from each other, that CRAFT saw within a word, as clearly as that; of several views' the most
    telling.
    """
    word = found[index]
    clear = word.seen - AS_CLEAR if word.witness is Witness.CRAFT else 0.0
    within = [
        other
        for other in range(len(found))
        if found[other].witness is Witness.CRAFT
        and found[other].probability >= LEAST
        and found[other].seen >= clear
        and len(found[other].text) < len(word.text)
        and overlaps[other, index] > COVERED
        and overlaps[index, other] < WHOLE
    ]
    parts: list[int] = []
    for other in sorted(within, key=lambda one: -found[one].seen):
        if all(max(overlaps[other, part], overlaps[part, other]) <= CONFLICT for part in parts):
            parts.append(other)
    return [found[part] for part in parts]


def _believed(word: FoundWord) -> bool:
    """Whether CRAFT alone is enough for a word."""
    if SHAPELESS.issuperset(word.text) and len(set(word.text)) < SHAPES:
        return False
    if len(word.text) == 1:
        return word.seen >= SEEN_SINGLE and word.probability >= READ_SINGLE
    if word.letters < BLURRED * len(word.text):
        return False
    return word.seen >= SEEN_ALONE


def _joint(first: FoundWord, second: FoundWord) -> int:
    """1 where two neighbouring parts of a line belong to one word, -1 where a space parts them, 0 where it is open."""
    a, b = (Polygon(part.polygon).buffer(0) for part in (first, second))
    height = min(_thickness(part.polygon) for part in (first, second))
    gap = a.distance(b)
    marks = [end for end in (first.text[-1], second.text[0]) if not end.isalnum()]
    if marks:
        wide = any(unicodedata.east_asian_width(mark) in "WF" for mark in marks)
        return 1 if gap <= (GAP_AT_WIDE_MARK if wide else GAP_AT_MARK) * height else -1
    if a.intersection(b).area > OVERLAP * min(a.area, b.area):  # cut within a letter
        return 1
    return -1 if gap > GAP * height else 0


def _in_order(parts: Sequence[FoundWord]) -> list[FoundWord]:
    """Parts of one line in the direction in which the first of them is read."""
    if len(parts) < 2:
        return list(parts)
    polygon = parts[0].polygon
    half = len(polygon) // 2
    way = polygon[half - 1] + polygon[half] - polygon[0] - polygon[-1]
    return sorted(parts, key=lambda part: float(part.polygon.mean(0) @ way))


def _thickness(polygon: FloatArray) -> float:
    """Height of a line by its area and its outline."""
    around = float(np.linalg.norm(polygon - np.roll(polygon, 1, axis=0), axis=1).sum())
    half, area_ = around / 2, area(polygon)
    return float((half - np.sqrt(max(half**2 - 4 * area_, 0.0))) / 2)


def _overlaps(polygons: Sequence[FloatArray]) -> NDArray[np.float64]:
    """(n, n): the share of the first polygon that lies within the second."""
    count = len(polygons)
    result = np.zeros((count, count))
    bounds = np.array([np.concatenate([p.min(0), p.max(0)]) for p in polygons]).reshape(count, 4)
    for i in range(count):
        near = (bounds[i + 1 :, :2] < bounds[i, 2:]).all(1) & (bounds[i + 1 :, 2:] > bounds[i, :2]).all(1)
        for j in i + 1 + np.flatnonzero(near):
            first, second, shared = shared_areas(polygons[i], polygons[j])
            result[i, j], result[j, i] = shared / max(first, 1e-9), shared / max(second, 1e-9)
    return result


def best_choice(values: Sequence[float], against: NDArray[np.bool_]) -> list[int]:
    """The indices of those that together are worth most, no two of them in conflict. values: of each; <= 0 never stays.

    against: (n, n) bool, the conflicts.
    """
    worth = np.asarray(values, np.float64)
    left = {index for index in range(len(worth)) if worth[index] > 0}
    chosen: list[int] = []
    while left:
        tangle = _tangle(next(iter(left)), left, against)
        left -= tangle
        if len(tangle) <= MOST_EXACT:
            chosen += _exact(frozenset(tangle), worth, against)[1]
        else:
            chosen += _greedy(tangle, worth, against)
    return sorted(chosen)


def _tangle(start: int, left: set[int], against: NDArray[np.bool_]) -> set[int]:
    found, open_ = {start}, [start]
    while open_:
        following = set(np.flatnonzero(against[open_.pop()]).tolist()) & left - found
        found |= following
        open_ += following
    return found


def _exact(nodes: frozenset[int], worth: NDArray[np.float64], against: NDArray[np.bool_]) -> tuple[float, list[int]]:
    if not nodes:
        return 0.0, []
    first = max(nodes, key=lambda node: (sum(bool(against[node, other]) for other in nodes), -node))
    rivals = {node for node in nodes if against[first, node]}
    value, chosen = _exact(nodes - {first} - rivals, worth, against)
    taken = (value + worth[first], [first, *chosen])
    return taken if not rivals else max(taken, _exact(nodes - {first}, worth, against), key=lambda found: found[0])


def _greedy(nodes: set[int], worth: NDArray[np.float64], against: NDArray[np.bool_]) -> list[int]:
    chosen: list[int] = []
    for node in sorted(nodes, key=lambda node: -worth[node]):
        if not any(against[node, other] for other in chosen):
            chosen.append(node)
    return chosen
