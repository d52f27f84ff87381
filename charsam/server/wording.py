"""Numbers and results in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from charsam.trace import Stage, Trace
from charsam.types import ImageAnnotation, Word


def seconds(value: float) -> str:
    """A duration with its unit and two significant figures: "41 ms", "0.41 s", "12 s"."""
    if value < 0.0995:
        milliseconds = value * 1000
        return f"{milliseconds:.0f} ms" if milliseconds >= 9.95 else f"{milliseconds:.1f} ms"
    if value < 0.995:
        return f"{value:.2f} s"
    return f"{value:.1f} s" if value < 9.95 else f"{value:.0f} s"


def counted(number: int, noun: str) -> str:
    """ "1 word", "2 words"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def stage_times(trace: Trace, stages: Iterable[Stage]) -> str:
    """How long stages took: "CRAFT regions: 0.41 s · reused"."""
    parts = []
    for stage in stages:
        if stage in trace.reused:
            parts.append(f"{stage.value}: reused")
        elif stage in trace.timings:
            parts.append(f"{stage.value}: {seconds(trace.timings[stage])}")
    return " · ".join(parts)


def summary(annotation: ImageAnnotation, reviews: Mapping[str, str] | None = None) -> str:
    """The result in one sentence: "12 characters, 2 to check". reviews: characters that people decided on, by ref."""
    characters = annotation.characters
    if not characters:
        return "No characters: every word is ignored or empty."
    return f"{counted(len(characters), 'character')}, {doubts(annotation, reviews)}"


def search(found: Sequence[Word], added: int) -> str:
    """What a search for words came to: "5 words found; 2 of them new." added: how many the image did not have."""
    if not found:
        return "To check: no words were found in this photo. Draw those there are."
    unread = sum(not word.text for word in found)
    parts = [f"{counted(len(found), 'word')} found"]
    if added < len(found):
        parts.append(f"{added or 'none'} of them new")
    if unread:
        parts.append(f"{unread} to check: could not be read")
    return "; ".join(parts) + "."


def doubts(annotation: ImageAnnotation, reviews: Mapping[str, str] | None = None) -> str:
    """How many characters a person should look at: "2 to check"."""
    open_ones = sum(
        character.to_check and f"w{index}c{position}" not in (reviews or {})
        for index, word in enumerate(annotation.words)
        for position, character in enumerate(word.characters)
    )
    return f"{open_ones or 'none'} to check"
