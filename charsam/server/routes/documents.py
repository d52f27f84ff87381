"""The routes of one image: its document, edits, undo and redo, pixels, heat, state, note and history."""

from __future__ import annotations

import io
from typing import Annotated, Any, Final

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from PIL import Image
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from charsam.editing.changes import change_to_json
from charsam.editing.document_json import document_to_json
from charsam.segmenters import availability
from charsam.server.access import Access, Caller
from charsam.server.gate import TOKEN
from charsam.server.image_service import EditAnswer, ImageService
from charsam.server.request_bodies import Content, content
from charsam.trace import Settings
from charsam.workspace.values import Appended, ImageRow, Opened, State

LONGEST_NOTE: Final = 4000
LONGEST_KEY: Final = 100
PRIVATE: Final = "private, no-cache"
"""A browser may keep a picture, but asks each time whether it is still allowed to show it."""


class StepRequest(Content):
    """base: the history entry that the caller has seen last. key: the caller's own name for the step."""

    base: int = Field(ge=0, lt=2**53)
    key: str | None = Field(None, max_length=LONGEST_KEY)


class EditRequest(StepRequest):
    """A command for a document. segmenter: what makes masks anew; None for the default."""

    command: dict[str, Any]
    segmenter: str | None = Field(None, max_length=40)


class Decision(Content):
    """What a person decides of an image."""

    state: State = Field(strict=False)


class Note(Content):
    """What a person writes to an image."""

    note: str = Field(max_length=LONGEST_NOTE)


def caller_of(access: Access) -> Any:
    """A dependency: the caller of a request, or 401."""

    def find(request: Request) -> Caller:
        return caller_from(access, request)

    return Depends(find)


