"""The routes of inspection, under /label: one character's story, two settings compared, truth, a project's cases."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from charsam.inspection.failures import FailureKind, slug
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.inspector import Inspector
from charsam.server.languages import language_of
from charsam.server.report_page import PICTURES, why_page
from charsam.server.request_bodies import Content, content, forget_uploads, uploaded_files
from charsam.server.routes import cases
from charsam.server.routes.documents import caller_from, caller_of
from charsam.server.run_settings import Asked, RunSettings

TRUTH_BYTES: Final = 64_000_000
SHEETS: Final = {"strips.jpg": "image/jpeg", "masks.png": "image/png", "truth.png": "image/png"}


class Verdict(Content):
    """refs: characters by their places. verdict: "accepted", "rejected", or "" to take it back."""

    refs: list[str] = Field(max_length=2000)
    verdict: Literal["accepted", "rejected", ""]


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/inspect")
    who = caller_of(access)
    inspector = Inspector(service)

    @routes.get("/images/{image_id}/characters/{word}/{index}")
    def story(
        image_id: str, word: int, index: int, asked: Asked, modes: bool = True, caller: Caller = who
    ) -> dict[str, Any]:
        return inspector.story(caller, image_id, word, index, asked.settings(), modes=modes)

    @routes.get("/images/{image_id}/compare")
    def compare(
        image_id: str,
        first: str = "",
        first_prompts: str = "",
        first_threshold: float | None = None,
        second: str = "",
        second_prompts: str = "",
        second_threshold: float | None = None,
        caller: Caller = who,
    ) -> dict[str, Any]:
        a = RunSettings(segmenter=first, prompts=first_prompts, threshold=first_threshold)
        b = RunSettings(segmenter=second, prompts=second_prompts, threshold=second_threshold)
        return inspector.compare(caller, image_id, a.settings(), b.settings())

    @routes.get("/images/{image_id}/modes")
    def modes(image_id: str, asked: Asked, caller: Caller = who) -> dict[str, Any]:
        return inspector.modes(caller, image_id, asked.settings())

    @routes.post("/images/{image_id}/truth")
    async def give_truth(image_id: str, request: Request) -> dict[str, Any]:
        caller = await run_sync(caller_from, access, request)
        files = await uploaded_files(request, TRUTH_BYTES)
        try:
            if len(files) != 1:
                raise HTTPException(400, "Give one file: the true mask of this image.")
            name, path = files[0]
            await run_sync(inspector.take_truth, caller, image_id, path, name[-120:])
        finally:
            await run_sync(forget_uploads, request)
        return await run_sync(inspector.against_truth, caller, image_id)

    @routes.get("/images/{image_id}/truth")
    def truth(image_id: str, caller: Caller = who) -> dict[str, Any]:
        return inspector.against_truth(caller, image_id)

    @routes.post("/images/{image_id}/truth/delete")
    def forget_truth(image_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.truths.take_back(image_id, caller.user)
        return {}

    @routes.get("/images/{image_id}/measures")
    def measures(image_id: str, asked: Asked, caller: Caller = who) -> dict[str, Any]:
        """An image under some settings, in numbers."""
        return inspector.measured(caller, image_id, asked.settings())

    @routes.post("/images/{image_id}/decide")
    def decide(image_id: str, asked: Annotated[Verdict, content(Verdict)], caller: Caller = who) -> dict[str, Any]:
        """Accept or reject characters, or take that back."""
        return inspector.decide(caller, image_id, asked.refs, asked.verdict)

    @routes.get("/images/{image_id}/sheet")
    def sheet(image_id: str, caller: Caller = who) -> dict[str, Any]:
        found, name = inspector.sheet(caller, image_id)
        return {
            **found.rows,
            "id": image_id,
            "pictures": f"../images/{image_id}/sheets/{name}",
            **inspector.decisions(caller, image_id),
        }

    @routes.get("/images/{image_id}/sheets/{name}")
    def picture(image_id: str, name: str, caller: Caller = who) -> Response:
        found, _ = inspector.sheet(caller, image_id)
        kind = name.partition("_")[2]
        if kind not in SHEETS:
            raise HTTPException(404, "There is no such image.")
        content = {"strips.jpg": found.photo, "masks.png": found.masks, "truth.png": found.truth}[kind]
        if not content:
            raise HTTPException(404, "There is no such image.")
        return Response(content, media_type=SHEETS[kind], headers={"Cache-Control": "private, max-age=3600"})

    @routes.get("/why")
    def why(request: Request) -> Response:
        return HTMLResponse(why_page(language_of(request.headers.get("accept-language"))))

    @routes.get("/why/{name}.webp")
    def why_picture(name: str) -> Response:
        if name not in {slug(kind) for kind in FailureKind} or not (PICTURES / f"{name}.webp").is_file():
            raise HTTPException(404, "There is no such image.")
        return FileResponse(PICTURES / f"{name}.webp", headers={"Cache-Control": "max-age=3600"})

    routes.include_router(cases.router(access, inspector))
    return routes
