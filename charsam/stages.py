"""The stages of a run, one function each: what they are given is the trace so far, what they return is that trace with
their own fields filled. `STEPS` is the table of them; `charsam.pipeline` walks through it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from charsam.cancellation import checked
from charsam.cbr.letter_case import with_case_of
from charsam.cbr.refinement import refine_boxes
from charsam.cbr.regions import region_boxes
from charsam.cbr.tight_boxes import NO_INK, find_ink
from charsam.cbr.word_evidence import WordEvidence
from charsam.cbr.word_frames import frame_words
from charsam.cgr.annotation import annotate_trace
from charsam.cgr.font_weights import with_weighted_votes
from charsam.cgr.prompts import points_of
from charsam.cgr.templates import templates_of
from charsam.checks import usable_words
from charsam.errors import WordsError
from charsam.geometry import frame_key, word_frame
from charsam.models import Models
from charsam.sampling import sample_map
from charsam.segmenters.colour import OUTSIDE
from charsam.settings import Settings
from charsam.text import characters_of
from charsam.trace import Stage, Trace
from charsam.types import BoxSource, CharacterBox, FloatArray, Prompts, Word


@dataclass(frozen=True, slots=True, eq=False)
class RunContext:
    """What a run has besides its trace.

    words: those given; None where they are to be found. found: those that an earlier run has found in the image.
    told: called with the words while they are being found. most_area: see `CharSAM.most_area`.
    """

    models: Models
    words: Sequence[Word] | None
    found: tuple[Word, ...] | None
    told: Callable[[tuple[Word, ...]], None]
    most_area: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the table.

    gives: the fields of the trace that it fills. after: the stages whose results it depends on. same: whether all else
    that it depends on is the same in the trace so far and in an earlier one of the same image.
    """

    stage: Stage
    work: Callable[[RunContext, Trace], Trace]
    gives: tuple[str, ...]
    after: tuple[Stage, ...] = ()
    same: Callable[[RunContext, Trace, Trace], bool] = lambda run, trace, kept: True

    def reused(self, run: RunContext, trace: Trace, kept: Trace) -> Trace | None:
        """The trace with the fields as an earlier run has left them; None where they must be made anew."""
        if self.stage not in kept.timings or not trace.reused.issuperset(self.after) or not self.same(run, trace, kept):
            return None
        return replace(trace, reused=trace.reused | {self.stage}, **{name: getattr(kept, name) for name in self.gives})


def find(run: RunContext, trace: Trace) -> Trace:
    """The words of the image, given or found and read, and those of them that can be worked on."""
    given = tuple(run.words) if run.words is not None else run.found if run.found is not None else _found(run, trace)
    chosen, problems = usable_words(given, trace.image.shape)
    usable = tuple(_with_text(given[index]) for index in chosen)
    if run.most_area is not None:
        _check_area(usable, run.most_area)
    return replace(
        trace,
        given=given,
        words=usable,
        given_index=chosen,
        problems=problems,
        read=tuple(word.text is None or word.text_read for word in usable),
    )


def _found(run: RunContext, trace: Trace) -> tuple[Word, ...]:
    """The words of an image; those that cannot be read have the text "", so that no later stage guesses it."""
    words: tuple[Word, ...] = ()
    for words in run.models.finder.words_as_found(trace.image, run.models.recogniser):
        run.told(words)
    return tuple(word if word.text else replace(word, text="", text_read=True) for word in words)


def _finds_the_same(run: RunContext, trace: Trace, kept: Trace) -> bool:
    if (kept.sought, kept.settings.resolve_case) != (trace.sought, trace.settings.resolve_case):
        return False
    return run.words is None or _same_words(kept.given, run.words)


def read(run: RunContext, trace: Trace) -> Trace:
    """Each word in its frame, its characters aligned with the recogniser's time steps."""
    resolve_case = trace.settings.resolve_case
    framed = frame_words(trace.image, trace.words, run.models.recogniser, resolve_case=resolve_case)
    words = tuple(
        replace(word, text="".join(found.text), text_read=True)
        if word.text is None
        else replace(word, text=with_case_of(word.text, found.text))
        if resolve_case and not word.characters
        else word
        for word, found in zip(trace.words, framed, strict=True)
    )
    silent = tuple(
        f"word {place + 1}: nothing could be read in it; give its text"
        for place, word in zip(trace.given_index, words, strict=True)
        if not word.text
    )
    return replace(
        trace,
        words=words,
        problems=trace.problems + silent,
        frames=tuple(found.frame for found in framed),
        readings=tuple(found.reading for found in framed),
    )


