"""A lab's mirror of weights, on loopback."""

import functools
import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from charsam import weights
from charsam.weights import Checkpoint

CONTENT = b"weights " * 1000


@contextmanager
def mirrored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a new folder with a `sam_vit_b` that is small; its address."""
    folder.mkdir()
    (folder / "small.pth").write_bytes(CONTENT)
    small = Checkpoint("sam_vit_b", "small.pth", "test", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(weights, "WEIGHTS", {**weights.WEIGHTS, "sam_vit_b": small})
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *args: None)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
