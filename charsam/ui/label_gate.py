"""The gate that every request passes: strangers are asked to log in, other sites may change nothing here, and the files
in Gradio's cache are handed out to their owners only.

A plain ASGI middleware around Gradio's own app and the routes under /label, so that nothing can be reached around it.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charsam.ui.label_access import COOKIE, HEADER, Access
from charsam.ui.label_files import may_fetch
from charsam.ui.label_serving import Mode, is_loopback

TOKEN: Final = "charsam_token"
"""Where the gate leaves the caller's token in the scope of a request."""
ROOT: Final = "/label"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
STATIC: Final = ("/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json")
OPEN_TO_STRANGERS: Final = (f"{ROOT}/login", "/gradio_api/startup-events")
CLOSED: Final = re.compile(
    r"/gradio_api/(deep_link|run-history|runs|vibe|undo-vibe|profiling|process_recording)|/monitoring"
)
"""What Gradio offers and this app does not: state saved under links, histories and the like."""
CACHED_FILE: Final = re.compile(r"/gradio_api/file[=/](?P<path>.*)", re.DOTALL)
PAGE_HASH: Final = re.compile(r"/gradio_api/heartbeat/(?P<hash>[^/]+)")
MOST_PAGES: Final = 20_000
YEAR: Final = 365 * 24 * 3600


class Gate:
    """The middleware. app: what lies behind it. access: who is who."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access
        self._pages: OrderedDict[str, str | None] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"].startswith(STATIC)):
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here speaks over websockets
        headers = Headers(scope=scope)
        token = headers.get(HEADER) or cookie(headers)
        refusal = self._misused(scope, headers)
        if refusal is None:
            key = await self._key(token)
            refusal = self._strange(scope, headers, key) or self._foreign(scope, key)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope[TOKEN] = token
        fresh = None
        if self.access.mode is Mode.DEMO and key is None and _asks_for_page(scope):
            fresh = scope[TOKEN] = self.access.welcome()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                own.setdefault("X-Content-Type-Options", "nosniff")
                own.setdefault("Referrer-Policy", "same-origin")
                if not self.access.serving.embedded:
                    own.setdefault("Content-Security-Policy", "frame-ancestors 'self'")
                if fresh is not None:
                    own.append("Set-Cookie", self.set_cookie(fresh, secure=_is_secure(scope)))
            await send(message)

        streamed = _streamed_page(scope)
        try:
            await self.app(scope, receive, answer)
        finally:
            if streamed:  # all its results are there, or nobody waits for them any more
                self.access.leaving.left(streamed)

    def set_cookie(self, token: str, *, secure: bool) -> str:
        """The cookie header that gives a token to a browser; an empty token takes the cookie away."""
        life = f"Max-Age={YEAR if token else 0}" if self.access.mode is Mode.LOGIN or not token else ""
        if self.access.serving.embedded:
            site = "SameSite=None; Secure; Partitioned"
        else:
            site = "SameSite=Lax; Secure" if secure else "SameSite=Lax"
        return "; ".join(part for part in (f"{COOKIE}={token}", "Path=/", "HttpOnly", site, life) if part)

    async def _key(self, token: str | None) -> str | None:
        if self.access.mode is Mode.LOGIN:
            return await anyio.to_thread.run_sync(self.access.key, token)
        return self.access.key(token)

    def _misused(self, scope: Scope, headers: Headers) -> Response | None:
        """An answer to what no page of this app would send."""
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if self.access.mode is Mode.LOCAL and not is_loopback(host):
            return PlainTextResponse(
                f"charsam serves this machine alone, and was asked as {host}. To serve others, start it with an "
                "address (charsam serve --host 0.0.0.0) or with CHARSAM_LOGIN=1; then it asks for a login.",
                403,
            )
        if CLOSED.match(scope["path"]):
            return JSONResponse({"error": "There is nothing here."}, 404)
        if scope["method"] not in SAFE and not same_site(headers):
            return JSONResponse({"error": "This request came from another site, so it was refused."}, 403)
        return None

    def _strange(self, scope: Scope, headers: Headers, key: str | None) -> Response | None:
        """An answer to a stranger where people have to log in."""
        if self.access.mode is not Mode.LOGIN or key is not None or scope["path"].rstrip("/") in OPEN_TO_STRANGERS:
            return None
        if (
            scope["method"] in ("GET", "HEAD")
            and "application/json" not in headers.get("accept", "")
            and (scope["path"] == "/" or scope["path"].startswith(f"{ROOT}/help"))
        ):
            query = scope["query_string"].decode("latin-1")
            wanted = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
            return RedirectResponse(f"{ROOT}/login?next={wanted}", 303)
        return JSONResponse({"error": "Log in first."}, 401)

    def _foreign(self, scope: Scope, key: str | None) -> Response | None:
        """An answer to somebody who asks for what belongs to somebody else."""
        path = scope["path"]
        found = CACHED_FILE.fullmatch(path)
        if found is not None and not (may_fetch(found["path"], key) or may_fetch(unquote(found["path"]), key)):
            return JSONResponse({"error": "There is no such file."}, 404)
        if path.rstrip("/") == "/gradio_api/queue/data":
            names = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        else:
            beat = PAGE_HASH.fullmatch(path.rstrip("/"))
            names = [beat["hash"]] if beat is not None else []
        if any(not self._own_page(name, key) for name in names):
            return JSONResponse({"error": "There is no such page."}, 404)
        return None

    def _own_page(self, name: str, key: str | None) -> bool:
        """Whether a page's stream of results belongs to this caller: the first who asks for it is who opened it."""
        with self._lock:
            owner: str | None = self._pages.setdefault(name, key)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
            return owner == key


def _streamed_page(scope: Scope) -> str | None:
    """The page whose results a request waits for."""
    if scope["path"].rstrip("/") != "/gradio_api/queue/data":
        return None
    return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)


def cookie(headers: Headers) -> str | None:
    """The token in a request's cookie."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return None
    return jar[COOKIE].value if COOKIE in jar else None


def same_site(headers: Headers) -> bool:
    """Whether a request comes from a page of this app, or from a program that is no browser."""
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in ("same-origin", "none")
    origin = headers.get("origin")
    own: str = headers.get("host", "").casefold()
    return origin is None or str(urlsplit(origin).netloc).casefold() == own


def _is_secure(scope: Scope) -> bool:
    return scope.get("scheme") == "https"  # also where a trusted proxy says so


def _asks_for_page(scope: Scope) -> bool:
    return bool(scope["method"] == "GET" and scope["path"] == "/")
