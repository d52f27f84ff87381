"""The server's log: a level and a format that whoever runs it can choose, and every request under its own number.

CHARSAM_LOG_LEVEL: DEBUG, INFO, WARNING (as usual) or ERROR; from INFO on every request is noted. CHARSAM_LOG_FORMAT:
a format of Python's `logging`, in which %(request)s is the number. No content of a photo, a text or a file's name is
ever logged, only methods, paths, statuses and times.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charsam.errors import SettingsError

LEVEL_VARIABLE: Final = "CHARSAM_LOG_LEVEL"
FORMAT_VARIABLE: Final = "CHARSAM_LOG_FORMAT"
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s [%(request)s] %(message)s"
HEADER: Final = "X-Request-ID"

log = logging.getLogger("charsam.access")
request_id: ContextVar[str] = ContextVar("charsam_request", default="-")
"""The number of the request that is being answered."""


def set_up(environment: Mapping[str, str] = os.environ) -> None:
    """Write what charsam logs to the standard error output. Raises SettingsError for a level that does not exist."""
    level = environment.get(LEVEL_VARIABLE, "WARNING").upper()
    if level not in logging.getLevelNamesMapping():
        raise SettingsError(f"{LEVEL_VARIABLE} is {level}; it must be DEBUG, INFO, WARNING or ERROR")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(environment.get(FORMAT_VARIABLE) or FORMAT))
    handler.addFilter(_numbered)
    root = logging.getLogger("charsam")
    root.handlers = [handler]
    root.setLevel(level)
    root.propagate = False


def _numbered(record: logging.LogRecord) -> bool:
    record.request = request_id.get()
    return True


class Logged:
    """Middleware: gives every request a number, which its answer carries too, and notes how it was answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number, begun, status = secrets.token_hex(6), time.perf_counter(), 0
        token = request_id.set(number)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            took = 1000 * (time.perf_counter() - begun)
            log.info("%s %s %d %.0f ms", scope["method"], scope["path"], status, took)
            request_id.reset(token)
