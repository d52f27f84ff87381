"""The routes of what the stages of an image's newest words have found; made again where no run has left it."""

from __future__ import annotations

import io
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from charsam.editing.conversion import to_words
from charsam.server import overlays
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.routes.documents import caller_of, picture
from charsam.server.run_settings import Asked
from charsam.server.stage_values import boxes_value, glyphs_value, heat_value
from charsam.trace import Settings, Stage


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/documents/{image_id}")
    who = caller_of(access)

    @routes.get("/heat")
    def heat(image_id: str, caller: Caller = who) -> Response:
        """CRAFT's heat as an RGBA PNG of the image's shape; see-through where there are no words."""
        _, image, opened = service.opened(caller, image_id)
        words = to_words(opened.document)
        regions = service.trace(caller, image_id, Settings(), Stage.REGIONS).regions if words else ()
        buffer = io.BytesIO()
        overlays.heat_image(overlays.heatmap(regions, image.shape)).save(buffer, "PNG", compress_level=3)
        return picture(buffer.getvalue(), "image/png", "")

    @routes.get("/stages/heat")
    def peaks(image_id: str, asked: Asked, caller: Caller = who) -> dict[str, Any]:
        return heat_value(service.trace(caller, image_id, asked.settings(), Stage.REGIONS))

    @routes.get("/stages/boxes")
    def boxes(image_id: str, asked: Asked, caller: Caller = who) -> dict[str, Any]:
        return boxes_value(service.trace(caller, image_id, asked.settings(), Stage.SPLIT))

    @routes.get("/stages/glyphs")
    def glyphs(image_id: str, asked: Asked, caller: Caller = who) -> dict[str, Any]:
        return glyphs_value(service.trace(caller, image_id, asked.settings(), Stage.VOTES))

    return routes
