"""The app as a process of its own, and the Chromium or Chrome that is installed.

CHARSAM_CHROMIUM names a browser; CHARSAM_URL an app that runs already.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from visits import PATIENCE, Server, Visit

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)  # a camera of the browser's own

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            # A browser beside another test process on two cores may miss its moment; one that fails twice is broken.
            item.add_marker(pytest.mark.flaky(reruns=1))


def browser_path() -> str | None:
    named = os.environ.get("CHARSAM_CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app as a Space serves it: each browser is a visitor of its own, and nothing is kept."""
    if running := os.environ.get("CHARSAM_URL"):
        yield running
        return
    server = Server(tmp_path_factory.mktemp("app"), CHARSAM_DEMO="1")
    try:
        server.start()
        yield server.address
    finally:
        server.kill()  # at once: what a server does when it is told to stop is the matter of other tests


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.skip(
            f"no browser: install Chromium or Chrome, or set CHARSAM_CHROMIUM (looked for {', '.join(BROWSERS)})"
        )
    browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    visit = Visit(context, url)
    yield visit
    context.close()
    assert visit.errors == [], "the page raised script errors"
    assert visit.strays == [], "the page sent requests that leave this machine"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local app with a workspace of its own, for the tests of one file."""
    folder = tmp_path_factory.mktemp("local")
    server = Server(folder, CHARSAM_WORKSPACE=str(folder / "workspace"))
    try:
        server.start()
        yield server
    finally:
        server.kill()  # at once: what a server does when it is told to stop is the matter of other tests


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def labeler(context: BrowserContext, server: Server) -> Iterator[Visit]:
    visit = Visit(context, server.address)
    yield visit
    assert visit.errors == [], "the page raised script errors"
