"""The settings of a run as a page asks for them, checked before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from charsam.errors import SettingsError
from charsam.segmenters import availability, default_segmenter
from charsam.settings import ADDITIONS, Settings
from charsam.types import PromptMode
from charsam.workspace.workspace import Workspace


class RunSettings(BaseModel):
    """What is left out is as usual. threshold, templates, points, edge, careful: see `charsam.trace.Settings`.

    paper: without what charsam adds to the paper.
    """

    model_config = ConfigDict(frozen=True)

    segmenter: str = Field("", max_length=40)
    prompts: str = Field("", max_length=40)
    threshold: float | None = None
    templates: int | None = Field(None, le=10_000)
    points: int | None = None
    edge: float | None = None
    careful: bool = False
    paper: bool = False

    def settings(self) -> Settings:
        """Raises SettingsError, naming the setting, for what is not allowed."""
        standard = checked_settings(self.segmenter or None)
        if self.prompts and self.prompts not in tuple(PromptMode):
            raise SettingsError(f"There is no prompt mode {self.prompts!r}; the modes are {', '.join(PromptMode)}.")
        chosen: dict[str, Any] = {
            "prompts": PromptMode(self.prompts) if self.prompts else None,
            "vote_threshold": self.threshold,
            "templates": self.templates,
            "points": self.points,
            "edge": self.edge,
        }
        given = {name: value for name, value in chosen.items() if value is not None}
        wanted = replace(standard, careful=self.careful, **given)
        return wanted.without(*ADDITIONS) if self.paper else wanted


Asked = Annotated[RunSettings, Query()]
"""A choice in the query of a request."""


LEARNED: Final = "learned"
"""Stands for the segmenter that the project of an image has learned."""


def of_project(settings: Settings, workspace: Workspace, project_id: str) -> Settings:
    """Settings for an image of a project: where they want what it has learned, with that; with the standard segmenter
    where it uses none (any more).
    """
    if settings.segmenter != LEARNED:
        return settings
    path = workspace.learned.used_file(project_id)
    return replace(settings, segmenter=default_segmenter() if path is None else str(path))


def checked_settings(segmenter: str | None) -> Settings:
    """The settings of an edit with this segmenter (None: the standard one). Raises SettingsError."""
    if segmenter is None:
        return Settings()
    if segmenter == LEARNED:
        return Settings(segmenter=LEARNED)
    found = {one.name: one for one in availability()}.get(segmenter)
    if found is None:
        raise SettingsError(f"There is no segmenter {segmenter[:40]!r}.")
    if not found.available:
        raise SettingsError(f"The segmenter {segmenter} cannot run here: {found.reason}.")
    return Settings(segmenter=segmenter)


def named(settings: Settings) -> str:
    """Settings in a few words."""
    standard = Settings()
    parts = [settings.segmenter, str(settings.prompts)]
    if settings.vote_threshold != standard.vote_threshold:
        parts.append(f"threshold {settings.vote_threshold:g}")
    if settings.templates != standard.templates:
        parts.append(f"{settings.templates} fonts")
    if settings.points != standard.points:
        parts.append(f"{settings.points} points")
    if settings.left_out:
        parts.append("as in the paper")
    return " · ".join(parts)
