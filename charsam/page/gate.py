"""What Gradio serves beside the routes, kept to whom it concerns: results to their page, files to their owners.

A plain ASGI middleware behind the gate of the server (`charsam.server.gate`), around Gradio's own app.
"""

from __future__ import annotations

import re
import threading
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from anyio.to_thread import run_sync
from cachetools import LRUCache
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from charsam.page.files import may_fetch
from charsam.page.uploads import Uploads
from charsam.server.abandoned_work import PageRuns
from charsam.server.access import Access
from charsam.server.app import NO_ROOM, no_room, server_options
from charsam.server.gate import TOKEN
from charsam.server.image_service import ImageService

PUBLIC: Final = ("/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json")
"""Gradio's own files."""
OPEN_TO_STRANGERS: Final = ("/gradio_api/startup-events",)
UPLOAD: Final = "/gradio_api/upload"
CLOSED: Final = re.compile(
    r"/gradio_api/(deep_link|run-history|runs|vibe|undo-vibe|profiling|process_recording)|/monitoring"
)
"""What Gradio offers and this app does not: state saved under links, histories and the like."""
CACHED_FILE: Final = re.compile(r"/gradio_api/file[=/](?P<path>.*)", re.DOTALL)
PAGE_HASH: Final = re.compile(r"/gradio_api/heartbeat/(?P<hash>[^/]+)")
MOST_PAGES: Final = 20_000


def gradio_options(
    access: Access, service: ImageService, uploads: Uploads, leaving: PageRuns | None = None
) -> dict[str, Any]:
    """What `gradio.Blocks.launch` needs as `app_kwargs`, so that its server carries the routes and both gates."""
    options = server_options(access, service, open_paths=OPEN_TO_STRANGERS, public=PUBLIC)
    own = Middleware(GradioGate, access=access, uploads=uploads, leaving=leaving or PageRuns())
    return options | {"middleware": [*options["middleware"], own]}


class GradioGate:
    """The middleware. uploads: what takes the place of Gradio's own upload address. leaving: who waits for results."""

    def __init__(self, app: ASGIApp, access: Access, uploads: Uploads, leaving: PageRuns) -> None:
        self.app, self.access, self.uploads, self.leaving = app, access, uploads, leaving
        self._pages: LRUCache[str, str | None] = LRUCache(MOST_PAGES)
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or TOKEN not in scope:
            await self.app(scope, receive, send)
            return
        path = scope["path"].rstrip("/")
        if CLOSED.match(path):
            await JSONResponse({"error": "There is nothing here."}, 404)(scope, receive, send)
            return
        if not path.startswith("/gradio_api/"):
            await self.app(scope, receive, send)
            return
        key = await run_sync(self.access.key, scope[TOKEN])
        if path == UPLOAD and scope["method"] == "POST":
            await (await self._upload(Request(scope, receive), key))(scope, receive, send)
            return
        page = streamed_page(scope)
        refusal = self._foreign(scope, page, key)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            if page:  # all its results are there, or nobody waits for them any more
                self.leaving.left(page)

    async def _upload(self, request: Request, key: str | None) -> Response:
        try:
            address = request.client.host if request.client else ""
            return JSONResponse(await self.uploads.receive(request, key or f"address:{address}"))
        except HTTPException as error:
            return PlainTextResponse(error.detail, error.status_code)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            return PlainTextResponse(no_room(error), 507)

    def _foreign(self, scope: Scope, page: str | None, key: str | None) -> Response | None:
        """An answer to somebody who asks for what belongs to somebody else."""
        found = CACHED_FILE.fullmatch(scope["path"])
        if found is not None and not (may_fetch(found["path"], key) or may_fetch(unquote(found["path"]), key)):
            return JSONResponse({"error": "There is no such file."}, 404)
        beat = PAGE_HASH.fullmatch(scope["path"].rstrip("/"))
        names = [name for name in (page, beat["hash"] if beat else None) if name]
        if any(not self._own_page(name, key) for name in names):
            return JSONResponse({"error": "There is no such page."}, 404)
        return None

    def _own_page(self, name: str, key: str | None) -> bool:
        """Whether a page's stream of results belongs to this caller: the first who asks for it is who opened it."""
        with self._lock:
            owner: str | None = self._pages.setdefault(name, key)
            return owner == key


def streamed_page(scope: Scope) -> str | None:
    """The page whose results a request waits for."""
    if scope["path"].rstrip("/") != "/gradio_api/queue/data":
        return None
    return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)
