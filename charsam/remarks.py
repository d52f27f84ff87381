"""What a person should know of a word that was annotated all the same, in sentences."""

from __future__ import annotations

from charsam.polygon import has_crossing_sides
from charsam.text import characters_of
from charsam.types import AnnotatedWord


def remarks_on(word: AnnotatedWord) -> tuple[str, ...]:
    """A sentence each: on a text that is not what the photo shows, and on a polygon whose points are out of order."""
    if word.ignore:
        return ()
    found = []
    if word.reads and word.reads != word.text:
        more = len(characters_of(word.reads)) - len(characters_of(word.text))
        fault = "lack a letter" if more > 0 else "have a letter too many" if more < 0 else "have a wrong letter"
        found.append(f"its text may {fault}: it reads {word.reads}")
    if has_crossing_sides(word.polygon):
        found.append("the sides of its polygon cross; its points were put in order around the word")
    return tuple(found)
