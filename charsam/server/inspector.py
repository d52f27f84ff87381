"""Inspection over a workspace: traces and findings of images, kept for a while, and their truth."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from cachetools import LRUCache

from charsam.editing.conversion import to_annotation
from charsam.editing.document import Document
from charsam.errors import EditError, SettingsError
from charsam.inspection.findings import WordFinding, inspect_image
from charsam.inspection.sheets import Sheet, make_sheet
from charsam.inspection.story import WordModes, tell_story, word_modes
from charsam.inspection.truth_files import TruthFile, read_truth_file
from charsam.inspection.word_truth import words_against_truth
from charsam.memory import bytes_of
from charsam.server import measures, story_values
from charsam.server.access import Caller
from charsam.server.image_service import ImageService
from charsam.server.run_settings import named
from charsam.trace import Settings
from charsam.types import ImageArray, PromptMode
from charsam.workspace.errors import NotFound
from charsam.workspace.values import ImageRow

FINDINGS_BYTES, SHEETS_BYTES = 40 * 2**20, 40 * 2**20
MODES_BYTES: Final = 20 * 2**20
"""Of all findings, all sheets and all words under the four modes; those asked for longest ago go first."""
LEAST: Final = 2000
"""Bytes that anything takes beside its arrays and pictures."""

Key = TypeVar("Key")
Found = TypeVar("Found")


class Inspector:
    """What the routes of inspection ask; every answer is about the newest document of an image."""

    def __init__(self, service: ImageService) -> None:
        self.service = service
        self._findings: LRUCache[tuple[str, int, str], tuple[WordFinding, ...]] = _cache(FINDINGS_BYTES)
        self._sheets: LRUCache[tuple[str, int, str], Sheet] = _cache(SHEETS_BYTES)
        self._modes: LRUCache[tuple[str, int, Settings, int], WordModes] = _cache(MODES_BYTES)
        self._lock = threading.Lock()  # the caches' own bookkeeping is not safe for several threads

    def story(
        self, caller: Caller, image_id: str, word: int, index: int, settings: Settings, *, modes: bool = True
    ) -> dict[str, Any]:
        """The story of one character, by its place in the document; modes: whether it waits for the masks of the prompt
        modes, which take most of the time. Raises SettingsError where there is none.
        """
        row, image, document, seq = self._opened(caller, image_id)
        trace = self.service.trace(caller, image_id, settings)
        if word not in trace.given_index:
            raise SettingsError("This word was not worked on, so there is nothing to tell of it.")
        found = self._finding(caller, row, image, document, seq, word)
        if found is None or not 0 <= index < len(found.characters):
            raise SettingsError("There is no such character in this image any more.")
        with self.service.at_work(caller.key) as pipe:
            segmenter, slot = pipe.segmenter(settings.segmenter), trace.given_index.index(word)
            key = image_id, seq, settings, word
            known = self._known(self._modes, key)
            if known is None and modes:
                known = word_modes(trace, segmenter, slot)
                with self._lock:
                    self._modes[key] = known
            story = tell_story(trace, segmenter, slot, index, known or {})
        truth = caller.workspace.truths.since(image_id, caller.user) is not None
        return story_values.story_value(image, story, found.characters[index], found, truth=truth)

    def compare(self, caller: Caller, image_id: str, first: Settings, second: Settings) -> dict[str, Any]:
        """The image under two settings, side by side."""
        shown = [(named(one), self.service.trace(caller, image_id, one)) for one in (first, second)]
        return story_values.compare_value(shown)

    def modes(self, caller: Caller, image_id: str, settings: Settings) -> dict[str, Any]:
        """The image under the four prompt modes, each with what differs from the mode of the settings."""
        traces = [(mode, self.service.trace(caller, image_id, replace(settings, prompts=mode))) for mode in PromptMode]
        return story_values.modes_value(traces, settings.prompts)

    def take_truth(self, caller: Caller, image_id: str, path: Path, name: str, *, named: bool = False) -> None:
        """Keep a file as the truth of an image; named: only where a words.json names it.

        Raises DatasetError where it is none, Forbidden for readers.
        """
        row = caller.workspace.images.get(image_id, caller.user)
        truth = read_truth_file(path, (row.height, row.width), name, row.name, named=named)
        caller.workspace.truths.give(image_id, truth, caller.user)

    def truth(self, caller: Caller, row: ImageRow) -> TruthFile | None:
        """The truth of an image; None where there is none."""
        return caller.workspace.truths.get(row.id, caller.user)

    def against_truth(self, caller: Caller, image_id: str) -> dict[str, Any]:
        """The image against its truth. Raises NotFound where it has none."""
        row, image, document, seq = self._opened(caller, image_id)
        given = self.truth(caller, row)
        if given is None:
            raise NotFound("no truth was given for this image")
        findings = self.findings(caller, row, image, document, seq)
        words = words_against_truth(document, given.truth)
        return story_values.truth_value(to_annotation(document), given, findings) | measures.words_value(words)

    def measured(self, caller: Caller, image_id: str, settings: Settings) -> dict[str, Any]:
        """An image under some settings, in numbers: what is to check, and where there is truth how it compares."""
        row, _, document, _ = self._opened(caller, image_id)
        trace = self.service.trace(caller, image_id, settings)
        assert trace.annotation is not None
        given = self.truth(caller, row)
        truth = None if given is None else given.truth
        return measures.measured_value(trace.annotation, truth, document, trace.given_index)

    def sheet(self, caller: Caller, image_id: str) -> tuple[Sheet, str]:
        """The sheet of an image for the page of a whole project, and a name for this state of it."""
        row = caller.workspace.images.get(image_id, caller.user)
        since = caller.workspace.truths.since(image_id, caller.user) or ""
        name = f"{row.seq}.{_digits(since)}"
        known = self._known(self._sheets, (image_id, row.seq, since))
        if known is not None:
            return known, name
        row, image, document, seq = self._opened(caller, image_id)
        try:
            sheet = make_sheet(row.name, self.findings(caller, row, image, document, seq))
            truth = self.truth(caller, row)
            if truth is not None:
                sheet.rows.update(measures.words_value(words_against_truth(document, truth.truth)))
        except EditError as error:
            sheet = make_sheet(row.name, (), str(error))
        with self._lock:
            self._sheets[image_id, seq, since] = sheet
        return sheet, f"{seq}.{_digits(since)}"

    def decide(self, caller: Caller, image_id: str, refs: Sequence[str], verdict: str) -> dict[str, Any]:
        """Accept or reject characters by their places ("w0c3"), or take that back ("")."""
        opened = caller.workspace.history.document(image_id, caller.user)
        places = {
            f"w{index}c{position}": one.id
            for index, word in enumerate(opened.document.words)
            for position, one in enumerate(word.characters)
        }
        if missing := [ref for ref in refs if ref not in places]:
            raise SettingsError(f"There is no character {missing[0][:20]} in this image any more; load the page again.")
        command = {"do": "review", "characters": [places[ref] for ref in refs], "as": verdict}
        self.service.edit(caller, image_id, opened.seq, command, None)
        return self.decisions(caller, image_id)

    def decisions(self, caller: Caller, image_id: str) -> dict[str, Any]:
        """What people decided on an image and on its characters: its state, and {ref: "accepted" | "rejected"}."""
        row = caller.workspace.images.get(image_id, caller.user)
        document = caller.workspace.history.document(image_id, caller.user).document
        reviews = {
            f"w{index}c{position}": one.review
            for index, word in enumerate(document.words)
            for position, one in enumerate(word.characters)
            if one.review
        }
        return {"state": row.state.value, "reviews": reviews}

    def _known(self, cache: LRUCache[Key, Found], key: Key) -> Found | None:
        with self._lock:
            found: Found | None = cache.get(key)
            return found

    def findings(
        self, caller: Caller, row: ImageRow, image: ImageArray, document: Document, seq: int
    ) -> tuple[WordFinding, ...]:
        key = row.id, seq, caller.workspace.truths.since(row.id, caller.user) or ""
        known = self._known(self._findings, key)
        if known is None:
            read = self.truth(caller, row)
            truth, categories = (None, None) if read is None else (read.truth, read.categories)
            known = inspect_image(image, document, truth, categories)
            with self._lock:
                self._findings[key] = known
        return known

    def _finding(
        self, caller: Caller, row: ImageRow, image: ImageArray, document: Document, seq: int, word: int
    ) -> WordFinding | None:
        """That of one word, for which the others need not wait: what `findings` knows, or it alone."""
        since = caller.workspace.truths.since(row.id, caller.user)
        known = self._known(self._findings, (row.id, seq, since or ""))
        if known is None and since is None:
            known = inspect_image(image, document, only=word)
        elif known is None:  # truth is matched over the whole image
            known = self.findings(caller, row, image, document, seq)
        return next((one for one in known if one.index == word), None)

    def _opened(self, caller: Caller, image_id: str) -> tuple[ImageRow, ImageArray, Document, int]:
        row, image, opened = self.service.opened(caller, image_id)
        return row, image, opened.document, opened.seq


def _digits(since: str) -> str:
    """A time as a part of an address."""
    return re.sub(r"\D", "", since)


def _cache(most: int) -> LRUCache[Any, Any]:
    """A cache of at most so many bytes; what is larger than all of it stays until the next comes."""
    return LRUCache(most, getsizeof=lambda value: min(bytes_of(value) + LEAST, most))
