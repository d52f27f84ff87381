"""What can be done with one image of a workspace, for the routes and the page alike: opened, edited, annotated, shown.

Every edit goes through `Editor` and ends as one entry of the image's history; nothing here keeps a document of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cachetools import LRUCache

from charsam.cancellation import checkpoint, uncancellable
from charsam.editing.added_words import found_words, given_words
from charsam.editing.changes import difference
from charsam.editing.commands import Annotate, command_from_json
from charsam.editing.conversion import merge_annotation, to_words
from charsam.editing.document import Document
from charsam.errors import CharsamError, SettingsError
from charsam.images import load_image
from charsam.server.access import Caller
from charsam.server.budgets import HourlyBudget
from charsam.server.engine import Engine
from charsam.server.examples import Example
from charsam.server.model_turns import Turns
from charsam.server.presence import Presence
from charsam.server.run_settings import LEARNED, checked_settings, of_project
from charsam.server.runs import Runs
from charsam.server.traces import Kept, Traces
from charsam.server.wording import counted
from charsam.trace import Settings, Stage, Trace
from charsam.types import ImageAnnotation, ImageArray, Word
from charsam.workspace.background import Annotator
from charsam.workspace.errors import StaleEdit
from charsam.workspace.values import Appended, ImageRow, Opened, User
from charsam.workspace.workspace import Workspace

if TYPE_CHECKING:  # imports the models' modules, which take seconds
    from charsam.editing.editor import Edit, Editor
    from charsam.pipeline import CharSAM

LARGE: Final = 2_000_000
"""Pixels of an image of which a whole run takes some 500 MB; there is one such run at a time."""
IMAGES_BYTES: Final = 50_000_000
"""Decoded images kept for the next edit."""
BY_HAND: Final = 2.0
"""How many times the hourly budget is used up before edits by hand are refused, too."""
TRIES: Final = 5
"""So often a result is merged anew when somebody edits the image while it is being annotated."""
KEYS: Final = 4000
EARLY: Final = (Stage.FIND, Stage.READ, Stage.REGIONS)


def is_large(image: ImageArray) -> bool:
    """Whether a whole run on this image takes much memory."""
    return image.size // 3 > LARGE


@dataclass(frozen=True, slots=True)
class EditAnswer:
    """What an edit did. appended: its history entry; None where nothing changed. message: for the person."""

    appended: Appended | None
    opened: Opened
    label: str
    message: str
    seconds: float


Told = Callable[[tuple[Word, ...]], None]


class ImageService:
    """The shared editor with its caches. Safe for several threads."""

    def __init__(
        self, engine: Engine, workspace: Workspace, *, each: int = 1, key_of: Callable[[User], str] = lambda by: by.id
    ) -> None:
        """each: how many turns at the models one person may have at a time. key_of: the key of a caller by their user,
        so that what is done in the background counts as theirs.
        """
        self._key_of = key_of
        self._workspace = workspace
        self.engine = engine
        self.annotator = Annotator(workspace, self._annotate_one)
        self._editor: Editor | None = None
        self._lock = threading.Lock()
        quota = workspace.quota
        self.turns = Turns(each=each, longest=quota.run_seconds, budget=HourlyBudget(quota.hour_seconds))
        self.traces = Traces()
        self.runs = Runs()
        self.presence = Presence()
        engine.on_first = self._keep_first
        self._images: LRUCache[str, ImageArray] = LRUCache(IMAGES_BYTES, getsizeof=lambda image: int(image.nbytes))
        self._keys: LRUCache[tuple[str, int], str] = LRUCache(KEYS)

    def image(self, caller: Caller, row: ImageRow) -> ImageArray:
        """(H, W, 3) uint8: the image's pixels, upright."""
        with self._lock:
            found = self._images.get(row.hash)
        if found is not None:
            return found
        image = load_image(caller.workspace.images.read(row.id, caller.user), name=row.name)
        with self._lock:
            if image.nbytes <= self._images.maxsize:
                self._images[row.hash] = image
        return image

    def opened(self, caller: Caller, image_id: str) -> tuple[ImageRow, ImageArray, Opened]:
        """An image with its pixels and its newest document. Raises NotFound."""
        row = caller.workspace.images.get(image_id, caller.user)
        return row, self.image(caller, row), caller.workspace.history.document(image_id, caller.user)

    def stages(
        self, caller: Caller, image_id: str, settings: Settings, until: Stage = Stage.MASKS
    ) -> Iterator[tuple[Stage, Trace]]:
        """The stages of an image's newest words; those that an earlier run with the same words has left are not done
        again. What they leave is kept for everybody who asks next.
        """
        row, image, opened = self.opened(caller, image_id)
        yield from self._stages(caller, row, image, to_words(opened.document), settings, until)

    def trace(self, caller: Caller, image_id: str, settings: Settings, until: Stage = Stage.MASKS) -> Trace:
        """The last trace of `stages`. Raises SettingsError where the image has no words."""
        row, image, opened = self.opened(caller, image_id)
        words = to_words(opened.document)
        if not words:
            raise SettingsError("There are no words here yet. Press Run first.")
        *_, (_, trace) = self._stages(caller, row, image, words, settings, until)
        return trace

    def _stages(
        self,
        caller: Caller,
        row: ImageRow,
        image: ImageArray,
        words: tuple[Word, ...],
        settings: Settings,
        until: Stage,
        told: Told | None = None,
    ) -> Iterator[tuple[Stage, Trace]]:
        settings = of_project(settings, caller.workspace, row.project)
        kept = self.traces.get(row.hash, words, settings, until)
        if kept is None and until in EARLY:  # on which nothing but the words bears
            kept = self.traces.near(row.hash, words, until)
        if kept is not None:
            for stage in kept.trace.timings:
                yield stage, replace(kept.trace, reused=frozenset(Stage))
            return
        near = self.traces.near(row.hash, words)
        asked = near.asked if near is not None else words or None
        with self.at_work(caller.key, image) as pipe:
            trace = previous = near.trace if near is not None else None
            try:
                for stage, trace in pipe.stages(image, asked, settings, previous=previous, until=until, found=told):
                    yield stage, trace
            finally:  # a run that was stopped leaves the stages that had ended
                if trace is not None and trace is not previous:
                    self.traces.put(row.hash, words, Kept(asked, trace))

    def run(
        self, caller: Caller, image_id: str, settings: Settings, told: Told | None = None
    ) -> Iterator[tuple[Stage | None, Trace, Opened]]:
        """Run the pipeline on an image's words and merge the result into its document: (stage, trace, what was there
        before) after every stage, at last (None, trace, what is there now). told: hears of words as they are found.
        """
        row, image, before = self.opened(caller, image_id)
        settings = of_project(settings, caller.workspace, row.project)
        words = to_words(before.document)
        for stage, trace in self._stages(caller, row, image, words, settings, Stage.MASKS, told):
            yield stage, trace, before
        assert trace.annotation is not None
        after = self.annotate(caller, image_id, trace.annotation)
        kept = self.traces.get(row.hash, words, settings)
        if kept is not None and after.seq <= before.seq + 1:  # the document is what the run made of it
            self.traces.put(row.hash, to_words(after.document), kept)
        yield None, trace, after

    def find(self, caller: Caller, image_id: str, told: Told | None = None) -> tuple[tuple[Word, ...], int]:
        """Find and read words, and add those that the image has not yet: what was found, how many were new.

        told: hears of words as they are found.
        """
        _, image, _ = self.opened(caller, image_id)
        found: tuple[Word, ...] = ()
        with self.at_work(caller.key, image) as pipe:
            for found in pipe.words_as_found(image):
                if told is not None:
                    told(found)
        checkpoint()
        label = f"Found {counted(len(found), 'word')}" if found else "Looked for words; found none"
        added = [0]

        def add(document: Document) -> Document:
            after = found_words(document, found)
            added.append(len(after.words) - len(document.words))
            return after

        self.change(caller, image_id, "find", label, add, even_empty=not found)
        return found, added[-1]

    def edit(
        self, caller: Caller, image_id: str, base: int, data: Any, segmenter: str | None, key: str = ""
    ) -> EditAnswer:
        """Carry out a command on the document as of history entry `base`.

        key: the client's own name for this edit, by which it recognises it when the answer was lost.
        Raises EditError, StaleEdit, NotFound, SettingsError.
        """
        begun = time.perf_counter()
        command = command_from_json(data)
        row = caller.workspace.images.get(image_id, caller.user)
        settings = of_project(checked_settings(segmenter), caller.workspace, row.project)
        opened = self._fresh(caller, image_id, base)
        editor = self._ready_editor()
        image = self.image(caller, row)
        whole = isinstance(command, Annotate)
        with self.turns.turn(caller.key, stretch=1.0 if whole else BY_HAND, large=whole and is_large(image)):
            edit = editor.apply(row.hash, image, opened.document, command, settings)
        if edit.change.empty:
            return EditAnswer(None, opened, edit.label, edit.message, time.perf_counter() - begun)
        appended = caller.workspace.history.append(image_id, base, command.do, edit.label, edit.change, caller.user)
        self.remember_key(image_id, appended.seq, key)
        return EditAnswer(appended, opened, edit.label, edit.message, time.perf_counter() - begun)

    def prepare(self, caller: Caller, row: ImageRow, document: Document, segmenter: str | None) -> None:
        """Encode the words of an image that was opened, so that the first click answers at once; nothing of it is
        missed where others are at work.
        """
        if not self.engine.ready.is_set() or not document.words:
            return
        with uncancellable(), self.turns.if_free(caller.key) as free:
            if free:
                with suppress(CharsamError):  # the edit itself tells what is wrong
                    image = self.image(caller, row)
                    settings = of_project(checked_settings(segmenter), caller.workspace, row.project)
                    self._ready_editor().prepare(row.hash, image, document, settings)

    def annotate(
        self, caller: Caller, image_id: str, annotation: ImageAnnotation, label: str = "Annotated by the machine"
    ) -> Opened:
        """Merge a result into the newest document as one entry; corrections stay. Returns what there is then."""
        return self.change(caller, image_id, "annotate", label, lambda document: merge_annotation(document, annotation))

    def change(
        self,
        caller: Caller,
        image_id: str,
        kind: str,
        label: str,
        act: Callable[[Document], Document],
        *,
        even_empty: bool = False,
    ) -> Opened:
        """Append what `act` makes of the newest document; done again where somebody was faster.

        even_empty: also where it changes nothing, so that the history says that it was done.
        """
        for _ in range(TRIES):
            opened = caller.workspace.history.document(image_id, caller.user)
            change = difference(opened.document, act(opened.document))
            if change.empty and not even_empty:
                return opened
            try:
                caller.workspace.history.append(image_id, opened.seq, kind, label, change, caller.user)
                return caller.workspace.history.document(image_id, caller.user)
            except StaleEdit as error:
                stale = error
        raise stale

    def _fresh(self, caller: Caller, image_id: str, base: int) -> Opened:
        """The newest document, if it is the one that was edited; else StaleEdit before any work is done."""
        opened = caller.workspace.history.document(image_id, caller.user)
        if opened.seq != base:
            for entry in reversed(caller.workspace.history.entries(image_id, caller.user, after=base)):
                if entry.kind != "note" and not (entry.kind == "state" and entry.by == caller.user.name):
                    raise StaleEdit(entry.by, opened.seq, entry.at)
            if base > opened.seq:
                row = caller.workspace.images.get(image_id, caller.user)
                raise StaleEdit(row.by, opened.seq, row.at)
        return opened

    def remember_key(self, image_id: str, seq: int, key: str) -> None:
        """Keep the client's name for the edit that became this entry."""
        if key:
            with self._lock:
                self._keys[image_id, seq] = key

    def key(self, image_id: str, seq: int) -> str | None:
        """The client's name for that entry, if it is known."""
        with self._lock:
            return self._keys.get((image_id, seq))

    @contextmanager
    def at_work(self, key: str, image: ImageArray | None = None) -> Iterator[CharSAM]:
        """The loaded pipeline, in a turn of the person with this key. image: that a whole run looks at."""
        self.engine.wait()
        with self.turns.turn(key, large=image is not None and is_large(image)):
            yield self.engine.pipe

    def _keep_first(self, example: Example, trace: Trace) -> None:
        """Keep the first example's result, so that whoever opens it has it at once."""
        words = to_words(given_words(Document(*example.image.shape[1::-1]), example.words))
        self.traces.put(example.hash, words, Kept(words or None, trace))

    def _annotate_one(self, row: ImageRow, image: ImageArray, document: Document, by: User) -> Edit:
        """What the annotator in the background does with each image."""
        editor = self._ready_editor()
        with self.turns.turn(f"background:{by.id}", payer=self._key_of(by), large=is_large(image)):
            settings = of_project(Settings(segmenter=LEARNED), self._workspace, row.project)
            return editor.apply(row.hash, image, document, Annotate(), settings)

    def _ready_editor(self) -> Editor:
        self.engine.wait()
        with self._lock:
            if self._editor is None:
                from charsam.editing.editor import Editor

                self._editor = Editor(self.engine.pipe)
            return self._editor
