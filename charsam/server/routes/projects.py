"""The routes of projects: their images as a queue, uploads, annotation in the background, exports, members."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, BackgroundTasks
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from charsam.server import wording
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.request_bodies import Content, content
from charsam.server.routes.documents import caller_of, row_value
from charsam.server.words_files import stem_of
from charsam.workspace.errors import NotFound
from charsam.workspace.jobs import JobProgress, JobState
from charsam.workspace.project_export import Filters, export
from charsam.workspace.values import ImageRow, Order, Project, State

LONGEST_SEARCH: Final = 200
LONGEST_NAME: Final = 200
AT_ONCE: Final = 100
"""Images that are decided on in one write, for which everybody else's writing waits."""

States = list[Annotated[State, Field(strict=False)]]


class Named(Content):
    """A name for a project."""

    name: str = Field(max_length=LONGEST_NAME)


class Annotation(Content):
    """states: of the images that are to be annotated."""

    states: States = Field(default_factory=lambda: [State.NEW])


class Decisions(Content):
    """images: their ids; None for those of `states` and `search` that have masks. checked: with nothing to check."""

    state: State = Field(strict=False)
    images: list[str] | None = Field(None, max_length=10_000)
    states: States | None = None
    search: str = Field("", max_length=LONGEST_SEARCH)
    checked: bool = False


