"""What a batch run writes down of each image, and how it adds up."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from charsam.datasets.base import Fault
from charsam.runs.task import RunError
from charsam.types import ImageAnnotation

BINS: Final = 10
"""Bars of the histogram of suspicions, each a tenth wide."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was made of one image, or of many.

    words: all that are annotated. ignored: of them those that are illegible or "don't care". unusable: those that could
    not be worked on. read: those that had no transcription and were read. without_votes: those with characters for
    which no font votes (not Latin); their masks are made from boxes, without points.
    characters: those with a mask of their own; of them to_check are for a person to look at, and
    characters_without_votes had no votes. suspicion: how many characters have a suspicion of 0 to 0.1, 0.1 to 0.2, ….
    """

    words: int = 0
    ignored: int = 0
    unusable: int = 0
    read: int = 0
    without_votes: int = 0
    characters: int = 0
    to_check: int = 0
    characters_without_votes: int = 0
    suspicion: tuple[int, ...] = (0,) * BINS

    def __add__(self, other: Counts) -> Counts:
        sums = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in fields(self)
            if field.name != "suspicion"
        }
        bars = tuple(a + b for a, b in zip(self.suspicion, other.suspicion, strict=True))
        return Counts(**sums, suspicion=bars)


def count(annotation: ImageAnnotation) -> Counts:
    """The counts of one annotated image."""
    characters = annotation.characters
    bars = [0] * BINS
    for character in characters:
        bars[min(max(int(character.suspicion * BINS), 0), BINS - 1)] += 1
    return Counts(
        words=len(annotation.words),
        ignored=sum(word.ignore for word in annotation.words),
        unusable=len(annotation.problems),
        read=sum(word.text_read for word in annotation.words),
        without_votes=sum(any(c.glyph_agreement is None for c in word.characters) for word in annotation.words),
        characters=len(characters),
        to_check=sum(character.to_check for character in characters),
        characters_without_votes=sum(character.glyph_agreement is None for character in characters),
        suspicion=tuple(bars),
    )


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One image of the run.

    index: its place in the dataset. name: what its files are called. failure: why there are no masks; None where there
    are. masks: the files with its masks, below the results' folder. problems: a sentence for each word that could not
    be worked on. faults: what the dataset's reader skipped of it.
    """

    index: int
    name: str
    failure: str | None = None
    masks: tuple[str, ...] = ()
    counts: Counts = Counts()
    problems: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def to_line(self) -> bytes:
        """One line of JSON, without its end."""
        return json.dumps(asdict(self), ensure_ascii=True).encode()

    @classmethod
    def from_line(cls, line: bytes) -> BatchRow:
        """Raises RunError where the line is damaged."""
        try:
            values: dict[str, Any] = json.loads(line)
            counts = values.pop("counts")
            bars, faults = tuple(counts.pop("suspicion")), values.pop("faults")
            return cls(
                masks=tuple(values.pop("masks")),
                problems=tuple(values.pop("problems")),
                counts=Counts(**counts, suspicion=bars),
                faults=tuple(Fault(**fault) for fault in faults),
                **values,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"not the row of an image: {error}") from error
