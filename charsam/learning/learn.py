"""Learning from corrections, from the taught pictures to a learned segmenter that has proved itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

import charsam
from charsam.atomic import write_atomically
from charsam.cgr.annotation import annotate_trace
from charsam.errors import CharsamError
from charsam.learning.doubts import doubtful_from
from charsam.learning.edge import edge_of
from charsam.learning.fit import Step, fit_decoder
from charsam.learning.generated import MIXED_SEED, generated_pictures
from charsam.learning.kept_aside import sampled, set_aside
from charsam.learning.lessons import MOST_VALUES, Lesson, lessons_of
from charsam.learning.reminding import reminded
from charsam.learning.seen import answered, iou, see_each
from charsam.learning.values import TaughtPicture
from charsam.pipeline import CharSAM
from charsam.segmenters.base import Segmenter
from charsam.segmenters.compact import CompactSegmenter, load_compact
from charsam.segmenters.compact_network import CompactNetwork
from charsam.segmenters.learned import LearnedCard, Scores, base_sum, learned_bytes, usable_name
from charsam.types import SUSPICIOUS, CharacterMask

FEWEST_WORDS: Final = 4
MOST_WORDS: Final = 400
"""Words that teach, and of those kept aside; of more, a sample is drawn."""
MIXED, CHECKED = 80, 20
"""Generated pictures that a fit is mixed with, and that it is checked on: small ones of two or three words."""
FEWEST_PICTURES: Final = 4
"""Of either kind, where a learning may take less than SECONDS."""
EACH: Final = 6
"""Lessons of each generated picture: many pictures make a fit forget less than many letters of a few."""
STEPS: Final = 400
SECONDS: Final = 300.0
FITTING: Final = 0.6
"""Share of the seconds for the fit itself."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How far it has come. what: in a few words. share: 0..1 of all of it."""

    what: str
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A learned segmenter with the proof of what it is worth."""

    network: CompactNetwork
    card: LearnedCard

    def segmenter(self) -> CompactSegmenter:
        """Ready for use."""
        made = CompactSegmenter(self.network, edge=self.card.edge)
        made.name = self.card.name
        return made

    def to_bytes(self) -> bytes:
        """Its file."""
        return learned_bytes(self.network, self.card)

    def save(self, path: Path) -> None:
        """Write it, whole or not at all. Raises OSError."""
        with write_atomically(path) as stream:
            stream.write(self.to_bytes())


class Ordinary:
    """What a fit is mixed with: generated ordinary signs. Made when first asked for; several fits may share it.

    pictures: how many.
    """

    def __init__(self, pipeline: CharSAM, pictures: int = MIXED) -> None:
        self._pipeline, self._pictures = pipeline, pictures

    @cached_property
    def lessons(self) -> list[Lesson]:
        """To be mixed with what is taught."""
        rng = np.random.default_rng(MIXED_SEED)
        found: list[Lesson] = []
        for seen in see_each(self._pipeline, generated_pictures(MIXED_SEED, self._pictures)):
            own = lessons_of(seen)
            found += [own[int(index)] for index in rng.permutation(len(own))[:EACH]]
        return _affordable(found)


class TooFew(CharsamError):
    """Too few words teach."""


def learn(
    pictures: Sequence[TaughtPicture],
    *,
    name: str,
    origin: str = "",
    by: str = "",
    aside: Sequence[TaughtPicture] | None = None,
    seconds: float = SECONDS,
    steps: int = STEPS,
    pipeline: CharSAM | None = None,
    ordinary: Ordinary | None = None,
    fewest: int = FEWEST_WORDS,
    told: Callable[[Learning], None] = lambda learning: None,
) -> Learned:
    """Fit `compact`'s decoder to the masks of these pictures, mixed with generated ones, and compare it with before.

    aside: pictures that do not teach, on which it is scored; by default a quarter of those given, or of their words.
    seconds: that it may take, all in all; steps: at most of the fit. ordinary: shared with other fits. fewest: words
    that must teach. told: called now and then. name, origin, by: for its card. Raises TooFew, SettingsError for a name
    that cannot be one, Cancelled.
    """
    started = time.monotonic()
    name = usable_name(name)
    teaching, kept = (list(pictures), list(aside)) if aside is not None else set_aside(pictures)
    words = sum(picture.count() for picture in teaching)
    if words < fewest or not sum(picture.count() for picture in kept):
        raise TooFew(
            f"there are {words + sum(p.count() for p in kept)} words with corrected or accepted masks; at least "
            f"{fewest + 2} are needed, some to learn from and some to check it on"
        )
    pipe = pipeline or CharSAM()
    old = load_compact()
    told(Learning("looking at the corrected words", 0.0))
    lessons, edge, counts = _taught(pipe, old, sampled(teaching, MOST_WORDS), told)
    if not lessons:
        raise TooFew(
            "none of the corrected words can be used: their polygons are too small, or lie outside their images"
        )
    told(Learning("making ordinary signs to go on knowing", 0.15))
    share_of_time = min(seconds / SECONDS, 1.0)
    signs = ordinary or Ordinary(pipe, _scaled(MIXED, share_of_time))
    mixed = signs.lessons
    left = max(seconds * FITTING, 2.0)
    done = 0

    def stepped(step: Step) -> None:
        nonlocal done
        done = step.done
        told(Learning("learning", 0.25 + 0.5 * min(max(step.done / steps, step.seconds / left), 1.0)))

    fitted = fit_decoder(old.network, lessons, mixed, steps=steps, seconds=left, told=stepped)
    told(Learning("checking it on ordinary signs", 0.75))
    network, rounds, check = reminded(
        pipe,
        old,
        fitted,
        lessons,
        mixed,
        pictures=_scaled(CHECKED, share_of_time),
        seconds=seconds,
        told=lambda number: told(Learning("reminding it of ordinary signs", 0.75 + 0.04 * number)),
    )
    new = CompactSegmenter(network, edge=edge)
    told(Learning("comparing it on words kept aside", 0.9))
    score, doubtful = compared(pipe, (old, new), sampled(kept, MOST_WORDS))
    card = LearnedCard(
        name=name,
        origin=origin[:200],
        by=by[:200],
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        base=base_sum(),
        version=charsam.__version__,
        words=words,
        characters=counts[0],
        rejected=counts[1],
        edge=edge,
        doubtful=doubtful,
        reminded=rounds,
        steps=done,
        seconds=round(time.monotonic() - started, 1),
        kept=score,
        check=check,
    )
    told(Learning("done", 1.0))
    return Learned(network, card)


def compared(
    pipeline: CharSAM, both: tuple[Segmenter, Segmenter], pictures: Iterable[TaughtPicture]
) -> tuple[Scores, float]:
    """How well two segmenters that share `compact`'s embedding answer the words of pictures, one before, one after; and
    from which suspicion on a person should look at the answers of the latter.
    """
    single: tuple[list[float], list[float]] = ([], [])
    suspicions: list[float] = []
    pixels = np.zeros((2, 2))
    for seen in see_each(pipeline, pictures):
        for turn, segmenter in enumerate(both):
            found, _ = answered(segmenter, seen)
            for mask, right in zip(found, seen.masks, strict=True):
                if right is not None:
                    single[turn].append(iou(mask, right))
                    pixels[turn] += _counts(mask, right)
        told = annotate_trace(seen.trace, both[1]).characters
        suspicions += [one.suspicion for one, right in zip(told, seen.masks, strict=True) if right is not None]
    if not single[0]:
        return Scores(), SUSPICIOUS
    before, after = (round(float(np.mean(values)), 4) for values in single)
    fg_before, fg_after = (round(float(hits / max(union, 1)), 4) for hits, union in pixels)
    return Scores(len(single[0]), before, after, fg_before, fg_after), doubtful_from(suspicions, single[1])


def _taught(
    pipeline: CharSAM, old: CompactSegmenter, pictures: Sequence[TaughtPicture], told: Callable[[Learning], None]
) -> tuple[list[Lesson], float, tuple[int, int]]:
    """The lessons, the lab's edge, and how many characters teach and how many are rejected."""
    pairs: list[tuple[CharacterMask, CharacterMask, float]] = []
    lessons: list[Lesson] = []
    for number, picture in enumerate(pictures):
        for seen in see_each(pipeline, [picture]):
            lessons += lessons_of(seen)
            found, _ = answered(old, seen)
            pairs += [
                (mask, right, iou(mask, right))
                for mask, right in zip(found, seen.masks, strict=True)
                if right is not None
            ]
        told(Learning("looking at the corrected words", 0.15 * (number + 1) / len(pictures)))
    edge = edge_of(pairs)
    rejected = sum(mask is not None for p in pictures for word in p.words for mask in word.rejected)
    return [lesson.at_edge(edge) for lesson in _affordable(lessons)], edge, (len(pairs), rejected)


def _scaled(count: int, share: float) -> int:
    """So many, or fewer where there is little time, but some."""
    return max(FEWEST_PICTURES, round(count * share))


def _affordable(lessons: list[Lesson]) -> list[Lesson]:
    """As many lessons as memory is meant for, of all words."""
    total = sum(lesson.values for lesson in lessons)
    if total <= MOST_VALUES:
        return lessons
    count = int(len(lessons) * MOST_VALUES / total)
    return [lessons[int(index)] for index in np.random.default_rng(0).permutation(len(lessons))[:count]]


def _counts(mask: CharacterMask, right: CharacterMask) -> tuple[float, float]:
    """Pixels that two masks share, and that either has."""
    together = iou(mask, right)
    union = (mask.area + right.area) / (1 + together)
    return together * union, union
