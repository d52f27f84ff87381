"""Attacks on the running app, as a process of its own on this machine: odd requests, many people, stops and kills."""

from __future__ import annotations

import io
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import attack_files
import httpx
import numpy as np
from PIL import Image

from charsam.workspace.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PATHS = (
    "/label/me", "/label/projects", "/label/projects/{id}/images", "/label/projects/{id}/annotate",
    "/label/projects/{id}/export", "/label/projects/{id}/members", "/label/projects/{id}/trash",
    "/label/documents/{id}", "/label/documents/{id}/edits", "/label/documents/{id}/undo", "/label/documents/{id}/state",
    "/label/documents/{id}/note", "/label/documents/{id}/image", "/label/documents/{id}/heat", "/label/login",
    "/label/inspect/images/{id}/compare", "/gradio_api/upload", "/label/nowhere",
)  # fmt: skip
PASSWORD = "correct horse battery staple"
EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.jpg"))
VALUES: tuple[object, ...] = (
    None,
    True,
    -1,
    2**70,
    1e308,
    "",
    "x" * 5000,
    "\u202e日",
    [],
    [["new"]],
    {},
    {"do": "annotate"},
    [None],
)
FIELDS = ("name", "states", "format", "images", "base", "command", "state", "note", "role", "search", "key", "password")


