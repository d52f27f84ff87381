"""What labelers do in the browser with images that are kept: edits, reloads, two people, power cuts, queue, logins."""

from __future__ import annotations

import io
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from visits import PATIENCE, Server, Visit

from charsam.paths import ASSETS_DIR
from charsam.workspace.workspace import Workspace

SIGN = ASSETS_DIR / "examples" / "letters_with_holes.jpg"
PASSWORD = "correct horse battery"


def ask(server: Server, path: str, body: object = None) -> Any:
    """One request to the routes under /label."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.address}/label/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE / 1000) as answer:
        return json.load(answer)


def project_of(server: Server, name: str, *files: str) -> tuple[str, dict[str, str]]:
    """A new project with the sign under these names: its id, and the images' ids by name."""
    project = ask(server, "projects", {"name": name})["id"]
    for file in files:
        boundary = "made-for-a-test"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{file}"\r\n\r\n'
        data = head.encode() + SIGN.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        urllib.request.urlopen(
            urllib.request.Request(f"{server.address}/label/projects/{project}/images", data, kind), timeout=60
        ).close()
    rows = ask(server, f"projects/{project}/images")["images"]
    return project, {row["name"]: row["id"] for row in rows}


def annotated(server: Server, name: str) -> str:
    """An image of its own with its words and masks; its id."""
    _, ids = project_of(server, name, f"{name}.jpg")
    ask(server, f"documents/{ids[f'{name}.jpg']}/edits", {"base": 0, "command": {"do": "annotate"}})
    return ids[f"{name}.jpg"]


def open_image(page: Page, server: Server, image: str) -> None:
    page.goto(f"{server.address}/?image={image}")
    opened(page, image)


def opened(page: Page, image: str) -> None:
    """Wait until the canvas shows this image."""
    page.wait_for_function("(id) => window.charsam?.labelCanvas?.document && charsam.labelCanvas.id === id", arg=image)


def settled(page: Page) -> None:
    page.evaluate("charsam.labelCanvas.settled()")


def texts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("charsam.labelCanvas.document.words.map((word) => word.text)")
    return found


def put_text(page: Page, index: int, text: str) -> None:
    """Correct the text of a word in the table, and wait until it is saved."""
    page.get_by_role("tab", name="Words").click()
    field = page.locator("#cs-words input[type=text]").nth(index)
    field.fill(text)
    field.press("Tab")
    settled(page)


@pytest.mark.slow
def test_ten_edits_are_undone_and_after_a_reload_all_ten_are_done_again(labeler: Visit, server: Server) -> None:
    page = labeler.page
    image = annotated(server, "history")
    open_image(page, server, image)
    before = page.evaluate("JSON.stringify(charsam.labelCanvas.document.words)")
    for step in range(10):
        character = page.evaluate(f"charsam.labelCanvas.document.words[0].characters[{step % 5}].id")
        verdict = "accepted" if step < 5 else "rejected"
        command = {"do": "review", "characters": [character], "as": verdict}
        page.evaluate("(command) => charsam.labelCanvas.send(command)", command)
    after = page.evaluate("JSON.stringify(charsam.labelCanvas.document.words)")
    for _ in range(10):
        page.evaluate("charsam.labelCanvas.run('undo')")
    settled(page)
    assert page.evaluate("JSON.stringify(charsam.labelCanvas.document.words)") == before
    page.reload()
    opened(page, image)
    assert page.evaluate("JSON.stringify(charsam.labelCanvas.document.words)") == before
    for _ in range(10):
        page.evaluate("charsam.labelCanvas.run('redo')")
    settled(page)
    assert page.evaluate("JSON.stringify(charsam.labelCanvas.document.words)") == after


def test_an_address_whose_image_is_gone_says_so_beside_the_example(labeler: Visit, server: Server) -> None:
    page = labeler.page
    page.goto(f"{server.address}/?image=0000")
    labeler.wait_for_result()
    expect(page.locator("#cs-picture .cs-note.cs-alert")).to_contain_text("is not there any more")
    expect(page.locator(".cs-open-name")).to_have_text("curved_line.jpg")


