"""Behind a reverse proxy that the server trusts, each caller has an address of their own, and cookies stay on https."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from label_site import Site

from charsam.page.serve import PROXIES, trust
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving
from charsam.server.slow_connections import Reaper

PROXY = "127.0.0.2"
PASSWORD = "a long and odd horse"


class Proxy(http.server.BaseHTTPRequestHandler):
    """Hands requests on as nginx does with the headers of docs/serving.md, from an address of its own."""

    behind: int
    caller = "203.0.113.7"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = http.client.HTTPConnection("127.0.0.1", self.behind, source_address=(PROXY, 0), timeout=20)
        told = {"Host": self.headers["Host"], "X-Forwarded-For": self.caller, "X-Forwarded-Proto": "https"}
        server.request("POST", self.path, body, told | {"Content-Type": "application/json"})
        answer = server.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *about: object) -> None:
        pass


@pytest.fixture
def serve(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Access, list[str], int]]:
    """(access, proxies to trust, port of the proxy); the server starts at the first request."""
    monkeypatch.setenv(PROXIES, "127.0.0.1")
    access = Access(Serving(Mode.LOGIN, tmp_path))
    access.workspace.accounts.create("Ann", PASSWORD)
    yield access, engine, monkeypatch
    access.close()


def started(access: Access, engine: Engine, trusted: list[str]) -> tuple[uvicorn.Server, http.server.HTTPServer]:
    trust(access.serving, trusted)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(Site(access, engine).app, host="127.0.0.1", port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("To", (Proxy,), {"behind": port}))
    threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server, proxy


@pytest.mark.parametrize(("trusted", "known"), [([PROXY], True), (["127.0.0.0/8"], True), ([], False)])
def test_a_trusted_proxy_is_believed_and_no_other(
    serve: tuple[Access, Engine, object], monkeypatch: pytest.MonkeyPatch, trusted: list[str], known: bool
) -> None:
    access, engine, _ = serve
    seen: list[str] = []
    login = access.login
    monkeypatch.setattr(access, "login", lambda *one: seen.append(one[2]) or login(*one))
    server, proxy = started(access, engine, trusted)
    try:
        client = http.client.HTTPConnection("127.0.0.1", proxy.server_port, timeout=20)
        body = f'{{"name": "Ann", "password": "{PASSWORD}"}}'
        client.request("POST", "/label/login", body, {"Content-Type": "application/json"})
        answer = client.getresponse()
    finally:
        proxy.shutdown()
        server.should_exit = True
    assert answer.status == 200
    assert seen == [Proxy.caller if known else PROXY]
    assert ("Secure" in str(answer.getheader("Set-Cookie"))) is known


def test_connections_that_send_nothing_are_closed_and_the_others_served(
    serve: tuple[Access, Engine, object],
) -> None:
    access, engine, _ = serve
    server, proxy = started(access, engine, [])
    proxy.shutdown()
    port = server.servers[0].sockets[0].getsockname()[1]
    Reaper(server, patience=0.3, look=0.1).start()
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    try:
        for connection in slow[:20]:
            connection.sendall(b"GET /label/me HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        for connection in slow:
            connection.settimeout(10)
            assert connection.recv(1) == b""
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "/label/login")
        assert client.getresponse().status == 200
    finally:
        for connection in slow:
            connection.close()
        server.should_exit = True
