"""The login page, in plain HTML without a script, and the routes to log in and out and to ask who one is."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from charsam.server.access import Access
from charsam.server.gate import TOKEN, Gate
from charsam.server.languages import language_of
from charsam.server.pages import page
from charsam.server.request_bodies import Content, json_body, limited_body
from charsam.server.serving import Mode
from charsam.workspace.errors import TooManyAttempts
from charsam.workspace.passwords import LONGEST_PASSWORD

LOGIN_BYTES: Final = 20_000
LONGEST: Final = 200
WRONG: Final = "This name and password do not belong together."


class Credentials(Content):
    """A name and its password."""

    name: str = Field(max_length=LONGEST)
    password: str = Field(max_length=LONGEST_PASSWORD)


def router(access: Access) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter()
    gate = Gate(_nothing, access)

    def let_in(response: Response, token: str, request: Request) -> Response:
        response.headers["Set-Cookie"] = gate.set_cookie(token, secure=request.url.scheme == "https")
        return response

    def attempt(name: str, password: str, request: Request) -> str | None:
        return access.login(name, password, request.client.host if request.client else "")

    @routes.get("/login")
    def login_page(request: Request) -> Response:
        if access.mode is not Mode.LOGIN:
            return RedirectResponse("/", 303)
        return HTMLResponse(_page(access, _language(request), request.query_params.get("next", "/")))

    @routes.post("/login")
    async def login(request: Request) -> Response:
        if access.mode is not Mode.LOGIN:
            raise HTTPException(404, "Nobody needs to log in here.")
        from anyio.to_thread import run_sync

        if request.headers.get("content-type", "").startswith("application/json"):
            said = Credentials.model_validate(await json_body(request))
            token = await run_sync(attempt, said.name, said.password, request)
            if token is None:
                raise HTTPException(401, WRONG)
            return let_in(JSONResponse({"name": said.name, "token": token}), token, request)
        form = parse_qs((await limited_body(request, LOGIN_BYTES)).decode("utf-8", "replace"))
        name, password, wanted = (form.get(field, [""])[0] for field in ("name", "password", "next"))
        name, wanted = name[:LONGEST], wanted[:LONGEST]
        try:
            token = await run_sync(attempt, name, password, request)
        except TooManyAttempts as error:
            return HTMLResponse(_page(access, _language(request), wanted, name, str(error)), 429)
        if token is None:
            return HTMLResponse(_page(access, _language(request), wanted, name, WRONG), 401)
        return let_in(RedirectResponse(_own_path(wanted), 303), token, request)

    @routes.post("/logout")
    def logout(request: Request) -> Response:
        access.logout(request.scope.get(TOKEN))
        return let_in(JSONResponse({"name": None}), "", request)

    @routes.get("/me")
    def me(request: Request) -> dict[str, Any]:
        caller = access.caller(request.scope.get(TOKEN))
        return {"mode": access.mode.value, "name": None if caller is None else caller.user.name}

    return routes


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the login page asks the gate for cookies only")


def _own_path(wanted: str) -> str:
    """Where to go after the login: a page of this app, never another site."""
    fine = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if fine else "/"


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language"))


def _page(access: Access, language: str, wanted: str, name: str = "", problem: str = "") -> str:
    """The page. wanted: where to go afterwards; name, problem: what came of the last attempt."""
    return page(
        "login",
        "shared/login.css",
        language,
        wanted=_own_path(wanted),
        name=name,
        problem=problem,
        accounts=access.has_accounts(),
        longest_name=LONGEST,
        longest_password=2 * LONGEST_PASSWORD,  # in UTF-16, as browsers count; they cut what is longer without a word
    )
