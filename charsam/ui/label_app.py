"""The routes under /label as an app of their own, mounted beside Gradio's: one place for access, limits and errors."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from charsam.errors import Cancelled, CharsamError, WeightsError
from charsam.ui import (
    inspect_routes,
    label_documents,
    label_help,
    label_importing,
    label_login,
    label_members,
    label_queue,
    label_takings,
    label_uploads,
)
from charsam.ui.abandoning import Abandonable
from charsam.ui.label_access import Access
from charsam.ui.label_desk import Desk
from charsam.ui.label_gate import ROOT, TOKEN, Gate
from charsam.ui.turns import TooBusy
from charsam.workspace.errors import (
    DamagedBackup,
    Forbidden,
    NotFound,
    QuotaExceeded,
    StaleEdit,
    TooManyAttempts,
    Unavailable,
)

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
STATUS = (
    (NotFound, 404),
    (Forbidden, 403),
    (TooManyAttempts, 429),
    (TooBusy, 429),
    (QuotaExceeded, 413),
    (WeightsError, 503),
    (Unavailable, 503),
    (Cancelled, 499),
    (CharsamError, 400),
)
"""What kind of answer each kind of error is; the first that fits."""


def server_options(access: Access, desk: Desk) -> dict[str, Any]:
    """What `gradio.Blocks.launch` needs as `app_kwargs`, so that its server carries the routes and the gate."""
    routes = [Route(label_uploads.PATH, _upload(access), methods=["POST"]), Mount(ROOT, app=label_app(access, desk))]
    return {"routes": routes, "middleware": [Middleware(Gate, access=access)]}


def _upload(access: Access) -> Callable[[Request], Awaitable[Response]]:
    """What takes the place of Gradio's own upload address."""

    async def upload(request: Request) -> Response:
        try:
            key = await run_sync(access.key, request.scope.get(TOKEN))
            address = request.client.host if request.client else ""
            return JSONResponse(await access.uploads.receive(request, key or f"address:{address}"))
        except HTTPException as error:
            return PlainTextResponse(error.detail, error.status_code)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            return PlainTextResponse(_no_room(error), 507)

    return upload


def _no_room(error: OSError) -> str:
    said = os.strerror(error.errno or 0)
    return f"The server's disk cannot take this: {said}. Whoever runs it must make room."


def label_app(access: Access, desk: Desk) -> FastAPI:
    """The routes. They rely on the gate around them for who is calling."""
    middleware = [Middleware(Abandonable)]
    app = FastAPI(title="charsam labeling", docs_url=None, redoc_url=None, openapi_url=None, middleware=middleware)
    app.include_router(label_login.router(access))
    app.include_router(label_documents.router(access, desk))
    app.include_router(label_importing.router(access, desk))
    app.include_router(label_queue.router(access, desk))
    app.include_router(label_members.router(access))
    app.include_router(label_takings.router(access))
    app.include_router(label_help.router())
    app.include_router(inspect_routes.router(access, desk))

    @app.exception_handler(StaleEdit)
    def stale(request: Request, error: StaleEdit) -> Response:
        image_id = request.path_params.get("image_id", "")
        key = desk.key(image_id, error.seq)
        return JSONResponse({"error": str(error), "by": error.by, "at": error.at, "seq": error.seq, "key": key}, 409)

    @app.exception_handler(CharsamError)
    def refused(request: Request, error: CharsamError) -> Response:
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        body = {"error": str(error)} | ({"whole": error.whole} if isinstance(error, DamagedBackup) else {})
        wait = {"Retry-After": str(error.wait)} if isinstance(error, TooManyAttempts) else None
        return JSONResponse(body, status, headers=wait)

    @app.exception_handler(HTTPException)
    def answered(request: Request, error: HTTPException) -> Response:
        said = error.detail if error.detail not in ("Not Found", "Method Not Allowed") else "There is nothing here."
        return JSONResponse({"error": said}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return JSONResponse({"error": f"The request is malformed: {first['loc'][-1]}: {first['msg']}."}, 400)

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> Response:
        if error.errno not in NO_ROOM:
            raise error
        return JSONResponse({"error": _no_room(error)}, 507)

    @app.exception_handler(ClientDisconnect)
    def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # nobody reads it

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        traceback.print_exception(error)
        return JSONResponse({"error": "Something went wrong inside charsam; the server's log says why."}, 500)

    return app
