"""What a visitor does in the browser, from the first look to the downloaded mask."""

from __future__ import annotations

import base64
import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from visits import PATIENCE, Visit

from charsam.page.page import App
from charsam.paths import ASSETS_DIR
from charsam.server.engine import Engine

EXAMPLES = ASSETS_DIR / "examples"
EXAMPLE = "rotated sign"
TABS = ("CRAFT heatmap", "Split boxes", "Glyph votes", "Final mask")


def shown(page: Page, view: str, number: str) -> int:
    """How many of its shapes a picture of a stage shows."""
    return int(page.locator(view).get_attribute(f"data-{number}") or 0)


def painted(page: Page, view: str, layer: str = "photo") -> Locator:
    """A layer of a picture."""
    return page.locator(f"{view} canvas.cv-{layer}")


def has_colour(page: Page, view: str, layer: str) -> bool:
    """Whether anything is painted on a layer of a picture."""
    look = "(n) => n.width > 0 && n.getContext('2d').getImageData(0, 0, n.width, n.height).data.some((v) => v)"
    found: bool = painted(page, view, layer).evaluate(look)
    return found


def drop(page: Page, name: str, content: bytes) -> None:
    """Drag a file onto the picture on the left and let it go."""
    page.evaluate(
        """([name, data]) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const carried = new DataTransfer();
            carried.items.add(new File([bytes], name));
            const stage = document.querySelector("#cs-picture");
            for (const type of ["dragenter", "dragover", "drop"])
                stage.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        [name, base64.b64encode(content).decode()],
    )


def test_the_first_visit_shows_an_example_with_its_result(visit: Visit) -> None:
    visit.wait_for_result()
    assert re.match(r"\d+ characters, (\d+|none) to check", visit.progress())
    assert visit.page.locator("#cs-status").inner_text().startswith("ready")
    visit.settled()
    assert visit.page.evaluate("charsam.labelCanvas.document.words.every((word) => word.characters.length > 0)")
    visit.tab("CRAFT heatmap")
    expect(visit.page.locator("#cs-heat-note")).to_contain_text("peaks")
    assert shown(visit.page, "#cs-heat", "peaks") > 3
    visit.tab("Final mask")
    expect(visit.page.locator("#cs-mask-table tbody tr").first).to_be_visible()


def test_picking_an_example_runs_it_and_fills_every_tab(visit: Visit) -> None:
    visit.wait_for_result()
    visit.pick(EXAMPLE)
    characters = visit.page.evaluate("charsam.labelCanvas.document.words.flatMap((word) => word.characters).length")
    visit.tab("CRAFT heatmap")
    expect(visit.page.locator("#cs-heat-note")).to_contain_text("peaks")
    assert shown(visit.page, "#cs-heat", "peaks") > 3
    visit.page.wait_for_timeout(300)
    assert has_colour(visit.page, "#cs-heat", "photo")
    visit.tab("Split boxes")
    expect(visit.page.locator("#cs-boxes-table tbody tr")).to_have_count(characters)
    assert shown(visit.page, "#cs-boxes", "after") == characters
    assert shown(visit.page, "#cs-boxes", "before") > 0
    visit.tab("Glyph votes")
    expect(visit.page.locator("#cs-glyphs .cs-card")).to_have_count(characters)
    assert visit.page.locator("#cs-glyphs .cs-card").first.locator("img").count() == 4
    assert visit.page.locator("#cs-glyphs .cs-plus").count() > characters
    visit.tab("Final mask")
    expect(visit.page.locator("#cs-mask-table tbody tr")).to_have_count(characters)
    visit.page.wait_for_timeout(300)
    assert has_colour(visit.page, "#cs-mask", "masks")


def test_a_click_on_run_moves_something_before_the_server_answers(visit: Visit) -> None:
    visit.wait_for_result()
    moving = visit.page.evaluate(
        """() => {
            document.querySelector("#cs-run").click();
            return document.querySelector("#cs-progress .cs-progress").classList.contains("cs-running");
        }"""
    )
    assert moving
    visit.page.locator("#cs-progress .cs-progress.cs-done").wait_for()


def test_a_cancelled_run_says_so_and_can_be_run_again(visit: Visit) -> None:
    visit.wait_for_result()
    drop(visit.page, "fresh.jpg", (EXAMPLES / "rotated_sign.jpg").read_bytes() + b"\0")
    expect(visit.page.locator(".cs-open-name")).to_have_text("fresh.jpg")
    visit.settled()
    visit.page.locator("#cs-run").click()
    visit.page.locator("#cs-cancel:enabled").click()
    expect(visit.page.locator("#cs-progress")).to_contain_text("Cancelled")
    visit.run()
    assert re.match(r"\d+ characters", visit.progress())


def test_the_vote_threshold_changes_what_is_kept_and_only_later_stages_run(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("Glyph votes")
    kept = visit.page.locator("#cs-glyphs .cs-card").first.locator("img").nth(3)
    before = kept.get_attribute("src")
    threshold = visit.page.locator("#cs-threshold input[type=number]")
    threshold.fill("0.9")
    threshold.press("Enter")
    expect(kept).not_to_have_attribute("src", before or "")
    visit.page.locator("#cs-progress .cs-progress.cs-done").wait_for()
    visit.tab("CRAFT heatmap")
    expect(visit.page.locator("#cs-heat-note")).to_have_attribute("data-times", re.compile("CRAFT regions: reused"))


def test_downloaded_masks_are_the_librarys_bit_by_bit(visit: Visit) -> None:
    from charsam.datasets.native import read_words
    from charsam.images import load_image
    from charsam.pipeline import CharSAM

    file = sorted(EXAMPLES.glob("*.jpg"))[0]
    words = next(item.words for item in read_words(EXAMPLES / "words.json") if Path(item.file).name == file.name)
    annotation = CharSAM().run(load_image(file), words).annotation
    assert annotation is not None
    visit.wait_for_result()
    visit.tab("Final mask")

    def downloaded(button: str) -> bytes:
        with visit.page.expect_download() as caught:
            visit.page.locator(f"#cs-{button}").click()
        return Path(caught.value.path()).read_bytes()

    text = np.array(Image.open(io.BytesIO(downloaded("text_mask"))))
    characters = np.array(Image.open(io.BytesIO(downloaded("character_mask"))))
    assert np.array_equal(text, annotation.text_mask())
    assert np.array_equal(characters.astype(np.uint16), annotation.character_mask())
    entry = json.loads(downloaded("words_json"))["images"][0]
    assert len(entry["words"]) == len(words)
    with zipfile.ZipFile(io.BytesIO(downloaded("everything"))) as bundle:
        stem = file.stem
        assert sorted(bundle.namelist()) == [f"{stem}_chars.png", f"{stem}_text.png", "words.json"]


def test_two_visitors_do_not_see_each_others_photo_or_result(visit: Visit, browser: Browser, url: str) -> None:
    visit.wait_for_result()
    picture = io.BytesIO()
    Image.fromarray(np.full((80, 200, 3), 90, np.uint8)).save(picture, "PNG")
    drop(visit.page, "secret_photo.png", picture.getvalue())
    expect(visit.page.locator(".cs-open-name")).to_have_text("secret_photo.png")
    expect(visit.page.locator("#cs-progress .cs-idle")).to_be_visible()
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    other = Visit(context, url)
    other.pick(EXAMPLE)
    for page in (visit.page, other.page):
        page.locator("#cs-run").click()
    expect(visit.page.locator("#cs-progress")).to_contain_text("No characters")
    other.page.locator("#cs-progress .cs-done .cs-progress-text").wait_for()
    assert re.match(r"\d+ characters", other.progress())
    secret = f"{url}/label/documents/{parse_qs(urlparse(visit.page.url).query)['image'][0]}/image"
    assert visit.page.request.get(secret).status == 200
    assert other.page.request.get(secret).status == 404
    assert "secret_photo" not in other.page.content()
    assert EXAMPLE not in visit.page.locator("#cs-picture").inner_html()
    context.close()


def test_nothing_that_the_page_asked_for_about_a_photo_can_be_fetched_by_others(
    visit: Visit, browser: Browser, url: str
) -> None:
    fetched: list[str] = []
    visit.page.on("request", lambda request: fetched.append(request.url))
    visit.wait_for_result()
    visit.pick(EXAMPLE)
    for tab in TABS:
        visit.tab(tab)
    with visit.page.expect_download():
        visit.page.locator("#cs-everything").click()
    own = {found for found in fetched if "/label/documents/" in found or "/label/runs/" in found}
    assert all(any(part in one for one in own) for part in ("/image", "/stages/", "/files/"))
    context = browser.new_context()
    other = Visit(context, url)
    asked = [found for found in own if not found.endswith(("/edits", "/undo", "/redo", "/runs", "/cancel"))]
    assert {other.page.request.get(found).status for found in asked} == {404}
    context.close()


@pytest.mark.parametrize(
    ("name", "content"), [("broken.jpg", b"this is no photo"), ("empty.png", b""), ("cut.png", b"\x89PNG\r\n\x1a\n")]
)
def test_a_file_that_is_no_photo_gets_a_sentence_on_the_picture(visit: Visit, name: str, content: bytes) -> None:
    visit.wait_for_result()
    drop(visit.page, name, content)
    message = visit.page.locator("#cs-picture .cs-note.cs-alert")
    expect(message).to_contain_text(name)
    assert "Traceback" not in visit.page.content()
    visit.settled()
    assert visit.words()  # the photo that was there is still there


def test_a_photo_is_pasted_from_the_clipboard(visit: Visit) -> None:
    visit.wait_for_result()
    visit.page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(120, 60);
            canvas.getContext("2d").fillRect(20, 20, 40, 20);
            const photo = await canvas.convertToBlob();
            const carried = new DataTransfer();
            carried.items.add(new File([photo], "clip.png", { type: "image/png" }));
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
        }"""
    )
    expect(visit.page.locator(".cs-open-name")).to_have_text("clip.png")


