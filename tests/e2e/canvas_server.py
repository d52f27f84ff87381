"""A small server for the tests of the canvas: the real editor and the real static files, documents kept in memory."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from PIL import Image
from starlette.concurrency import run_in_threadpool

from charsam.editing.changes import Change, apply_change, change_to_json, inverse
from charsam.editing.commands import command_from_json
from charsam.editing.document import Document
from charsam.editing.document_json import document_to_json
from charsam.editing.editor import Editor
from charsam.errors import EditError
from charsam.server import static_files
from charsam.server.static_files import STATIC, version
from charsam.trace import Settings
from charsam.types import ImageArray

PAGE = """<!doctype html><title>canvas</title><meta name="viewport" content="width=device-width, initial-scale=1">
<style>%(css)s body { margin: 0; } #canvas { height: 100vh; }</style>
<div id="canvas"></div><script type="module">
import { createCanvas } from "/static/%(version)s/canvas/canvas.js";
import { listen } from "/static/%(version)s/shared/events.js";
const ask = async (path, body) => {
  let answer;
  const sent = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  try {
    answer = await fetch("/documents/" + path, sent);
  } catch {
    throw Object.assign(new Error("away"), { status: 0 });
  }
  const json = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(json.error), { status: answer.status, body: json });
  return json;
};
const api = {
  get: (id) => ask(id), edit: (id, base, command, key) => ask(`${id}/edits`, { base, command, key }),
  undo: (id, base, key) => ask(`${id}/undo`, { base, key }), redo: (id, base, key) => ask(`${id}/redo`, { base, key }),
  imageUrl: (id) => `/documents/${id}/image`, heatUrl: (id) => `/documents/${id}/heat`,
};
window.listen = listen;
window.charsamMasks = "/static/%(version)s/canvas/masks.js";
window.heard = [];
for (const name of ["select", "queue"]) listen(name, (detail) => heard.push([name, detail]));
window.canvas = createCanvas(document.getElementById("canvas"), { api });
window.opened = canvas.open(location.hash.slice(1));
</script>"""


@dataclass
class Sheet:
    """One document with its history. undone: changes that can be made again."""

    image: ImageArray
    document: Document
    seq: int = 0
    by: str = ""
    key: str = ""
    done: list[tuple[str, Change]] = field(default_factory=list)
    undone: list[tuple[str, Change]] = field(default_factory=list)

    def labels(self) -> dict[str, str | None]:
        return {
            "undo": self.done[-1][0] if self.done else None,
            "redo": self.undone[-1][0] if self.undone else None,
        }

    def make(self, change: Change) -> dict[str, Any]:
        self.document = apply_change(self.document, change)
        self.seq += 1
        return {"seq": self.seq, "change": change_to_json(change), "message": "", "state": "corrected"}


class CanvasServer:
    """Serves documents by id. While `gate` is closed, answers wait; while `away`, nothing is answered; the next `lose`
    answers get lost after their edit was made.
    """

    def __init__(self, editor: Editor) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.editor = editor
        self.gate = threading.Event()
        self.gate.set()
        self.away = False
        self.lose = 0
        self.url = ""
        self._one = threading.Lock()

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/")
        def page() -> HTMLResponse:
            sheets = (STATIC / "panels/page.css", STATIC / "canvas/canvas.css")
            css = "\n".join(sheet.read_text("utf-8") for sheet in sheets)
            return HTMLResponse(PAGE % {"css": css, "version": version()})

        app.include_router(static_files.router())

        @app.get("/documents/{name}")
        def get(name: str) -> dict[str, Any]:
            self._must_be_there()
            sheet = self.sheets[name]
            size = {"width": sheet.document.width, "height": sheet.document.height}
            data = {"id": name, "name": name, "seq": sheet.seq, "state": "annotated", "key": sheet.key}
            return {**data, **size, **sheet.labels(), "document": document_to_json(sheet.document)}

        @app.get("/documents/{name}/image")
        def image(name: str) -> Response:
            return Response(png(self.sheets[name].image), media_type="image/png")

        @app.get("/documents/{name}/heat")
        def heat(name: str) -> Response:
            return Response(png(np.full((8, 8, 4), 200, np.uint8)), media_type="image/png")

        @app.post("/documents/{name}/{what}")
        async def edit(name: str, what: str, request: Request) -> Response:
            body = await request.json()
            return await run_in_threadpool(self._change, name, what, body)

        @app.exception_handler(HTTPException)
        async def failed(request: Request, error: HTTPException) -> JSONResponse:
            return JSONResponse({"error": error.detail}, error.status_code)

        return app

    def _must_be_there(self) -> None:
        if self.away:
            raise HTTPException(503, "away")

    def _change(self, name: str, what: str, body: dict[str, Any]) -> Response:
        self._must_be_there()
        self.gate.wait(30)
        with self._one:
            return self._answer(name, what, body)

    def _answer(self, name: str, what: str, body: dict[str, Any]) -> Response:
        sheet = self.sheets[name]
        if body["base"] != sheet.seq:
            late = {"error": "stale", "by": sheet.by, "at": "2026-01-02T03:04:05Z", "seq": sheet.seq, "key": sheet.key}
            return JSONResponse(late, 409)
        try:
            answer = self._made(name, sheet, what, body)
        except EditError as error:
            raise HTTPException(400, str(error)) from error
        sheet.by, sheet.key = "me", body.get("key", "")
        if self.lose:
            self.lose -= 1
            raise HTTPException(503, "lost")
        return JSONResponse({**answer, **sheet.labels()})

    def _made(self, name: str, sheet: Sheet, what: str, body: dict[str, Any]) -> dict[str, Any]:
        if what == "edits":
            command = command_from_json(body["command"])
            edit = self.editor.apply(name, sheet.image, sheet.document, command, Settings())
            sheet.done.append((edit.label, edit.change))
            sheet.undone.clear()
            return {**sheet.make(edit.change), "label": edit.label, "message": edit.message}
        stack, other = (sheet.done, sheet.undone) if what == "undo" else (sheet.undone, sheet.done)
        if not stack:
            raise EditError(f"There is nothing to {what}.")
        label, change = stack.pop()
        other.append((label, change))
        return {**sheet.make(inverse(change) if what == "undo" else change), "label": label}

    def somebody_else(self, name: str, command: dict[str, Any]) -> None:
        """An edit that another person makes, past the browser."""
        sheet = self.sheets[name]
        self._made(name, sheet, "edits", {"command": command})
        sheet.by, sheet.key = "ann", ""


def png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@contextmanager
def served(server: CanvasServer) -> Iterator[CanvasServer]:
    """The server running on a free port of this machine."""
    running = uvicorn.Server(uvicorn.Config(server.app(), port=0, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        server.gate.set()
        running.should_exit = True
        thread.join(10)
