"""What the page shows is what is so: after edits, imports, reloads, another image, another setting."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from test_e2e_labeling import SIGN, annotated, ask, open_image, opened, project_of, settled
from visits import Server, Visit

from charsam.paths import ASSETS_DIR

WORDS = ASSETS_DIR / "examples" / "words.json"
PIXEL = """async ([view, layer, index]) => {
    const one = charsam.labelCanvas.document.words.flatMap((word) => word.characters)[index];
    const canvas = document.querySelector(`${view} canvas.cv-${layer}`);
    const { width, height, data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const { width: w, height: h } = charsam.labelCanvas.document;
    const k = Math.min((canvas.clientWidth - 16) / w, (canvas.clientHeight - 16) / h) * width / canvas.clientWidth;
    const [x0, y0] = [(width - w * k) / 2, (height - h * k) / 2];
    const counts = new Map();
    const [left, top] = [Math.min(...one.quad.map((p) => p[0])), Math.min(...one.quad.map((p) => p[1]))];
    const [right, bottom] = [Math.max(...one.quad.map((p) => p[0])), Math.max(...one.quad.map((p) => p[1]))];
    for (let y = Math.round(y0 + top * k); y < y0 + bottom * k; y++)
        for (let x = Math.round(x0 + left * k); x < x0 + right * k; x++) {
            const at = (y * width + x) * 4;
            if (data[at + 3] < 250) continue;
            const key = [data[at], data[at + 1], data[at + 2]].join();
            counts.set(key, (counts.get(key) || 0) + 1);
        }
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}"""
"""The colour that most of a character's box has on a layer of a picture that is fitted to its frame."""


@pytest.fixture(scope="module")
def sign(server: Server) -> str:
    """An annotated image that no test changes."""
    return annotated(server, "seen")


def colours(page: Page, view: str, count: int) -> list[str]:
    return [page.evaluate(PIXEL, [view, "masks", index]) for index in range(count)]


@pytest.mark.slow
def test_a_letter_has_the_same_colour_in_both_pictures_also_after_a_deletion(labeler: Visit, server: Server) -> None:
    page = labeler.page
    open_image(page, server, annotated(server, "colours"))
    page.get_by_role("tab", name="Final mask").click()
    page.wait_for_timeout(800)
    left, right = colours(page, "#cs-picture", 5), colours(page, "#cs-mask", 5)
    assert left == right
    assert len(set(left)) > 2
    first = page.evaluate("charsam.labelCanvas.document.words[0].characters[0].id")
    page.evaluate("(id) => charsam.labelCanvas.send({ do: 'delete_character', character: id })", first)
    page.wait_for_timeout(800)
    assert colours(page, "#cs-picture", 4) == colours(page, "#cs-mask", 4) == left[1:]


def test_every_letter_of_the_final_masks_overlay_has_an_outline_however_small(
    labeler: Visit, server: Server, sign: str
) -> None:
    page = labeler.page
    page.set_viewport_size({"width": 1024, "height": 700})
    open_image(page, server, sign)
    page.get_by_role("tab", name="Final mask").click()
    expect(page.get_by_role("button", name="Overlay")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(800)
    faint = PIXEL.replace("data[at + 3] < 250", "data[at + 3] < 1")
    letters = page.evaluate("charsam.labelCanvas.document.words.flatMap((word) => word.characters).length")
    assert all(page.evaluate(faint, ["#cs-mask", "shapes", index]) for index in range(letters))


def test_counts_follow_every_edit_everywhere(labeler: Visit, server: Server) -> None:
    page = labeler.page
    open_image(page, server, annotated(server, "counts"))
    progress = page.locator("#cs-progress")
    total = page.evaluate("charsam.labelCanvas.document.words.flatMap((word) => word.characters).length")
    expect(progress).to_contain_text(f"{total} characters")
    character = page.evaluate("charsam.labelCanvas.document.words[0].characters[0].id")
    page.evaluate("(id) => charsam.labelCanvas.send({ do: 'delete_character', character: id })", character)
    expect(progress).to_contain_text(f"{total - 1} characters")
    expect(page.locator("#cs-mask-table tbody tr")).to_have_count(total - 1)
    page.get_by_role("tab", name="Words").click()
    expect(page.locator(".cs-words-head")).to_contain_text(f"{total - 1} characters")
    page.locator(".cs-queue-button").click()
    page.evaluate(
        """() => {
            const word = charsam.labelCanvas.document.words[0].id;
            return charsam.labelCanvas.send({ do: "set_text", word, text: "QQQQQQQ" });
        }"""
    )
    doubts = "charsam.labelCanvas.document.words.flatMap((w) => w.characters).filter((c) => c.suspicion >= 0.5).length"
    row = page.locator('.cs-queue-row[aria-selected="true"]')
    expect(row).to_contain_text(f"{page.evaluate(doubts)} to check")
    page.evaluate("charsam.labelCanvas.send({ do: 'review', all: true, as: 'accepted' })")
    expect(row).not_to_contain_text("to check")
    expect(progress).to_contain_text("none to check")
    expect(page.locator(".cv-line")).to_contain_text("none to check")


def test_another_image_begins_with_its_worst_letters_and_nothing_chosen(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Two", "first.jpg", "second.jpg")
    for image in ids.values():
        ask(server, f"documents/{image}/edits", {"base": 0, "command": {"do": "annotate"}})
    open_image(page, server, ids["first.jpg"])
    page.add_style_tag(content="#cs-mask-table .cs-scroll { max-height: 80px; overflow: auto }")
    page.get_by_role("tab", name="Final mask").click()
    page.locator("#cs-mask-table tbody tr").last.click()
    ink = """() => {
        const { width, height } = document.querySelector("#cs-mask canvas.cv-live");
        const context = document.querySelector("#cs-mask canvas.cv-live").getContext("2d");
        return context.getImageData(0, 0, width, height).data.some((value) => value > 0);
    }"""
    page.wait_for_function(ink)
    assert page.locator("#cs-mask-table .cs-scroll").evaluate("(area) => area.scrollTop") > 0
    page.locator(".cs-queue-button").click()
    page.locator(".cs-queue-row").last.click()
    opened(page, ids["second.jpg"])
    page.wait_for_function(f"() => !({ink})()")
    assert page.locator("#cs-mask-table .cs-scroll").evaluate("(area) => area.scrollTop") == 0


def test_after_a_reload_every_stage_is_there_beside_the_result_and_tab_layers_and_zoom_are_kept(
    labeler: Visit, server: Server, sign: str
) -> None:
    page = labeler.page
    open_image(page, server, sign)
    page.get_by_role("tab", name="Split boxes").click()
    page.locator("#cs-picture .cv-stage").focus()
    page.keyboard.press("4")  # points off
    expect(page.locator(".cv-line")).to_contain_text("Points: off")
    page.keyboard.press("+")
    page.keyboard.press("+")
    looked = page.evaluate("charsam.labelCanvas.view.k")
    server.kill()
    server.start()
    page.goto(f"{server.address}/?image={sign}")
    opened(page, sign)
    expect(page.get_by_role("tab", name="Split boxes")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#cs-boxes-table tbody tr").first).to_be_visible()
    page.get_by_role("tab", name="CRAFT heatmap").click()
    expect(page.locator("#cs-heat-note")).to_contain_text("peaks")
    page.get_by_role("tab", name="Glyph votes").click()
    expect(page.locator("#cs-glyphs .cs-card").first).to_be_visible()
    page.get_by_role("button", name="Layers").click()
    assert not page.locator('[data-layer="points"]').is_checked()
    assert page.evaluate("charsam.labelCanvas.view.k") == looked
    labeler.errors.clear()  # the page's own requests failed while the server was away


def test_words_imported_while_their_image_is_open_appear_on_it_without_a_conflict(
    labeler: Visit, server: Server, tmp_path: Path
) -> None:
    page = labeler.page
    _, ids = project_of(server, "Late words", SIGN.name)
    open_image(page, server, ids[SIGN.name])
    entries = json.loads(WORDS.read_text("utf-8"))
    entries["images"] = [one for one in entries["images"] if one["file"] == SIGN.name]
    file = tmp_path / "words.json"
    file.write_text(json.dumps(entries))
    page.locator(".cs-queue-button").click()
    page.get_by_label("Add images, zip files, or words files").set_input_files(file)
    count = len(entries["images"][0]["words"])
    page.wait_for_function("(count) => charsam.labelCanvas.document.words.length === count", arg=count)
    page.locator("#cs-picture .cv-stage").focus()
    page.keyboard.press("g")
    page.wait_for_function("charsam.labelCanvas.document.words.some((word) => word.characters.length)")
    settled(page)
    expect(page.locator("#cs-picture .cv-note")).to_be_hidden()


def test_another_image_ends_the_run_of_the_one_before(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Two", "a.jpg", "b.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    page.locator("#cs-run").click()
    page.locator("#cs-progress .cs-running").wait_for()
    page.locator(".cs-queue-row", has_text="b.jpg").click()
    opened(page, ids["b.jpg"])
    expect(page.locator("#cs-progress .cs-progress")).to_have_class(re.compile("cs-idle"))
    expect(page.locator("#cs-cancel")).to_be_disabled()
    page.wait_for_timeout(1500)
    assert page.evaluate("charsam.labelCanvas.document.words") == []
    assert ask(server, f"documents/{ids['b.jpg']}")["document"]["words"] == []


def test_a_page_that_is_left_ends_its_run(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Left", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    with page.expect_response(lambda response: response.url.endswith(f"{ids['a.jpg']}/runs")) as begun:
        page.locator("#cs-run").click()
    run = begun.value.json()["run"]
    page.goto("about:blank")
    deadline = time.monotonic() + 5  # of a busy machine; nobody who follows it is waited for for 15 s
    while not (told := ask(server, f"runs/{run}"))["over"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert told["events"][-1]["kind"] == "cancelled"


def test_stages_appear_on_the_picture_while_it_runs(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Arriving", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    page.evaluate(
        """() => {
            window.arrived = [];
            const root = document.querySelector("#cs-picture .cv-root");
            const note = (records) => arrived.push(...records.map(({ oldValue }) => oldValue), root.dataset.stage);
            new MutationObserver(note)
                .observe(root, { attributes: true, attributeFilter: ["data-stage"], attributeOldValue: true });
        }"""
    )
    page.locator("#cs-run").click()
    page.locator("#cs-progress .cs-done .cs-progress-text").wait_for()
    seen = page.evaluate("arrived")
    assert "read" in seen
    assert "CRAFT regions" in seen
    assert page.locator("#cs-picture [data-stage]").count() == 0


def test_a_proxy_that_holds_streams_back_does_not_hold_back_the_run(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Proxied", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    page.route("**/label/runs/*/events*", lambda route: None)  # nothing ever comes
    page.locator("#cs-run").click()
    page.locator("#cs-progress .cs-done .cs-progress-text").wait_for()
    assert page.evaluate("charsam.labelCanvas.document.words.some((word) => word.characters.length)")
    page.unroute_all(behavior="ignoreErrors")


def test_a_prompt_mode_without_points_is_said_where_points_are_set_and_can_be_taken_back(
    labeler: Visit, server: Server
) -> None:
    page = labeler.page
    open_image(page, server, annotated(server, "modes"))
    page.get_by_role("tab", name="Final mask").click()
    page.locator('#cs-prompts input[value="B"]').check()
    page.get_by_role("tab", name="Glyph votes").click()
    hint, back = page.locator(".cs-hint"), page.get_by_role("button", name="Back to the usual settings")
    expect(hint).to_contain_text("takes no points")
    back.click()
    expect(hint).to_be_hidden()
    expect(back).to_be_hidden()


def test_another_segmenter_masks_an_annotated_picture_again(labeler: Visit, server: Server) -> None:
    page = labeler.page
    image = annotated(server, "segmenter")
    open_image(page, server, image)
    masks = "JSON.stringify(charsam.labelCanvas.document.words.map((w) => w.characters.map((c) => c.mask)))"
    before = page.evaluate(masks)
    page.locator("#cs-segmenter select").select_option("colour")
    page.wait_for_function(f"(before) => {masks} !== before", arg=before)


def test_a_photo_dropped_while_a_project_is_open_goes_into_that_project_and_says_so(
    labeler: Visit, server: Server
) -> None:
    page = labeler.page
    project, ids = project_of(server, "Street signs", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    expect(page.locator(".cs-queue-row")).to_have_count(1)
    page.evaluate(
        """([name, data]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
            const stage = document.querySelector("#cs-picture");
            stage.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        ["dropped.jpg", base64.b64encode(SIGN.read_bytes()).decode()],
    )
    expect(page.locator(".cs-open-name")).to_have_text("dropped.jpg")
    expect(page.locator("#cs-picture .cs-note")).to_contain_text("added to Street signs")
    expect(page.locator(".cs-queue-row")).to_have_count(2)
    assert len(ask(server, f"projects/{project}/images")["images"]) == 2


def test_an_image_that_is_not_in_the_chosen_project_cannot_be_judged_there(labeler: Visit, server: Server) -> None:
    page = labeler.page
    other, _ = project_of(server, "Elsewhere", "b.jpg")
    _, ids = project_of(server, "Here", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    expect(page.locator(".cs-queue-about")).to_be_visible()
    page.get_by_role("combobox", name="Project").select_option(other)
    expect(page.locator(".cs-queue-about")).to_be_hidden()


def test_what_was_accepted_leaves_the_gallery_and_can_be_had_back(labeler: Visit, server: Server) -> None:
    page = labeler.page
    project, ids = project_of(server, "Gallery", "a.jpg")
    image = ids["a.jpg"]
    ask(server, f"documents/{image}/edits", {"base": 0, "command": {"do": "annotate"}})
    document = ask(server, f"documents/{image}")
    letters = [one["id"] for word in document["document"]["words"] for one in word["characters"]]
    command = {"do": "review", "characters": letters[:2], "as": "accepted"}
    ask(server, f"documents/{image}/edits", {"base": document["seq"], "command": command})
    page.goto(f"{server.address}/label/inspect/projects/{project}")
    expect(page.locator(".ci-count")).to_have_text(f"{len(letters) - 2} of {len(letters)} characters")
    page.locator(".ci-facet", has_text="decision").get_by_label("accepted").check()
    expect(page.locator(".ci-count")).to_have_text(
        f"{len(letters)} of {len(letters)} characters".replace(f"{len(letters)} of ", "")
    )
    page.get_by_role("button", name="Failures", exact=True).click()
    assert "--truth" not in page.locator("body").inner_text()

    ask(server, f"documents/{image}/state", {"state": "accepted"})
    page.goto(f"{server.address}/label/inspect/projects/{project}")
    show = page.get_by_role("button", name="Show what is accepted, too")
    expect(show).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.get_by_role("button", name="Failures", exact=True).click()  # which does not say that there are none
    page.locator(".ci-other").get_by_role("button", name="Show what is accepted, too").click()
    expect(page.locator(".ci-count")).to_have_text(f"{len(letters)} characters")


def test_on_a_phone_a_project_is_walked_judged_and_inspected_with_the_thumb(browser: Browser, server: Server) -> None:
    project, ids = project_of(server, "thumb", "a.jpg", "b.jpg")
    for image in ids.values():
        ask(server, f"documents/{image}/edits", {"base": 0, "command": {"do": "annotate"}})
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = Visit(context, f"{server.address}/?image={ids['a.jpg']}").page
    opened(page, ids["a.jpg"])
    page.get_by_role("tab", name="Words").tap()
    field = page.locator("#cs-words input[type=text]").first
    assert field.evaluate("(field) => field.scrollWidth <= field.clientWidth"), "the word's text is cut off"
    field.fill("BROWN")
    field.press("Tab")
    expect(page.locator(".cs-to-check")).to_be_visible()  # and now the header holds one thing more
    help_ = page.locator("#cs-help summary").bounding_box()
    assert help_ is not None
    assert help_["x"] + help_["width"] <= 390
    assert page.locator("#cs-segmenter select").evaluate("(select) => select.clientWidth") >= 60
    assert page.evaluate("innerWidth") == 390, "the page is wider than the phone, which shrinks it"

    page.locator(".cs-queue-button").tap()
    page.locator(".cs-queue-row", has_text="b.jpg").tap()
    opened(page, ids["b.jpg"])
    expect(page.locator("#cs-queue")).to_be_hidden()  # it had covered the image
    page.locator("#cs-verdict").get_by_role("button", name="Accept, next").tap()
    opened(page, ids["a.jpg"])
    assert ask(server, f"documents/{ids['b.jpg']}")["state"] == "accepted"

    page.goto(f"{server.address}/label/inspect/projects/{project}")
    page.locator(".ci-tile").first.wait_for()
    expect(page.locator(".ci-story .ci-file")).to_have_css("opacity", "1")
    filters = page.get_by_role("button", name="Filters", exact=True)
    filters.tap(timeout=5000)
    expect(page.locator(".ci-facets")).to_be_visible()
    filters.tap()
    page.get_by_role("button", name="Compare").tap()
    expect(page.get_by_label("Sort by")).to_have_count(0)
    context.close()
