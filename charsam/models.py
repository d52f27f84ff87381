"""The models of a run: CRAFT, the recogniser, the word finder and the segmenters, each loaded when first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from charsam import segmenters
from charsam.segmenters import Precision
from charsam.segmenters.base import Segmenter
from charsam.trace import Settings

if TYPE_CHECKING:  # the models' own modules take seconds to import
    from charsam.cbr.recogniser import Recogniser
    from charsam.cbr.regions import RegionDetector
    from charsam.finding.finder import WordFinder


class Models:
    """Shared by any number of threads. Each of them raises WeightsError where its weights are missing or damaged."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._segmenters: dict[tuple[str, Path | None, Precision], Segmenter] = {}
        self._recogniser: Recogniser | None = None
        self._detector: RegionDetector | None = None
        self._finder: WordFinder | None = None

    @property
    def ready(self) -> bool:
        """Whether the models that every run needs are loaded."""
        return self._recogniser is not None and self._detector is not None

    def load(self, on_progress: Callable[[str], None]) -> None:
        """Load the models that every run needs. on_progress is called with what is being loaded."""
        with self._lock:
            if self._detector is None:
                on_progress("CRAFT")
            _ = self.detector
            if self._recogniser is None:
                on_progress("the text recogniser")
            _ = self.recogniser

    @property
    def detector(self) -> RegionDetector:
        """CRAFT."""
        with self._lock:
            if self._detector is None:
                from charsam.cbr.regions import shared_detector

                self._detector = shared_detector()
            return self._detector

    @property
    def recogniser(self) -> Recogniser:
        """What reads words and characters."""
        with self._lock:
            if self._recogniser is None:
                from charsam.cbr.recogniser import Recogniser

                self._recogniser = Recogniser()
            return self._recogniser

    @property
    def finder(self) -> WordFinder:
        """What finds words in photos that come without."""
        with self._lock:
            if self._finder is None:
                from charsam.finding.finder import WordFinder

                self._finder = WordFinder(self.detector)
            return self._finder

    def segmenter(self, name: str, checkpoint: Path | None = None, precision: Precision = Precision.AUTO) -> Segmenter:
        """The segmenter of that name, or of a checkpoint of the user's own. Raises SettingsError for an unknown one."""
        key = (name, checkpoint, precision)
        with self._lock:
            if key not in self._segmenters:
                self._segmenters[key] = segmenters.load(name, checkpoint, precision)
            return self._segmenters[key]

    def segmenter_of(self, settings: Settings) -> Segmenter:
        """The segmenter of a run, as its settings want it."""
        chosen = self.segmenter(settings.segmenter, settings.checkpoint, settings.precision)
        return chosen.adapted(careful=settings.careful, zoom=settings.zoom)