def test_two_people_on_one_image_the_second_is_told_and_nothing_is_overwritten(
    labeler: Visit, browser: Browser, server: Server
) -> None:
    image = annotated(server, "together")
    second = browser.new_context()
    first_page, second_page = labeler.page, Visit(second, server.address).page
    for page in (first_page, second_page):
        open_image(page, server, image)
    put_text(first_page, 0, "FIRST")
    second_page.get_by_role("tab", name="Words").click()
    field = second_page.locator("#cs-words input[type=text]").nth(0)
    field.fill("SECOND")
    field.press("Tab")
    expect(second_page.locator("#cs-picture .cv-note")).to_contain_text("changed this image")
    assert ask(server, f"documents/{image}")["document"]["words"][0]["text"] == "FIRST"
    second.close()


def test_a_server_that_is_killed_and_started_again_has_lost_nothing_that_it_acknowledged(
    labeler: Visit, server: Server
) -> None:
    page = labeler.page
    image = annotated(server, "killed")
    open_image(page, server, image)
    page.evaluate("charsam.labelCanvas.send({do: 'review', all: true, as: 'accepted'})")
    ids = page.evaluate("charsam.labelCanvas.document.words.flatMap((word) => word.characters.map((one) => one.id))")
    server.kill()
    command = {"do": "review", "characters": ids[:1], "as": "rejected"}
    page.evaluate("(command) => void charsam.labelCanvas.send(command)", command)
    expect(page.locator("#cs-picture .cv-note")).to_contain_text("cannot be reached")
    server.start()
    opened(page, image)  # Gradio loads the page anew when its server is back
    page.wait_for_function("window.charsam?.labelCanvas?.pending === 0")
    page.reload()
    opened(page, image)
    found = page.evaluate(
        "charsam.labelCanvas.document.words.flatMap((word) => word.characters.map((one) => one.review))"
    )
    assert found == ["rejected"] + ["accepted"] * (len(ids) - 1)
    labeler.errors.clear()  # the page's own requests failed while the server was away


def test_a_queue_is_walked_and_judged_with_the_keyboard(labeler: Visit, server: Server) -> None:
    page = labeler.page
    project, ids = project_of(server, "Walk", "a.jpg", "b.jpg", "c.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    expect(page.locator(".cs-queue-row")).to_have_count(3)
    expect(page.locator('.cs-queue-row[aria-selected="true"]')).to_contain_text("a.jpg")
    page.locator("#cs-picture .cv-stage").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator('.cs-queue-row[aria-selected="true"]')).to_contain_text("b.jpg")
    page.wait_for_function("document.querySelector('.cs-open-name').textContent === 'b.jpg'")
    page.locator("#cs-picture .cv-stage").focus()
    page.keyboard.press("Control+Backspace")
    expect(page.locator('.cs-queue-row[aria-selected="true"]')).to_contain_text("c.jpg")
    page.wait_for_function("document.querySelector('.cs-open-name').textContent === 'c.jpg'")
    page.locator("#cs-picture .cv-stage").focus()
    page.keyboard.press("PageUp")
    expect(page.locator('.cs-queue-row[aria-selected="true"]')).to_contain_text("b.jpg")
    states = {row["name"]: row["state"] for row in ask(server, f"projects/{project}/images")["images"]}
    assert states == {"a.jpg": "accepted", "b.jpg": "rejected", "c.jpg": "new"}


def test_a_project_that_is_chosen_while_another_image_is_on_its_way_stays(labeler: Visit, server: Server) -> None:
    page = labeler.page
    project, ids = project_of(server, "Late", "late.jpg")
    held: list[Route] = []
    asked = re.compile(f"/documents/{ids['late.jpg']}($|[?])")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(asked, hold)
    page.locator(".cs-queue-button").click()
    project_list = page.get_by_label("Project", exact=True)
    expect(project_list).to_have_value(re.compile("."))
    inbox = project_list.input_value()
    with page.expect_request(asked):
        project_list.select_option(project)
        page.locator(".cs-queue-row", has_text="late.jpg").click()
    project_list.select_option(inbox)
    held[0].continue_()
    page.wait_for_function("document.querySelector('.cs-open-name').textContent === 'late.jpg'")
    settled(page)
    expect(project_list).to_have_value(inbox)