def caller_from(access: Access, request: Request) -> Caller:
    """The caller of a request. Answers 401 to a stranger."""
    caller = access.caller(request.scope.get(TOKEN))
    if caller is None:
        raise HTTPException(401, "Your session has ended. Open the page again.")
    return caller


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/documents/{image_id}")
    who = caller_of(access)

    @routes.get("")
    def document(
        image_id: str, background: BackgroundTasks, segmenter: str = "", caller: Caller = who
    ) -> dict[str, Any]:
        row = caller.workspace.images.get(image_id, caller.user)
        opened = caller.workspace.history.document(image_id, caller.user)
        inbox = caller.workspace.projects.get(row.project, caller.user).inbox
        background.add_task(service.prepare, caller, row, opened.document, segmenter[:40] or None)
        used = caller.workspace.learned.used_name(row.project)
        return document_value(service, row, opened) | {"inbox": inbox, "learned": used}

    @routes.post("/edits")
    def edit(
        image_id: str, asked: Annotated[EditRequest, content(EditRequest)], caller: Caller = who
    ) -> dict[str, Any]:
        answer = service.edit(caller, image_id, asked.base, asked.command, asked.segmenter, asked.key or "")
        return answer_value(answer, caller, image_id)

    @routes.post("/undo")
    def undo(
        image_id: str, asked: Annotated[StepRequest, content(StepRequest)], caller: Caller = who
    ) -> dict[str, Any]:
        appended = caller.workspace.history.undo(image_id, asked.base, caller.user)
        service.remember_key(image_id, appended.seq, asked.key or "")
        return step_value(appended)

    @routes.post("/redo")
    def redo(
        image_id: str, asked: Annotated[StepRequest, content(StepRequest)], caller: Caller = who
    ) -> dict[str, Any]:
        appended = caller.workspace.history.redo(image_id, asked.base, caller.user)
        service.remember_key(image_id, appended.seq, asked.key or "")
        return step_value(appended)

    @routes.get("/image")
    def image(image_id: str, request: Request, caller: Caller = who) -> Response:
        row = caller.workspace.images.get(image_id, caller.user)
        if (same := _unchanged(request, row.hash)) is not None:
            return same
        data = caller.workspace.images.read(image_id, caller.user)
        kind, shown = browser_image(data, lambda: service.image(caller, row))
        return picture(shown, kind, row.hash)

    @routes.get("/thumbnail")
    def thumbnail(image_id: str, request: Request, caller: Caller = who) -> Response:
        row = caller.workspace.images.get(image_id, caller.user)
        if (same := _unchanged(request, f"{row.hash}-thumbnail")) is not None:
            return same
        data = caller.workspace.images.thumbnail(image_id, caller.user)
        return picture(data, "image/jpeg", f"{row.hash}-thumbnail")

    @routes.post("/state")
    def state(image_id: str, asked: Annotated[Decision, content(Decision)], caller: Caller = who) -> dict[str, Any]:
        return row_value(caller.workspace.history.set_state(image_id, asked.state, caller.user))

    @routes.post("/note")
    def note(image_id: str, asked: Annotated[Note, content(Note)], caller: Caller = who) -> dict[str, Any]:
        return row_value(caller.workspace.history.set_note(image_id, asked.note, caller.user))

    @routes.post("/delete")
    def delete(image_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.images.delete(image_id, caller.user)
        return {"deleted": image_id}

    @routes.get("/history")
    def history(image_id: str, caller: Caller = who) -> dict[str, Any]:
        entries = caller.workspace.history.entries(image_id, caller.user)
        names = ("seq", "kind", "label", "by", "at", "undoes", "redoes", "note")
        return {"entries": [{name: getattr(entry, name) for name in names} for entry in entries]}

    return routes


def document_value(service: ImageService, row: ImageRow, opened: Opened) -> dict[str, Any]:
    """What a canvas needs to show an image."""
    standard = Settings()
    return {
        **row_value(row),
        "seq": opened.seq,
        "width": row.width,
        "height": row.height,
        "image": f"documents/{row.id}/image",
        "document": document_to_json(opened.document),
        "undo": opened.undo,
        "redo": opened.redo,
        "key": service.key(row.id, opened.seq),
        "segmenter": standard.segmenter,
        "segmenters": [one.name for one in availability() if one.available],
        "prompts": standard.prompts.value,
    }


def row_value(row: ImageRow) -> dict[str, Any]:
    """An image as the queue shows it."""
    return {
        "id": row.id,
        "name": row.name,
        "project": row.project,
        "state": row.state.value,
        "words": row.words,
        "characters": row.characters,
        "to_check": row.to_check,
        "note": row.note,
        "assigned_to": row.assigned_to,
        "seq": row.seq,
        "by": row.by,
        "at": row.at,
        "thumbnail": f"documents/{row.id}/thumbnail",
    }


def answer_value(answer: EditAnswer, caller: Caller, image_id: str) -> dict[str, Any]:
    """What an edit did, or that it changed nothing."""
    told = {"message": answer.message, "seconds": round(answer.seconds, 3)}
    if answer.appended is not None:
        return step_value(answer.appended) | told
    row, opened = caller.workspace.images.get(image_id, caller.user), answer.opened
    same = {"seq": opened.seq, "change": None, "undo": opened.undo, "redo": opened.redo, "state": row.state.value}
    return same | {"label": answer.label} | told


def step_value(appended: Appended) -> dict[str, Any]:
    """A history entry that has just been written."""
    return {
        "seq": appended.seq,
        "change": None if appended.change is None else change_to_json(appended.change),
        "label": appended.label,
        "message": "",
        "undo": appended.undo,
        "redo": appended.redo,
        "state": appended.state.value,
        "seconds": 0.0,
    }


def browser_image(data: bytes, pixels: Any) -> tuple[str, bytes]:
    """(media type, bytes) of an image with exactly the upright pixels that the pipeline sees.

    The file itself where every browser shows it so; else a PNG of `pixels()`.
    """
    with Image.open(io.BytesIO(data)) as opened:
        upright = (opened.getexif().get(0x0112) or 1) == 1
        plain = (
            opened.mode in ("RGB", "L")
            and "transparency" not in opened.info
            and not getattr(opened, "is_animated", False)
        )
        if upright and plain and opened.format in ("JPEG", "PNG", "WEBP"):
            return Image.MIME[opened.format], data
    buffer = io.BytesIO()
    Image.fromarray(pixels()).save(buffer, "PNG", compress_level=1)
    return "image/png", buffer.getvalue()


def picture(data: bytes, kind: str, tag: str) -> Response:
    """A picture that only its owner may see. tag: names what it holds; empty where it is made anew each time."""
    headers = {"Cache-Control": PRIVATE, "Content-Security-Policy": "default-src 'none'; sandbox"}
    if tag:
        headers["ETag"] = f'"{tag}"'
    return Response(data, media_type=kind, headers=headers)


def _unchanged(request: Request, tag: str) -> Response | None:
    if request.headers.get("if-none-match") == f'"{tag}"':
        return Response(status_code=304, headers={"ETag": f'"{tag}"', "Cache-Control": PRIVATE})
    return None
