"""The routes of people at work on one project: who is where, whose an image is, figures, second readings."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from charsam.inspection.agreement import agreement
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.project_truth import project_rows
from charsam.server.request_bodies import Content, content
from charsam.server.routes.documents import caller_of
from charsam.server.routes.projects import LONGEST_NAME, project_value
from charsam.server.words_files import stem_of
from charsam.workspace.team import Figures


class Assignment(Content):
    """name: of a member; None: nobody's."""

    images: list[str] = Field(max_length=10_000)
    name: str | None = Field(None, max_length=LONGEST_NAME)


class SecondReading(Content):
    """images: their ids; None for all that are accepted."""

    images: list[str] | None = Field(None, max_length=10_000)


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter()
    who = caller_of(access)

    @routes.post("/documents/{image_id}/here")
    def here(image_id: str, caller: Caller = who) -> dict[str, Any]:
        """The caller looks at an image; answers who else does."""
        row = caller.workspace.images.get(image_id, caller.user)
        service.presence.here(caller.user.name, row.project, image_id)
        return {"others": service.presence.on(row.project, but=caller.user.name).get(image_id, [])}

    @routes.post("/projects/{project_id}/assign")
    def assign(
        project_id: str, asked: Annotated[Assignment, content(Assignment)], caller: Caller = who
    ) -> dict[str, Any]:
        caller.workspace.team.assign(project_id, asked.images, asked.name, caller.user)
        return {"images": asked.images, "assigned_to": asked.name}

    @routes.get("/projects/{project_id}/figures")
    def figures(project_id: str, caller: Caller = who) -> dict[str, Any]:
        """What each person has done."""
        return {"people": [asdict(one) for one in caller.workspace.team.figures(project_id, caller.user)]}

    @routes.get("/projects/{project_id}/figures.csv")
    def table(project_id: str, caller: Caller = who) -> Response:
        project = caller.workspace.projects.get(project_id, caller.user)
        rows = [asdict(one) for one in caller.workspace.team.figures(project_id, caller.user)]
        return _csv(list(Figures.__dataclass_fields__), rows, f"{stem_of(project.name)}_figures.csv")

    @routes.post("/projects/{project_id}/second")
    def second(
        project_id: str, asked: Annotated[SecondReading, content(SecondReading)], caller: Caller = who
    ) -> dict[str, Any]:
        """A project of the same photos, to be read by somebody else."""
        return project_value(caller.workspace.team.second_reading(project_id, asked.images, caller.user))

    @routes.get("/projects/{project_id}/agreement")
    def agreeing(project_id: str, other: str, caller: Caller = who) -> dict[str, Any]:
        """How far two projects of the same photos agree, picture by picture."""
        return {"images": _agreements(caller, project_id, other)}

    @routes.get("/projects/{project_id}/agreement.csv")
    def agreeing_table(project_id: str, other: str, caller: Caller = who) -> Response:
        rows = _agreements(caller, project_id, other)
        project = caller.workspace.projects.get(project_id, caller.user)
        fields = ["name", "words", "first", "second", "texts", "characters", "iou"]
        return _csv(fields, rows, f"{stem_of(project.name)}_agreement.csv")

    return routes


def _agreements(caller: Caller, project_id: str, other: str) -> list[dict[str, Any]]:
    """The photos that both projects have, those that agree least first."""
    theirs = {row.hash: row for row in project_rows(caller, other)}
    found = []
    for row in project_rows(caller, project_id):
        same = theirs.get(row.hash)
        if same is None or not (row.words or same.words):
            continue
        documents = [caller.workspace.history.document(one.id, caller.user).document for one in (row, same)]
        value = asdict(agreement(*documents))
        found.append({"id": row.id, "other": same.id, "name": row.name, **value})
    return sorted(found, key=lambda one: (one["iou"] is None, one["iou"] or 0.0))


def _csv(fields: list[str], rows: list[dict[str, Any]], name: str) -> Response:
    """A table as a file. Cells that a spreadsheet would take for a formula begin with an apostrophe."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        safe = {
            key: f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t" else value
            for key, value in row.items()
        }
        writer.writerow(safe)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
