"""What somebody does who wants to know why masks fail: in a report from the disk, and in the app."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from scipy import ndimage
from test_e2e_labeling import ask, project_of
from visits import Server, Visit

from charsam.cli import main
from charsam.datasets.native import image_entry, words_json
from charsam.editing.conversion import to_annotation
from charsam.editing.document_json import document_from_json
from charsam.evaluation.benchmark import truth_annotation
from charsam.scenes import make_scene
from charsam.types import Character, CharacterMask

IMAGES = 4
REPEATED = 3000


@dataclass(frozen=True)
class Report:
    """A report on the disk. filled: how many characters have their hole filled; worst: the one with the lowest IoU."""

    folder: Path
    characters: int
    filled: int


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Scenes whose masks are true, but for the letters "O" and "0", which are filled, and one letter that has none."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "photos").mkdir()
    made, true, characters, filled = [], [], 0, 0
    for number in range(IMAGES):
        scene = make_scene(40 + number, kind="holes", size=(480, 360))
        buffer = io.BytesIO()
        Image.fromarray(scene.image).save(buffer, "JPEG", quality=95)
        (folder / "photos" / f"scene{number}.jpg").write_bytes(buffer.getvalue())
        truth = truth_annotation(scene)
        words = []
        for word in truth.words:
            bent = tuple(_filled(one) if one.category in "oO0" else one for one in word.characters)
            filled += sum(one is not other for one, other in zip(bent, word.characters, strict=True))
            words.append(replace(word, characters=bent))
        if number == 0:
            first = words[0].characters[0]
            empty = replace(first, mask=CharacterMask(np.zeros((0, 0), bool), 0, 0), suspicion=1.0)
            words[0] = replace(words[0], characters=(empty, *words[0].characters[1:]))
            filled -= first.category in "oO0"
        characters += len(truth.characters)
        made.append(image_entry(f"scene{number}.jpg", replace(truth, words=tuple(words))))
        true.append(image_entry(f"scene{number}.jpg", truth))
    (folder / "words.json").write_bytes(words_json(made))
    (folder / "photos" / "truth.json").write_bytes(words_json(true))
    photos, truth_file = str(folder / "photos"), str(folder / "photos" / "truth.json")
    assert main(["inspect", str(folder), "--images", photos, "--truth", truth_file]) == 0
    return Report(folder / "inspection", characters, filled)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of which every script error and every request that leaves the disk is an error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.append(request.url) if request.url.startswith("http") else None)
    yield page
    context.close()
    assert errors == []


def test_the_worst_character_is_the_first_thing_to_be_seen(page: Page, report: Report) -> None:
    page.goto((report.folder / "index.html").as_uri())
    expect(page.locator(".ci-count")).to_have_text(f"{report.characters} characters")
    first = page.locator(".ci-tile").first
    expect(first).to_contain_text("0.00")
    expect(first).to_contain_text("missing strokes")
    story = page.locator(".ci-story")
    expect(story).to_contain_text("By truth: missing strokes.")
    expect(story).to_contain_text("It has no mask at all.")
    expect(story).to_contain_text("To fix it:")
    assert page.locator(".ci-tile img").first.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0


def test_a_kind_of_failure_leads_to_its_cases_and_the_address_to_the_same_view(page: Page, report: Report) -> None:
    page.goto((report.folder / "index.html").as_uri())
    page.get_by_role("button", name="Failures", exact=True).click()
    page.locator(".ci-sums").get_by_role("button", name=str(report.filled), exact=True).click()
    expect(page.locator(".ci-count")).to_have_text(f"{report.filled} of {report.characters} characters")
    page.locator(".ci-tile").nth(1).click()
    expect(page.locator(".ci-story")).to_contain_text("By truth: filled hole.")
    chosen = page.locator(".ci-story h2").inner_text()
    page.wait_for_function("location.hash.includes('case=')")
    address = page.url

    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".ci-count")).to_have_text(f"{report.filled} of {report.characters} characters")
    expect(page.locator(".ci-story h2")).to_have_text(chosen)
    page.get_by_role("button", name="Clear all filters").click()
    expect(page.locator(".ci-count")).to_have_text(f"{report.characters} characters")


def test_a_bar_of_a_plot_leads_to_its_cases(page: Page, report: Report) -> None:
    page.goto(f"{(report.folder / 'index.html').as_uri()}#view=plots")
    plot = page.locator(".ci-plot", has_text="by suspicion")
    bar = plot.locator(".ci-column:not([disabled])").first
    count = bar.get_attribute("data-count")
    bar.click()
    expect(page.locator(".ci-count")).to_have_text(f"{count} of {report.characters} characters")
    expect(page.locator(".ci-gallery")).to_be_visible()


def test_cases_are_searched_sorted_and_walked_through_with_the_keyboard(page: Page, report: Report) -> None:
    page.goto((report.folder / "index.html").as_uri())
    page.get_by_label("Sort by").select_option("size")
    sizes = page.evaluate("inspectPage.list.map((one) => one.size)")
    assert sizes == sorted(sizes)
    page.locator(".ci-tile").first.click()
    before = page.locator(".ci-story h2").inner_text(), page.locator(".ci-steps small").inner_text()
    page.locator(".ci-gallery").press("ArrowRight")
    expect(page.locator(".ci-steps small")).to_have_text(f"2 of {report.characters}")
    page.locator(".ci-gallery").press("j")
    expect(page.locator(".ci-steps small")).to_have_text(f"3 of {report.characters}")
    assert before[1] == f"1 of {report.characters}"
    page.get_by_label("Find a word or a file").fill("scene1")
    page.wait_for_function(
        "inspectPage.list.length && inspectPage.list.every((one) => one.word.image.file === 'scene1.jpg')"
    )
    page.get_by_role("button", name="words", exact=True).click()
    expect(page.locator(".ci-count")).to_contain_text("words")


def test_ten_thousand_cases_keep_the_page_small(page: Page, report: Report) -> None:
    many = report.folder.parent / "many"
    many.mkdir()
    for name in ("index.html", "pictures"):
        (many / name).symlink_to(report.folder / name)
    text = (report.folder / "data.js").read_text(encoding="utf-8")
    head, rows = text.split("images: [\n")
    lines = [line for line in rows.splitlines() if line.startswith("{")]
    repeated = [json.loads(lines[n % len(lines)].rstrip(",")) | {"file": f"{n}.jpg"} for n in range(REPEATED)]
    body = ",\n".join(json.dumps(image) for image in repeated)
    (many / "data.js").write_text(f"{head}images: [\n{body}]}};\n", encoding="utf-8")

    page.goto((many / "index.html").as_uri())
    page.locator(".ci-tile").first.wait_for()
    total = page.evaluate("inspectPage.data.characters.length")
    assert total > 10_000
    assert page.evaluate("inspectPage.data.words.length") > 5_000
    for share in (0, 0.5, 1):
        page.evaluate(
            "(share) => { const g = document.querySelector('.ci-gallery'); g.scrollTop = share * g.scrollHeight; }",
            share,
        )
        page.wait_for_function(
            """() => { const box = document.querySelector('.ci-gallery').getBoundingClientRect();
              return [...document.querySelectorAll('.ci-tile')].some((tile) => {
                const own = tile.getBoundingClientRect(); return own.top < box.bottom && own.bottom > box.top; }); }"""
        )
        assert page.locator(".ci-tile").count() < 90
    page.locator(".ci-tile").last.click()
    expect(page.locator(".ci-steps small")).to_contain_text(f"of {total}")


@pytest.mark.slow
def test_from_a_case_to_its_story_its_truth_a_comparison_and_back(context: BrowserContext, server: Server) -> None:
    project, ids = project_of(server, "signs", "sign.jpg")
    image = ids["sign.jpg"]
    ask(server, f"documents/{image}/edits", {"base": 0, "command": {"do": "annotate"}})
    visit = Visit(context, server.address)
    page = visit.page

    page.goto(f"{server.address}/label/inspect/projects/{project}")
    page.locator(".ci-tile").nth(1).click()
    heading = page.locator(".ci-story h2").inner_text()
    page.locator(".ci-correct").click()

    story = page.locator(".cs-story")
    expect(story.locator("h3")).to_have_text(heading)
    expect(story.locator("figcaption b")).to_have_text(["B", "P_char", "P_char+pos", "P_char+pos+neg"])
    expect(story).to_contain_text("How 80 fonts vote")
    expect(story).to_contain_text("The recogniser reads the whole word as")
    selected = page.evaluate("charsam.labelCanvas.selected?.id")
    assert selected, "the case is chosen on the canvas, too"

    _drop_truth(page, server, image)
    expect(page.locator(".cs-truth")).to_contain_text("characters compared, mean IoU 1.00: no failure")
    expect(story).to_contain_text("By truth the mask is right")
    stops = page.locator(".cs-truth tbody tr[tabindex='0']")
    expect(stops).to_have_count(1)  # of the Tab key
    stops.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".cs-truth tbody tr").nth(1)).to_be_focused()
    expect(stops).to_have_count(1)

    small = io.BytesIO()
    Image.new("L", (7, 5)).save(small, "PNG")
    page.get_by_label("True mask").set_input_files(
        {"name": "small.png", "mimeType": "image/png", "buffer": small.getvalue()}
    )
    expect(page.locator(".cs-truth")).to_contain_text("7 x 5")  # and nothing of the truth before stands below that
    expect(page.locator(".cs-truth table")).to_have_count(0)

    page.reload()  # it is kept with the image
    page.get_by_role("tab", name="Inspect").click()
    expect(page.locator(".cs-truth")).to_contain_text("mean IoU 1.00: no failure")
    page.get_by_role("button", name="Remove this truth").click()
    expect(page.locator(".cs-truth")).to_contain_text("Drop the true mask of this image here")
    expect(page.locator(".cs-truth table")).to_have_count(0)
    expect(story).not_to_contain_text("By truth")

    page.locator(".cs-compare-go").click()
    panes = page.locator(".cs-panes-three .cs-viewer")
    expect(panes).to_have_count(3)
    before = _zooms(page)
    panes.first.get_by_label("Zoom in (+)").click()
    page.wait_for_function(
        """(before) => [...document.querySelectorAll('.cs-panes-three .cs-percent')]
          .every((one, k) => one.textContent !== before[k])""",
        arg=before,
    )

    page.locator(".cs-back-to-cases").click()
    expect(page.locator(".ci-story h2")).to_have_text(heading)
    assert visit.errors == [], "the page raised script errors"


def test_what_is_to_check_leads_to_the_cases_where_keys_decide_and_two_settings_are_compared(
    context: BrowserContext, server: Server
) -> None:
    _, ids = project_of(server, "cases", "sign.jpg", "unread.jpg")
    image = ids["sign.jpg"]
    ask(server, f"documents/{image}/edits", {"base": 0, "command": {"do": "annotate"}})
    wrong = {"do": "set_text", "word": ask(server, f"documents/{image}")["document"]["words"][0]["id"], "text": "BROWN"}
    ask(server, f"documents/{image}/edits", {"base": 1, "command": wrong})
    visit = Visit(context, f"{server.address}/?image={image}")
    page = visit.page
    page.locator(".cs-to-check").click()

    count = page.locator(".ci-count")
    expect(count).to_have_text("2 of 6 characters")  # those that are to check, and no others
    page.goto(page.url.split("#")[0])
    expect(count).to_have_text("6 characters")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    expect(count).to_have_text("5 of 6 characters")
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="✕ Reject")).to_be_visible()

    truth = to_annotation(document_from_json(ask(server, f"documents/{image}")["document"])).character_mask()
    truth[:60, :90] = truth.max() + 1  # text that no word covers
    buffer = io.BytesIO()
    Image.fromarray(truth).save(buffer, "PNG")
    mask = {"name": "sign_chars.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    unread = {**mask, "name": "unread_chars.png"}  # of an image that nobody has found a word in: all are missed
    page.get_by_label("True masks of the project").set_input_files([mask, unread])
    expect(page.locator(".ci-words")).to_contain_text("4 missed (unread.jpg 3, sign.jpg) · 0 too many")

    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_label("Second: prompts").select_option("B")
    page.locator(".ci-go").click()
    expect(page.locator(".ci-compare [role=status]")).to_contain_text("of 1 images, by IoU with the truth")
    letter = page.locator(".ci-compare .ci-most a")
    expect(letter).to_have_attribute("href", re.compile(f"image={image}#inspect=w\\dc\\d$"))
    category = letter.inner_text()[0]
    letter.click()
    expect(page.locator(".cs-story h3 b")).to_have_text(category)
    page.go_back()
    expect(page.locator(".ci-compare .ci-most a")).to_have_count(1)  # what took long is not lost by looking at it
    expect(page.locator(".ci-compare [role=status]")).to_contain_text("As of")
    assert visit.errors == [], "the page raised script errors"


def _zooms(page: Page) -> list[str]:
    return page.locator(".cs-panes-three .cs-percent").all_inner_texts()


def _drop_truth(page: Page, server: Server, image: str) -> None:
    """Give the image's own masks as its truth: a picture with a value a character."""
    document = ask(server, f"documents/{image}")["document"]
    annotation = to_annotation(document_from_json(document))
    buffer = io.BytesIO()
    Image.fromarray(annotation.character_mask()).save(buffer, "PNG")
    page.get_by_label("True mask").set_input_files(
        {"name": "mask.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )


def _filled(character: Character) -> Character:
    mask = character.mask
    return replace(character, mask=CharacterMask(ndimage.binary_fill_holes(mask.pixels), mask.x, mask.y))
