"""Points that can be trusted: retained cells on which the ink of the photo says what the fonts say.

Fonts agree on where a letter of their own has its strokes; the letter in the photo is another one, in a box that may be
a little off, and SAM takes every click literally. What tells the text of the whole word without a prompt, for which
CBR draws its boxes tight (`Embedding.word_text`), is asked here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from charsam import segmenters
from charsam.cgr.templates import GRID
from charsam.sampling import sample
from charsam.trace import Trace
from charsam.types import BoolArray, FloatArray, GlyphVotes

TEXT: Final = 2.0
GROUND: Final = -3.0
"""The logits of the ink from which on a cell is surely text, and down from which it is surely not."""
AGREEMENT: Final = 0.75
"""How far ink and votes must agree in a character's box for its points to be trusted, where the ink is told by colour
alone. Of the cells that pass otherwise, 14 in 100 are not on text then."""
SURE_OF_TEXT: Final = frozenset({"compact"})
"""The segmenters that tell text from everything else that stands out."""


@dataclass(frozen=True, slots=True, eq=False)
class InkCells:
    """The ink under the cells of a character's box. logits: (GRID, GRID) float32. sure: told by more than colour."""

    logits: FloatArray
    sure: bool


def ink_cells(trace: Trace, word: int, box: FloatArray) -> InkCells | None:
    """The ink in a box of a word; None where nothing tells it."""
    text = None if trace.ink is None else trace.ink.word_text(word)
    if text is None:
        return None
    own = trace.ink is trace.embedding
    return ink_under(text, box, trace.settings.segmenter if own else trace.settings.ink)


def ink_under(text: tuple[FloatArray, float], box: FloatArray, told_by: str) -> InkCells:
    """text: of a word, as `Embedding.word_text` tells it. box: x0, y0, x1, y1 in the word frame."""
    logits, scale = text
    share = (np.arange(GRID, dtype=np.float32) + 0.5) / GRID
    xs, ys = np.meshgrid(box[0] + share * (box[2] - box[0]), box[1] + share * (box[3] - box[1]))
    at = np.stack([xs, ys], -1) * scale - 0.5
    return InkCells(sample(logits, at.astype(np.float32)), segmenters.base_of(told_by) in SURE_OF_TEXT)


def is_trusted(votes: GlyphVotes, ink: InkCells) -> bool:
    """Whether the letter in the photo looks like those of the fonts, as far as the ink can tell."""
    return ink.sure or ink_agreement(votes, ink.logits > 0) >= AGREEMENT


def trusted(ink: InkCells, *, text: bool) -> BoolArray:
    """(GRID, GRID) bool: the cells that the ink surely shows as text, or as ground."""
    return np.asarray(ink.logits > TEXT if text else ink.logits < GROUND, np.bool_)


def ink_agreement(votes: GlyphVotes, ink: BoolArray) -> float:
    """Soft IoU of ink and foreground votes, both (GRID, GRID), as a share of the best that any ink could reach."""
    rates = votes.foreground
    best = _soft_iou(rates, rates > 0.5)
    return _soft_iou(rates, ink) / best if best > 0 else 0.0


def _soft_iou(rates: FloatArray, mask: BoolArray) -> float:
    union = float(mask.sum()) + float(rates[~mask].sum())
    return float(rates[mask].sum()) / union if union > 0 else 0.0
