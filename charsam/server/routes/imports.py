"""Uploads of many files: they come in several requests and are taken in together, as the same files in a zip would be.

POST …/images                       files that come in one request
POST …/uploads                      begin an upload; `upload` names it in all that follows
POST …/uploads/UPLOAD/files         some of its files, as often as needed
POST …/uploads/UPLOAD/take          add some of the images; again and again until `running` is false
GET  …/uploads/UPLOAD/formats       what each format would make of the words files: three words of each
POST …/uploads/UPLOAD/words         take the words back that it brought, and read them in the chosen format
POST …/uploads/UPLOAD/close         forget its files
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException

from charsam.datasets.base import Fault
from charsam.datasets.encodings import ENCODINGS
from charsam.server.access import Access, Caller
from charsam.server.request_bodies import Content, content, forget_uploads, uploaded_files
from charsam.server.routes.documents import caller_from, caller_of, row_value
from charsam.server.serving import Mode
from charsam.workspace.image_words import ReadAs, ReadOptions
from charsam.workspace.upload_folder import Upload
from charsam.workspace.uploads import UploadImport, UploadResult, import_uploads

LIFE: Final = 900.0
"""Seconds after the last request after which an upload is forgotten."""
AT_ONCE: Final = 3
"""Uploads of one person that are kept; with one more the oldest goes."""
ROWS: Final = 200
"""How many of the new images an answer describes; the others are counted."""
LONGEST_NAME: Final = 40


UPLOAD: Final = 4 * 2**30
"""Bytes of one upload; a zip may hold a whole dataset."""
DEMO_UPLOAD: Final = 60 * 2**20


class ReadRequest(Content):
    """How words are to be read; absent or empty for what the files say."""

    format: str | None = Field(None, max_length=LONGEST_NAME)
    encoding: str | None = Field(None, max_length=LONGEST_NAME)

    def choice(self) -> ReadOptions:
        return ReadOptions(self.format or None, self.encoding or None)


@dataclass(eq=False)
class _Running:
    owner: str
    project: str
    taking: UploadImport
    lock: threading.Lock = field(default_factory=threading.Lock)


class UploadImports:
    """The uploads that are under way. Safe for several threads."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()

    def begin(self, caller: Caller, project_id: str) -> str:
        """A new upload; its name. Raises NotFound."""
        self.sweep()
        taking = UploadImport(caller.workspace, project_id, caller.user)
        token = secrets.token_urlsafe(24)
        with self._lock:
            mine = [name for name, one in self._running.items() if one.owner == caller.user.id]
            self._running[token] = _Running(caller.user.id, project_id, taking)
        for name in mine[: len(mine) + 1 - AT_ONCE]:
            self.close(name)
        return token

    @contextmanager
    def use(self, caller: Caller, project_id: str, token: str) -> Iterator[UploadImport]:
        """An upload of this caller, for one request at a time. Answers 404 where there is none (any more)."""
        with self._lock:
            found = self._running.get(token)
        if found is None or found.owner != caller.user.id or found.project != project_id:
            raise HTTPException(404, "This upload is over; add the files again.")
        with found.lock:
            yield found.taking

    def close(self, token: str) -> None:
        with self._lock:
            found = self._running.pop(token, None)
        if found is not None:
            with found.lock:
                found.taking.close()

    def sweep(self) -> None:
        """Forget what nobody has asked for in a while."""
        now = time.monotonic()
        with self._lock:
            old = [token for token, one in self._running.items() if now - one.taking.touched > LIFE]
        for token in old:
            self.close(token)

    def close_all(self) -> None:
        with self._lock:
            every = list(self._running)
        for token in every:
            self.close(token)