def test_review_goes_through_what_is_undecided_and_back_leads_to_the_picture_before(
    labeler: Visit, server: Server
) -> None:
    page = labeler.page
    project, ids = project_of(server, "Stream", "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    ask(server, f"documents/{ids['b.jpg']}/state", {"state": "accepted"})
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    expect(page.locator(".cs-left")).to_contain_text("3 images left")
    expect(page.locator("#cs-examples")).to_be_hidden()
    page.locator("#cs-picture .cv-stage").focus()
    page.keyboard.press("Control+Enter")
    opened(page, ids["c.jpg"])  # b.jpg is decided already
    page.go_back()
    opened(page, ids["a.jpg"])
    page.locator(".cs-review").click()
    opened(page, ids["c.jpg"])
    page.keyboard.press("p")  # the button has the focus, the canvas its keys all the same
    expect(page.get_by_role("toolbar", name="Canvas tools").locator('[data-name="point"]')).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("v")
    rows, chosen = page.locator(".cs-queue-row"), page.get_by_role("toolbar", name="Chosen images")
    places = [box for box in (rows.nth(index).bounding_box() for index in (1, 3)) if box is not None]
    page.mouse.move(places[0]["x"] + 40, places[0]["y"] + 10)
    page.mouse.down()
    page.mouse.move(places[1]["x"] + 40, places[1]["y"] + 10, steps=5)
    page.mouse.up()
    expect(chosen).to_contain_text("3 chosen")
    opened(page, ids["c.jpg"])  # a drag opens nothing
    chosen.get_by_role("button", name="Choose one alone").click()
    rows.nth(3).click(modifiers=["Control"])
    page.get_by_role("toolbar", name="Chosen images").get_by_role("button", name="✓ Accept").click()
    expect(page.locator(".cs-left")).to_contain_text("All 4 decided")
    states = {row["name"]: row["state"] for row in ask(server, f"projects/{project}/images")["images"]}
    assert set(states.values()) == {"accepted"}
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".cs-left")).to_contain_text("2 images left")


def test_what_review_opens_is_of_the_project_that_is_shown_and_in_sight_in_its_list(
    labeler: Visit, server: Server
) -> None:
    page = labeler.page
    labeler.wait_for_result()
    page.set_viewport_size({"width": 1440, "height": 700})
    _, ids = project_of(server, "Long", *(f"{number}.jpg" for number in range(9)))
    for number in range(7):
        ask(server, f"documents/{ids[f'{number}.jpg']}/state", {"state": "accepted"})
    page.locator(".cs-queue-button").click()
    page.get_by_label("Project", exact=True).select_option(label="Long")
    expect(page.locator(".cs-queue-row")).to_have_count(9)
    page.locator(".cs-review").click()
    opened(page, ids["7.jpg"])
    expect(page.locator('.cs-queue-row[aria-selected="true"]')).to_be_in_viewport(ratio=0.9)


def test_a_second_reading_is_made_of_what_is_accepted_and_compared(labeler: Visit, server: Server) -> None:
    page = labeler.page
    image = annotated(server, "twice")
    ask(server, f"documents/{image}/state", {"state": "accepted"})
    open_image(page, server, image)
    page.locator(".cs-queue-button").click()
    page.get_by_role("button", name="Team…").click()
    dialog = page.get_by_role("dialog", name="Team")
    expect(dialog.locator(".cs-figures tbody th")).to_have_text(["you"])
    dialog.get_by_role("button", name="New second reading").click()
    expect(page.locator(".cs-queue-said")).to_contain_text("holds the accepted images")
    expect(page.locator(".cs-queue-row")).to_have_count(1)
    page.get_by_role("button", name="Annotate 1 new").click()
    expect(page.locator(".cs-foot-said")).to_contain_text("1 image annotated")
    page.get_by_role("button", name="Team…").click()
    dialog.get_by_label("Agreement with").select_option("twice")
    expect(dialog).to_contain_text("1 image: 2 of 2 words are in both, 100 % of these read alike")
    expect(dialog.get_by_role("button", name="As CSV")).to_be_visible()


