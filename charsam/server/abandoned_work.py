"""Work that nobody waits for any more is stopped: requests whose client has gone, runs of pages that were left."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charsam.cancellation import cancellable


class AbandonableRoute:
    """Middleware: when the client of a request goes away, `charsam.cancellation.checkpoint` stops the work on it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        gone = threading.Event()
        messages: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)  # one: what is sent waits until it is wanted

        async def listen() -> None:
            while not gone.is_set():
                message = await receive()
                if message["type"] == "http.disconnect":
                    gone.set()
                await messages.put(message)

        async def heard() -> Message:
            if gone.is_set() and messages.empty():
                return {"type": "http.disconnect"}
            return await messages.get()

        listener = asyncio.create_task(listen())
        try:
            with cancellable(gone.is_set):
                await self.app(scope, heard, send)
        finally:
            listener.cancel()


class PageRuns:
    """The runs that belong to pages, by what the server calls these. Safe for several threads."""

    def __init__(self) -> None:
        self._runs: defaultdict[str, set[threading.Event]] = defaultdict(set)
        self._lock = threading.Lock()

    @contextmanager
    def watch(self, page: str | None) -> Iterator[threading.Event]:
        """An event for the block that is set as soon as the page is left."""
        gone, name = threading.Event(), page or ""
        with self._lock:
            self._runs[name].add(gone)
        try:
            yield gone
        finally:
            with self._lock:
                self._runs[name].discard(gone)
                if not self._runs[name]:
                    del self._runs[name]

    def left(self, page: str) -> None:
        """A page was left: its runs stop."""
        with self._lock:
            for gone in self._runs.get(page, ()):
                gone.set()