class Server:
    """A demo with its temporary files in a folder of its own. more: environment variables over a demo's."""

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder.with_suffix(".log")
        environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(folder), "CHARSAM_DEMO": "1"}
        environment |= more or {}
        with self.log.open("a") as log:
            command = [sys.executable, str(ROOT / "app.py")]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for _ in range(600):
            try:
                httpx.get(f"{self.address}/label/me", timeout=5)
                return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise RuntimeError(f"the app did not start: {self.log.read_text()[-2000:]}")

    def visitor(self, account: str = "") -> httpx.Client:
        """A browser that has opened the page. account: whom it logs in as, where people have to."""
        brief = httpx.Limits(keepalive_expiry=2)  # the server closes what is idle for 5 s, just as a request may go out
        client = httpx.Client(base_url=self.address, timeout=120, limits=brief)
        if account:
            client.post("/label/login", data={"name": account, "password": PASSWORD})
        client.get("/")
        return client

    def warm_up(self) -> None:
        """Wait until the models are loaded, have been used, and the process has nothing more to do."""
        with closing(self.visitor()) as client:
            project = client.post("/label/projects", json={"name": "warm"}).json()["id"]
            image = _bring(client, project, photo(0))
            client.post(f"/label/documents/{image}/edits", json={"base": 0, "command": {"do": "annotate"}})
        used = -1.0
        while self.seconds() - used > 0.2:
            used = self.seconds()
            time.sleep(2)

    def seconds(self) -> float:
        """Seconds of processor time that the process has used (Linux)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> int:
        """The most resident megabytes since the process began, or since `clear_refs` (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) >> 10

    def memory(self) -> int:
        """Resident megabytes (Linux)."""
        status = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()
        return int(status[1]) * resource.getpagesize() >> 20

    def mapped(self) -> int:
        """Megabytes of the resident ones that are pages of files, libraries above all: the system can drop them."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("RssFile:")[2].split()[0]) >> 10

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(60)


@contextmanager
def running(accounts: Sequence[str] = ()) -> Iterator[tuple[Server, Path]]:
    """A demo; or, with accounts, a server that asks for a login, with its workspace in `attack_files.DATABASE`."""
    with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
        place = Path(folder) / "tmp"
        place.mkdir()
        more = {}
        if accounts:
            url = attack_files.database() or ""
            workspace = Workspace.open(Path(folder) / "workspace", url or None)
            for name in accounts:
                workspace.accounts.create(name, PASSWORD)
            workspace.close()
            more = {"CHARSAM_DEMO": "", "CHARSAM_LOGIN": "1", "CHARSAM_WORKSPACE": f"{folder}/workspace"}
            more["CHARSAM_DATABASE"] = url
        server = Server(place, more)
        try:
            yield server, place
        finally:
            if server.process.poll() is None:
                server.end(signal.SIGTERM)


def odd_requests(chance: random.Random, tries: int) -> list[str]:
    """Any method on any path with any body, from one visitor."""
    failures = []
    with running() as (server, _):
        client = server.visitor()
        project = client.get("/label/projects").json()["projects"][0]["id"]
        image = _bring(client, project, photo(0))
        for _ in range(tries):
            path = chance.choice(PATHS).format(id=chance.choice([project, image, "0" * 32, "..%2f", "日", "x" * 3000]))
            body = {chance.choice(FIELDS): chance.choice(VALUES) for _ in range(chance.randrange(4))}
            how = chance.random()
            if how < 0.05:
                _send_half(server, path, client.cookies)
                continue
            try:
                if how < 0.6:
                    answer = client.post(path, json=body)
                elif how < 0.7:
                    content = chance.randbytes(chance.randrange(3000))
                    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
                elif how < 0.8:
                    answer = client.post(path, files=[("files", ("a/../b.png", chance.randbytes(500)))])
                else:
                    answer = client.request(chance.choice(["GET", "HEAD", "PUT", "DELETE"]), path)
            except httpx.HTTPError as error:
                failures.append(f"{path[:80]}: {type(error).__name__}")
                continue
            if answer.status_code >= 500:
                failures.append(f"{path[:80]} {str(body)[:80]}: {answer.status_code} {answer.text[:80]}")
        if "Traceback" in server.log.read_text():
            failures.append(f"a traceback in the log: {server.log.read_text().partition('Traceback')[2][-300:]}")
    return failures


def _send_half(server: Server, path: str, cookies: httpx.Cookies) -> None:
    """Begin an upload, and go away."""
    host, port = server.address.removeprefix("http://").split(":")
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    head = f"POST {quote(path)} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nContent-Length: 9000\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode())


def same_photo(chance: random.Random, tries: int) -> list[str]:
    """Many visitors send the same photo at the same moment; each finds it whole."""
    failures: list[str] = []
    with running() as (server, _):
        data = photo(chance.randrange(100))

        def one() -> None:
            try:
                with closing(server.visitor()) as client:
                    answer = client.post("/gradio_api/upload", files=[("files", ("same.png", data))])
                    path = answer.json()[0]
                    if not Path(path).is_file() or Path(path).read_bytes() != data:
                        failures.append(f"{path} is not there")
                    project = client.get("/label/projects").json()["projects"][0]["id"]
                    image = _bring(client, project, data)
                    if client.get(f"/label/documents/{image}/image").content != data:
                        failures.append("the photo is another one")
            except Exception as error:
                failures.append(f"{type(error).__name__}: {error}")

        _at_once([one] * tries, 20)
    return failures


def people(chance: random.Random, count: int, seconds: float) -> list[str]:
    """Visitors who bring photos, annotate, edit and export for a while; each also asks for the others' images."""
    failures: list[str] = []
    known: list[str] = []
    accounts = [f"person{number}" for number in range(count)] if attack_files.DATABASE else []
    with running(accounts) as (server, _):
        begun = time.monotonic()
        memory = [(0.0, server.memory())]

        def person(number: int, mine: random.Random) -> None:
            with closing(server.visitor(accounts[number] if accounts else "")) as client:
                project = client.get("/label/projects").json()["projects"][0]["id"]
                images: list[str] = []
                while time.monotonic() < begun + seconds:
                    _do_something(client, project, images, known, number, mine, failures)

        def watch() -> None:
            while time.monotonic() < begun + seconds:
                time.sleep(5)
                memory.append((time.monotonic() - begun, server.memory()))

        works = [lambda n=n: person(n, random.Random(f"{chance.random()} {n}")) for n in range(count)]
        _at_once([*works, watch], count + 1)
        if "Traceback" in server.log.read_text():
            failures.append(f"a traceback in the log: {server.log.read_text().partition('Traceback')[2][-300:]}")
        print(_memory_said(memory, server.peak()), file=sys.stderr)
    return failures