def test_an_image_goes_from_nothing_to_accepted_with_the_keyboard_alone(labeler: Visit, server: Server) -> None:
    page, press = labeler.page, labeler.page.keyboard.press
    _, ids = project_of(server, "Keys", "keys.jpg", "next.jpg")
    open_image(page, server, ids["keys.jpg"])
    press("g")  # finds, reads and masks all words
    page.wait_for_function("charsam.labelCanvas.document.words.some((word) => word.characters.length > 2)")
    settled(page)
    for key in ("Shift+J", "j", "Enter"):
        press(key)
    page.locator(".cv-field input").wait_for()
    page.keyboard.type("Z")
    press("Enter")
    settled(page)
    letters = "charsam.labelCanvas.document.words.flatMap((word) => word.characters.map((one) => one.%s))"
    assert "Z" in page.evaluate(letters % "category")
    press("p")
    press("ArrowDown")
    press("Space")
    press("v")
    press("Shift+A")
    press("Control+Enter")
    opened(page, ids["next.jpg"])
    saved = ask(server, f"documents/{ids['keys.jpg']}")
    found = [one for word in saved["document"]["words"] for one in word["characters"]]
    assert saved["state"] == "accepted"
    assert {one["review"] for one in found} == {"accepted"}
    assert [one["category"] for one in found if one["points_edited"]] == ["Z"]


