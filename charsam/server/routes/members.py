"""The routes of a project's members, with their roles, of its trash, and of that of projects."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from charsam.server.access import Access, Caller
from charsam.server.request_bodies import Content, content
from charsam.server.routes.documents import caller_of, row_value
from charsam.server.routes.projects import LONGEST_NAME, project_value
from charsam.workspace.values import Role


class Person(Content):
    """A person, by name."""

    name: str = Field(max_length=LONGEST_NAME)


class Share(Person):
    """A person and the role that a project gives them."""

    role: Role = Field(Role.LABELER, strict=False)


def router(access: Access) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter()
    who = caller_of(access)

    @routes.get("/projects/{project_id}/members")
    def members(project_id: str, caller: Caller = who) -> dict[str, Any]:
        found = caller.workspace.team.members(project_id, caller.user)
        return {
            "members": [one.user.name for one in found],
            "roles": {one.user.name: one.role.value for one in found},
            "me": caller.user.name,
            "mine": next(one.role.value for one in found if one.user.id == caller.user.id),
        }

    @routes.post("/projects/{project_id}/members")
    def share(project_id: str, asked: Annotated[Share, content(Share)], caller: Caller = who) -> dict[str, Any]:
        caller.workspace.team.share(project_id, asked.name, caller.user, asked.role)
        return members(project_id, caller)

    @routes.post("/projects/{project_id}/members/remove")
    def unshare(project_id: str, asked: Annotated[Person, content(Person)], caller: Caller = who) -> dict[str, Any]:
        name = asked.name
        caller.workspace.team.unshare(project_id, name, caller.user)
        return {"removed": name} if name == caller.user.name else members(project_id, caller)

    @routes.get("/projects/{project_id}/trash")
    def trash(project_id: str, caller: Caller = who) -> dict[str, Any]:
        found = caller.workspace.trash.images(project_id, caller.user)
        return {"images": [{"id": one.image.id, "name": one.image.name, "at": one.at, "by": one.by} for one in found]}

    @routes.get("/trash")
    def deleted(caller: Caller = who) -> dict[str, Any]:
        found = caller.workspace.trash.projects(caller.user)
        return {"projects": [{"id": one.id, "name": one.name, "at": at} for one, at in found]}

    @routes.post("/projects/{project_id}/bring-back")
    def bring_project_back(project_id: str, caller: Caller = who) -> dict[str, Any]:
        return project_value(caller.workspace.trash.restore_project(project_id, caller.user))

    @routes.post("/projects/{project_id}/purge")
    def purge_project(project_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.trash.purge_project(project_id, caller.user)
        return {"deleted": project_id}

    @routes.post("/documents/{image_id}/bring-back")
    def bring_back(image_id: str, caller: Caller = who) -> dict[str, Any]:
        return row_value(caller.workspace.trash.restore(image_id, caller.user))

    @routes.post("/documents/{image_id}/purge")
    def purge(image_id: str, caller: Caller = who) -> dict[str, Any]:
        caller.workspace.trash.purge(image_id, caller.user)
        return {"deleted": image_id}

    return routes
