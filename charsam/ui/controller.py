"""What happens when a visitor does something: from the page's values to new ones, over the session and the engine.

Every handler is a generator of `Updates`, so that the page shows something at once and each stage as it ends. Edits on
the canvas do not come through here but through the routes under /label; both write to the same history.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from charsam.cancelling import cancellable
from charsam.editing.document import to_words
from charsam.editing.state import Document
from charsam.errors import Cancelled, CharsamError, SettingsError
from charsam.trace import Settings, Stage
from charsam.types import PromptMode, Word
from charsam.ui import pictures, views, wording
from charsam.ui.engine import Engine
from charsam.ui.examples import Example, examples, first_example
from charsam.ui.label_access import Access
from charsam.ui.label_desk import Desk
from charsam.ui.label_words import found_words, given_words
from charsam.ui.parts import packed
from charsam.ui.session import Session, SessionStore
from charsam.ui.uploads import file_of
from charsam.ui.views import Updates
from charsam.workspace.errors import NotFound
from charsam.workspace.values import ImageRow

LOST = "This page was idle for so long that its image was let go. Open it again, or reload the page."
NO_PHOTO = "Open a photo first."
GONE = "The image of this address is not there any more, or is not yours. An example is shown instead."


class Controller:
    """The handlers of the page. `store`: the sessions of all visitors. `engine`: the pipeline they share.

    `access` says who a visitor is, `desk` does what concerns one image of a workspace.
    """

    def __init__(self, engine: Engine, store: SessionStore, access: Access, desk: Desk) -> None:
        self.engine, self.store, self.access, self.desk = engine, store, access, desk

    def welcome(self, page: str | None, token: str | None = None, image_id: str | None = None) -> Iterator[Updates]:
        """A page was opened: the image that its address names, or the first example with its result."""
        self.engine.start()
        quicker = self.store.of_page(page)
        if quicker is not None and quicker.acted:  # the visitor was faster than this; what is there stays
            yield self._status() | {"token": quicker.token}
            return
        session = quicker or self._start(page, token)
        begin = self._status() | {"token": session.token}
        if image_id is not None and self._reopen(session, image_id):
            yield views.image(session) | begin | self._examples(None) | self._shown(session)
            return
        example = first_example()
        if example is None:
            yield views.image(session) | begin
            return
        self._show_example(session, example)
        run, seq = session.run, session.seq
        waiting = views.idle("The example's result comes as soon as the models are loaded.")
        gone = {} if image_id is None else views.picture(session, GONE, alert=True)
        yield views.image(session) | begin | (self._everything(session) or waiting) | gone
        said = self.engine.status()
        while not self.engine.first.wait(0.25):
            status = self.engine.status()
            if status != said:
                said = status
                yield self._status()
        if session.run == run and session.seq == seq and self._adopt_first(session):
            yield self._status() | views.picture(session) | self._everything(session)
        else:
            yield self._status()

    def session_of(self, token: str | None, page: str | None, caller_token: str | None, image_id: object) -> str:
        """The token of a page's session, also where its visitor acts before the page has been told it.

        One that was let go meanwhile, or belongs to somebody else, is replaced by one of the caller's own with the
        image that the page shows.
        """
        session = self.store.get(token) or self.store.of_page(page)
        key = self.access.key(caller_token)
        if session is not None and (key == session.key_of_caller or (key is None and session.handed)):
            return session.token
        session = self._start(page, caller_token)
        if isinstance(image_id, str) and self._reopen(session, image_id):
            return session.token
        example = first_example()
        if token is None and example is not None:
            self._show_example(session, example)
        return session.token

    def _start(self, page: str | None, caller_token: str | None) -> Session:
        """A new session for whoever opened the page."""
        session = self.store.open(page)
        session.caller = self.access.caller(caller_token)
        if session.caller is None and self.access.visitors is not None:
            session.handed = caller_token = self.access.welcome()
            session.caller = self.access.caller(caller_token)
        if self.access.visitors is not None and caller_token:
            self.access.visitors.page_opened(caller_token)
            visitors = self.access.visitors
            session.farewell = lambda: visitors.page_closed(caller_token)
        return session

    def open_file(self, token: object, path: object, name: object) -> Iterator[Updates]:
        """A photo was dropped, pasted or chosen: it becomes an image of the visitor's single photos."""
        session, file = self.store.get(token), file_of(name)
        if session is None or session.caller is None:
            yield views.stopped(LOST, error=True)
            return
        session.acted = True
        try:
            data = self.access.uploads.read(path, file)
            caller = session.caller
            row = caller.workspace.add_image(caller.workspace.inbox(caller.user).id, file, data, caller.user)
            self._take(session, row)
        except Exception as error:
            yield views.picture(session, _sentence(error, f"{file} cannot be read"), alert=True)
            return
        yield {"token": session.token} | views.image(session) | self._examples(None)

    def show(self, token: object, image_id: object) -> Iterator[Updates]:
        """An image was chosen in the queue; the canvas has opened it already."""
        session = self.store.get(token)
        if session is None:
            yield views.stopped(LOST, error=True)
        elif self._reopen(session, str(image_id)):
            session.acted = True
            yield {"token": session.token} | views.image(session) | self._examples(None) | self._shown(session)
        else:
            yield views.picture(session, "This image is not there any more.", alert=True)

    def pick(self, token: object, name: object) -> Iterator[Updates]:
        """An example was picked."""
        session = self.store.get(token)
        if session is None or session.caller is None:
            yield views.stopped(LOST, error=True)
            return
        example = next((item for item in examples() if item.name == name), None)
        if example is None:
            yield views.picture(session, "This example is not there any more; pick another one.", alert=True)
            return
        session.acted = True
        self._show_example(session, example)
        shown = views.image(session) | self._examples(example.name) | self._everything(session)
        yield {"token": session.token} | shown

    def changed(self, token: object) -> Iterator[Updates]:
        """The image was edited on the canvas: what the tabs show of its result follows."""
        session = self.store.get(token)
        if session is not None and session.image is not None and self._document(session) is not None:
            yield self._shown(session) or views.cleared_result()
        else:
            yield {}

    def find(self, token: object) -> Iterator[Updates]:
        """Find and read the words of the photo; words that were corrected by hand stay."""
        session = self.store.get(token)
        if session is None or session.image is None or session.caller is None:
            yield views.stopped(LOST if session is None else NO_PHOTO, error=True)
            return
        session.acted = True
        run, cancel, image = session.begin(), session.cancel, session.image
        try:
            for text in self.engine.waiting(cancel.is_set):
                yield views.running(0, f"Waiting: {text}")
            yield views.running(0, "Finding words…") | self._status()
            with cancellable(cancel.is_set), self.desk.turns.turn(session.caller.key):
                found = self.engine.pipe.find_words(image)
            if cancel.is_set():
                raise Cancelled("the search for words was cancelled")
            if session.run != run:
                return
            added = [0]

            def add(document: Document) -> Document:
                after = found_words(document, found)
                added.append(len(after.words) - len(document.words))
                return after

            opened = self.desk.change(
                session.caller,
                session.document,
                "find",
                f"Found {wording.counted(len(found), 'word')}" if found else "Looked for words; found none",
                add,
                even_empty=not found,
            )
        except Exception as error:
            yield from self._failed(session, run, error)
            return
        session.seq = opened.seq
        said = wording.search(found, added[-1])
        yield views.words("") | views.picture(session) | views.idle(said)

    def stop(self, token: object) -> None:
        """Stop what runs, between two stages."""
        session = self.store.get(token)
        if session is not None:
            session.cancel.set()

    def run(self, token: object, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Iterator[Updates]:
        """Run the pipeline on the image's words as they are, and show every stage as it ends."""
        session = self.store.get(token)
        document = None if session is None else self._document(session)
        if session is None or document is None:
            yield views.stopped(LOST if session is None else NO_PHOTO, error=True)
            return
        session.acted = True
        yield from self._run(session, self._words_to_run(session, document), choice, late)

    def rerun(self, token: object, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Iterator[Updates]:
        """A late setting was changed: recompute what follows it, if there is a result."""
        session = self.store.get(token)
        document = None if session is None else self._document(session)
        if session is None or document is None or session.trace is None or session.trace.annotation is None:
            yield {}
            return
        yield from self._run(session, self._words_to_run(session, document), choice, late)

    def compare(self, token: object, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Iterator[Updates]:
        """The four prompt modes side by side, each from the stages already there; nothing of it is kept."""
        session = self.store.get(token)
        if session is None or session.image is None or session.trace is None or session.caller is None:
            yield {"comparison": packed({"note": "Run first; then the four prompt modes can be compared."})}
            return
        run, cancel, trace = session.begin(), session.cancel, session.trace
        panes = []
        try:
            for number, mode in enumerate(PromptMode):
                settings = replace(self._settings(choice, late), prompts=mode)
                for done, partial in self.engine.run(
                    session.image,
                    session.asked,
                    settings,
                    trace,
                    cancel.is_set,
                    self.desk.turns.turn(session.caller.key),
                ):
                    if done is None:
                        trace = partial
                if session.run != run or trace.annotation is None:
                    return
                title = f"{mode.value} · {wording.doubts(trace.annotation)}"
                panes.append({"title": title, "value": pictures.mask_value(session.key, trace, modes=False)})
                yield views.running(number + 1, f"Prompt mode {mode.value} is done.")
        except Exception as error:
            yield from self._failed(session, run, error)
            return
        yield {"comparison": packed({"panes": panes})} | views.finished(session.trace or trace)

    def _run(
        self,
        session: Session,
        words: tuple[Word, ...] | None,
        choice: Mapping[str, Any],
        late: Mapping[str, Any],
    ) -> Iterator[Updates]:
        run, cancel, image, previous = session.begin(), session.cancel, session.image, session.trace
        assert image is not None
        assert session.caller is not None
        order = list(Stage)
        try:
            settings = self._settings(choice, late)
            for text in self.engine.waiting(cancel.is_set):
                yield views.running(0, f"Waiting: {text}")
            yield views.running(0, f"stage 1 of {len(order)} · {order[0].value}") | self._status()
            for done, trace in self.engine.run(
                image, words, settings, previous, cancel.is_set, self.desk.turns.turn(session.caller.key)
            ):
                if session.run != run:
                    return
                session.trace, session.asked = trace, words
                if done is None:
                    assert trace.annotation is not None
                    opened = self.desk.annotate(session.caller, session.document, trace.annotation)
                    session.seq = session.made = opened.seq
                    self.store.trim()
                    said = views.words(views.problems(trace), alert=True)
                    yield said | views.picture(session) | views.result(session, opened.document)
                    return
                number = order.index(done) + 1
                ahead = order[number].value if number < len(order) else "showing"
                now = views.running(number, f"stage {min(number + 1, len(order))} of {len(order)} · {ahead}")
                yield views.stage(session, trace, done) | now
        except Exception as error:
            yield from self._failed(session, run, error)

    def _failed(self, session: Session, run: int, error: Exception) -> Iterator[Updates]:
        """Say what went wrong; nothing where another run has taken over."""
        if session.run != run:
            return
        if isinstance(error, Cancelled):
            yield views.stopped("Cancelled. The stages that were done are kept.", error=False) | self._status()
        else:
            yield views.stopped(_sentence(error), error=True) | self._status()

    def _take(self, session: Session, row: ImageRow, key: str = "") -> None:
        """Make an image of the workspace the one that the page shows."""
        assert session.caller is not None
        image = self.desk.image(session.caller, row)
        session.show(image, row.name, row.id, key)
        session.seq = session.caller.workspace.document(row.id, session.caller.user).seq
        self.store.trim()

    def _reopen(self, session: Session, image_id: str) -> bool:
        """Show an image of the workspace again; False where there is no such image for this person."""
        if session.caller is None:
            return False
        try:
            row = session.caller.workspace.image(image_id, session.caller.user)
            if session.document != row.id or session.image is None:
                self._take(session, row)
        except NotFound:
            return False
        return True

    def _show_example(self, session: Session, example: Example) -> None:
        """Show an example, which becomes an image of the visitor's single photos the first time."""
        assert session.caller is not None
        caller, first = session.caller, first_example()
        inbox = caller.workspace.inbox(caller.user)
        page = caller.workspace.images(inbox.id, caller.user, search=example.file)
        row = next((row for row in page.images if row.hash == example.hash), None)
        if row is None:
            row = caller.workspace.add_image(inbox.id, example.file, example.data, caller.user)
        self._take(session, row, example.key)
        session.remember = first is None or example.name != first.name
        if row.seq == 0 and not (example is first and self._adopt_first(session)):
            given = self.desk.change(
                caller, row.id, "replace", "The example's words", lambda document: given_words(document, example.words)
            )
            session.seq = given.seq
        elif example is first:
            self._adopt_first(session)

    def _adopt_first(self, session: Session) -> bool:
        """Give the first example the result that was made when the app started, unless it has one; False if not."""
        trace, example = self.engine.first_trace, first_example()
        document = self._document(session)
        if trace is None or trace.annotation is None or example is None or document is None or session.caller is None:
            return False
        if session.key != example.key or session.trace is not None:
            return False
        if any(word.characters for word in document.words):  # it has a result; is it this one?
            made_here = session.caller.workspace.history(session.document, session.caller.user)
            if any(entry.kind not in ("replace", "annotate", "state", "note") for entry in made_here):
                return False
        session.trace, session.asked = trace, example.words or None
        session.seq = session.made = self.desk.annotate(session.caller, session.document, trace.annotation).seq
        return True

    def _document(self, session: Session) -> Document | None:
        """The newest document of the session's image; None where there is none."""
        if session.caller is None or not session.document:
            return None
        try:
            opened = session.caller.workspace.document(session.document, session.caller.user)
        except NotFound:
            return None
        session.seq = opened.seq
        return opened.document

    def _words_to_run(self, session: Session, document: Document) -> tuple[Word, ...] | None:
        """The words for a run: those of the last one where nothing was edited since, so that its stages are reused."""
        if session.trace is not None and session.made == session.seq:
            return session.asked
        return to_words(document) or None

    def _shown(self, session: Session) -> Updates:
        """What the page shows of the newest document's result; nothing where there is none."""
        document = self._document(session)
        if document is None or session.image is None or not any(word.characters for word in document.words):
            return {}
        return views.result(session, document)

    def _everything(self, session: Session) -> Updates:
        """All tabs: the stages of the last run where they are known, and the newest result."""
        done = session.trace is not None and session.trace.annotation is not None
        stages = views.stages(session, session.trace) if done and session.trace is not None else {}
        return stages | self._shown(session)

    def _settings(self, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Settings:
        try:
            return Settings.checked(
                segmenter=str(choice.get("chosen") or Settings().segmenter),
                prompts=str(late["prompts"]),
                vote_threshold=float(late["threshold"]),
                templates=int(late["templates"]),
                points=int(late["points"]),
                edge=float(late["edge"]),
                careful=bool(late["careful"]),
                font_folder=None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(f"A setting is missing or is not a number ({error}).") from error

    def _status(self) -> Updates:
        return {"status": packed(self.engine.status())}

    def _examples(self, chosen: str | None) -> Updates:
        return {"examples": packed(views.strip(chosen))}


def _sentence(error: Exception, what: str = "Something went wrong inside charsam") -> str:
    """What the visitor is told about an error; one that nobody foresaw goes to the server's log."""
    if isinstance(error, CharsamError):
        return str(error)
    traceback.print_exception(error)
    return f"{what}; the server's log says why. Try again, or try another file."
