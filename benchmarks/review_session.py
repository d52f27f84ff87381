"""What the review of a folder of photos costs: `python benchmarks/review_session.py PHOTOS [--address http://127.0.0.1:7860]`.

PHOTOS: a folder. The app runs already, serving this machine alone. A project of the photos is made and annotated in
the background; then a browser goes through it with the keyboard as a labeler would who finds every mask right: N, A
for each character to check, Ctrl+Enter; on the first pictures one letter is corrected, too. It counts keys, and the
seconds that the app makes one wait; a person's thinking comes on top.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import Page, sync_playwright

from charsam.images import is_image_file

CORRECTED: Final = 15
CHECK: Final = (
    "charsam.labelCanvas.document.words.flatMap((word) => word.characters)"
    ".filter((one) => !one.review && one.suspicion >= 0.5).length"
)
HAS_LETTERS: Final = "charsam.labelCanvas.document.words.some((word) => word.characters.length)"


@dataclass(frozen=True)
class Reviewed:
    """One picture. check: characters that were to check; keys, seconds: until the next picture was there."""

    check: int
    keys: int
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--address", default="http://127.0.0.1:7860")
    parser.add_argument("--browser", default=None, help="of Chromium or Chrome; else Playwright's own")
    args = parser.parse_args()
    first = annotated(args.address, args.photos)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=args.browser, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script("localStorage.setItem('charsam.toured', 'true')")
        page.goto(f"{args.address}/?image={first}")
        page.wait_for_function("window.charsam?.labelCanvas?.document")
        page.locator(".cs-queue-button").click()
        page.locator(".cs-review").wait_for()
        pictures, letters = reviewed(page)
        browser.close()
    report(pictures, letters)


def annotated(address: str, photos: Path) -> str:
    """Bring the photos into a project and wait until all are annotated; the id of its first image."""
    with httpx.Client(base_url=f"{address}/label/", timeout=600, headers={"Origin": address}) as client:

        def post(path: str, **more: Any) -> Any:
            answer = client.post(path, **more)
            answer.raise_for_status()
            return answer.json()

        project = post("projects", json={"name": f"Review of {photos.name}"})["id"]
        upload = f"projects/{project}/uploads/{post(f'projects/{project}/uploads', json={})['upload']}"
        for path in sorted(path for path in photos.iterdir() if is_image_file(path)):
            post(f"{upload}/files", files={"files": (path.name, path.read_bytes())})
        while post(f"{upload}/take", json={})["running"]:
            pass
        post(f"projects/{project}/annotate", json={"states": ["new"]})
        while client.get(f"projects/{project}/progress").json()["running"]:
            time.sleep(1)
        found: str = client.get(f"projects/{project}/images?limit=1").json()["images"][0]["id"]
        return found


def reviewed(page: Page) -> tuple[list[Reviewed], list[float]]:
    """Go through all pictures: what each cost, and the seconds until each corrected letter was saved."""
    pictures: list[Reviewed] = []
    letters: list[float] = []
    page.locator("#cs-picture .cv-stage").focus()
    while "left" in page.locator(".cs-left").inner_text():
        if len(letters) < CORRECTED and page.evaluate(HAS_LETTERS):
            letters.append(corrected(page))
        begun, keys = time.perf_counter(), ["Control+Enter"]
        check, here = page.evaluate(CHECK), page.evaluate("charsam.labelCanvas.id")
        if check:
            keys = ["n", *["a"] * check, *keys]
        for key in keys:
            page.keyboard.press(key)
        gone = "(id) => charsam.labelCanvas.document && charsam.labelCanvas.id !== id"
        over = "document.querySelector('.cs-left').textContent.includes('decided')"
        page.wait_for_function(f"(id) => {over} || ({gone})(id)", arg=here)
        page.wait_for_function("document.querySelector('.cs-queue-row.cs-chosen')?.dataset.id === charsam.openImage.id")
        pictures.append(Reviewed(check, len(keys), time.perf_counter() - begun))
    return pictures, letters


def corrected(page: Page) -> float:
    """Make the first letter a Z, with four keys; seconds until that is saved."""
    begun = time.perf_counter()
    for key in ("j", "Enter", "Z", "Enter"):
        page.keyboard.press(key)
    page.evaluate("charsam.labelCanvas.settled()")
    return time.perf_counter() - begun


def report(pictures: list[Reviewed], letters: list[float]) -> None:
    for name, some in (
        ("nothing to check", [one for one in pictures if not one.check]),
        ("something to check", [one for one in pictures if one.check]),
    ):
        if some:
            keys, seconds = statistics.mean(one.keys for one in some), statistics.median(one.seconds for one in some)
            checked = statistics.mean(one.check for one in some)
            print(f"{len(some)} pictures, {name}: {checked:.1f} characters, {keys:.1f} keys, {seconds:.2f} s")
    if letters:
        print(f"{len(letters)} letters corrected: 4 keys, {statistics.median(letters):.2f} s until saved")


if __name__ == "__main__":
    main()
