"""Inspection over a workspace: traces, findings and dropped truths of images, kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from charsam.editing.conversion import to_annotation, to_words
from charsam.editing.state import Document
from charsam.errors import EditError, SettingsError
from charsam.inspection.findings import WordFinding, inspect_image
from charsam.inspection.sheets import Sheet, make_sheet
from charsam.inspection.story import tell_story
from charsam.inspection.truth_files import TruthFile, read_truth_file
from charsam.server import story_values
from charsam.server.access import Caller
from charsam.server.image_service import ImageService, checked_settings
from charsam.trace import Settings, Trace
from charsam.types import ImageArray, PromptMode
from charsam.workspace.errors import NotFound
from charsam.workspace.values import ImageRow

MOST_TRACES: Final = 6
MOST_FINDINGS: Final = 24
MOST_SHEETS: Final = 600
MOST_TRUTHS: Final = 60

Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """The newest values by their keys; the ones not asked for longest go. Safe for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Any, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> Kept | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Any, value: Kept) -> Kept:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value


class Inspector:
    """What the routes of inspection ask; every answer is about the newest document of an image."""

    def __init__(self, service: ImageService) -> None:
        self.service = service
        self._traces: Shelf[Trace] = Shelf(MOST_TRACES)
        self._findings: Shelf[tuple[WordFinding, ...]] = Shelf(MOST_FINDINGS)
        self._sheets: Shelf[Sheet] = Shelf(MOST_SHEETS)
        self._truths: Shelf[TruthFile] = Shelf(MOST_TRUTHS)

    def story(self, caller: Caller, image_id: str, word: int, index: int, settings: Settings) -> dict[str, Any]:
        """The story of one character, by its place in the document. Raises SettingsError where there is none."""
        row, image, document, seq = self._opened(caller, image_id)
        trace = self.trace(caller, row, image, document, seq, settings)
        if word not in trace.given_index:
            raise SettingsError("This word was not worked on, so there is nothing to tell of it.")
        found = next((one for one in self.findings(caller, row, image, document, seq) if one.index == word), None)
        if found is None or not 0 <= index < len(found.characters):
            raise SettingsError("There is no such character in this image any more.")
        with self.service.at_work(caller.key) as pipe:
            story = tell_story(trace, pipe.segmenter(settings.segmenter), trace.given_index.index(word), index)
        truth = self._truths.get((caller.key, image_id)) is not None
        return story_values.story_value(image, story, found.characters[index], found, truth=truth)

    def compare(self, caller: Caller, image_id: str, key: str, first: Settings, second: Settings) -> dict[str, Any]:
        """The image under two settings, side by side. key: names the photo to the page."""
        row, image, document, seq = self._opened(caller, image_id)
        shown = [(named(one), self.trace(caller, row, image, document, seq, one)) for one in (first, second)]
        return story_values.compare_value(key, shown)

    def take_truth(self, caller: Caller, image_id: str, path: Path, name: str) -> None:
        """Keep a file as the truth of an image, for this caller. Raises DatasetError where it is none."""
        row = caller.workspace.image(image_id, caller.user)
        self._truths.put((caller.key, image_id), read_truth_file(path, (row.height, row.width), name))

    def against_truth(self, caller: Caller, image_id: str, key: str) -> dict[str, Any]:
        """The image against the truth that was dropped for it. Raises NotFound where none was."""
        given = self._truths.get((caller.key, image_id))
        if given is None:
            raise NotFound("no truth was given for this image")
        row, image, document, seq = self._opened(caller, image_id)
        findings = self.findings(caller, row, image, document, seq)
        return story_values.truth_value(key, to_annotation(document), given, findings)

    def sheet(self, caller: Caller, image_id: str) -> tuple[Sheet, int]:
        """The sheet of an image for the page of a whole project, and the history entry that it is of."""
        row = caller.workspace.image(image_id, caller.user)
        known = self._sheets.get((image_id, row.seq))
        if known is not None:
            return known, row.seq
        row, image, document, seq = self._opened(caller, image_id)
        try:
            sheet = make_sheet(row.name, inspect_image(image, document))
        except EditError as error:
            sheet = make_sheet(row.name, (), str(error))
        return self._sheets.put((image_id, seq), sheet), seq

    def trace(
        self, caller: Caller, row: ImageRow, image: ImageArray, document: Document, seq: int, settings: Settings
    ) -> Trace:
        """The stages of an image's words with these settings; those that another setting shares are not done again."""
        words = to_words(document)
        if not words:
            raise SettingsError("There are no words here yet. Press Run; then choose a character.")
        known = self._traces.get((row.id, seq, settings))
        if known is not None:
            return known
        last = self._traces.get((row.id, seq))
        with self.service.at_work(caller.key) as pipe:
            trace = pipe.run(image, words, settings, previous=last)
        self._traces.put((row.id, seq), trace)
        return self._traces.put((row.id, seq, settings), trace)

    def findings(
        self, caller: Caller, row: ImageRow, image: ImageArray, document: Document, seq: int
    ) -> tuple[WordFinding, ...]:
        given = self._truths.get((caller.key, row.id))
        key = row.id, seq, id(given)
        known = self._findings.get(key)
        if known is None:
            truth, categories = (None, None) if given is None else (given.truth, given.categories)
            known = self._findings.put(key, inspect_image(image, document, truth, categories))
        return known

    def _opened(self, caller: Caller, image_id: str) -> tuple[ImageRow, ImageArray, Document, int]:
        row = caller.workspace.image(image_id, caller.user)
        opened = caller.workspace.document(image_id, caller.user)
        return row, self.service.image(caller, row), opened.document, opened.seq


def settings_from(
    segmenter: str, prompts: str, threshold: float | None, templates: int | None, points: int | None
) -> Settings:
    """Settings from what a page asks for; what it leaves out is as usual. Raises SettingsError."""
    standard = checked_settings(segmenter or None)
    if prompts and prompts not in tuple(PromptMode):
        raise SettingsError(f"There is no prompt mode {prompts[:40]!r}; the modes are {', '.join(PromptMode)}.")
    return replace(
        standard,
        prompts=PromptMode(prompts) if prompts else standard.prompts,
        vote_threshold=standard.vote_threshold if threshold is None else threshold,
        templates=standard.templates if templates is None else templates,
        points=standard.points if points is None else points,
    )


def named(settings: Settings) -> str:
    """Settings in a few words."""
    standard = Settings()
    parts = [settings.segmenter, str(settings.prompts)]
    if settings.vote_threshold != standard.vote_threshold:
        parts.append(f"threshold {settings.vote_threshold:g}")
    if settings.templates != standard.templates:
        parts.append(f"{settings.templates} fonts")
    if settings.points != standard.points:
        parts.append(f"{settings.points} points")
    return " · ".join(parts)
