"""The paper from top to bottom: the words of a photo in, the masks of every character out, one method a stage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from charsam import segmenters
from charsam.cancelling import cancellable, checked, checkpoint
from charsam.checks import usable_words
from charsam.errors import Cancelled, WordsError
from charsam.geometry import frame_key, word_frame
from charsam.segmenters.base import Embedding, Segmenter
from charsam.text import characters_of
from charsam.trace import Settings, Stage, Trace
from charsam.types import (
    BoxSource,
    CharacterBox,
    FloatArray,
    ImageArray,
    Prompts,
    Word,
    WordFrame,
    WordRegions,
)

if TYPE_CHECKING:  # the models' own modules take seconds to import, so they are imported when first needed
    from charsam.cbr.reading import Recogniser
    from charsam.cbr.regions import RegionDetector
    from charsam.finding.finder import WordFinder

OnStage = Callable[[Stage, Trace], None]


class CharSAM:
    """Char-SAM with its models, loaded once and shared by any number of threads; it keeps nothing between calls."""

    def __init__(self) -> None:
        self.most_area: float | None = None
        """Pixels of all straightened words of one run, for each of which it takes about a kilobyte of memory; it raises
        WordsError before it takes more. None: as many as there are."""
        self._lock = threading.Lock()
        self._segmenters: dict[str, Segmenter] = {}
        self._recogniser: Recogniser | None = None
        self._detector: RegionDetector | None = None
        self._finder: WordFinder | None = None

    @property
    def ready(self) -> bool:
        """Whether the models that every run needs are loaded."""
        return self._recogniser is not None and self._detector is not None

    def load(self, on_progress: Callable[[str], None] | None = None) -> None:
        """Load the models that every run needs; returns at once where they are loaded already.

        on_progress is called with what is being loaded. Raises WeightsError where weights are missing or damaged.
        """
        say = on_progress or (lambda text: None)
        with self._lock:
            if self._detector is None:
                say("CRAFT")
                from charsam.cbr.regions import shared_detector

                self._detector = shared_detector()
            if self._recogniser is None:
                say("the text recogniser")
                from charsam.cbr.reading import Recogniser

                self._recogniser = Recogniser()

    def find_words(self, image: ImageArray) -> tuple[Word, ...]:
        """The words of an (H, W, 3) uint8 RGB image, found and read (paper: they are given by a dataset)."""
        *_, words = self.words_as_found(image)
        return words

    def words_as_found(self, image: ImageArray) -> Iterator[tuple[Word, ...]]:
        """The same while it is being found: all words known so far, two or three times, the result at last."""
        recogniser, detector = self._models()
        with self._lock:
            if self._finder is None:
                from charsam.finding.finder import WordFinder

                self._finder = WordFinder(detector)
        yield from self._finder.words_as_found(image, recogniser)

    def run(
        self,
        image: ImageArray,
        words: Sequence[Word] | None = None,
        settings: Settings | None = None,
        *,
        previous: Trace | None = None,
        on_stage: OnStage | None = None,
        cancelled: Callable[[], bool] | None = None,
        until: Stage = Stage.MASKS,
    ) -> Trace:
        """Annotate one image: the last trace of `stages`. on_stage is called with every one of them."""
        trace = Trace(image, settings or Settings())
        for stage, trace in self.stages(image, words, settings, previous=previous, cancelled=cancelled, until=until):
            if on_stage is not None:
                on_stage(stage, trace)
        return trace

    def stages(
        self,
        image: ImageArray,
        words: Sequence[Word] | None = None,
        settings: Settings | None = None,
        *,
        previous: Trace | None = None,
        cancelled: Callable[[], bool] | None = None,
        until: Stage = Stage.MASKS,
        found: Callable[[tuple[Word, ...]], None] | None = None,
    ) -> Iterator[tuple[Stage, Trace]]:
        """Annotate one image, stage by stage: each with the trace so far, as soon as it has ended.

        image: (H, W, 3) uint8 RGB. words: None to have them found and read. previous: the trace of an earlier run,
        whose stages are reused where nothing they depend on has changed. cancelled is asked again and again. until:
        the last stage to run. found: told the words that are being found, as `words_as_found` yields them.
        Raises SettingsError and WeightsError for what cannot be run, Cancelled when asked to stop.
        """
        settings = settings or Settings()
        segmenters.check(settings.segmenter)
        kept = previous if previous is not None and _same_image(previous.image, image) else None
        trace = Trace(image, settings)
        table = (
            (Stage.FIND, lambda t: self._find(t, words, kept, found)),
            (Stage.READ, lambda t: self._read(t, kept)),
            (Stage.REGIONS, lambda t: self._detect_regions(t, kept)),
            (Stage.ENCODE, lambda t: self._encode(t, kept)),
            (Stage.SPLIT, lambda t: self._refine_boxes(t, kept)),
            (Stage.VOTES, lambda t: self._vote(t, kept)),
            (Stage.MASKS, self._make_masks),
        )
        for stage, work in table:
            if cancelled is not None and cancelled():
                raise Cancelled(f"stopped before the stage: {stage}")
            start = time.perf_counter()
            with cancellable(cancelled):
                checkpoint()
                trace = work(trace)
            trace = replace(trace, timings={**trace.timings, stage: time.perf_counter() - start})
            if stage is Stage.MASKS and trace.annotation is not None:
                timings = {str(name): seconds for name, seconds in trace.timings.items()}
                trace = replace(trace, annotation=replace(trace.annotation, timings=timings))
            yield stage, trace
            if stage is until:
                return

    def encode(
        self, image: ImageArray, frame: WordFrame, segmenter: str, *, careful: bool = False
    ) -> tuple[WordRegions, Embedding]:
        """One word of an (H, W, 3) uint8 RGB image: its CRAFT regions, and how that segmenter encodes it; prompts refer
        to it as word 0.
        """
        chosen = self._segmenter_of(Settings(segmenter=segmenter, careful=careful))
        if segmenter in segmenters.SAM_NAMES:  # encodes the image; of the word it wants the frame only
            nothing = np.zeros((0, 0), np.float32)
            regions = WordRegions(frame, np.zeros((0, 0, 3), np.uint8), nothing, nothing)
        else:
            _, detector = self._models()
            (regions,) = detector.detect(image, [frame], features=chosen.wants_features)
        return regions, chosen.encode(image, [regions])

    def _find(
        self,
        trace: Trace,
        words: Sequence[Word] | None,
        kept: Trace | None,
        told: Callable[[tuple[Word, ...]], None] | None,
    ) -> Trace:
        sought = words is None
        trace = replace(trace, sought=sought)
        kept = kept if kept is not None and kept.sought == sought else None
        found = () if words is not None else kept.given if kept is not None else self._found(trace.image, told)
        given = tuple(words) if words is not None else found
        same_case = kept is not None and kept.settings.resolve_case == trace.settings.resolve_case
        if kept is not None and same_case and _same_words(kept.given, given):
            return replace(
                trace,
                given=kept.given,
                words=kept.words,
                given_index=kept.given_index,
                problems=kept.problems,
                read=kept.read,
                reused=trace.reused | {Stage.FIND},
            )
        chosen, problems = usable_words(given, trace.image.shape)
        usable = tuple(_with_text(given[index]) for index in chosen)
        if self.most_area is not None:
            _check_area(usable, self.most_area)
        return replace(
            trace,
            given=given,
            words=usable,
            given_index=chosen,
            problems=problems,
            read=tuple(word.text is None or word.text_read for word in usable),
        )

    def _found(self, image: ImageArray, told: Callable[[tuple[Word, ...]], None] | None) -> tuple[Word, ...]:
        """The words of an image; those that cannot be read have the text "", so that no later stage guesses it."""
        words: tuple[Word, ...] = ()
        for words in self.words_as_found(image):
            if told is not None:
                told(words)
        return tuple(word if word.text else replace(word, text="", text_read=True) for word in words)

    def _read(self, trace: Trace, kept: Trace | None) -> Trace:
        """Each word in its frame, its characters aligned with the recogniser's time steps."""
        if kept is not None and Stage.FIND in trace.reused and len(kept.readings) == len(trace.words):
            return replace(
                trace,
                frames=kept.frames,
                readings=kept.readings,
                words=kept.words,
                problems=kept.problems,
                reused=trace.reused | {Stage.READ},
            )
        from charsam.cbr.casing import with_case_of
        from charsam.cbr.framing import frame_words

        recogniser, _ = self._models()
        resolve_case = trace.settings.resolve_case
        framed = frame_words(trace.image, trace.words, recogniser, resolve_case=resolve_case)
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

    def _detect_regions(self, trace: Trace, kept: Trace | None) -> Trace:
        """CRAFT on every word's strip (section II-B)."""
        features = self.segmenter(trace.settings.segmenter).wants_features
        if (
            kept is not None
            and len(kept.regions) == len(trace.words)
            and [*map(frame_key, kept.frames)] == [*map(frame_key, trace.frames)]  # whatever the texts are now
            and (_is_encoded(kept, trace) or all(found.features or not features for found in kept.regions))
        ):
            return replace(
                trace, regions=kept.regions, craft_boxes=kept.craft_boxes, reused=trace.reused | {Stage.REGIONS}
            )
        from charsam.cbr.regions import region_boxes

        _, detector = self._models()
        regions = detector.detect(trace.image, trace.frames, features=features)
        return replace(trace, regions=regions, craft_boxes=tuple(region_boxes(found) for found in regions))

    def _encode(self, trace: Trace, kept: Trace | None) -> Trace:
        if kept is not None and Stage.REGIONS in trace.reused and _is_encoded(kept, trace):
            return replace(trace, embedding=kept.embedding, ink=kept.ink, reused=trace.reused | {Stage.ENCODE})
        from charsam.segmenters.word_text import tells_text

        embedding = self._segmenter_of(trace.settings).encode(trace.image, trace.regions)
        told = tells_text(embedding)
        ink = embedding if told else self.segmenter("colour").encode(trace.image, trace.regions)
        encoded = tuple(replace(found, features=()) for found in trace.regions)  # most of a trace's memory
        return replace(trace, regions=encoded, ink=ink, embedding=embedding)

    def _refine_boxes(self, trace: Trace, kept: Trace | None) -> Trace:
        """CBR: a box for every character of the transcription (section II-B)."""
        if kept is not None and {Stage.READ, Stage.ENCODE} <= trace.reused and len(kept.boxes) == len(trace.words):
            return replace(trace, boxes=kept.boxes, reused=trace.reused | {Stage.SPLIT})
        from charsam.cbr.refinement import WordEvidence, refine_boxes
        from charsam.cbr.tightening import find_ink
        from charsam.geometry import sample_map
        from charsam.segmenters.colour import OUTSIDE
        from charsam.segmenters.word_text import word_text

        recogniser, _ = self._models()
        segmenter = self._segmenter_of(trace.settings)
        sought = [index for index, word in enumerate(trace.words) if not word.characters]

        def logits_of(boxes: Sequence[tuple[int, FloatArray]]) -> list[FloatArray]:
            prompts = _box_prompts([sought[index] for index, _ in boxes], [box for _, box in boxes])
            answer = segmenter.segment(trace.embedding, prompts)
            return [
                sample_map(found.values, (found.x, found.y), trace.frames[sought[index]], box, OUTSIDE)
                for (index, box), found in zip(boxes, answer.logits, strict=True)
            ]

        evidence = []
        for index in checked(sought):
            evidence.append(
                WordEvidence(
                    trace.regions[index],
                    trace.craft_boxes[index],
                    characters_of(trace.words[index].text or ""),
                    trace.readings[index],
                    find_ink(*word_text(trace.ink, index)),
                )
            )
        refined = dict(zip(sought, refine_boxes(evidence, recogniser, logits_of), strict=True))
        boxes = tuple(refined[i] if i in refined else _given_boxes(trace, i) for i in range(len(trace.words)))
        return replace(trace, boxes=boxes)

    def _vote(self, trace: Trace, kept: Trace | None) -> Trace:
        """CGR: the glyph templates of each character's category vote (section II-C)."""
        settings = trace.settings
        if (
            kept is not None
            and Stage.SPLIT in trace.reused
            and len(kept.votes) == len(trace.words)
            and (kept.settings.templates, kept.settings.font_folder) == (settings.templates, settings.font_folder)
        ):
            return replace(trace, votes=kept.votes, reused=trace.reused | {Stage.VOTES})
        from charsam.cgr.templates import templates_of

        templates = templates_of(settings.font_folder)
        votes = tuple(
            tuple(templates.votes(box.category, settings.templates) for box in boxes) for boxes in checked(trace.boxes)
        )
        return replace(trace, votes=votes)

    def _make_masks(self, trace: Trace) -> Trace:
        """Points from the votes, and the segmenter's masks for box and points (sections II-C and II-A)."""
        from charsam.cgr.annotating import annotate_trace
        from charsam.cgr.prompts import points_of
        from charsam.cgr.weighting import with_weighted_votes

        segmenter = self._segmenter_of(trace.settings)
        prompted = replace(trace, points=points_of(trace.votes, trace.boxes, trace.settings))
        if trace.settings.weighted_votes and trace.settings.prompts.positive:
            prompted = with_weighted_votes(prompted, segmenter)
        return replace(trace, points=prompted.points, annotation=annotate_trace(prompted, segmenter))

    def _models(self) -> tuple[Recogniser, RegionDetector]:
        self.load()
        assert self._recogniser is not None
        assert self._detector is not None
        return self._recogniser, self._detector

    def _segmenter_of(self, settings: Settings) -> Segmenter:
        """The segmenter of a run, where asked for SAM with its zoomed crops or `compact` with all its strips."""
        chosen = self.segmenter(settings.segmenter)
        if settings.careful and settings.segmenter == "compact":
            from charsam.segmenters.compact import CompactSegmenter

            assert isinstance(chosen, CompactSegmenter)
            return chosen.careful()
        if settings.zoom and settings.segmenter in segmenters.SAM_NAMES:
            from charsam.segmenters.sam import SamSegmenter
            from charsam.segmenters.zoom import ZoomedSam

            assert isinstance(chosen, SamSegmenter)
            return ZoomedSam(chosen)
        return chosen

    def segmenter(self, name: str) -> Segmenter:
        """The segmenter of that name, loaded once. Raises SettingsError or WeightsError where it cannot be used."""
        with self._lock:
            if name not in self._segmenters:
                self._segmenters[name] = segmenters.load(name)
            return self._segmenters[name]


def _encoded_by(settings: Settings) -> tuple[str, bool, bool]:
    """The settings that an embedding depends on."""
    return settings.segmenter, settings.zoom, settings.careful


def _is_encoded(kept: Trace, trace: Trace) -> bool:
    """Whether an earlier trace has the embedding that this one would make of the same regions."""
    return kept.embedding is not None and _encoded_by(kept.settings) == _encoded_by(trace.settings)


def _box_prompts(words: Sequence[int], boxes: Sequence[FloatArray]) -> Prompts:
    count = len(boxes)
    return Prompts(
        np.array(words, np.int64),
        np.stack(boxes).astype(np.float32) if count else np.zeros((0, 4), np.float32),
        np.zeros((count, 0, 2), np.float32),
        np.zeros((count, 0), np.int8),
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


def _same_image(a: ImageArray, b: ImageArray) -> bool:
    return a is b or (a.shape == b.shape and bool((a == b).all()))


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