def test_a_file_over_the_limit_is_refused_before_it_is_sent(visit: Visit) -> None:
    visit.wait_for_result()
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.url) if "/photos" in request.url else None)
    visit.page.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(26 * 1024 * 1024 + 1)], "huge.png"));
            const drop = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
            document.querySelector("#cs-picture").dispatchEvent(drop);
        }"""
    )
    expect(visit.page.locator("#cs-picture .cs-note.cs-alert")).to_contain_text("the limit is 26 MB")
    assert sent == []


def test_a_hostile_word_is_shown_as_text(visit: Visit) -> None:
    visit.wait_for_result()
    hostile = "<img src=x onerror=alert(1)>"
    visit.page.on("dialog", lambda dialog: pytest.fail(f"a script of the word ran: {dialog.message}"))
    visit.tab("Words")
    field = visit.page.locator("#cs-words input[type=text]").first
    field.fill(hostile)
    field.press("Tab")
    visit.settled()
    assert visit.words()[0] == hostile
    visit.run()
    visit.tab("Final mask")
    expect(visit.page.locator("#cs-mask-table tbody")).to_contain_text(hostile)
    assert visit.page.locator("img[src=x]").count() == 0


def test_an_ignored_word_gets_no_characters(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("Split boxes")
    expect(visit.page.locator("#cs-boxes-table tbody tr").first).to_be_visible()
    before = visit.page.locator("#cs-boxes-table tbody tr").count()
    visit.tab("Words")
    visit.page.locator("#cs-words input[type=checkbox]").first.check()
    visit.settled()
    visit.run()
    visit.tab("Split boxes")
    expect(visit.page.locator("#cs-boxes-table tbody tr")).not_to_have_count(before)
    assert 0 < visit.page.locator("#cs-boxes-table tbody tr").count() < before


def test_finding_words_leaves_those_that_are_there(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("Words")
    rows = visit.page.locator("#cs-words .cs-origin")
    before = rows.all_text_contents()
    visit.page.locator("#cs-find").click()
    expect(visit.page.locator("#cs-progress")).to_contain_text("found")
    assert rows.all_text_contents()[: len(before)] == before


def test_words_can_be_imported(visit: Visit, tmp_path: Path) -> None:
    visit.wait_for_result()
    visit.tab("Words")
    polygon = [[10, 10], [90, 10], [90, 40], [10, 40]]
    file = tmp_path / "mine.json"
    file.write_text(
        json.dumps({"charsam": 1, "images": [{"file": "x.jpg", "words": [{"polygon": polygon, "text": "MINE"}]}]})
    )
    visit.page.locator("#cs-words input[type=file]").set_input_files(file)
    texts = visit.page.locator("#cs-words input[type=text]")
    expect(texts).to_have_count(1)
    expect(texts).to_have_value("MINE")
    file.write_text('{"charsam": 1, "images": [{"file": "x.jpg", "words": [{"polygon": [[0, 0]]}]}]}')
    visit.page.locator("#cs-words input[type=file]").set_input_files(file)
    expect(visit.page.locator("#cs-words .cs-alert")).to_contain_text("polygon")


def test_choosing_a_row_shows_its_character_large_with_what_speaks_against_it(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("Final mask")
    percent = visit.page.locator("#cs-mask .cs-percent")
    before = percent.inner_text()
    row = visit.page.locator("#cs-mask-table tbody tr").first
    row.focus()
    row.press("Enter")
    expect(percent).not_to_have_text(before)
    expect(visit.page.locator("#cs-mask-table .cs-detail")).to_contain_text("pixels")
    chosen = visit.page.locator("#cs-mask-table tr.cs-chosen td").nth(1).inner_text()
    visit.tab("Inspect")
    expect(visit.page.locator(".cs-story h3")).to_contain_text(chosen)


def test_the_tabs_stay_in_sight_while_their_panel_is_scrolled(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("Glyph votes")
    visit.page.locator("#cs-glyphs canvas, #cs-glyphs img").last.scroll_into_view_if_needed()
    assert visit.page.locator("#cs-right").evaluate("(right) => right.scrollTop") > 0
    expect(visit.page.get_by_role("tab", name="Words")).to_be_in_viewport()


def test_every_tab_is_in_sight(visit: Visit) -> None:
    visit.wait_for_result()
    for width in (1024, 1280, 1440):
        visit.page.set_viewport_size({"width": width, "height": 900})
        expect(visit.page.locator(".cs-tabs")).to_have_js_property("hidden", False)
        tops = "new Set(Array.from(list.children, (tab) => tab.offsetTop)).size"
        rows = visit.page.locator(".cs-tabs").evaluate(f"(list) => [list.scrollWidth - list.clientWidth, {tops}]")
        assert rows == [0, 1], width


def test_the_picture_answers_to_the_keyboard(visit: Visit) -> None:
    visit.wait_for_result()
    stage, percent = visit.page.locator("#cs-picture .cv-stage"), visit.page.locator("#cs-picture .cv-percent")
    stage.focus()
    stage.press("+")
    expect(percent).to_have_attribute("title", "Fit the image (0)")
    stage.press("0")
    expect(percent).to_have_attribute("title", re.compile("^100 %: one screen pixel"))


def test_the_opacity_of_the_heat_moves_without_the_server(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("CRAFT heatmap")
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.url))
    expect(visit.page.locator("#cs-heat-note")).to_contain_text("peaks")
    visit.page.wait_for_timeout(500)
    look = "(node) => node.toDataURL()"
    before = painted(visit.page, "#cs-heat").evaluate(look)
    sent.clear()
    visit.page.locator("#cs-heat .cs-lead input").fill("20")
    other = "(before) => document.querySelector('#cs-heat canvas.cv-photo').toDataURL() !== before"
    visit.page.wait_for_function(other, arg=before)  # a busy machine may draw its next frame late
    assert sent == []


def test_the_four_prompt_modes_are_compared(visit: Visit) -> None:
    visit.wait_for_result()
    visit.tab("Final mask")
    visit.page.locator("#cs-compare").click()
    titles = visit.page.locator("#cs-comparison h3")
    expect(titles).to_have_count(4)
    assert [text.split(" · ")[0] for text in titles.all_inner_texts()] == [
        "B",
        "P_char",
        "P_char+pos",
        "P_char+pos+neg",
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_fits_a_phone(browser: Browser, url: str, theme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = Visit(context, f"{url}/?__theme={theme}")
    phone.wait_for_result()
    for tab in TABS:
        phone.tab(tab)
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390, tab
    for button in ("#cs-run", "#cs-find"):
        box = phone.page.locator(button).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert phone.errors == []
    context.close()


def test_the_picture_does_not_move_while_a_run_fills_the_page(visit: Visit) -> None:
    visit.wait_for_result()
    place = visit.page.locator("#cs-picture .cv-stage").bounding_box()
    visit.pick(EXAMPLE)
    assert visit.page.locator("#cs-picture .cv-stage").bounding_box() == place
    visit.run()
    assert visit.page.locator("#cs-picture .cv-stage").bounding_box() == place


def test_leaving_the_page_is_told_to_the_server(browser: Browser) -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    app = App(engine)
    address = app.launch(quiet=True)
    visitors = app.access.visitors
    assert visitors is not None
    context = browser.new_context()
    page = Visit(context, address).page
    assert eventually(lambda: sum(len(one.pages) for one in visitors._visitors.values()) == 1)
    page.goto("about:blank")
    assert eventually(lambda: sum(len(one.pages) for one in visitors._visitors.values()) == 0)
    context.close()
    app.close()


def eventually(true: Callable[[], bool]) -> bool:
    """Whether something comes true within the tests' patience."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
    return true()
