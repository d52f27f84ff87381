"""The files of an image's newest result, made when somebody asks for them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from PIL import Image
from starlette.exceptions import HTTPException
from starlette.responses import Response

from charsam.datasets.labels import png
from charsam.datasets.native import image_entry, words_json
from charsam.editing.document import to_annotation
from charsam.export import annotation_files
from charsam.server import overlays
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.routes.documents import caller_of
from charsam.server.words_files import stem_of
from charsam.types import ImageAnnotation, ImageArray

Maker = Callable[[str, ImageArray, ImageAnnotation], bytes]
"""Makes a file from (the image's name, its pixels, its result)."""


def _zipped(name: str, image: ImageArray, annotation: ImageAnnotation) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file, content in annotation_files(stem_of(name), name, annotation).items():
            bundle.writestr(file, content)
    return buffer.getvalue()


def _as_png(pixels: ImageArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


FILES: Final[dict[str, tuple[str, str, Maker]]] = {
    "text.png": ("{stem}_text.png", "image/png", lambda _, __, found: png(found.text_mask())),
    "characters.png": ("{stem}_chars.png", "image/png", lambda _, __, found: png(found.character_mask())),
    "words.json": ("words.json", "application/json", lambda name, _, found: words_json([image_entry(name, found)])),
    "overlay.png": ("{stem}_overlay.png", "image/png", lambda _, image, found: _as_png(overlays.painted(image, found))),
    "cutout.png": ("{stem}_cutout.png", "image/png", lambda _, image, found: _as_png(overlays.cut_out(image, found))),
    "all.zip": ("{stem}_charsam.zip", "application/zip", _zipped),
}
"""By the name in the address: the name that it is saved under, its media type, and what makes it."""


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter(prefix="/documents/{image_id}")
    who = caller_of(access)

    @routes.get("/files/{kind}")
    def file(image_id: str, kind: str, caller: Caller = who) -> Response:
        if kind not in FILES:
            raise HTTPException(404, f"There is no such file; there are {', '.join(FILES)}.")
        name, media, make = FILES[kind]
        row, image, opened = service.opened(caller, image_id)
        content = make(row.name, image, to_annotation(opened.document))
        saved = quote(name.format(stem=stem_of(row.name)))
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{saved}", "Cache-Control": "no-store"}
        return Response(content, media_type=media, headers=headers)

    return routes