def detect_regions(run: RunContext, trace: Trace) -> Trace:
    """CRAFT on every word's strip (section II-B)."""
    features = _wants_features(run, trace.settings)
    regions = run.models.detector.detect(trace.image, trace.frames, features=features)
    return replace(trace, regions=regions, craft_boxes=tuple(region_boxes(found) for found in regions))


def _wants_features(run: RunContext, settings: Settings) -> bool:
    """Whether the segmenter, or what tells the ink in its stead, needs CRAFT's features."""
    segmenter = run.models.segmenter_of(settings)
    ink = segmenter if segmenter.tells_ink else run.models.segmenter(settings.ink)
    return segmenter.wants_features or ink.wants_features


def _sees_the_same(run: RunContext, trace: Trace, kept: Trace) -> bool:
    """Whatever the words' texts are now. CRAFT's features are kept until the words are encoded."""
    if [*map(frame_key, kept.frames)] != [*map(frame_key, trace.frames)]:
        return False
    features = _wants_features(run, trace.settings)
    return not features or _encodes_the_same(run, trace, kept) or all(found.features for found in kept.regions)


def encode(run: RunContext, trace: Trace) -> Trace:
    """The words as the segmenter sees them, and what tells their text."""
    segmenter = run.models.segmenter_of(trace.settings)
    embedding = segmenter.encode(trace.image, trace.regions)
    ink = (
        embedding
        if segmenter.tells_ink
        else run.models.segmenter(trace.settings.ink).encode(trace.image, trace.regions)
    )
    encoded = tuple(replace(found, features=()) for found in trace.regions)  # most of a trace's memory
    return replace(trace, regions=encoded, ink=ink, embedding=embedding)


def _encodes_the_same(run: RunContext, trace: Trace, kept: Trace) -> bool:
    before, now = kept.settings, trace.settings
    names = ("segmenter", "checkpoint", "precision", "zoom", "careful", "ink")
    same = all(getattr(before, name) == getattr(now, name) for name in names)
    return same and kept.embedding is not None


def refine(run: RunContext, trace: Trace) -> Trace:
    """CBR: a box for every character of the transcription (section II-B)."""
    segmenter = run.models.segmenter_of(trace.settings)
    sought = [index for index, word in enumerate(trace.words) if not word.characters]

    def logits_of(boxes: Sequence[tuple[int, FloatArray]]) -> list[FloatArray]:
        asked = [sought[index] for index, _ in boxes]
        prompts = _box_prompts(asked, [box for _, box in boxes], multimask=trace.settings.multimask)
        answer = segmenter.segment(trace.embedding, prompts)
        return [
            sample_map(found.values, (found.x, found.y), trace.frames[sought[index]], box, OUTSIDE)
            for (index, box), found in zip(boxes, answer.logits, strict=True)
        ]

    evidence = []
    for index in checked(sought):
        text = None if trace.ink is None else trace.ink.word_text(index)
        assert text is not None  # the stage before has seen to it
        ink = find_ink(*text)
        evidence.append(
            WordEvidence(
                trace.regions[index],
                trace.craft_boxes[index],
                characters_of(trace.words[index].text or ""),
                trace.readings[index],
                ink if trace.settings.tight_boxes else NO_INK,
                ink if trace.settings.ink_runs else NO_INK,
            )
        )
    refined = dict(zip(sought, refine_boxes(evidence, run.models.recogniser, logits_of), strict=True))
    boxes = tuple(refined[i] if i in refined else _given_boxes(trace, i) for i in range(len(trace.words)))
    return replace(trace, boxes=boxes)


def _refines_the_same(run: RunContext, trace: Trace, kept: Trace) -> bool:
    before, now = kept.settings, trace.settings
    return (before.tight_boxes, before.ink_runs, before.multimask) == (now.tight_boxes, now.ink_runs, now.multimask)


