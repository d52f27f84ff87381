"""What happens when a visitor does something: from the page's values to new ones, over the session and the engine.

Every handler is a generator of `Updates`, so that the page shows something at once and each stage as it ends.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from charsam.errors import Cancelled, CharsamError, SettingsError
from charsam.trace import Settings, Stage, Trace
from charsam.types import PromptMode, Word
from charsam.ui import pictures, views, wording
from charsam.ui.engine import Engine
from charsam.ui.examples import examples, first_example
from charsam.ui.parts import packed
from charsam.ui.session import Session, SessionStore
from charsam.ui.uploads import file_of, read_upload, uploaded_words
from charsam.ui.views import Updates

LOST = "This page was idle for so long that its image was let go. Open the image again."
LONGEST_TEXT = 200


class Controller:
    """The handlers of the page. `store`: the sessions of all visitors. `engine`: the pipeline they share."""

    def __init__(self, engine: Engine, store: SessionStore) -> None:
        self.engine, self.store = engine, store

    def welcome(self, page: str | None) -> Iterator[Updates]:
        """A page was opened: the first example at once, and its result as soon as there is one."""
        self.engine.start()
        quicker = self.store.of_page(page)
        if quicker is not None:  # the visitor has done something before this could run; that stays
            yield self._status() | {"token": quicker.token}
            return
        session = self._start(page)
        example = first_example()
        views_now = views.image(session) | self._status() | {"token": session.token}
        run, asked = session.run, session.words
        if example is not None and not self.engine.first.is_set():
            views_now |= views.idle("The example's result comes as soon as the models are loaded.")
        elif self.engine.first_trace is not None:
            views_now |= views.running(len(Stage) - 1, "Showing the example's result…")
        yield views_now
        said = self.engine.status()
        while not self.engine.first.wait(0.25):
            status = self.engine.status()
            if status != said:
                said = status
                yield self._status()
        trace = self.engine.first_trace
        if trace is None or session.run != run or session.words is not asked:
            yield self._status()
            return
        session.follows = asked
        self._keep(session, asked or None, trace)
        result = views.result(session, trace)
        yield self._status() | (result if session.run == run else {})

    def token_of(self, token: str | None, page: str | None) -> str | None:
        """The token of a page, also where its visitor acts before the page has been told it."""
        if token is not None:
            return token
        return (self.store.of_page(page) or self._start(page)).token

    def _start(self, page: str | None) -> Session:
        """A new session that holds what the page shows from the start: the first example."""
        session, example = self.store.open(page), first_example()
        if example is not None:
            session.show(example.image, example.file, example.words, example.key)
        return session

    def open_file(self, token: object, path: object, name: object) -> Iterator[Updates]:
        """A photo was dropped, pasted or chosen."""
        session, file = self._session(token), file_of(name)
        try:
            image = read_upload(path, file)
        except Exception as error:
            yield views.picture(session, _sentence(error, f"{file} cannot be read"), alert=True) | {
                "token": session.token
            }
            return
        session.show(image, file)
        self.store.trim()
        yield {"token": session.token} | views.image(session) | self._examples(None)

    def pick(self, token: object, name: object) -> Iterator[Updates]:
        """An example was picked."""
        session = self._session(token)
        example = next((item for item in examples() if item.name == name), None)
        if example is None:
            yield views.picture(session, "This example is not there any more; pick another one.", alert=True)
            return
        session.show(example.image, example.file, example.words, example.key)
        yield {"token": session.token} | views.image(session) | self._examples(example.name)

    def edit(self, token: object, table: Mapping[str, Any]) -> Iterator[Updates]:
        """A word's text or its ignore mark was changed in the table."""
        session = self.store.get(token)
        if session is not None and session.image is not None:
            self._take_edits(session, table)
            yield views.picture(session)

    def import_words(self, token: object, path: object) -> Iterator[Updates]:
        """A native words file was given for the image on show."""
        session = self._session(token)
        if session.image is None:
            yield views.words(session, "Open a photo first; then import its words.", alert=True)
            return
        try:
            words = uploaded_words(path, session.file, session.image)
        except Exception as error:
            yield views.words(session, _sentence(error, "The file cannot be read"), alert=True)
            return
        session.begin()
        session.set_words(words)
        said = f"{wording.counted(len(words), 'word')} imported."
        yield views.words(session, said) | views.picture(session) | views.idle(said)

    def find(self, token: object) -> Iterator[Updates]:
        """Find and read the words of the photo."""
        session = self.store.get(token)
        if session is None or session.image is None:
            yield views.stopped(LOST if session is None else "Open a photo first.", error=True)
            return
        run, cancel, image = session.begin(), session.cancel, session.image
        try:
            for text in self.engine.waiting(cancel.is_set):
                yield views.running(0, f"Waiting: {text}")
            yield views.running(0, "Finding words…") | self._status()
            found = self.engine.pipe.find_words(image)
            if cancel.is_set():
                raise Cancelled("the search for words was cancelled")
        except Exception as error:
            yield from self._failed(session, run, error)
            return
        if session.run != run:
            return
        session.set_words(found, [True] * len(found))
        said = f"{wording.counted(len(found), 'word')} found." if found else "No words were found in this photo."
        yield views.words(session) | views.picture(session) | views.idle(said)

    def stop(self, token: object) -> None:
        """Stop what runs, between two stages."""
        session = self.store.get(token)
        if session is not None:
            session.cancel.set()

    def run(
        self, token: object, table: Mapping[str, Any], choice: Mapping[str, Any], late: Mapping[str, Any]
    ) -> Iterator[Updates]:
        """Run the pipeline on the words as they stand in the table, and show every stage as it ends."""
        session = self.store.get(token)
        if session is None or session.image is None:
            yield views.stopped(LOST if session is None else "Open a photo first.", error=True)
            return
        self._take_edits(session, table)
        untouched = session.trace is not None and session.words is session.follows
        session.follows = session.words
        yield from self._run(session, session.asked if untouched else session.words or None, choice, late)

    def rerun(self, token: object, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Iterator[Updates]:
        """A late setting was changed: recompute what follows it, if there is a result."""
        session = self.store.get(token)
        if session is None or session.trace is None or session.trace.annotation is None:
            yield {}
            return
        yield from self._run(session, session.asked, choice, late)

    def compare(self, token: object, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Iterator[Updates]:
        """The four prompt modes side by side, each from the stages already there."""
        session = self.store.get(token)
        if session is None or session.image is None or session.trace is None:
            yield {"comparison": packed({"note": "Run first; then the four prompt modes can be compared."})}
            return
        run, cancel, trace = session.begin(), session.cancel, session.trace
        panes = []
        try:
            for number, mode in enumerate(PromptMode):
                settings = replace(self._settings(choice, late), prompts=mode)
                for done, partial in self.engine.run(session.image, session.asked, settings, trace, cancel.is_set):
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
        order = list(Stage)
        try:
            settings = self._settings(choice, late)
            for text in self.engine.waiting(cancel.is_set):
                yield views.running(0, f"Waiting: {text}")
            yield views.running(0, f"stage 1 of {len(order)} · {order[0].value}") | self._status()
            for done, trace in self.engine.run(image, words, settings, previous, cancel.is_set):
                if session.run != run:
                    return
                self._keep(session, words, trace)
                if done is None:
                    self.store.trim()
                    yield views.words(session) | views.finished(trace)
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

    def _keep(self, session: Session, asked: tuple[Word, ...] | None, trace: Trace) -> None:
        """Make a trace the session's own, and its words those of the table unless they were edited meanwhile."""
        if trace.image is not session.image:
            return
        session.trace, session.asked = trace, asked
        if session.words is session.follows:
            words = pictures.all_words(trace)
            flags = list(session.read) if len(session.read) == len(words) else [False] * len(words)
            for place, was_read in zip(trace.given_index, trace.read, strict=True):
                flags[place] |= was_read
            session.set_words(words, flags)
            session.follows = session.words

    def _take_edits(self, session: Session, table: Mapping[str, Any]) -> None:
        """Bring the words to what the table says; a table of other words than the session's is left aside."""
        entries = table.get("rows")
        if not isinstance(entries, list) or len(entries) != len(session.words):
            return
        words, read = [], []
        for entry, word, was_read in zip(entries, session.words, session.read, strict=True):
            text = str(entry.get("text") or "")[:LONGEST_TEXT].strip() if isinstance(entry, dict) else ""
            ignore = bool(entry.get("ignore")) if isinstance(entry, dict) else word.ignore
            same = text == (word.text or "")[:LONGEST_TEXT].strip()
            kept = word.characters if same else ()
            unchanged = same and ignore == word.ignore
            words.append(
                word
                if unchanged
                else replace(
                    word,
                    text=word.text if same else text or None,
                    ignore=ignore,
                    characters=kept,
                    text_read=was_read and same,
                )
            )
            read.append(was_read and same)
        if any(new is not old for new, old in zip(words, session.words, strict=True)):
            session.set_words(words, read)

    def _settings(self, choice: Mapping[str, Any], late: Mapping[str, Any]) -> Settings:
        try:
            return Settings.checked(
                segmenter=str(choice.get("chosen") or Settings().segmenter),
                prompts=str(late["prompts"]),
                vote_threshold=float(late["threshold"]),
                templates=int(late["templates"]),
                points=int(late["points"]),
                font_folder=None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(f"A setting is missing or is not a number ({error}).") from error

    def _session(self, token: object) -> Session:
        """The page's session; a fresh one where it was let go."""
        return self.store.get(token) or self.store.open()

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
