"""What can be done with one image of a workspace, for the routes and the page alike: opened, edited, annotated, shown.

Every edit goes through `Editor` and ends as one entry of the image's history; nothing here keeps a document of its own.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from charsam.cancelling import is_cancelled, uncancellable
from charsam.editing.changes import difference
from charsam.editing.commands import Annotate, command_from_json
from charsam.editing.document import merge_annotation
from charsam.editing.state import Document
from charsam.errors import CharsamError, SettingsError
from charsam.images import load_image
from charsam.segmenters import availability
from charsam.trace import Settings
from charsam.types import ImageAnnotation, ImageArray
from charsam.ui.engine import Engine
from charsam.ui.label_access import Caller
from charsam.ui.turns import Turns
from charsam.workspace.background import Annotator
from charsam.workspace.errors import StaleEdit
from charsam.workspace.values import Appended, ImageRow, Opened, User
from charsam.workspace.workspace import Workspace

if TYPE_CHECKING:  # imports the models' modules, which take seconds
    from charsam.editing.editor import Edit, Editor
    from charsam.pipeline import CharSAM

IMAGES_BYTES: Final = 600_000_000
"""Decoded images kept for the next edit."""
TRIES: Final = 5
"""So often a result is merged anew when somebody edits the image while it is being annotated."""
KEYS: Final = 4000


@dataclass(frozen=True, slots=True)
class Answer:
    """What an edit did. appended: its history entry; None where nothing changed. message: for the person."""

    appended: Appended | None
    opened: Opened
    label: str
    message: str
    seconds: float


class Desk:
    """The shared editor with its caches. Safe for several threads."""

    def __init__(self, engine: Engine, workspace: Workspace, *, each: int = 1) -> None:
        """each: how many turns at the models one person may have at a time."""
        self.engine = engine
        self.annotator = Annotator(workspace, self._annotate_one)
        self._editor: Editor | None = None
        self._lock = threading.Lock()
        self.turns = Turns(each=each, longest=workspace.quota.run_seconds)
        self._images: OrderedDict[str, ImageArray] = OrderedDict()
        self._keys: OrderedDict[tuple[str, int], str] = OrderedDict()

    def image(self, caller: Caller, row: ImageRow) -> ImageArray:
        """(H, W, 3) uint8: the image's pixels, upright."""
        with self._lock:
            found = self._images.get(row.hash)
            if found is not None:
                self._images.move_to_end(row.hash)
                return found
        image = load_image(caller.workspace.image_bytes(row.id, caller.user), name=row.name)
        with self._lock:
            self._images[row.hash] = image
            while len(self._images) > 1 and sum(one.nbytes for one in self._images.values()) > IMAGES_BYTES:
                self._images.popitem(last=False)
        return image

    def edit(self, caller: Caller, image_id: str, base: int, data: Any, segmenter: str | None, key: str = "") -> Answer:
        """Carry out a command on the document as of history entry `base`.

        key: the client's own name for this edit, by which it recognises it when the answer was lost.
        Raises EditError, StaleEdit, NotFound, SettingsError.
        """
        begun = time.perf_counter()
        command = command_from_json(data)
        settings = checked_settings(segmenter)
        row = caller.workspace.image(image_id, caller.user)
        opened = self._fresh(caller, image_id, base)
        editor = self._ready_editor()
        image = self.image(caller, row)
        with self.turns.turn(caller.key):
            edit = editor.apply(row.hash, image, opened.document, command, settings)
        if edit.change.empty:
            return Answer(None, opened, edit.label, edit.message, time.perf_counter() - begun)
        appended = caller.workspace.append(image_id, base, command.do, edit.label, edit.change, caller.user)
        self.remember_key(image_id, appended.seq, key)
        return Answer(appended, opened, edit.label, edit.message, time.perf_counter() - begun)

    def prepare(self, caller: Caller, row: ImageRow, document: Document, segmenter: str | None) -> None:
        """Encode the words of an image that was opened, so that the first click answers at once; nothing of it is
        missed where others are at work.
        """
        if not self.engine.ready.is_set() or not document.words:
            return
        with uncancellable(), self.turns.if_free(caller.key) as free:
            if free:
                with suppress(CharsamError):  # the edit itself tells what is wrong
                    image, settings = self.image(caller, row), checked_settings(segmenter)
                    self._ready_editor().prepare(row.hash, image, document, settings)

    def annotate(
        self, caller: Caller, image_id: str, annotation: ImageAnnotation, label: str = "Annotated by the machine"
    ) -> Opened:
        """Merge a result into the newest document as one entry; corrections stay. Returns what there is then."""
        return self.change(caller, image_id, "annotate", label, lambda document: merge_annotation(document, annotation))

    def command(self, caller: Caller, image_id: str, data: Any) -> Opened:
        """Carry out a command on the newest document; done again where somebody was faster."""
        for _ in range(TRIES):
            seq = caller.workspace.document(image_id, caller.user).seq
            try:
                self.edit(caller, image_id, seq, data, None)
                return caller.workspace.document(image_id, caller.user)
            except StaleEdit as error:
                stale = error
        raise stale

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
            opened = caller.workspace.document(image_id, caller.user)
            change = difference(opened.document, act(opened.document))
            if change.empty and not even_empty:
                return opened
            try:
                caller.workspace.append(image_id, opened.seq, kind, label, change, caller.user)
                return caller.workspace.document(image_id, caller.user)
            except StaleEdit as error:
                stale = error
        raise stale

    def _fresh(self, caller: Caller, image_id: str, base: int) -> Opened:
        """The newest document, if it is the one that was edited; else StaleEdit before any work is done."""
        opened = caller.workspace.document(image_id, caller.user)
        if opened.seq != base:
            for entry in reversed(caller.workspace.history(image_id, caller.user, after=base)):
                if entry.kind != "note" and not (entry.kind == "state" and entry.by == caller.user.name):
                    raise StaleEdit(entry.by, opened.seq, entry.at)
            if base > opened.seq:
                row = caller.workspace.image(image_id, caller.user)
                raise StaleEdit(row.by, opened.seq, row.at)
        return opened

    def remember_key(self, image_id: str, seq: int, key: str) -> None:
        """Keep the client's name for the edit that became this entry."""
        if key:
            with self._lock:
                self._keys[image_id, seq] = key
                while len(self._keys) > KEYS:
                    self._keys.popitem(last=False)

    def key(self, image_id: str, seq: int) -> str | None:
        """The client's name for that entry, if it is known."""
        with self._lock:
            return self._keys.get((image_id, seq))

    @contextmanager
    def at_work(self, key: str) -> Iterator[CharSAM]:
        """The loaded pipeline, in a turn of the person with this key."""
        for _ in self.engine.waiting(is_cancelled):
            pass
        with self.turns.turn(key):
            yield self.engine.pipe

    def _annotate_one(self, key: str, image: ImageArray, document: Document, by: User) -> Edit:
        """What the annotator in the background does with each image."""
        editor = self._ready_editor()
        with self.turns.turn(f"background:{by.id}"):
            return editor.apply(key, image, document, Annotate(), Settings())

    def _ready_editor(self) -> Editor:
        for _ in self.engine.waiting(is_cancelled):
            pass
        with self._lock:
            if self._editor is None:
                from charsam.editing.editor import Editor

                self._editor = Editor(self.engine.pipe)
            return self._editor


def checked_settings(segmenter: str | None) -> Settings:
    """The settings of an edit with this segmenter (None: the standard one). Raises SettingsError."""
    if segmenter is None:
        return Settings()
    found = {one.name: one for one in availability()}.get(segmenter)
    if found is None:
        raise SettingsError(f"There is no segmenter {segmenter[:40]!r}.")
    if not found.available:
        raise SettingsError(f"The segmenter {segmenter} cannot run here: {found.reason}.")
    return Settings(segmenter=segmenter)
