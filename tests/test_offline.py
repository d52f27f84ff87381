"""After installation nothing is fetched: with every connection refused, and an empty home, the main job is done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from charsam.paths import ASSETS_DIR

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parent.parent

GUARD = """
import socket, sys
from pathlib import Path

record = Path(sys.argv.pop(1))

def is_local(address):
    return not isinstance(address, tuple) or str(address[0]) in ("localhost", "127.0.0.1", "::1")

def guarded(name):
    plain = getattr(socket.socket, name)
    def connect(self, address, *rest):
        if is_local(address):
            return plain(self, address, *rest)
        with record.open("a") as file:
            print(name, address, file=file)
        raise OSError(101, "Network is unreachable")
    return connect

resolve = socket.getaddrinfo

def getaddrinfo(host, *rest, **options):
    if host in (None, "", "localhost", "127.0.0.1", "::1"):
        return resolve(host, *rest, **options)
    with record.open("a") as file:
        print("getaddrinfo", host, file=file)
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

socket.socket.connect = guarded("connect")
socket.socket.connect_ex = guarded("connect_ex")
socket.getaddrinfo = getaddrinfo

from charsam.cli import main

sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess, Path, Path]:
    """One run of `charsam annotate` on an example: the process, its output folder, and the record of its attempts."""
    base = tmp_path_factory.mktemp("offline")
    home, out, record, given = base / "home", base / "out", base / "attempts.txt", base / "given.json"
    home.mkdir()
    record.touch()
    words = json.loads((ASSETS_DIR / "examples" / "words.json").read_text(encoding="utf-8"))
    words["images"] = [entry for entry in words["images"] if entry["file"] == "letters_with_holes.jpg"]
    given.write_text(json.dumps(words))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CHARSAM", "XDG", "PADDLE", "HF_"))}
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            GUARD,
            record,
            "annotate",
            ASSETS_DIR / "examples" / "letters_with_holes.jpg",
            ASSETS_DIR / "examples" / "dark_plate.jpg",
            "--words",
            given,
            "--out",
            out,
        ],
        env={**kept, "HOME": str(home), "PYTHONPATH": str(ROOT)},
        cwd=base,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return process, out, record


def test_main_job_is_done_without_a_network(visit: tuple[subprocess.CompletedProcess, Path, Path]) -> None:
    process, out, _ = visit

    assert process.returncode == 0, process.stderr
    assert "2 of 2 images done, 0 failed" in process.stdout
    found, given = sorted(json.loads((out / "words.json").read_text())["images"], key=lambda entry: entry["file"])
    assert "".join(c["category"] for word in given["words"] for c in word["chars"]) == "BROAD8"
    assert "Staff" in [word["text"] for word in found["words"]]


def test_no_connection_is_even_tried(visit: tuple[subprocess.CompletedProcess, Path, Path]) -> None:
    _, _, record = visit
    assert record.read_text() == ""
