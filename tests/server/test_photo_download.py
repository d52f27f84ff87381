"""Photos from addresses of the web: fetched where the server allows it, and never from inside its own network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from label_site import Site, png
from made import sign

from charsam.errors import ImageError
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.photo_download import fetch
from charsam.server.serving import Mode, Serving

PICTURE = png(sign()[0])


class _Web(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/sign.png")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if self.path.endswith(".png") else "text/html")
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_picture_is_fetched_after_a_redirect_under_its_own_name(web: str) -> None:
    assert fetch(f"{web}/moved", 10**6, inner=True) == ("sign.png", PICTURE)


def test_what_is_no_picture_is_too_large_or_no_address_gets_a_sentence(web: str) -> None:
    for address, most, said in (
        (f"{web}/page", 10**6, "no image"),
        (f"{web}/sign.png", 100, "more than"),
        ("file:///etc/passwd", 10**6, "no address"),
        ("http://127.0.0.1:9/x.png", 10**6, "cannot be reached"),
    ):
        with pytest.raises(ImageError, match=said):
            fetch(address, most, inner=True)


def test_addresses_of_the_servers_own_network_are_not_asked(web: str) -> None:
    for address in (f"{web}/sign.png", web.replace("127.0.0.1", "localhost") + "/moved"):
        with pytest.raises(ImageError, match="private network"):
            fetch(address, 10**6)


def test_the_local_user_opens_a_photo_by_its_address_and_a_demo_does_not(
    web: str, tmp_path: Path, engine: Engine
) -> None:
    for mode, fetches, status in ((Mode.LOCAL, True, 200), (Mode.DEMO, False, 403), (Mode.DEMO, True, 400)):
        access = Access(Serving(mode, tmp_path, fetches=fetches))
        client = Site(access, engine).visitor()
        answer = client.post("/label/photos/fetch", json={"address": f"{web}/sign.png"})
        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.json()["name"] == "sign.png"
        access.close()
