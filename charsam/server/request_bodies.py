"""What a request brings, read with limits and checked before anything looks at it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import Message

MOST_FILES: Final = 200
BODY_SECONDS: Final = 120.0
UPLOAD_SECONDS: Final = 3600.0
"""Seconds in which a request must have arrived."""
COMMAND_BYTES: Final = 4_000_000
"""A command may carry the words of a whole page; a login or a note needs far less, but no limit of its own."""


class Content(BaseModel):
    """What a request carries, of exactly the kinds of values that are named."""

    model_config = ConfigDict(strict=True, frozen=True)


Carried = TypeVar("Carried", bound=Content)


def content(kind: type[Carried]) -> Any:
    """A dependency: the JSON of a request as such content; pydantic's error, which the app answers with 400."""

    async def read(request: Request) -> Carried:
        return kind.model_validate(await json_body(request))

    return Depends(read)


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries. Answers 400 for anything else, and 413 for too much of it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(400, "The request must carry JSON (content-type application/json).")
    return parsed(await limited_body(request, COMMAND_BYTES))


async def limited_body(request: Request, limit: int) -> bytes:
    """The bytes of a request, at most `limit`; 413 as soon as there are more."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise HTTPException(413, too_large(limit))
    content = bytearray()
    with _in_time(BODY_SECONDS):
        async for chunk in request.stream():
            content += chunk
            if len(content) > limit:
                raise HTTPException(413, too_large(limit))
    return bytes(content)


async def one_file(request: Request, limit: int) -> tuple[str, Path]:
    """The file of a request that must carry a single one, as `uploaded_files` gives it; 400 where there are more."""
    files = await uploaded_files(request, limit)
    if len(files) != 1:
        await run_sync(forget_uploads, request)
        raise HTTPException(400, "Give one file.")
    return files[0]


async def uploaded_files(request: Request, limit: int) -> list[tuple[str, Path]]:
    """(name as the client has it, where it lies) of the files of a multipart request; `request.state.uploads` is their
    folder, which `forget_uploads` removes. Answers 400 for what is no such request, 413 for more than `limit` bytes.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(400, "The request must carry files (content-type multipart/form-data).")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise HTTPException(413, too_large(limit))
    left = limit

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, too_large(limit))
        return message

    folder = request.state.uploads = tempfile.TemporaryDirectory(prefix="charsam-upload-")
    counted = Request(request.scope, receive)
    try:
        with _in_time(UPLOAD_SECONDS):
            form = await counted.form(max_files=MOST_FILES, max_fields=10)
        try:
            files = [value for name, value in form.multi_items() if name == "files" and not isinstance(value, str)]
            if not files:
                raise HTTPException(400, "The request carries no file in the field 'files'.")
            kept = []
            for number, file in enumerate(files):
                path = Path(folder.name) / str(number)
                await run_sync(_store, file.file, path)
                kept.append((file.filename or "image", path))
            return kept
        finally:
            await form.close()
    except BaseException:
        forget_uploads(request)
        raise


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    """Answers 408 where what is received in the block does not end in time."""
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError as error:
        raise HTTPException(408, "The request did not arrive in time; send it again.") from error


def forget_uploads(request: Request) -> None:
    """Remove the files that a request brought."""
    folder = getattr(request.state, "uploads", None)
    if folder is not None:
        folder.cleanup()


def _store(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def parsed(content: bytes) -> dict[str, Any]:
    """A JSON object from bytes. Answers 400 with a sentence for what is none."""
    try:
        value = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"The request is not valid JSON ({str(error)[:120]}).") from error
    if not isinstance(value, dict):
        raise HTTPException(400, "The request must be a JSON object.")
    return value


def too_large(limit: int) -> str:
    """The sentence for a request over the limit."""
    return f"The request is too large; the limit is {limit / 1e6:.0f} MB."


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON has")
