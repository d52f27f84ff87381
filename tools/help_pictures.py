"""Make the pictures of the page "How to label" (assets/help) and of the README (assets/screenshot.png).

Starts the app with an empty workspace, does in a browser what the page explains, and keeps what is seen. Needs the test
requirements and a Chromium or Chrome, which CHARSAM_CHROMIUM names where it is not on the path:

    python tools/help_pictures.py
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "assets" / "examples"
HELP = ROOT / "assets" / "help"
WIDE, HIGH = 1440, 900
PATIENCE = 300_000
NAME = "letters_with_holes"


@contextmanager
def app() -> Iterator[str]:
    """The address of an app of its own, which is gone afterwards."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        own = {**os.environ, "GRADIO_SERVER_PORT": str(port), "CHARSAM_WORKSPACE": folder}
        process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=own)
        address = f"http://127.0.0.1:{port}"
        try:
            while True:
                try:
                    urllib.request.urlopen(f"{address}/label/me", timeout=2).close()
                    break
                except (HTTPError, URLError, OSError):
                    time.sleep(0.5)
            yield address
        finally:
            process.terminate()
            process.wait(20)


class Hand:
    """A labeler's hand on the page; places are image pixels."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def place(self, x: float, y: float) -> tuple[float, float]:
        at = self.page.evaluate("([x, y]) => charsam.labelCanvas.view.toScreen([x, y])", [x, y])
        box = self.page.locator("#cs-picture .cv-stage").bounding_box()
        assert box is not None
        return box["x"] + 1 + at[0], box["y"] + 1 + at[1]

    def press(self, *keys: str) -> None:
        self.page.locator("#cs-picture .cv-stage").focus()
        for key in keys:
            self.page.keyboard.press(key)

    def rest(self) -> None:
        """Until every edit is saved and drawn."""
        self.page.evaluate("charsam.labelCanvas.settled()")
        self.page.wait_for_timeout(700)

    def middle(self, character: int) -> tuple[float, float]:
        quad = self.page.evaluate(f"charsam.labelCanvas.document.words[0].characters[{character}].quad")
        return sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4


def main() -> int:
    """Make all pictures anew."""
    named = os.environ.get("CHARSAM_CHROMIUM")
    browser = named or next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    HELP.mkdir(exist_ok=True)
    with app() as address, sync_playwright() as running:
        chrome = running.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chrome.new_page(viewport={"width": WIDE, "height": HIGH})
        page.set_default_timeout(PATIENCE)
        page.add_init_script("localStorage.setItem('charsam.toured', 'true')")
        page.goto(address)
        page.locator(".cs-status.cs-ready").wait_for()
        page.locator("#cs-progress .cs-progress.cs-done").wait_for()
        page.reload()  # how long the first run took, with the models loading, is of no interest
        picture(page, ROOT / "assets" / "screenshot.png")
        steps(page, lambda name, *parts: keep(page, name, *parts))
        chrome.close()
    return 0


def steps(page: Page, take: Callable[..., None]) -> None:
    """What the page explains, one picture a step."""
    hand = Hand(page)
    open_photos(page, hand, take)
    correct(page, hand, take)
    page.locator(".cs-queue-button").click()
    page.locator(".cs-about-states .cs-state-accepted").click()
    page.locator(".cs-open-state").filter(has_text="accepted").wait_for()
    hand.rest()
    take("accept", "#cs-queue", "#cs-picture")
    page.locator(".cs-chip").filter(has_text="accepted").click()
    page.get_by_role("button", name="Export…").click()
    page.wait_for_timeout(500)
    take("export", "dialog[open]")


def open_photos(page: Page, hand: Hand, take: Callable[..., None]) -> None:
    """A project with the examples in it, and one of them run."""
    page.locator(".cs-queue-button").click()
    page.get_by_role("button", name="New project").click()
    page.keyboard.type("Street signs")
    page.keyboard.press("Enter")
    page.get_by_text("No images yet.").wait_for()
    files = [*sorted(EXAMPLES.glob("*.jpg")), EXAMPLES / "words.json"]
    page.get_by_label("Add images, zip files, or words files").set_input_files(files)
    page.locator(".cs-foot-said").filter(has_text="added").wait_for()
    page.locator(".cs-queue-row").filter(has_text=NAME).click()
    page.locator(".cs-open-name").filter(has_text=NAME).wait_for()
    hand.rest()
    take("open", "#cs-queue", "#cs-picture")
    page.locator(".cs-queue-button").click()
    page.locator("#cs-run").click()
    page.locator("#cs-progress .cs-running").wait_for()
    page.locator("#cs-progress .cs-done .cs-progress-text").wait_for()
    hand.rest()
    take("run", "#cs-left")


def correct(page: Page, hand: Hand, take: Callable[..., None]) -> None:
    """A word, a character, points, and the brush, which is taken back."""
    page.get_by_role("tab", name="Words").click()
    hand.press("Shift+J", "t")
    page.wait_for_timeout(500)
    take("words", "#cs-picture")
    page.keyboard.press("Escape")
    hand.press("j", "z")
    hand.rest()
    take("characters", "#cs-picture")
    hand.press("j", "j", "z", "p")
    hand.rest()
    take("points", "#cs-picture")
    hand.press("b", "]", "]", "]")
    x, y = hand.middle(2)
    page.mouse.move(*hand.place(x - 22, y - 12))
    page.mouse.down()
    page.mouse.move(*hand.place(x + 22, y + 14), steps=12)
    page.wait_for_timeout(300)
    take("brush", "#cs-picture")
    page.mouse.up()
    hand.rest()
    hand.press("Control+z")
    hand.rest()
    hand.press("v", "0", "Shift+A")
    hand.rest()


def picture(page: Page, file: Path) -> None:
    """The whole page as PNG."""
    page.wait_for_function("charsam.labelCanvas?.document?.words.every((word) => word.characters.length > 0)")
    page.locator("#cs-mask canvas.cv-masks").first.wait_for()
    page.mouse.move(5, HIGH - 5)
    page.wait_for_timeout(1500)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(256, kmeans=2, dither=Image.Dither.FLOYDSTEINBERG).save(file, optimize=True)


def keep(page: Page, name: str, *parts: str) -> None:
    """The part of the page that these elements cover, as a help picture."""
    boxes = [box for part in parts if (box := page.locator(part).bounding_box()) is not None]
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right, bottom = max(box["x"] + box["width"] for box in boxes), max(box["y"] + box["height"] for box in boxes)
    whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot = whole.crop((int(left), int(top), int(right), min(int(bottom), HIGH)))
    shot.save(HELP / f"{name}.webp", quality=82, method=6)


if __name__ == "__main__":
    sys.exit(main())
