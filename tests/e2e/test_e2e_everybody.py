"""What is for everybody: a result to share, colours, the tour, fingers on a phone, and no barrier on any view."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from visits import Visit

from charsam.paths import ASSETS_DIR

PHONE = {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def shared(browser: Browser, url: str) -> Iterator[Visit]:
    """One page for the tests that leave it as they found it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    visit = Visit(context, url)
    visit.wait_for_result()
    yield visit
    context.close()
    assert visit.errors == [], "the page raised script errors"
    assert visit.strays == [], "the page sent requests that leave this machine"


def test_a_result_is_shared_as_a_picture_cut_out_animated_and_with_the_text_erased(shared: Visit) -> None:
    page = shared.page
    page.locator("#cs-share").click()
    dialog = page.get_by_role("dialog", name="Share")
    download = dialog.get_by_role("button", name="Download")
    made: dict[str, Image.Image] = {}
    for name in ("Overlay", "Letters cut out", "Stages, animated", "Text erased"):
        dialog.get_by_text(name, exact=True).click()
        expect(download).to_be_enabled()
        with page.expect_download() as caught:
            download.click()
        made[name] = Image.open(io.BytesIO(caught.value.path().read_bytes()))
    assert made["Overlay"].mode == "RGB"
    assert made["Letters cut out"].mode == "RGBA"
    assert made["Letters cut out"].getchannel("A").getextrema() == (0, 255)
    assert made["Stages, animated"].n_frames == 6
    before = made["Text erased"].tobytes()
    dialog.get_by_label("Grow the mask").fill("6")
    expect(dialog.get_by_text("6 px")).to_be_visible()
    expect(download).to_be_disabled()
    expect(download).to_be_enabled()
    with page.expect_download() as caught:
        download.click()
    assert Image.open(io.BytesIO(caught.value.path().read_bytes())).tobytes() != before
    page.keyboard.press("Escape")


def test_colours_are_chosen_and_kept(shared: Visit) -> None:
    page = shared.page
    page.locator("#cs-help summary").click()
    page.locator("#cs-help").get_by_label("Colours").select_option("Dark")
    expect(page.locator("body.dark")).to_have_count(1)
    page.reload()
    expect(page.locator("body.dark")).to_have_count(1)
    page.locator("#cs-help summary").click()
    page.locator("#cs-help").get_by_label("Colours").select_option("As the system")
    expect(page.locator("body.dark")).to_have_count(0)
    page.locator("#cs-help summary").click()


