"""How fluid a large inspection report is: `python benchmarks/inspect_scroll.py REPORT [--words 10000]`.

REPORT is a report of `charsam inspect`; its images are repeated under other names, pictures and all, until there are so
many words. Prints, in the Chromium that is installed: seconds until the first pictures, milliseconds of a sort and of a
filter, and while the gallery scrolls the times between frames. Beside them stands the processor time of the page's main
thread, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
SCROLL = """async ([speed, seconds]) => {
  const area = document.querySelector(".ci-gallery"), gaps = [];
  area.scrollTop = 0;
  await new Promise((done) => {
    let start = null, last = null;
    const step = (now) => {
      if (start === null) start = now; else gaps.push(now - last);
      last = now;
      area.scrollTop = (speed * (now - start)) / 1000;
      if (now - start < seconds * 1000) requestAnimationFrame(step); else done();
    };
    requestAnimationFrame(step);
  });
  return gaps;
}"""
TIMED = """([what, value]) => { const start = performance.now();
  const select = document.querySelector(what);
  if (value) select.value = value;
  if (select.type === "checkbox") select.click(); else select.dispatchEvent(new Event("change"));
  return performance.now() - start; }"""
PLAIN = '<div class="ci-gallery" style="height:900px;overflow:auto"><div style="height:99999px">plain</div></div>'


def repeated(report: Path, out: Path, words: int) -> int:
    """A report with at least so many words, made of the images of another; returns how many it has."""
    text = (report / "data.js").read_text(encoding="utf-8")
    head, body = text.split("images: [", 1)
    images: list[dict[str, Any]] = [json.loads(line.rstrip(",")) for line in body.splitlines() if line.startswith("{")]
    images = [image for image in images if image["words"]]
    (out / "pictures").mkdir(parents=True)
    shutil.copyfile(report / "index.html", out / "index.html")
    count = number = 0
    with (out / "data.js").open("w", encoding="utf-8") as data:
        data.write(head + "images: [\n")
        while count < words:
            image = images[number % len(images)]
            name = f"pictures/{number:05d}"
            for ending in ("_strips.jpg", "_masks.png", "_truth.png"):
                if (report / f"{image['pictures']}{ending}").exists():
                    os.link(report / f"{image['pictures']}{ending}", out / f"{name}{ending}")
            again = image | {"file": f"{number:05d}_{image['file']}", "pictures": name}
            data.write(json.dumps(again, ensure_ascii=False, separators=(",", ":")) + ",\n")
            count += len(image["words"])
            number += 1
        data.write("]};\n")
    return count


def measure(page: Page, address: str) -> None:
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.set_content(PLAIN)
    print(f"{'an empty page, 4000 px/s':26} {_said(page.evaluate(SCROLL, [4000, 4]))}")
    page.goto(address)
    page.locator(".ci-tile").first.wait_for()
    first = page.evaluate("performance.now() / 1000")
    print(f"first pictures after {first:.1f} s: {page.locator('.ci-count').inner_text()}")
    for name, what, value in (("sort", ".ci-sort select", "contrast"), ("filter", "#inspect input[type=checkbox]", "")):
        before = _busy(meter)
        taken = page.evaluate(TIMED, [what, value])
        print(f"{name}: {taken:.0f} ms; main thread {1000 * (_busy(meter) - before):.0f} ms")
    page.get_by_role("button", name="Clear all filters").click()
    for unit in ("words", "characters"):
        page.get_by_role("button", name=unit, exact=True).click()
        for speed in (1000, 4000):
            before = _busy(meter)
            gaps = page.evaluate(SCROLL, [speed, 6])
            spent = 1000 * (_busy(meter) - before) / len(gaps)
            print(f"{f'{unit}, {speed} px/s':26} {_said(gaps)}; main thread {spent:.1f} ms a frame")


def _busy(meter: CDPSession) -> float:
    """Seconds of processor time that the page's main thread has worked so far."""
    metrics = {one["name"]: one["value"] for one in meter.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def _said(times: list[float]) -> str:
    gaps = sorted(times)
    late = sum(gap > 50 for gap in gaps)
    return (
        f"{len(gaps)} frames, median {gaps[len(gaps) // 2]:.1f} ms, 95 % within {gaps[int(0.95 * len(gaps))]:.1f} ms, "
        f"longest {gaps[-1]:.0f} ms, {late} over 50 ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--words", type=int, default=10_000)
    args = parser.parse_args()
    browser_path = os.environ.get("CHARSAM_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory(dir=args.report.resolve().parent) as folder, sync_playwright() as running:
        out = Path(folder) / "report"
        print(f"{repeated(args.report, out, args.words)} words")
        browser = running.chromium.launch(executable_path=browser_path, args=list(FLAGS))
        measure(browser.new_page(viewport={"width": 1440, "height": 900}), (out / "index.html").as_uri())
        browser.close()


if __name__ == "__main__":
    main()
