"""The routes of a visit: who has a page open, the models' state, examples, and photos that are brought."""

from __future__ import annotations

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from charsam.errors import ImageError
from charsam.segmenters import offered
from charsam.server.access import Access, Caller
from charsam.server.added_examples import open_example
from charsam.server.examples import Example, examples
from charsam.server.gate import TOKEN
from charsam.server.image_service import ImageService
from charsam.server.photo_download import fetch
from charsam.server.request_bodies import Content, content, forget_uploads, one_file
from charsam.server.routes.documents import caller_from, caller_of, row_value
from charsam.server.serving import Mode
from charsam.server.words_files import file_of
from charsam.trace import Settings

BYTES_LIMIT: Final = 25 * 2**20
"""Of a single photo."""
LONGEST_PAGE: Final = 80


class OpenPage(Content):
    """page: what a page calls itself."""

    page: str = Field(max_length=LONGEST_PAGE)


class Address(Content):
    """address: of a picture in the web. project: that it goes to; None: to the single photos."""

    address: str = Field(max_length=2000)
    project: str | None = Field(None, max_length=80)


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter()
    who = caller_of(access)

    @routes.post("/pages")
    def open_page(asked: Annotated[OpenPage, content(OpenPage)], request: Request) -> dict[str, Any]:
        """A page was opened. A visitor whose browser keeps no cookie gets a token to send along."""
        token, handed = request.scope.get(TOKEN), None
        if access.key(token) is None and access.visitors is not None:
            token = handed = access.welcome()
        if access.visitors is not None and token:
            access.visitors.page_opened(token, asked.page)
        service.engine.start()
        return {"token": handed, "mode": access.mode.value}

    @routes.post("/pages/left")
    def leave_page(asked: Annotated[OpenPage, content(OpenPage)], request: Request) -> dict[str, Any]:
        token = request.scope.get(TOKEN)
        if access.visitors is not None and token:
            access.visitors.page_closed(token, asked.page)
        return {}

    @routes.get("/status")
    def status() -> dict[str, Any]:
        return service.engine.status()

    @routes.get("/examples/{name}/thumbnail")
    def thumbnail(name: str) -> Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(_example(name).thumbnail, media_type="image/jpeg", headers=headers)

    @routes.post("/examples/{name}")
    def example(name: str, caller: Caller = who) -> dict[str, Any]:
        """Open an example; `run` says whether it has no result yet."""
        row = open_example(service, caller, _example(name))
        return {**row_value(row), "run": not row.characters}

    @routes.post("/photos")
    async def photo(request: Request) -> dict[str, Any]:
        """A single photo; it becomes an image of the project of the query, or of the person's single photos."""
        caller = await run_sync(caller_from, access, request)
        name, path = await one_file(request, BYTES_LIMIT + 2**20)
        try:
            return await run_sync(_added, caller, name, path.read_bytes(), request.query_params.get("project"))
        finally:
            await run_sync(forget_uploads, request)

    @routes.post("/photos/fetch")
    def fetched(asked: Annotated[Address, content(Address)], caller: Caller = who) -> dict[str, Any]:
        """A photo from an address of the web."""
        if not access.serving.fetches:
            raise HTTPException(403, "This server fetches no addresses. Save the image, then open the file.")
        name, data = fetch(asked.address, BYTES_LIMIT, inner=access.mode is Mode.LOCAL)
        return _added(caller, name, data, asked.project)

    return routes


def page_facts() -> dict[str, Any]:
    """What the page shows before it has asked for anything: examples, segmenters, the usual settings."""
    standard = Settings()
    options = [{"name": found.name, "available": found.available, "reason": found.reason} for found in offered()]
    shown = [{"name": one.name, "title": one.title, "file": one.file} for one in examples()]
    usual = {"prompts": standard.prompts.value, "threshold": standard.vote_threshold, "templates": standard.templates,
             "points": standard.points, "edge": standard.edge, "careful": standard.careful, "paper": False}  # fmt: skip
    return {
        "segmenter": standard.segmenter,
        "segmenters": options,
        "examples": shown,
        "usual": usual,
        "bytes": BYTES_LIMIT,
    }


def _example(name: str) -> Example:
    found = next((one for one in examples() if one.name == name), None)
    if found is None:
        raise HTTPException(404, "This example is not there any more; pick another one.")
    return found


def _added(caller: Caller, name: str, data: bytes, project: str | None) -> dict[str, Any]:
    file = file_of(name)
    try:
        inbox = project or caller.workspace.projects.inbox(caller.user).id
        return row_value(caller.workspace.images.add(inbox, file, data, caller.user))
    except ImageError as error:
        said = str(error)
        raise HTTPException(400, said if file in said else f"{file}: {said}") from error