def test_the_row_of_a_photo_that_was_run_knows_its_words(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Rows", "row.jpg")
    open_image(page, server, ids["row.jpg"])
    page.locator(".cs-queue-button").click()
    page.locator("#cs-run").click()
    page.wait_for_function("charsam.labelCanvas.document.words.some((word) => word.characters.length > 2)")
    row = page.locator(".cs-queue-row.cs-chosen")
    expect(row).to_contain_text("annotated")
    expect(row).not_to_contain_text("no words found")


def test_new_images_are_annotated_in_the_background_and_exported(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Background", "a.jpg", "b.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    page.get_by_role("button", name="Annotate 2 new").click()
    expect(page.locator(".cs-foot-said")).to_contain_text("2 images annotated")
    expect(page.locator(".cs-queue-row .cs-state-annotated")).to_have_count(2)
    page.wait_for_function("charsam.labelCanvas.document.words.length > 0")
    page.get_by_role("button", name="Export…").click()
    with page.expect_download() as caught:
        page.get_by_role("dialog", name="Export").get_by_role("button", name="Export").click()
    assert caught.value.suggested_filename == "Background_native.zip"


def test_images_are_added_in_the_queue_and_what_is_no_image_is_named(labeler: Visit, tmp_path: Path) -> None:
    page = labeler.page
    good, bad = tmp_path / "fresh.png", tmp_path / "broken.jpg"
    Image.new("RGB", (60, 40), "white").save(good)
    bad.write_bytes(b"no photo")
    page.locator(".cs-queue-button").click()
    page.get_by_label("Add images, zip files, or words files").set_input_files([good, bad])
    expect(page.locator(".cs-foot-said")).to_contain_text("1 image added; 1 skipped")
    expect(page.locator(".cs-foot-said li")).to_contain_text("broken.jpg")
    expect(page.locator(".cs-open-name")).to_have_text("fresh.png")


def test_an_image_is_deleted_after_a_question_and_its_neighbour_opens(labeler: Visit, server: Server) -> None:
    page = labeler.page
    project, ids = project_of(server, "Deleting", "a.jpg", "b.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    delete = page.get_by_role("button", name="Delete…")
    question = page.get_by_role("alertdialog", name="Delete this image?")
    delete.click()
    expect(question).to_contain_text("a.jpg")
    question.get_by_role("button", name="Cancel").click()
    expect(page.locator(".cs-queue-row")).to_have_count(2)
    delete.click()
    question.get_by_role("button", name="Delete image").click()
    opened(page, ids["b.jpg"])
    expect(page.locator(".cs-queue-row")).to_have_count(1)
    expect(page.locator(".cs-queue-said")).to_contain_text("a.jpg was deleted")
    delete.click()
    question.get_by_role("button", name="Delete image").click()
    page.wait_for_url(lambda url: "image=" not in url)
    expect(page.locator(".cs-open-name")).to_have_text("curved_line.jpg")  # the first example, as at any start
    assert ask(server, f"projects/{project}/images")["images"] == []
    page.get_by_role("combobox", name="Project").select_option(project)
    page.get_by_role("button", name="Rename or delete this project").click()
    page.get_by_role("button", name="Trash…").click()
    page.get_by_role("dialog", name="Trash").get_by_role("button", name="Bring back").first.click()
    expect(page.locator(".cs-queue-row")).to_have_count(1)


def test_a_project_is_renamed_and_deleted_in_the_queue(labeler: Visit, server: Server) -> None:
    page = labeler.page
    project, ids = project_of(server, "Old name", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    change = page.get_by_role("button", name="Rename or delete this project")
    change.click()
    page.get_by_role("dialog", name="Project").get_by_label("Name").fill("New name")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("combobox", name="Project").locator("option:checked")).to_have_text("New name")
    change.click()
    page.get_by_role("button", name="Delete project…").click()
    question = page.get_by_role("alertdialog", name="Delete this project?")
    expect(question).to_contain_text("1 image,")
    question.get_by_role("button", name="Delete project").click()
    page.wait_for_url(lambda url: "image=" not in url)
    expect(page.get_by_role("combobox", name="Project").locator("option:checked")).to_have_text("Single photos")
    expect(change).to_be_hidden()
    assert project not in [one["id"] for one in ask(server, "projects")["projects"]]


def test_a_long_queue_leaves_tools_and_picture_in_the_window_and_comes_back_where_it_stood(
    labeler: Visit, server: Server, tmp_path: Path
) -> None:
    page = labeler.page
    project = ask(server, "projects", {"name": "Sixty"})["id"]
    for number in range(60):
        Image.new("RGB", (48, 36), (4 * number, 90, 120)).save(tmp_path / f"{number}.png")
    page.reload()
    page.locator(".cs-queue-button").click()
    page.get_by_role("combobox", name="Project").select_option(project)
    page.get_by_label("Add images, zip files, or words files").set_input_files(sorted(tmp_path.glob("*.png")))
    expect(page.locator(".cs-foot-said")).to_contain_text("60 images added")
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        for part in ("#cs-picture .cv-bar", "#cs-picture .cv-stage", "#cs-run", "#cs-queue .cs-queue-foot"):
            box = page.locator(part).first.bounding_box()
            assert box is not None
            assert 0 <= box["y"] < box["y"] + box["height"] <= height, (part, width, box)
    page.locator(".cs-queue-list").evaluate(
        "(list) => new Promise((told) => { list.onscrollend = told; list.scrollTop = 900; })"
    )
    page.reload()
    expect(page.locator(".cs-queue-row")).to_have_count(60)
    page.wait_for_function("document.querySelector('.cs-queue-list').scrollTop === 900")


def test_a_note_and_a_verdict_stay_with_who_and_when(labeler: Visit, server: Server) -> None:
    page = labeler.page
    _, ids = project_of(server, "Notes", "a.jpg")
    open_image(page, server, ids["a.jpg"])
    page.locator(".cs-queue-button").click()
    page.get_by_label("Note on this image").fill("blurred at the left")
    page.get_by_label("Note on this image").press("Tab")
    expect(page.locator(".cs-about-said")).to_have_text("Note saved.")
    page.locator(".cs-about-states .cs-state-rejected").click()
    page.locator(".cs-history summary").click()
    expect(page.locator(".cs-history li").first).to_contain_text("Rejected")
    expect(page.locator(".cs-history li").first).to_contain_text("just now")
    row = ask(server, f"documents/{ids['a.jpg']}")
    assert (row["note"], row["state"]) == ("blurred at the left", "rejected")


def test_others_have_to_log_in_and_come_to_the_image_that_they_asked_for(
    browser: Browser, tmp_path: Path, context: BrowserContext
) -> None:
    workspace = Workspace.open(tmp_path / "workspace")
    ann = workspace.accounts.create("ann", PASSWORD)
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(picture, "PNG")
    image = workspace.images.add(workspace.projects.inbox(ann).id, "mine.png", picture.getvalue(), ann).id
    workspace.accounts.create("bob", PASSWORD)
    workspace.close()
    server = Server(tmp_path, CHARSAM_LOGIN="1", CHARSAM_WORKSPACE=str(tmp_path / "workspace"))
    server.start()
    try:
        page = context.new_page()
        page.goto(f"{server.address}/?image={image}")
        for scheme, width in (("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 844})
            barriers = [one["id"] for one in Axe().run(page).response["violations"]]
            assert barriers == [], f"{scheme}, {width} pixels wide"
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size({"width": 1440, "height": 900})
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill("a guess")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator(".cs-open-name")).to_have_text("mine.png")
        expect(page.locator(".cs-who").first).to_have_text("ann")
        other = browser.new_context()
        assert other.request.get(f"{server.address}/label/documents/{image}/image").status == 401
        other.request.post(f"{server.address}/label/login", data={"name": "bob", "password": PASSWORD})
        assert other.request.get(f"{server.address}/label/projects").status == 200
        assert other.request.get(f"{server.address}/label/documents/{image}/image").status == 404
        other.close()
    finally:
        server.stop()


def test_images_are_given_to_somebody_and_who_has_one_open_is_told(browser: Browser, tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "workspace")
    ann, _ = (workspace.accounts.create(name, PASSWORD) for name in ("ann", "bob"))
    project = workspace.projects.create("Shared", ann)
    workspace.team.share(project.id, "bob", ann)
    ids = []
    for colour in ("white", "grey"):
        picture = io.BytesIO()
        Image.new("RGB", (80, 60), colour).save(picture, "PNG")
        ids.append(workspace.images.add(project.id, f"{colour}.png", picture.getvalue(), ann).id)
    workspace.close()
    server = Server(tmp_path, CHARSAM_LOGIN="1", CHARSAM_WORKSPACE=str(tmp_path / "workspace"))
    server.start()
    contexts = {name: browser.new_context() for name in ("ann", "bob")}
    try:
        for name, context in contexts.items():
            context.request.post(f"{server.address}/label/login", data={"name": name, "password": PASSWORD})
        page = contexts["ann"].new_page()
        open_image(page, server, ids[0])
        page.locator(".cs-queue-button").click()
        page.locator(".cs-queue-row").nth(1).click(modifiers=["Control"])
        page.get_by_role("button", name="Assign…").click()
        page.get_by_role("dialog", name="Assign").get_by_role("button", name="Give").click()
        expect(page.locator(".cs-queue-said")).to_have_text("2 images for bob.")
        other = contexts["bob"].new_page()
        open_image(other, server, ids[0])
        other.locator(".cs-queue-button").click()
        expect(other.locator(".cs-queue-row")).to_contain_text(["→ bob", "→ bob"])
        expect(other.locator(".cs-note")).to_contain_text("ann also here: this image is open for them, too.")
    finally:
        for context in contexts.values():
            context.close()
        server.stop()


def test_an_address_of_the_web_that_nothing_answers_at_is_a_sentence_and_the_image_stays(labeler: Visit) -> None:
    page = labeler.page
    page.wait_for_function("charsam.labelCanvas?.document")
    before = page.locator(".cs-open-name").inner_text()
    page.get_by_role("button", name="URL…").click()
    expect(page.get_by_role("dialog", name="Open a photo of the web")).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("http://127.0.0.1:9/sign.jpg")
    page.keyboard.press("Enter")
    expect(page.locator(".cs-note")).to_contain_text("127.0.0.1 cannot be reached.")
    expect(page.locator(".cs-open-name")).to_have_text(before)
