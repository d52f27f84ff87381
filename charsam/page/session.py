"""What one open page shows: an image of a workspace and the stages of its last run; a bounded store of such pages.

The words and the result are the image's document in the workspace, so that a session that is let go loses none of it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from charsam.page.files import new_folder, remove_folder
from charsam.server.access import Caller
from charsam.trace import Trace
from charsam.types import ImageArray, Word

MOST_SESSIONS: Final = 40
MOST_BYTES: Final = 2_000_000_000
"""Of all sessions' images and results together; the sessions idle for longest go first."""


def secret() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(18)


@dataclass(eq=False)
class Session:
    """What one open page holds.

    caller: whose page it is. handed: the token that the page must send along, where its browser keeps no cookie for it.
    key: names the photo to the page; a new one for every image. file: the photo's name.
    document: the image's id in the workspace; seq: its newest history entry that the page has been told of.
    acted: whether its visitor has done anything yet, which then stays however late the page's own start comes.
    remember: whether a reload should open this image again by its id.
    asked: the words with which `trace` was made. trace: the last result, also of a run that was cut short.
    made: the history entry that the run behind `trace` wrote.
    run: the number of the newest run; an older one has been superseded and must show nothing any more.
    farewell: called when the page is left.
    """

    token: str = field(default_factory=secret)
    caller: Caller | None = None
    handed: str | None = None
    key: str = ""
    file: str = ""
    image: ImageArray | None = None
    document: str = ""
    seq: int = 0
    acted: bool = False
    remember: bool = True
    asked: tuple[Word, ...] | None = None
    trace: Trace | None = None
    made: int = -1
    run: int = 0
    cancel: threading.Event = field(default_factory=threading.Event)
    folder: Path | None = None
    farewell: Callable[[], None] | None = None

    @property
    def key_of_caller(self) -> str | None:
        """The same for all pages of one person."""
        return None if self.caller is None else self.caller.key

    @property
    def nbytes(self) -> int:
        """About how much memory the session's image and result take."""
        image = 0 if self.image is None else self.image.nbytes
        return image + (0 if self.trace is None else _size_of(self.trace))

    def show(self, image: ImageArray, file: str, document: str, key: str = "") -> None:
        """Take a new image; whatever ran for the old one is cancelled and its stages forgotten."""
        self.begin()
        self.key, self.file, self.image, self.document = key or secret(), file, image, document
        self.asked = self.trace = None
        self.made, self.seq, self.remember = -1, 0, True

    def begin(self) -> int:
        """Start a run: what ran before is told to stop. Returns the new run's number."""
        self.cancel.set()
        self.cancel = threading.Event()
        self.run += 1
        return self.run

    def new_folder(self) -> Path:
        """An empty folder for this result's downloads, which only its person can fetch, in place of the last one."""
        self.remove_folder()
        self.folder = new_folder(None if self.handed else self.key_of_caller)
        return self.folder

    def remove_folder(self) -> None:
        if self.folder is not None:
            remove_folder(self.folder)
            self.folder = None

    def close(self) -> None:
        """Stop what runs and let go of everything."""
        self.cancel.set()
        self.run += 1
        self.image = self.trace = None
        self.remove_folder()
        if self.farewell is not None:
            self.farewell()
            self.farewell = None


def _size_of(trace: Trace) -> int:
    """The strips, heatmaps and embedded words of a trace, which make up nearly all of it."""
    from charsam.segmenters.word_text import embedding_bytes  # PyTorch is there by the time that there is a trace

    size = sum(r.strip.nbytes + r.region.nbytes + r.affinity.nbytes for r in trace.regions)
    size += sum(feature.nbytes for r in trace.regions for feature in r.features)
    return size + embedding_bytes(trace.ink)


class SessionStore:
    """The open sessions by token; when there are too many, the ones idle for longest are closed."""

    def __init__(self, most: int = MOST_SESSIONS, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._pages: dict[str, str] = {}
        self._lock = threading.Lock()

    def open(self, page: str | None = None) -> Session:
        """A new session. page: what the server calls the browser page, by which `close_page` finds it."""
        session = Session()
        with self._lock:
            self._sessions[session.token] = session
            if page:
                self._pages[page] = session.token
        self.trim()
        return session

    def get(self, token: object) -> Session | None:
        """The session of that token; None where there is none, or no longer."""
        with self._lock:
            session = self._sessions.get(token) if isinstance(token, str) else None
            if session is not None:
                self._sessions.move_to_end(session.token)
            return session

    def of_page(self, page: str | None) -> Session | None:
        """The session of a browser page; None where it has none, or no longer."""
        return self.get(self._pages.get(page or ""))

    def close(self, token: object) -> None:
        """Close one session, if it is there."""
        with self._lock:
            session = self._sessions.pop(token, None) if isinstance(token, str) else None
            self._pages = {page: own for page, own in self._pages.items() if own != token}
        if session is not None:
            session.close()

    def close_page(self, page: str | None) -> None:
        """Close the session of a browser page that was left."""
        self.close(self._pages.get(page or ""))

    def trim(self) -> None:
        """Close the sessions idle for longest until the rest fits the bounds; the newest always stays."""
        while True:
            with self._lock:
                held = sum(session.nbytes for session in self._sessions.values())
                few = len(self._sessions) <= self._most and held <= self._most_bytes
                oldest = next(iter(self._sessions), None)
                if few or oldest is None or len(self._sessions) == 1:
                    return
            self.close(oldest)

    def __len__(self) -> int:
        return len(self._sessions)
