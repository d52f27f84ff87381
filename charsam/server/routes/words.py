"""Words for one image from a file in any format that charsam reads.

POST /documents/ID/words?format=&encoding=    the words of the file in place of all others, as one edit
POST /documents/ID/words?look=1&encoding=     what each format would make of the file: three words of each
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from charsam.editing.image_edits import with_imported
from charsam.errors import WordsError
from charsam.scratch import scratch_folder
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.request_bodies import forget_uploads, one_file
from charsam.server.routes.documents import caller_from
from charsam.server.routes.imports import choice_of, formats_value, read_value
from charsam.server.words_files import file_of
from charsam.workspace.image_words import formats_for_image, words_for_image
from charsam.workspace.upload_folder import UploadFolder
from charsam.workspace.values import ImageRow

MOST_BYTES: Final = 64 * 2**20


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, below those of an image."""
    routes = APIRouter(prefix="/documents/{image_id}")

    @routes.post("/words")
    async def words(image_id: str, request: Request) -> dict[str, Any]:
        caller = await run_sync(caller_from, access, request)
        row = await run_sync(caller.workspace.images.get, image_id, caller.user)
        file = await one_file(request, MOST_BYTES)
        try:
            return await run_sync(_words, caller, service, row, file, dict(request.query_params))
        finally:
            await run_sync(forget_uploads, request)

    return routes


def _words(
    caller: Caller, service: ImageService, row: ImageRow, file: tuple[str, Path], query: dict[str, str]
) -> dict[str, Any]:
    choice, size = choice_of(query), (row.width, row.height)
    with scratch_folder(caller.workspace.folder) as folder:
        path = UploadFolder(folder.resolve()).add(file_of(file[0]), file[1])
        if path is None:
            raise WordsError(f"{file_of(file[0])} could not be taken.")
        if "look" in query:
            return formats_value(formats_for_image(path, row.name, size, choice.encoding))
        found = words_for_image(path, row.name, size, choice)
    count = len(found.words)
    label = f"Imported {count} word{'' if count == 1 else 's'} from {path.name}"
    opened = service.change(caller, row.id, "replace", label, lambda document: with_imported(document, found.words))
    return {"seq": opened.seq, "words": count, "read": read_value(found.read), "problems": list(found.faults)}