def test_the_first_tab_stop_leads_to_the_picture_past_everything(shared: Visit) -> None:
    page = shared.page
    page.locator(".cs-past").focus()
    expect(page.locator(".cs-past")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#cs-picture .cv-stage")).to_be_focused()


def test_the_tour_has_four_steps_and_comes_once(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = Visit(context, url, tour=True).page
    tour = page.get_by_role("dialog", name="Tour")
    for step in ("1 / 4", "2 / 4", "3 / 4", "4 / 4"):
        expect(tour).to_contain_text(step)
        tour.get_by_role("button").last.click()
    expect(tour).to_have_count(0)
    page.reload()
    page.locator("#cs-run").wait_for()
    expect(tour).to_have_count(0)
    context.close()


def test_on_a_phone_one_finger_scrolls_the_page_and_two_move_the_picture(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    visit = Visit(context, url)
    visit.wait_for_result()
    page, session = visit.page, context.new_cdp_session(visit.page)
    box = page.locator("#cs-picture .cv-stage").bounding_box()
    assert box is not None
    x, y = box["x"] + 20, box["y"] + box["height"] - 20
    before = page.evaluate("({ x: charsam.labelCanvas.view.x, k: charsam.labelCanvas.view.k })")

    page.evaluate("window.glided = false, addEventListener('scrollend', () => { window.glided = true; })")
    touch(session, [[(x, y - 15 * step)] for step in range(14)])
    page.wait_for_function("scrollY > 60")
    assert page.evaluate("({ x: charsam.labelCanvas.view.x, k: charsam.labelCanvas.view.k })") == before

    page.wait_for_function("glided")  # it goes on for a moment, and a page that still glides does not stay at its top
    page.evaluate("scrollTo(0, 0)")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch(session, [[(x - 30 - 8 * step, y), (x + 30 + 8 * step, y)] for step in range(8)])
    page.wait_for_function("(k) => charsam.labelCanvas.view.k > 1.5 * k", arg=before["k"])
    assert page.evaluate("scrollY") == 0
    run = page.locator("#cs-run").bounding_box()
    assert run is not None
    assert run["y"] > PHONE["height"] / 2, "within reach of the thumb"
    assert run["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="What fingers do").click()
    sheet = page.locator("dialog.cv-sheet")
    expect(sheet).to_contain_text("Two fingers")
    expect(sheet.locator("kbd")).to_have_count(0)
    context.close()


def touch(session: object, steps: list[list[tuple[float, float]]]) -> None:
    """Fingers that come down, move and go up: their places at each step."""
    for number, places in enumerate([*steps, []]):
        kind = "touchEnd" if not places else "touchMove" if number else "touchStart"
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # type: ignore[attr-defined]


VIEWS = ("Words", "CRAFT heatmap", "Split boxes", "Glyph votes", "Final mask", "Inspect", "queue", "share")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_view_has_a_serious_barrier(shared: Visit, url: str, theme: str) -> None:
    page, found = shared.page, []
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for view in VIEWS:
        if view == "queue":
            page.locator(".cs-queue-button").click()
            page.locator(".cs-queue-row").first.wait_for()
        elif view == "share":
            page.locator("#cs-share").click()
            expect(page.get_by_role("dialog", name="Share").get_by_role("button", name="Download")).to_be_enabled()
        else:
            shared.tab(view)
            page.wait_for_timeout(300)
            expect(page.locator(".cs-waiting:visible")).to_have_count(0)  # what is being fetched is pale
        found += barriers(page, view)
    page.keyboard.press("Escape")
    page.locator(".cs-queue-button").click()
    project = page.evaluate("charsam.openImage.project")
    page.goto(f"{url}/label/inspect/projects/{project}")
    page.locator(".ci-tile").first.wait_for()
    found += barriers(page, "cases")
    page.go_back()
    shared.settled()
    assert found == []


def barriers(page: Page, view: str) -> list[str]:
    """What axe-core finds that keeps people out."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{view}: {one['id']}: {[node['html'][:160] for node in one['nodes']][:3]}"
        for one in violations
        if one["impact"] in SERIOUS
    ]


def test_a_photo_is_taken_with_the_computers_camera_or_it_is_said_why_not(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    visit = Visit(context, url)
    page = visit.page
    visit.wait_for_result()
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("dialog", name="Take a photo").get_by_role("button", name="Take").click()
    expect(page.locator(".cs-open-name")).to_contain_text("photo 2")
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")  # as without https
    page.get_by_role("button", name="Camera").click()
    expect(page.locator("#cs-picture .cs-note.cs-alert")).to_contain_text("only to pages over https")
    assert visit.errors == []
    context.close()


def test_a_browser_that_speaks_chinese_gets_chinese_and_words_are_counted(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    visit = Visit(context, url)
    page = visit.page
    expect(page.locator("#cs-run")).to_have_text("运行")
    page.locator("#cs-progress .cs-progress.cs-done").wait_for()
    expect(page.locator(".cv-line")).to_contain_text("个单词")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.get_by_role("tab", name="最终掩码").click()
    assert visit.errors == []
    context.close()


def test_a_photo_of_an_iphone_is_opened(shared: Visit, tmp_path: Path) -> None:
    page = shared.page
    pytest.importorskip("pillow_heif").register_heif_opener()
    with Image.open(ASSETS_DIR / "examples" / "tight_letters.jpg") as photo:
        size = photo.size
        photo.save(tmp_path / "IMG_0001.HEIC", "HEIF", quality=90)
    page.get_by_label("Open image", exact=True).set_input_files(tmp_path / "IMG_0001.HEIC")
    expect(page.locator(".cs-open-name")).to_have_text("IMG_0001.HEIC")
    page.wait_for_function("([w, h]) => charsam.labelCanvas.document?.width === w", arg=list(size))
