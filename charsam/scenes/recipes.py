"""What a scene of each kind is drawn from. A new kind is one more `Recipe` here."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from charsam.scenes.layout import Shape
from charsam.scenes.vocabulary import HOLE_WORDS, TIGHT_WORDS

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The conditions of a scene; a span is (lowest, highest), drawn evenly.

    words: to choose from, () for the general vocabulary. count: how many words. signs: most signs in the scene.
    lettering: "any", "script" (joined) or "heavy" (bold faces). shapes: courses of the lines, each equally likely.
    touching: share of lines whose letters close up to the gap `gap`, in ems.
    yaw, pitch, roll: turns of the wall in degrees, with a random sign. steep: share of scenes that are rolled by 15 to
    50 degrees instead. focal: in image widths, short is dramatic.
    contrast: ratio of the letters' to the ground's luminance, 1..21. night: share of scenes at night.
    boards: share of signs that are boards, the others stand on the wall itself. plain: no effects but paint.
    bend: swept angle of arcs in radians. leading: room between the lines of a sign, in ems.
    hard: the rarer difficulties too: hollow and chalked letters, colours that change along a word, glare on the text,
    and things before it.
    """

    words: tuple[str, ...] = ()
    count: tuple[int, int] = (2, 6)
    signs: int = 3
    lettering: str = "any"
    shapes: tuple[Shape, ...] = (*(Shape.STRAIGHT,) * 9, Shape.ARC, Shape.ARC, Shape.ARCH, Shape.WAVE, Shape.STACKED)
    touching: float = 0.15
    gap: Span = (-0.045, 0.01)
    yaw: Span = (0, 28)
    pitch: Span = (0, 14)
    roll: Span = (0, 7)
    steep: float = 0.0
    focal: Span = (1.1, 3.0)
    contrast: Span = (2.6, 21)
    night: float = 0.15
    boards: float = 0.65
    plain: bool = False
    bend: Span = (0.5, 2.0)
    leading: Span = (0.18, 0.5)
    hard: bool = False


KINDS = MappingProxyType(
    {
        "tight": Recipe(
            words=TIGHT_WORDS, count=(2, 2), signs=1, lettering="heavy", shapes=(Shape.STRAIGHT,), touching=1.0,
            gap=(-0.035, -0.012), yaw=(4, 14), pitch=(0, 6), roll=(0, 3), night=0.0, contrast=(5, 21),
        ),
        "rotated": Recipe(
            count=(3, 4), signs=1, shapes=(Shape.STRAIGHT,), touching=0.0, yaw=(28, 42), pitch=(10, 20),
            roll=(14, 28), focal=(0.9, 1.2), night=0.0, boards=1.0, contrast=(5, 21), lettering="heavy",
        ),
        "curved": Recipe(
            count=(2, 3), signs=1, shapes=(Shape.ARC,), touching=0.0, yaw=(0, 12), pitch=(0, 8), night=0.0,
            contrast=(4, 21), bend=(1.0, 1.9),
        ),
        "dark": Recipe(
            count=(2, 3), signs=1, shapes=(Shape.STRAIGHT,), touching=0.0, yaw=(8, 22), contrast=(1.7, 2.4), night=1.0,
            boards=1.0, plain=True,
        ),
        "holes": Recipe(
            words=HOLE_WORDS, count=(2, 3), signs=1, lettering="heavy", shapes=(Shape.STRAIGHT,), touching=0.0,
            yaw=(4, 16), night=0.0, contrast=(4, 21),
        ),
        "script": Recipe(
            count=(2, 3), signs=1, lettering="script", shapes=(Shape.STRAIGHT,), touching=1.0, gap=(-0.02, -0.005),
            yaw=(2, 14), night=0.0, contrast=(4, 21),
        ),
        "plain": Recipe(
            count=(2, 3), signs=1, touching=0.05, plain=True, steep=0.03, night=0.1,
        ),
        "hard": Recipe(
            count=(2, 8), steep=0.08, touching=0.25, contrast=(1.9, 21), boards=0.5, leading=(0.03, 0.4), hard=True,
        ),
    }
)  # fmt: skip
"""The named kinds of scene."""

MIXTURE = Recipe(steep=0.08)
"""A scene of no named kind: any of the conditions."""
