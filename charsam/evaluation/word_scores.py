"""Word detection and end-to-end scores by the conventions of ICDAR 2015 and Total-Text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from charsam.finding.overlap import ious, shared_areas
from charsam.types import FloatArray, Word

MATCH = 0.5
"""IoU from which on a found word is a true one."""
IGNORED = 0.5
"""A found word of which so much lies on one that is to be ignored takes part in no score (ICDAR 2015, Total-Text)."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Counts of one image, or sums over images.

    true: words to be found; found: words found, but for those on ignored ones; matched: pairs of both with IoU >= 0.5.
    texts: true words whose transcription is known; read: those of them that were matched and read right, letter by
    letter; read_folded: the same with case ignored.
    """

    true: int = 0
    found: int = 0
    matched: int = 0
    texts: int = 0
    read: int = 0
    read_folded: int = 0

    def __add__(self, other: WordCounts) -> WordCounts:
        return WordCounts(
            self.true + other.true,
            self.found + other.found,
            self.matched + other.matched,
            self.texts + other.texts,
            self.read + other.read,
            self.read_folded + other.read_folded,
        )

    @property
    def recall(self) -> float:
        """Share of the true words that were found; nan where there are none."""
        return _share(self.matched, self.true)

    @property
    def precision(self) -> float:
        """Share of the found words that are true ones; nan where none were found."""
        return _share(self.matched, self.found)

    @property
    def f_score(self) -> float:
        """Harmonic mean of both: 2 matched / (true + found); nan where there is nothing to find and nothing found."""
        return _share(2 * self.matched, self.true + self.found)

    @property
    def accuracy(self) -> float:
        """Share of the true words with a known transcription that were found and read, case kept."""
        return _share(self.read, self.texts)

    @property
    def accuracy_folded(self) -> float:
        """The same with case ignored."""
        return _share(self.read_folded, self.texts)


def count_words(true: Sequence[Word], found: Sequence[Word]) -> WordCounts:
    """Compare the words found in an image with its true ones; each belongs to at most one of the other side."""
    matches, dropped = match_words(true, found)
    sought = [word for word in true if not word.ignore]
    pairs = [(true[i].text, found[j].text) for i, j in matches if true[i].text is not None]
    return WordCounts(
        true=len(sought),
        found=len(found) - len(dropped),
        matched=len(matches),
        texts=sum(word.text is not None for word in sought),
        read=sum(_composed(a) == _composed(b) for a, b in pairs),
        read_folded=sum(_composed(a).casefold() == _composed(b).casefold() for a, b in pairs),
    )


def match_words(true: Sequence[Word], found: Sequence[Word]) -> tuple[list[tuple[int, int]], set[int]]:
    """Pairs of indices of true and found words with IoU >= 0.5, the best first; and the found words to be left out.

    A found word is left out where it belongs to no true word and at least half of it lies on an ignored one.
    """
    sought = [index for index, word in enumerate(true) if not word.ignore]
    table = ious([true[index].polygon for index in sought], [word.polygon for word in found])
    matches: list[tuple[int, int]] = []
    while table.size and table.max() >= MATCH:
        row, column = np.unravel_index(int(table.argmax()), table.shape)
        matches.append((sought[int(row)], int(column)))
        table[row], table[:, column] = 0.0, 0.0
    taken = {column for _, column in matches}
    ignored = [word.polygon for word in true if word.ignore]
    dropped = {
        index
        for index, word in enumerate(found)
        if index not in taken and any(_on(word.polygon, polygon) >= IGNORED for polygon in ignored)
    }
    return matches, dropped


def _on(polygon: FloatArray, other: FloatArray) -> float:
    """Share of a polygon that lies on another."""
    own, _, shared = shared_areas(polygon, other)
    return shared / max(own, 1e-9)


def _composed(text: str | None) -> str:
    """A transcription for comparison: compatible forms made one, white space left out."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
