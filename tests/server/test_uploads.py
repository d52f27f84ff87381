"""Uploads: nobody's gets in the way of another's, nobody can name another's, and none outlives its use."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import made
import pytest
from label_site import Site, png
from starlette.testclient import TestClient

from charsam.errors import ImageError
from charsam.page import uploads
from charsam.page.api_results import answer_folder, sweep
from charsam.page.files import may_fetch, new_folder
from charsam.page.uploads import LIFE, Budget, Uploads
from charsam.server.access import Access
from charsam.server.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
PHOTO = png(made.sign()[0])


@pytest.fixture
def site(access: Access, engine: Engine) -> Site:
    return Site(access, engine)


def send(client: TestClient, data: bytes = PHOTO, name: str = "sign.png") -> str:
    answer = client.post("/gradio_api/upload", files=[("files", (name, data))])
    assert answer.status_code == 200, answer.text
    (path,) = answer.json()
    return str(path)


def test_many_who_open_the_same_photo_all_get_it(site: Site) -> None:
    paths = [send(site.visitor()) for _ in range(8)]
    assert len(set(paths)) == 8
    for path in paths:
        assert site.uploads.read(path, "sign.png") == PHOTO
        assert not Path(path).parent.exists()


def test_a_file_is_read_once_and_then_said_to_be_gone(site: Site) -> None:
    path = send(site.visitor())
    site.uploads.read(path, "sign.png")
    with pytest.raises(ImageError, match=r"sign\.png did not arrive"):
        site.uploads.read(path, "sign.png")


def test_one_person_fills_no_disk_before_anything_is_read(site: Site) -> None:
    client = site.visitor()
    for _ in range(uploads.DEMO.files):
        send(client)
    assert client.post("/gradio_api/upload", files=[("files", ("a.png", PHOTO))]).status_code == 429
    send(site.visitor())  # somebody else


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    uploads = Uploads(Budget(bytes=100))
    file = tmp_path / "a.png"
    file.write_bytes(bytes(101))
    with pytest.raises(Exception, match="At most 0 MB may wait"):
        uploads.keep([("a.png", file)], "ann")


def test_what_nobody_reads_goes_by_itself(tmp_path: Path) -> None:
    now = [0.0]
    uploads = Uploads(clock=lambda: now[0])
    file = tmp_path / "a.png"
    file.write_bytes(PHOTO)
    (path,) = uploads.keep([("../../a.png", file)], "ann")
    uploads.sweep()
    assert Path(path).is_file()
    now[0] = LIFE + 1
    uploads.sweep()
    assert not Path(path).parent.exists()


def test_a_visitor_who_leaves_takes_uploads_and_answers_along(site: Site) -> None:
    client = site.visitor()
    token = client.cookies["charsam_session"]
    path = send(client)
    answer = new_folder(site.access.key(token)) / "words.json"
    answer.write_text("{}")
    assert may_fetch(str(answer), site.access.key(token))

    client.post("/label/logout")

    assert not Path(path).exists()
    assert not answer.exists()


def test_answers_to_programs_go_by_themselves() -> None:
    folder = answer_folder(None)
    sweep()
    assert folder.is_dir()
    sweep(life=-1)
    assert not folder.exists()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A demo as a process of its own, whose temporary files lie in the test's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path), "CHARSAM_DEMO": "1"}
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/label/me", timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    yield address, process
    process.kill()
    process.wait()


@pytest.mark.heavy
def test_a_demo_that_is_told_to_stop_leaves_nothing_behind(
    demo: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    address, process = demo
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="mine.png"\r\n\r\n' + PHOTO + b"\r\n--x--\r\n"
    )
    request = urllib.request.Request(
        f"{address}/gradio_api/upload", body, {"Content-Type": "multipart/form-data; boundary=x"}
    )
    urllib.request.urlopen(request, timeout=20).close()
    assert list(tmp_path.rglob("mine.png"))

    process.send_signal(signal.SIGTERM)
    process.wait(20)

    assert list(tmp_path.iterdir()) == []