def _memory_said(memory: Sequence[tuple[float, int]], peak: int) -> str:
    """Megabytes at most, at ten moments, and how they grew over the second half."""
    shown = ", ".join(f"{at / 60:.0f} min {size}" for at, size in memory[:: max(1, len(memory) // 10)])
    late = memory[len(memory) // 2 :]
    hours = [at / 3600 for at, _ in late]
    growth = np.polyfit(hours, [size for _, size in late], 1)[0] if len(late) > 2 else 0.0
    return f"memory in MB: at most {peak}; {shown}; second half {growth:+.0f} an hour"


def stops(chance: random.Random, tries: int) -> list[str]:
    """A demo with a visitor's photo is told to stop, or killed and started again."""
    failures = []
    for number in range(tries):
        with tempfile.TemporaryDirectory(prefix="charsam-attack-") as folder:
            place = Path(folder) / "tmp"
            place.mkdir()
            server = Server(place)
            with closing(server.visitor()) as client:
                client.post("/gradio_api/upload", files=[("files", ("mine.png", photo(number)))])
                _bring(client, client.get("/label/projects").json()["projects"][0]["id"], photo(number))
            if number % 2:
                server.end(signal.SIGKILL)
                server = Server(place)
            server.end(signal.SIGTERM)
            failures += [f"{path.relative_to(place)} was left" for path in place.rglob("*") if path.is_file()]
    return failures


def photo(number: int) -> bytes:
    """A PNG; another one for each number."""
    out = io.BytesIO()
    Image.new("RGB", (160, 120), (number % 256, 90, 120)).save(out, "PNG")
    return out.getvalue()


def _do_something(
    client: httpx.Client,
    project: str,
    images: list[str],
    known: list[str],
    number: int,
    mine: random.Random,
    failures: list[str],
) -> None:
    act = mine.choice(["bring", "note", "words", "annotate", "look", "others", "export"])
    try:
        if act == "bring" and len(images) < 8:
            data = mine.choice([photo(0), photo(number + 1), *(path.read_bytes() for path in EXAMPLES)])
            images.append(_bring(client, project, data))
            known.append(images[-1])
        elif act == "others" and known:
            other = mine.choice(known)
            status = client.get(f"/label/documents/{other}").status_code
            if (status == 200) != (other in images):
                failures.append(f"another's image was answered with {status}")
        elif act == "export":
            _fine(client.post(f"/label/projects/{project}/export", json={"format": "backup"}), failures)
        elif images:
            image = mine.choice(images)
            if act == "note":
                _fine(client.post(f"/label/documents/{image}/note", json={"note": str(mine.random())}), failures)
            elif act in ("words", "annotate"):
                base = client.get(f"/label/documents/{image}").json()["seq"]
                quad = [[10, 10], [100, 10], [100, 40], [10, 40]]
                words = {"do": "replace", "words": [{"polygon": quad, "text": "AB"}]}
                command = words if act == "words" else {"do": "annotate"}
                _fine(client.post(f"/label/documents/{image}/edits", json={"base": base, "command": command}), failures)
            else:
                _fine(client.get(f"/label/documents/{image}/thumbnail"), failures)
    except Exception as error:
        failures.append(f"{act}: {type(error).__name__}: {error}")


def _fine(answer: httpx.Response, failures: list[str]) -> None:
    if answer.status_code != 200:
        failures.append(f"{answer.request.url.path}: {answer.status_code} {answer.text[:120]}")


def _bring(client: httpx.Client, project: str, data: bytes) -> str:
    answer = client.post(f"/label/projects/{project}/images", files=[("files", ("same.png", data))])
    return str(answer.json()["images"][0]["id"])


def _at_once(works: list[object], threads: int) -> None:
    queue, lock = list(works), threading.Lock()

    def run() -> None:
        while True:
            with lock:
                if not queue:
                    return
                work = queue.pop()
            work()  # type: ignore[operator]

    crowd = [threading.Thread(target=run) for _ in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