class Export(Content):
    """images: their ids; None for those of `states` and `search`, None too for all."""

    format: str = Field(max_length=40)
    images: list[str] | None = None
    states: States | None = None
    search: str = Field("", max_length=LONGEST_SEARCH)
    with_images: bool = False
    accepted_only: bool = False
    without_rejected: bool = False


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/projects")
    who = caller_of(access)

    @routes.get("")
    def projects(caller: Caller = who) -> dict[str, Any]:
        caller.workspace.projects.inbox(caller.user)
        return {"projects": [project_value(project) for project in caller.workspace.projects.of(caller.user)]}

    @routes.post("")
    def create(asked: Annotated[Named, content(Named)], caller: Caller = who) -> dict[str, Any]:
        return project_value(caller.workspace.projects.create(asked.name, caller.user))

    @routes.post("/{project_id}/name")
    def rename(project_id: str, asked: Annotated[Named, content(Named)], caller: Caller = who) -> dict[str, Any]:
        return project_value(caller.workspace.projects.rename(project_id, asked.name, caller.user))

    @routes.post("/{project_id}/delete")
    def delete(project_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.projects.delete(project_id, caller.user)
        return {"deleted": project_id}

    @routes.get("/{project_id}/images")
    def images(
        project_id: str,
        state: str = "",
        search: str = "",
        order: str = Order.ADDED.value,
        after: str | None = None,
        limit: int = 100,
        whose: str = "",
        caller: Caller = who,
    ) -> dict[str, Any]:
        page = caller.workspace.images.page(
            project_id,
            caller.user,
            states=_states(state),
            search=search[:LONGEST_SEARCH],
            order=_order(order),
            after=after,
            limit=limit,
            whose=_whose(whose, caller),
        )
        here = service.presence.on(project_id, but=caller.user.name)
        counts = caller.workspace.images.counts(project_id, caller.user)
        return {
            "images": [row_value(row) | {"here": here.get(row.id, [])} for row in page.images],
            "counts": {found.value: number for found, number in counts.items()},
            "next": page.next,
            "to_check": caller.workspace.images.to_check(project_id, caller.user),
        }

    @routes.get("/{project_id}/next")
    def following(
        project_id: str,
        after: str | None = None,
        state: str = "",
        search: str = "",
        order: str = Order.ADDED.value,
        way: str = "next",
        whose: str = "",
        caller: Caller = who,
    ) -> dict[str, Any]:
        chosen: dict[str, Any] = {"states": _states(state), "search": search[:LONGEST_SEARCH], "order": _order(order),
                                  "whose": _whose(whose, caller)}  # fmt: skip
        if way == "previous" and after is not None:
            found = _before(caller, project_id, after, chosen)
        else:
            found = caller.workspace.images.next(project_id, caller.user, after=after, **chosen)
        return {"image": None if found is None else row_value(found)}

    @routes.post("/{project_id}/decide")
    def decide(
        project_id: str, asked: Annotated[Decisions, content(Decisions)], caller: Caller = who
    ) -> dict[str, Any]:
        """Accept, reject or open again many images; answers with the ids of those that changed."""
        images = asked.images
        if images is None:
            found = _queue(caller, project_id, asked.states, asked.search)
            images = [
                row.id
                for row in found
                if row.characters and row.state is not State.REJECTED and not (asked.checked and row.to_check)
            ]
        return {"images": decided(caller, project_id, images, asked.state), "state": asked.state.value}

    @routes.post("/{project_id}/annotate")
    def annotate(
        project_id: str, asked: Annotated[Annotation, content(Annotation)], caller: Caller = who
    ) -> dict[str, Any]:
        return progress_value(service.annotator.start(project_id, caller.user, asked.states))

    @routes.get("/{project_id}/progress")
    def progress(project_id: str, caller: Caller = who) -> dict[str, Any]:
        return progress_value(service.annotator.progress(project_id, caller.user))

    @routes.post("/{project_id}/cancel")
    def cancel(project_id: str, caller: Caller = who) -> dict[str, Any]:
        return progress_value(service.annotator.cancel(project_id, caller.user))

    @routes.post("/{project_id}/export")
    def export_project(
        project_id: str, asked: Annotated[Export, content(Export)], background: BackgroundTasks, caller: Caller = who
    ) -> Response:
        images = _chosen(caller, project_id, asked)
        filters = Filters(asked.accepted_only, asked.without_rejected)
        path = Path(tempfile.mkstemp(prefix="charsam-export-", suffix=".zip")[1])
        try:
            with path.open("wb") as file:
                project = caller.workspace.projects.get(project_id, caller.user)
                done = export(
                    caller.workspace,
                    project_id,
                    asked.format,
                    caller.user,
                    file,
                    images=images,
                    with_images=asked.with_images,
                    filters=filters,
                )
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        background.add_task(path.unlink, missing_ok=True)
        name = f"{stem_of(project.name)}_{asked.format}.zip"
        shown = quote(name)  # a header holds no letters but ASCII
        counts = {"X-Charsam-Images": str(done.images), "X-Charsam-Left-Out": str(len(done.left_out))}
        headers = {"X-Charsam-Name": shown, **counts, "Cache-Control": "no-store"}
        return FileResponse(path, media_type="application/zip", filename=name, headers=headers, background=background)

    return routes


def project_value(project: Project) -> dict[str, Any]:
    """A project as the page shows it."""
    return {"id": project.id, "name": project.name, "owner": project.owner, "inbox": project.inbox}


def progress_value(progress: JobProgress | None) -> dict[str, Any]:
    """How far the annotation of a project is; of = 0 where none has been asked for."""
    if progress is None:
        return {"running": False, "done": 0, "of": 0, "current": None, "failed": [], "text": ""}
    finished = progress.done + progress.failed + progress.left
    running = progress.state is JobState.RUNNING
    said = f"{wording.counted(progress.done, 'image')} annotated"
    if progress.failed:
        said += f", {progress.failed} failed"
    if progress.left:
        said += f", {progress.left} left as they are"
    if progress.state is JobState.CANCELLED:
        said = f"Stopped: {said}, {progress.waiting} not begun"
    if progress.trouble is not None:
        said = f"Paused, and tried again in a moment: {progress.trouble.rstrip('.')}. {said}"
    return {
        "running": running,
        "trouble": progress.trouble,
        "done": finished,
        "of": progress.total,
        "current": progress.at,
        "failed": [f"{problem.name}: {problem.message}" for problem in progress.problems],
        "text": f"{said}.",
    }


def _before(caller: Caller, project_id: str, here: str, chosen: dict[str, Any]) -> ImageRow | None:
    """The image before one in the queue; None where it is the first, or not in it."""
    last = None
    for row in caller.workspace.images.each(project_id, caller.user, **chosen):
        if row.id == here:
            return last
        last = row
    return None


def _chosen(caller: Caller, project_id: str, asked: Export) -> list[str] | None:
    """The ids of the images that a request names, itself or by their states and a search; None for all."""
    if asked.images is not None or not (asked.states or asked.search):
        return asked.images
    return [row.id for row in _queue(caller, project_id, asked.states, asked.search)]


def _queue(caller: Caller, project_id: str, states: States | None, search: str) -> list[ImageRow]:
    """All images of a project in some states (None: in any) with `search` in their name, note or words."""
    return list(caller.workspace.images.each(project_id, caller.user, states=states, search=search))


def decided(caller: Caller, project_id: str, images: Sequence[str], state: State) -> list[str]:
    """Give many images of a project a state; the ids of those that had another. Raises NotFound for a stranger's."""
    changed = []
    images = list(dict.fromkeys(images))
    for begin in range(0, len(images), AT_ONCE):
        with caller.workspace.together():
            for image_id in images[begin : begin + AT_ONCE]:
                before = caller.workspace.images.get(image_id, caller.user)
                if before.project != project_id:
                    raise NotFound("This image is of another project.")
                if caller.workspace.history.set_state(image_id, state, caller.user).state is not before.state:
                    changed.append(image_id)
    return changed


def _whose(text: str, caller: Caller) -> str | None:
    """To whom images are given, after a query: "mine", "nobody", or (empty) anybody."""
    return {"mine": caller.user.name, "nobody": ""}.get(text)


def _states(text: str) -> list[State] | None:
    """The states that a query names, by comma; None for all. Answers 400 for one that does not exist."""
    names = [name for name in text.split(",") if name]
    return _known(names) if names else None


def _known(names: Sequence[object]) -> list[State]:
    known = {state.value: state for state in State}
    found = [known.get(name) if isinstance(name, str) else None for name in names]
    if None in found:
        unknown = str(names[found.index(None)])[:40]
        raise HTTPException(400, f"There is no state {unknown!r}; the states are {', '.join(State)}.")
    return [state for state in found if state is not None]


def _order(name: str) -> Order:
    if name not in {order.value for order in Order}:
        raise HTTPException(400, f"There is no order {name[:40]!r}; the orders are {', '.join(Order)}.")
    return Order(name)