def router(access: Access) -> APIRouter:
    """The routes, below those of a project."""
    routes = APIRouter(prefix="/projects/{project_id}")
    who = caller_of(access)
    takings = UploadImports()
    access.closing.append(takings.close_all)

    @routes.post("/images")
    async def upload(project_id: str, request: Request) -> dict[str, Any]:
        caller = await run_sync(caller_from, access, request)
        await run_sync(caller.workspace.projects.get, project_id, caller.user)
        files = await uploaded_files(request, _limit(access))
        try:
            choice = choice_of(dict(request.query_params))
            return await run_sync(_taken, caller, project_id, files, "rest" in request.query_params, choice)
        finally:
            await run_sync(forget_uploads, request)

    @routes.post("/uploads")
    def begin(project_id: str, caller: Caller = who) -> dict[str, Any]:
        return {"upload": takings.begin(caller, project_id)}

    @routes.post("/uploads/{token}/files")
    async def files(project_id: str, token: str, request: Request) -> dict[str, Any]:
        caller = await run_sync(caller_from, access, request)
        await run_sync(caller.workspace.projects.get, project_id, caller.user)
        sent = await uploaded_files(request, _limit(access))
        try:
            return await run_sync(_added, takings, caller, project_id, token, sent, request)
        finally:
            await run_sync(forget_uploads, request)

    @routes.post("/uploads/{token}/take")
    def step(
        project_id: str, token: str, asked: Annotated[ReadRequest, content(ReadRequest)], caller: Caller = who
    ) -> dict[str, Any]:
        with takings.use(caller, project_id, token) as taking:
            if not taking.step():
                return {"running": True, "done": taking.done}
            return {"running": False, **taken_value(taking.finish(asked.choice()))}

    @routes.get("/uploads/{token}/formats")
    def formats(project_id: str, token: str, encoding: str = "", caller: Caller = who) -> dict[str, Any]:
        with takings.use(caller, project_id, token) as taking:
            found = taking.previews(encoding[:LONGEST_NAME] or None)
        return formats_value(found)

    @routes.post("/uploads/{token}/words")
    def words(
        project_id: str, token: str, asked: Annotated[ReadRequest, content(ReadRequest)], caller: Caller = who
    ) -> dict[str, Any]:
        with takings.use(caller, project_id, token) as taking:
            return taken_value(taking.again(asked.choice()))

    @routes.post("/uploads/{token}/close")
    def close(project_id: str, token: str, caller: Caller = who) -> dict[str, Any]:
        with takings.use(caller, project_id, token):
            pass
        takings.close(token)
        return {"closed": True}

    return routes


def _taken(
    caller: Caller, project_id: str, files: list[tuple[str, Path]], rest: bool, choice: ReadOptions
) -> dict[str, Any]:
    """Take uploaded files into a project: photos, zips, words files. rest: what is whole of a damaged backup."""
    uploads = [Upload(name, path) for name, path in files]
    taken = import_uploads(caller.workspace, project_id, uploads, caller.user, choice, rest=rest)
    return {**taken_value(taken), "images": [row_value(row) for row in taken.images]}


def _added(
    takings: UploadImports, caller: Caller, project_id: str, token: str, sent: list[tuple[str, Path]], request: Request
) -> dict[str, Any]:
    with takings.use(caller, project_id, token) as taking:
        limits = caller.workspace.quota.upload
        if taking.files + len(sent) > limits.entries or taking.size > limits.total:
            raise HTTPException(
                413, f"One upload may have {limits.entries} files and {limits.total >> 20} MB; add the others after it."
            )
        query = request.query_params
        uploads = [Upload(name, path) for name, path in sent]
        taking.add(uploads, query.get("encoding", "")[:LONGEST_NAME] or None, rest="rest" in query)
        return {"files": taking.files}


def choice_of(query: Mapping[str, Any]) -> ReadOptions:
    """The same as the query of a request says it."""
    return ReadRequest.model_validate(dict(query)).choice()


def taken_value(taken: UploadResult) -> dict[str, Any]:
    """What came of an upload, for the page."""
    return {
        "images": [row_value(row) for row in taken.images[:ROWS]],
        "added": len(taken.images),
        "words": taken.worded,
        "problems": [_said(fault) for fault in taken.faults],
        "left": [fault.message for fault in taken.left],
        "read": [read_value(one) for one in taken.read],
        "said": list(taken.said),
    }


def _said(fault: Fault) -> str:
    """A fault behind the name of its file, which is said once."""
    message = fault.message
    for name in (fault.file, fault.file.rpartition("/")[2]):
        if message.startswith((f"{name}: ", f"{name} ")):
            message = message[len(name) :].lstrip(": ")
    return f"{fault.file}: {message}"


def formats_value(found: Sequence[ReadAs]) -> dict[str, Any]:
    """What each format would make of words files, and the encodings there are to choose from."""
    listed = [{"name": name, "title": title} for name, title in ENCODINGS.items()]
    return {"formats": [read_value(one) for one in found], "encodings": listed}


def read_value(one: ReadAs) -> dict[str, Any]:
    """What a words file was read as, for the page."""
    return {
        "format": one.format,
        "title": one.title,
        "files": one.files,
        "images": one.images,
        "words": list(one.words),
    }


def _limit(access: Access) -> int:
    """Bytes of one request that brings files."""
    return DEMO_UPLOAD if access.mode is Mode.DEMO else UPLOAD
