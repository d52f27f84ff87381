"""The gate that every request passes: strangers are asked to log in, and other sites may change nothing here.

A plain ASGI middleware around the routes under /label and whatever is served beside them, so that nothing can be
reached around it.
"""

from __future__ import annotations

from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote, urlsplit

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charsam.server.access import COOKIE, HEADER, Access
from charsam.server.serving import Mode, is_loopback

TOKEN: Final = "charsam_token"
"""Where the gate leaves the caller's token in the scope of a request."""
ROOT: Final = "/label"
STATIC: Final = f"{ROOT}/static/"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_TO_STRANGERS: Final = f"{ROOT}/login"
YEAR: Final = 365 * 24 * 3600


class Gate:
    """The middleware. app: what lies behind it. access: who is who. open_paths: further paths that strangers may ask
    for where people log in. public: beginnings of paths that hold nothing of anybody.
    """

    def __init__(
        self, app: ASGIApp, access: Access, open_paths: Collection[str] = (), public: tuple[str, ...] = ()
    ) -> None:
        self.app, self.access, self._public = app, access, public
        self._open = {OPEN_TO_STRANGERS, *open_paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        public = scope["type"] == "http" and scope["path"].startswith((STATIC, *self._public))
        if public or scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here speaks over websockets
        headers = Headers(scope=scope)
        token = headers.get(HEADER) or cookie(headers)
        refusal = self._misused(scope, headers)
        if refusal is None:
            key = await self._key(token)
            refusal = self._strange(scope, headers, key)
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

        with self.access.answering(scope[TOKEN]):
            await self.app(scope, receive, answer)

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
        if scope["method"] not in SAFE and not same_site(headers):
            return JSONResponse({"error": "This request came from another site, so it was refused."}, 403)
        return None

    def _strange(self, scope: Scope, headers: Headers, key: str | None) -> Response | None:
        """An answer to a stranger where people have to log in."""
        if self.access.mode is not Mode.LOGIN or key is not None or scope["path"].rstrip("/") in self._open:
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
