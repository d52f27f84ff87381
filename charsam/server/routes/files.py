"""The files of an image's newest result, made when somebody asks for them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query
from PIL import Image
from starlette.exceptions import HTTPException
from starlette.responses import Response

from charsam.datasets.labels import png
from charsam.datasets.native import image_entry, words_json
from charsam.editing.conversion import to_annotation
from charsam.export import annotation_files
from charsam.server import overlays
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.routes.documents import caller_of
from charsam.server.run_settings import Asked
from charsam.server.stage_frames import animation
from charsam.server.text_removal import MOST, erased, grown
from charsam.server.words_files import stem_of
from charsam.types import ImageAnnotation, ImageArray


@dataclass(frozen=True, slots=True)
class Result:
    """What a file is made of. grow: pixels by which the text mask is grown, where the file goes by it."""

    name: str
    image: ImageArray
    annotation: ImageAnnotation
    grow: int = 0

    @property
    def mask(self) -> ImageArray:
        return grown(self.annotation.text_mask(), self.grow)


Maker = Callable[[Result], bytes]


def _zipped(result: Result) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file, content in annotation_files(stem_of(result.name), result.name, result.annotation).items():
            bundle.writestr(file, content)
    return buffer.getvalue()


def _as_png(pixels: ImageArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _words(result: Result) -> bytes:
    return words_json([image_entry(result.name, result.annotation)])


FILES: Final[dict[str, tuple[str, str, Maker]]] = {
    "text.png": ("{stem}_text.png", "image/png", lambda one: png(one.mask)),
    "characters.png": ("{stem}_chars.png", "image/png", lambda one: png(one.annotation.character_mask())),
    "words.json": ("words.json", "application/json", _words),
    "overlay.png": (
        "{stem}_overlay.png",
        "image/png",
        lambda one: _as_png(overlays.painted(one.image, one.annotation)),
    ),
    "cutout.png": ("{stem}_cutout.png", "image/png", lambda one: _as_png(overlays.cut_out(one.image, one.mask))),
    "erased.png": ("{stem}_erased.png", "image/png", lambda one: _as_png(erased(one.image, one.mask))),
    "all.zip": ("{stem}_charsam.zip", "application/zip", _zipped),
}
"""By the name in the address: the name that it is saved under, its media type, and what makes it."""


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/documents/{image_id}")
    who = caller_of(access)

    @routes.get("/files/stages.webp")
    def stages(image_id: str, asked: Asked, caller: Caller = who) -> Response:
        """The image going through the stages, animated."""
        row = caller.workspace.images.get(image_id, caller.user)
        content = animation(service.trace(caller, image_id, asked.settings()))
        return _attached(content, f"{stem_of(row.name)}_stages.webp", "image/webp")

    @routes.get("/files/{kind}")
    def file(
        image_id: str, kind: str, grow: Annotated[int, Query(ge=0, le=MOST)] = 0, caller: Caller = who
    ) -> Response:
        if kind not in FILES:
            raise HTTPException(404, f"There is no such file; there are {', '.join(FILES)}.")
        name, media, make = FILES[kind]
        row, image, opened = service.opened(caller, image_id)
        content = make(Result(row.name, image, to_annotation(opened.document), grow))
        return _attached(content, name.format(stem=stem_of(row.name)), media)

    return routes


def _attached(content: bytes, name: str, media: str) -> Response:
    """A file that is saved under this name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(content, media_type=media, headers=headers)
