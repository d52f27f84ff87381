"""The ways in which a character's mask fails, in words: what each looks like, and what mends it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class FailureKind(StrEnum):
    """A kind of failure. The paper's over-segmentation is `FILLED` and its under-segmentation `MISSING`."""

    WRONG_TEXT = "wrong text"
    SHIFTED = "shifted"
    MERGED = "merged letters"
    FILLED = "filled hole"
    SPILLED = "spilled over"
    MISSING = "missing strokes"
    LOW_CONTRAST = "low contrast"


class Explanation(NamedTuple):
    """looks: how it shows. mend: the setting or the correction that mends it. causes: what it typically comes from."""

    looks: str
    mend: str
    causes: str


EXPLANATIONS: Final = MappingProxyType(
    {
        FailureKind.WRONG_TEXT: Explanation(
            "The photo shows another letter than the transcription says.",
            "Correct the word's text (T); only this word is annotated again.",
            "The annotation has a slip, or writes all words in one case (charsam annotate --resolve-case tells which); "
            "or the words were found and read, and the recogniser took one letter for another. Box and points are then "
            "those of a letter that is not there.",
        ),
        FailureKind.SHIFTED: Explanation(
            "The word's polygon, or the box, lies beside its letters.",
            "Drag the corners of the polygon, or the box, onto the letters; only this word is annotated again.",
            "The polygon was drawn for another crop or size of the photo, or in haste. CRAFT then sees half letters, "
            "and the points of the glyphs fall beside the strokes.",
        ),
        FailureKind.MERGED: Explanation(
            "The mask of one character covers its neighbour, too.",
            "Split the box (S) or drag its edge between the two letters; then the text must have both.",
            "Joined script and tight letters: CRAFT sees one region for two letters, and where the watershed finds no "
            "saddle between them, or the annotation has one box for both, one mask takes both.",
        ),
        FailureKind.FILLED: Explanation(
            "The hole of the letter is filled: the paper's over-segmentation.",
            "Right-click the hole with the point tool (P), or choose P_char+pos+neg, which sets points in holes.",
            "Segmenters have seen few masks with holes (the paper names it for SAM); small, blurred or painted-over "
            "counters of bold letters close up.",
        ),
        FailureKind.SPILLED: Explanation(
            "The mask runs over the strokes, onto a shadow, an outline or the ground.",
            "Right-click what does not belong to it (P), erase it (E), or try the other segmenter.",
            "A shadow, an outline, a glow or the side of a raised letter has the letter's colour, or an ornament "
            "touches its strokes.",
        ),
        FailureKind.MISSING: Explanation(
            "Strokes of the letter are missing: the paper's under-segmentation.",
            "Click the missing stroke with the point tool (P), or allow more points of each kind.",
            "Light and shadow split a letter into two colours, a thin stroke lies between the pixels, or something "
            "stands before the letter.",
        ),
        FailureKind.LOW_CONTRAST: Explanation(
            "Letter and ground have nearly the same colour.",
            "Paint the letter with the brush (B), or mark the word as one to ignore (I) where nobody can read it.",
            "Night, glare, and engraved, worn or embossed lettering: the edges that every segmenter goes "
            "by are not there.",
        ),
    }
)


def slug(kind: FailureKind) -> str:
    """What files about a kind are called."""
    return str(kind).replace(" ", "_")
