"""The routes under /label as an app of their own, mounted beside Gradio's: one place for access, limits and errors."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Collection
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from charsam.errors import Cancelled, CharsamError, WeightsError
from charsam.server import static_files
from charsam.server.abandoned_work import AbandonableRoute
from charsam.server.access import Access
from charsam.server.gate import ROOT, Gate
from charsam.server.image_service import ImageService
from charsam.server.learner import Learner
from charsam.server.logging_setup import Logged
from charsam.server.model_turns import TooBusy
from charsam.server.routes import (
    documents,
    files,
    help,
    imports,
    inspection,
    learning,
    login,
    members,
    projects,
    runs,
    stages,
    team,
    visits,
    words,
)
from charsam.workspace.errors import (
    BudgetSpent,
    DamagedBackup,
    Forbidden,
    NotFound,
    QuotaExceeded,
    StaleEdit,
    TooManyAttempts,
    Unavailable,
)

log = logging.getLogger("charsam.server")

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
STATUS = (
    (NotFound, 404),
    (Forbidden, 403),
    (TooManyAttempts, 429),
    (TooBusy, 429),
    (BudgetSpent, 429),
    (QuotaExceeded, 413),
    (WeightsError, 503),
    (Unavailable, 503),
    (Cancelled, 499),
    (CharsamError, 400),
)
"""What kind of answer each kind of error is; the first that fits."""


def server_options(
    access: Access, service: ImageService, open_paths: Collection[str] = (), public: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What a Starlette application takes so that it carries the routes and the gate (see `Gate`)."""
    gate = Middleware(Gate, access=access, open_paths=open_paths, public=public)
    routes = [Mount(ROOT, app=label_app(access, service))]
    return {"routes": routes, "middleware": [Middleware(Logged), gate]}


def no_room(error: OSError) -> str:
    """What is said where the disk is full or can't be written."""
    said = os.strerror(error.errno or 0)
    return f"The server's disk cannot take this: {said}. Whoever runs it must make room."


def label_app(access: Access, service: ImageService) -> FastAPI:
    """The routes. They rely on the gate around them for who is calling."""
    middleware = [Middleware(AbandonableRoute)]
    app = FastAPI(title="charsam labeling", docs_url=None, redoc_url=None, openapi_url=None, middleware=middleware)
    app.include_router(static_files.router())
    app.include_router(login.router(access))
    app.include_router(documents.router(access, service))
    app.include_router(words.router(access, service))
    app.include_router(projects.router(access, service))
    app.include_router(members.router(access))
    app.include_router(team.router(access, service))
    app.include_router(imports.router(access))
    app.include_router(visits.router(access, service))
    app.include_router(runs.router(access, service))
    app.include_router(stages.router(access, service))
    app.include_router(files.router(access, service))
    app.include_router(help.router())
    app.include_router(inspection.router(access, service))
    learner = Learner(service.engine, access.serving.learn_seconds, access.workspace.folder)
    access.closing.append(learner.close)
    app.include_router(learning.router(access, service, learner))

    @app.exception_handler(StaleEdit)
    def stale(request: Request, error: StaleEdit) -> Response:
        image_id = request.path_params.get("image_id", "")
        key = service.key(image_id, error.seq)
        return JSONResponse({"error": str(error), "by": error.by, "at": error.at, "seq": error.seq, "key": key}, 409)

    @app.exception_handler(CharsamError)
    def refused(request: Request, error: CharsamError) -> Response:
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        body = {"error": str(error)} | ({"whole": error.whole} if isinstance(error, DamagedBackup) else {})
        wait = {"Retry-After": str(error.wait)} if isinstance(error, TooManyAttempts | BudgetSpent) else None
        return JSONResponse(body, status, headers=wait)

    @app.exception_handler(HTTPException)
    def answered(request: Request, error: HTTPException) -> Response:
        said = error.detail if error.detail not in ("Not Found", "Method Not Allowed") else "There is nothing here."
        return JSONResponse({"error": said}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return JSONResponse({"error": f"The request is malformed: {first['loc'][-1]}: {first['msg']}."}, 400)

    @app.exception_handler(ValidationError)
    def unusable(request: Request, error: ValidationError) -> Response:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        return JSONResponse({"error": f"The request is malformed: {where}: {first['msg']}."}, 400)

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> Response:
        if error.errno not in NO_ROOM:
            raise error
        return JSONResponse({"error": no_room(error)}, 507)

    @app.exception_handler(ClientDisconnect)
    def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # nobody reads it

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        log.exception("a request failed", exc_info=error)
        return JSONResponse({"error": "Something went wrong inside charsam; the server's log says why."}, 500)

    return app
