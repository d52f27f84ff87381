"""The app as a process of its own, and a visitor's page in a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse

import pytest
from playwright.sync_api import BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90_000
"""Milliseconds that a test waits for the models or for a run, on a slow machine."""


class Server:
    """The app as a process of its own: `app.py`, as a visitor of the README starts it.

    environment: variables beside this process's own; its temporary files and its log lie in `folder`.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._log = folder / "log.txt"
        self._environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(folder), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, at the same address each time, and wait until it answers."""
        with self._log.open("a") as log:
            command = [sys.executable, str(ROOT / "app.py")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the app did not start:\n{self._log.read_text()[-3000:]}")
            try:
                urllib.request.urlopen(f"{self.address}/label/me", timeout=2).close()
                return
            except HTTPError:
                return
            except (URLError, OSError):
                time.sleep(0.2)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)


class Visit:
    """A visitor's page; it notes every script error and every request that leaves the machine."""

    def __init__(self, context: BrowserContext, url: str, *, tour: bool = False) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.errors: list[str] = []
        self.strays: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._look_at(request.url))
        if not tour:
            self.page.add_init_script("try { localStorage.setItem('charsam.toured', 'true') } catch {}")
        self.page.goto(url)
        self.page.locator("#cs-run").wait_for()

    def _look_at(self, url: str) -> None:
        parts = urlparse(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost"):
            self.strays.append(url)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def progress(self) -> str:
        return self.page.locator("#cs-progress").inner_text()

    def wait_for_result(self) -> None:
        """Until a run is over, well or badly."""
        self.page.locator("#cs-progress .cs-done .cs-progress-text, #cs-progress .cs-error").first.wait_for()
        self.page.locator("#cs-progress .cs-progress.cs-done").wait_for()

    def pick(self, title: str) -> None:
        """Pick an example, which runs by itself, and wait until its photo and its result are on show."""
        self.page.get_by_role("button", name=f"Example: {title}").click()
        file = title.replace(" ", "_") + ".jpg"
        self.page.wait_for_function("(file) => charsam.openImage.name === file", arg=file)
        self.page.locator("#cs-progress .cs-progress.cs-done").wait_for()
        self.settled()

    def settled(self) -> None:
        """Until the canvas shows an image, and every edit of it is saved."""
        self.page.wait_for_function("window.charsam?.labelCanvas?.document")
        self.page.evaluate("charsam.labelCanvas.settled()")

    def words(self) -> list[str]:
        """The words' texts as the canvas has them."""
        texts: list[str] = self.page.evaluate("charsam.labelCanvas.document.words.map((word) => word.text)")
        return texts

    def run(self) -> None:
        self.page.locator("#cs-run").click()
        self.page.locator("#cs-progress .cs-progress.cs-running").wait_for()
        self.page.locator("#cs-progress .cs-progress.cs-done").wait_for()