def vote(run: RunContext, trace: Trace) -> Trace:
    """CGR: the glyph templates of each character's category vote (section II-C)."""
    settings = trace.settings
    templates = templates_of(settings.font_folder)
    votes = tuple(
        tuple(templates.votes(box.category, settings.templates) for box in boxes) for boxes in checked(trace.boxes)
    )
    return replace(trace, votes=votes)


def _votes_the_same(run: RunContext, trace: Trace, kept: Trace) -> bool:
    before, now = kept.settings, trace.settings
    return (before.templates, before.font_folder) == (now.templates, now.font_folder)


def make_masks(run: RunContext, trace: Trace) -> Trace:
    """Points from the votes, and the segmenter's masks for box and points (sections II-C and II-A)."""
    segmenter = run.models.segmenter_of(trace.settings)
    prompted = replace(trace, points=points_of(trace))
    if trace.settings.weighted_votes and trace.settings.prompts.positive:
        prompted = with_weighted_votes(prompted, segmenter)
    return replace(trace, points=prompted.points, annotation=annotate_trace(prompted, segmenter))


STEPS: Final = (
    Step(Stage.FIND, find, ("given", "words", "given_index", "problems", "read"), same=_finds_the_same),
    Step(Stage.READ, read, ("words", "problems", "frames", "readings"), after=(Stage.FIND,)),
    Step(Stage.REGIONS, detect_regions, ("regions", "craft_boxes"), same=_sees_the_same),
    Step(Stage.ENCODE, encode, ("regions", "embedding", "ink"), after=(Stage.REGIONS,), same=_encodes_the_same),
    Step(Stage.SPLIT, refine, ("boxes",), after=(Stage.READ, Stage.ENCODE), same=_refines_the_same),
    Step(Stage.VOTES, vote, ("votes",), after=(Stage.SPLIT,), same=_votes_the_same),
    Step(Stage.MASKS, make_masks, ("points", "annotation"), same=lambda run, trace, kept: False),
)
"""In the order in which they run. Masks are always made anew: they depend on every setting."""


def _box_prompts(words: Sequence[int], boxes: Sequence[FloatArray], *, multimask: bool) -> Prompts:
    count = len(boxes)
    return Prompts(
        np.array(words, np.int64),
        np.stack(boxes).astype(np.float32) if count else np.zeros((0, 4), np.float32),
        np.zeros((count, 0, 2), np.float32),
        np.zeros((count, 0), np.int8),
        multimask=multimask,
    )


def _check_area(words: Sequence[Word], most: float) -> None:
    """Raise WordsError where words together take more than `most` pixels once they are straightened."""
    frames = [word_frame(word.polygon) for word in checked(words)]
    area = sum(frame.width * frame.height for frame in frames)
    if area > most:
        fit = max(1, int(len(words) * most / area))
        raise WordsError(
            f"the {len(words)} words of this image take more memory than a run may (that of about {fit} words); "
            "cut the image into pieces"
        )


def _with_text(word: Word) -> Word:
    """A word whose characters are given without a transcription has theirs."""
    if word.text is None and word.characters:
        return replace(word, text="".join(character.category for character in word.characters))
    return word


def _given_boxes(trace: Trace, index: int) -> tuple[CharacterBox, ...]:
    frame = trace.frames[index]
    boxes = []
    for character in trace.words[index].characters:
        corners = frame.to_frame(character.polygon)
        box = np.concatenate([corners.min(0), corners.max(0)]).astype(np.float32)
        boxes.append(CharacterBox(character.category, box, BoxSource.GIVEN))
    return tuple(boxes)


def _same_words(a: Sequence[Word], b: Sequence[Word]) -> bool:
    return len(a) == len(b) and all(
        x is y
        or (
            (x.text, x.ignore, x.text_read) == (y.text, y.ignore, y.text_read)
            and np.array_equal(x.polygon, y.polygon)
            and len(x.characters) == len(y.characters)
            and all(
                c.category == d.category and np.array_equal(c.polygon, d.polygon)
                for c, d in zip(x.characters, y.characters, strict=True)
            )
        )
        for x, y in zip(a, b, strict=True)
    )
