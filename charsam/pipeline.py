"""The paper from top to bottom: the words of a photo in, the masks of every character out, stage by stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from charsam import segmenters
from charsam.cancellation import cancellable, checkpoint
from charsam.errors import Cancelled
from charsam.models import Models
from charsam.segmenters.base import Embedding, Segmenter
from charsam.trace import Settings, Stage, Trace
from charsam.types import ImageArray, Word, WordFrame, WordRegions

OnStage = Callable[[Stage, Trace], None]


class CharSAM:
    """Char-SAM with its models, loaded once and shared by any number of threads; it keeps nothing between calls."""

    def __init__(self) -> None:
        self.most_area: float | None = None
        """Pixels of all straightened words of one run, for each of which it takes about a kilobyte of memory; it raises
        WordsError before it takes more. None: as many as there are."""
        self.models = Models()

    @property
    def ready(self) -> bool:
        """Whether the models that every run needs are loaded."""
        return self.models.ready

    def load(self, on_progress: Callable[[str], None] = lambda text: None) -> None:
        """Load the models that every run needs; returns at once where they are loaded already.

        on_progress is called with what is being loaded. Raises WeightsError where weights are missing or damaged.
        """
        self.models.load(on_progress)

    def segmenter(self, name: str) -> Segmenter:
        """The segmenter of that name, loaded once. Raises SettingsError or WeightsError where it cannot be used."""
        return self.models.segmenter(name)

    def find_words(self, image: ImageArray) -> tuple[Word, ...]:
        """The words of an (H, W, 3) uint8 RGB image, found and read (paper: they are given by a dataset)."""
        *_, words = self.words_as_found(image)
        return words

    def words_as_found(self, image: ImageArray) -> Iterator[tuple[Word, ...]]:
        """The same while it is being found: all words known so far, two or three times, the result at last."""
        yield from self.models.finder.words_as_found(image, self.models.recogniser)

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
        segmenters.check(settings.segmenter, settings.checkpoint)
        from charsam.stages import (  # with PyTorch and all models' modules, which take seconds to import
            STEPS,
            RunContext,
        )

        kept = previous if previous is not None and _same_image(previous.image, image) else None
        seen = kept.given if kept is not None and kept.sought else None
        given = RunContext(self.models, words, seen, found or (lambda words: None), self.most_area)
        trace = Trace(image, settings, sought=words is None)
        for step in STEPS:
            if cancelled is not None and cancelled():
                raise Cancelled(f"stopped before the stage: {step.stage}")
            start = time.perf_counter()
            with cancellable(cancelled):
                checkpoint()
                trace = (step.reused(given, trace, kept) if kept is not None else None) or step.work(given, trace)
            trace = replace(trace, timings={**trace.timings, step.stage: time.perf_counter() - start})
            if trace.annotation is not None:
                timings = {str(name): seconds for name, seconds in trace.timings.items()}
                trace = replace(trace, annotation=replace(trace.annotation, timings=timings))
            yield step.stage, trace
            if step.stage is until:
                return

    def encode(
        self, image: ImageArray, frame: WordFrame, segmenter: str, *, careful: bool = False
    ) -> tuple[WordRegions, Embedding]:
        """One word of an (H, W, 3) uint8 RGB image: its CRAFT regions, and how that segmenter encodes it; prompts refer
        to it as word 0.
        """
        chosen = self.models.segmenter_of(Settings(segmenter=segmenter, careful=careful))
        if chosen.wants_regions:
            (regions,) = self.models.detector.detect(image, [frame], features=chosen.wants_features)
        else:
            nothing = np.zeros((0, 0), np.float32)
            regions = WordRegions(frame, np.zeros((0, 0, 3), np.uint8), nothing, nothing)
        return regions, chosen.encode(image, [regions])


def _same_image(a: ImageArray, b: ImageArray) -> bool:
    return a is b or (a.shape == b.shape and bool((a == b).all()))
