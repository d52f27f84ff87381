"""Connections that send nothing, or never end what they send, are closed, so that they keep nobody else out."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, Final

PATIENCE: Final = 20.0
"""Seconds until a connection has sent the head of a request."""
LOOK: Final = 2.0


class Reaper:
    """Looks at the connections of a running uvicorn server, from the server's own loop."""

    def __init__(self, server: Any, patience: float = PATIENCE, look: float = LOOK) -> None:
        self._server, self._patience, self._look = server, patience, look
        self._since: dict[int, float] = {}

    def start(self) -> None:
        """Begin; it ends with the server."""
        threading.Thread(target=self._run, name="charsam-reaper", daemon=True).start()

    def look(self) -> int:
        """Close the connections that have been idle for too long; how many. To be called in the server's loop."""
        now, closed, waiting = time.monotonic(), 0, {}
        for connection in list(self._server.server_state.connections):
            if getattr(connection, "cycle", None) is not None:  # a request has come; its own limits hold
                continue
            since = waiting[id(connection)] = self._since.get(id(connection), now)
            if now - since > self._patience and connection.transport is not None:
                connection.transport.close()
                closed += 1
        self._since = waiting
        return closed

    def _run(self) -> None:
        while not self._server.should_exit:
            time.sleep(self._look)
            loop = self._loop()
            if loop is not None:
                loop.call_soon_threadsafe(self.look)

    def _loop(self) -> asyncio.AbstractEventLoop | None:
        for server in getattr(self._server, "servers", ()):
            loop: asyncio.AbstractEventLoop = server.get_loop()
            return None if loop.is_closed() else loop
        return None
