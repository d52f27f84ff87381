"""The routes of a whole project's cases, under /label/inspect: its page, its images, its truth."""

from __future__ import annotations

from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from charsam.inspection.report import about
from charsam.segmenters import availability
from charsam.server.access import Access, Caller
from charsam.server.inspector import Inspector
from charsam.server.project_truth import take_truths
from charsam.server.report_page import project_page
from charsam.server.request_bodies import forget_uploads, uploaded_files
from charsam.server.routes.documents import caller_from, caller_of

PAGE_OF_IMAGES: Final = 500
PROJECT_TRUTH_BYTES: Final = 500_000_000


def router(access: Access, inspector: Inspector) -> APIRouter:
    """The routes, to be included below /inspect."""
    routes = APIRouter()
    who = caller_of(access)

    @routes.get("/projects/{project_id}")
    def project(project_id: str, caller: Caller = who) -> Response:
        found = caller.workspace.projects.get(project_id, caller.user)
        with_truth = bool(caller.workspace.truths.of(project_id, caller.user))
        facts = about(found.name, truth=with_truth) | {"decisions": True, "segmenters": _segmenters()}
        return HTMLResponse(project_page(found.name, facts, "../../"))

    @routes.post("/projects/{project_id}/truth")
    async def give_truths(project_id: str, request: Request) -> dict[str, Any]:
        """The truth of many images of a project: a zip, or files named like the images."""
        caller = await run_sync(caller_from, access, request)
        files = await uploaded_files(request, PROJECT_TRUTH_BYTES)
        try:
            return await run_sync(take_truths, inspector, caller, project_id, files)
        finally:
            await run_sync(forget_uploads, request)

    @routes.get("/projects/{project_id}/images")
    def images(project_id: str, after: str | None = None, caller: Caller = who) -> dict[str, Any]:
        found = caller.workspace.images.page(project_id, caller.user, after=after, limit=PAGE_OF_IMAGES)
        rows = [{"id": row.id, "name": row.name, "characters": row.characters} for row in found.images]
        return {"images": rows, "next": found.next}

    return routes


def _segmenters() -> list[str]:
    return [one.name for one in availability() if one.available]
