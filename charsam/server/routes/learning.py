"""The routes of what a project learns from its corrections: learn, look at the proof, use it, go back, pass it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from charsam.segmenters.learned import MOST_BYTES, SUFFIX
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.learner import Learner, LearningJob
from charsam.server.request_bodies import Content, content, forget_uploads, one_file
from charsam.server.routes.documents import caller_from, caller_of, row_value
from charsam.server.serving import Mode
from charsam.workspace.corrected import corrected_words, worth_most
from charsam.workspace.errors import NotFound
from charsam.workspace.learned import LearnedRow
from charsam.workspace.values import ImageRow, State


class Named(Content):
    """What a learned segmenter is to be called."""

    name: str = Field(max_length=200)


class Used(Content):
    """Which one makes the project's masks; None: compact."""

    id: str | None = Field(None, max_length=40)


def router(access: Access, service: ImageService, learner: Learner) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/projects/{project_id}")
    who = caller_of(access)

    @routes.get("/learned")
    def learned(project_id: str, caller: Caller = who) -> dict[str, Any]:
        """What was learned, what could be, and how far a learning is."""
        rows = caller.workspace.learned.of(project_id, caller.user)
        counts = caller.workspace.images.counts(project_id, caller.user)
        return {
            "learned": [learned_value(row) for row in rows],
            "job": job_value(learner.job(project_id)),
            "uncorrected": counts[State.ANNOTATED],
            "changed": [row_value(row) for row in _changed(service, caller, project_id)],
            "demo": access.mode is Mode.DEMO,
        }

    @routes.get("/corrected")
    def corrected(project_id: str, caller: Caller = who) -> dict[str, Any]:
        """How many words teach, and the images that would teach most if they were corrected next."""
        best = worth_most(caller.workspace, project_id, caller.user)
        return {
            "words": corrected_words(caller.workspace, project_id, caller.user),
            "next": [row_value(row) for row in best],
        }

    @routes.post("/learn")
    def learn(project_id: str, asked: Annotated[Named, content(Named)], caller: Caller = who) -> dict[str, Any]:
        """Begin to learn."""
        if access.mode is Mode.DEMO:
            raise HTTPException(403, "A demo does not learn. Run charsam on a computer of your own.")
        caller.workspace.learned.check_write(project_id, caller.user)
        learner.start(caller, project_id, asked.name)
        return learned(project_id, caller)

    @routes.post("/learn/cancel")
    def cancel(project_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.learned.check_write(project_id, caller.user)
        learner.cancel(project_id)
        return learned(project_id, caller)

    @routes.post("/learned/use")
    def use(project_id: str, asked: Annotated[Used, content(Used)], caller: Caller = who) -> dict[str, Any]:
        """Let one make the project's masks, or compact again."""
        caller.workspace.learned.use(project_id, asked.id, caller.user)
        return learned(project_id, caller)

    @routes.post("/learned/again")
    def again(project_id: str, caller: Caller = who) -> dict[str, Any]:
        """Annotate again what nobody has corrected, the most doubtful images first."""
        service.annotator.start(project_id, caller.user, (State.ANNOTATED,), doubtful_first=True)
        return learned(project_id, caller)

    @routes.post("/learned/{learned_id}/delete")
    def delete(project_id: str, learned_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.learned.remove(project_id, learned_id, caller.user)
        return learned(project_id, caller)

    @routes.get("/learned/{learned_id}/file")
    def file(project_id: str, learned_id: str, caller: Caller = who) -> Response:
        name, body = caller.workspace.learned.body(project_id, learned_id, caller.user)
        shown = quote(f"{name}{SUFFIX}")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{shown}", "Cache-Control": "no-store"}
        return Response(body, media_type="application/octet-stream", headers=headers)

    @routes.post("/learned")
    async def bring(project_id: str, request: Request) -> dict[str, Any]:
        """Take the file of a learned segmenter in."""
        caller = await run_sync(caller_from, access, request)
        _, path = await one_file(request, MOST_BYTES + 10_000)
        try:
            body = await run_sync(path.read_bytes)
            await run_sync(caller.workspace.learned.add, project_id, body, caller.user)
        finally:
            await run_sync(forget_uploads, request)
        return await run_sync(learned, project_id, caller)

    return routes


def _changed(service: ImageService, caller: Caller, project_id: str) -> Iterator[ImageRow]:
    """The images whose masks the newest annotation changed most, of those that nobody has decided on since."""
    progress = service.annotator.progress(project_id, caller.user)
    for image_id in progress.changed if progress is not None else ():
        with suppress(NotFound):
            row = caller.workspace.images.get(image_id, caller.user)
            if row.state is State.ANNOTATED:
                yield row


def learned_value(row: LearnedRow) -> dict[str, Any]:
    """A learned segmenter as the page shows it."""
    card = None if row.card is None else row.card.to_json()
    about = {"id": row.id, "name": row.name, "at": row.at, "by": row.by}
    return {**about, "used": row.used, "fits": row.fits, "card": card}


def job_value(job: LearningJob | None) -> dict[str, Any] | None:
    """How far a learning is, or what came of it."""
    if job is None:
        return None
    return {
        "name": job.name,
        "by": job.by,
        "what": job.what,
        "share": round(job.share, 3),
        "over": job.over,
        "learned": job.learned,
        "card": None if job.card is None else job.card.to_json(),
        "message": job.message,
    }
