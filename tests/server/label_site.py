"""The labeling routes behind their gate, as the server carries them, without Gradio's own pages."""

from __future__ import annotations

import io
from typing import Any

import made
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from charsam.editing.added_words import given_words
from charsam.page import uploads
from charsam.page.files import remove_of
from charsam.page.gate import gradio_options
from charsam.page.uploads import Uploads
from charsam.server.access import Access, Caller
from charsam.server.engine import Engine
from charsam.server.image_service import ImageService
from charsam.server.serving import Mode


class Site:
    """A server for tests. `behind` answers for all that Gradio would serve."""

    def __init__(self, access: Access, engine: Engine) -> None:
        self.access, self.service = access, ImageService(engine, access.workspace, key_of=access.key_of)
        self.uploads = Uploads(uploads.DEMO if access.mode is Mode.DEMO else uploads.TEAM)
        access.gone += [self.uploads.forget, remove_of]
        options = gradio_options(access, self.service, self.uploads)
        self.app = Starlette(
            routes=[*options["routes"], Route("/{rest:path}", _behind)], middleware=options["middleware"]
        )

    def visitor(self, **headers: str) -> TestClient:
        """A browser that has opened the page."""
        client = TestClient(self.app, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False)
        client.get("/")
        return client

    def caller(self, client: TestClient) -> Caller:
        caller = self.access.caller(client.cookies.get("charsam_session"))
        assert caller is not None
        return caller

    def sign(self, client: TestClient) -> str:
        """The id of the made sign with its two words, in the single photos of whoever this browser is."""
        caller = self.caller(client)
        inbox = caller.workspace.projects.inbox(caller.user)
        row = caller.workspace.images.add(inbox.id, "sign.png", png(made.sign()[0]), caller.user)
        words = made.sign()[1]
        self.service.change(caller, row.id, "replace", "words", lambda document: given_words(document, words))
        return row.id

    def inbox(self, client: TestClient) -> str:
        caller = self.caller(client)
        return caller.workspace.projects.inbox(caller.user).id


async def _behind(request: Any) -> PlainTextResponse:
    return PlainTextResponse("behind the gate")


def png(image: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", **options)
    return buffer.getvalue()
