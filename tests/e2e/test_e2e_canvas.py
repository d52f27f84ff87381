"""What a labeler does on the canvas, in a real browser, with the real editor behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from canvas_server import CanvasServer, Sheet, served
from playwright.sync_api import Browser, Page, expect
from visits import PATIENCE

from charsam import rle
from charsam.datasets.native import read_words
from charsam.editing.changes import apply_change
from charsam.editing.commands import command_from_json
from charsam.editing.conversion import from_words
from charsam.editing.document import Document
from charsam.editing.document_json import document_to_json
from charsam.editing.editor import Editor
from charsam.images import load_image
from charsam.paths import ASSETS_DIR
from charsam.pipeline import CharSAM
from charsam.trace import Settings
from charsam.types import CharacterMask, ImageArray

EXAMPLES = ASSETS_DIR / "examples"
NAME = "letters_with_holes"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def photo() -> ImageArray:
    return load_image(EXAMPLES / f"{NAME}.jpg")


@pytest.fixture(scope="session")
def editor(pipeline: CharSAM) -> Editor:
    return Editor(pipeline)


@pytest.fixture(scope="session")
def annotated(editor: Editor, photo: ImageArray) -> Document:
    """The example with every character masked by the pipeline."""
    words = next(item.words for item in read_words(EXAMPLES / "words.json") if Path(item.file).stem == NAME)
    document = from_words(words, photo.shape[1::-1])
    edit = editor.apply("made", photo, document, command_from_json({"do": "annotate"}), Settings())
    return apply_change(document, edit.change)


@pytest.fixture
def server(editor: Editor) -> Iterator[CanvasServer]:
    with served(CanvasServer(editor)) as running:
        yield running


class Desk:
    """A labeler's page with the document `name` on it; places are image pixels."""

    def __init__(self, browser: Browser, server: CanvasServer, name: str = "one", **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.server, self.name = server, name
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{server.url}/#{name}")
        self.page.wait_for_function("window.opened")
        self.page.evaluate("opened")

    @property
    def sheet(self) -> Sheet:
        return self.server.sheets[self.name]

    @property
    def saved(self) -> Json:
        """The document as the server has it, after everything is saved."""
        self.page.evaluate("canvas.settled()")
        return document_to_json(self.sheet.document)

    @property
    def shown(self) -> Json:
        document: Json = self.page.evaluate("canvas.document")
        return document

    def place(self, x: float, y: float) -> tuple[float, float]:
        at = self.page.evaluate("([x, y]) => canvas.view.toScreen([x, y])", [x, y])
        box = self.page.locator(".cv-stage").bounding_box()
        assert box is not None
        return box["x"] + 1 + at[0], box["y"] + 1 + at[1]

    def click(self, x: float, y: float, **options: Any) -> None:
        self.page.mouse.click(*self.place(x, y), **options)

    def drag(self, *way: tuple[float, float]) -> None:
        self.page.mouse.move(*self.place(*way[0]))
        self.page.mouse.down()
        for point in way[1:]:
            self.page.mouse.move(*self.place(*point), steps=4)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.locator(".cv-field input").wait_for()
        self.page.keyboard.type(text)

    def says(self, text: str) -> None:
        expect(self.page.locator(".cv-line")).to_contain_text(text)


Open = Callable[..., Desk]


@pytest.fixture
def desk(browser: Browser, server: CanvasServer, photo: ImageArray, annotated: Document) -> Iterator[Open]:
    """Opens the canvas on the annotated example, or on another document of the same photo."""
    desks: list[Desk] = []

    def opened(document: Document = annotated, **options: Any) -> Desk:
        server.sheets.setdefault("one", Sheet(photo, document))
        desks.append(Desk(browser, server, **options))
        return desks[-1]

    yield opened
    server.gate.set()
    for one in desks:
        one.context.close()
        assert one.errors == [], "the page raised script errors"


def characters(document: Json) -> list[Json]:
    return [character for word in document["words"] for character in word["characters"]]


def pixels(mask: Json, shape: tuple[int, ...]) -> np.ndarray:
    """A document's mask on the whole image."""
    whole = np.zeros(shape[:2], np.bool_)
    height, width = mask["size"]
    if height:
        whole[mask["y"] : mask["y"] + height, mask["x"] : mask["x"] + width] = rle.decode(
            (height, width), mask["counts"]
        )
    return whole


def middle(points: list[list[float]]) -> tuple[float, float]:
    x, y = np.mean(points, axis=0)
    return float(x), float(y)


def inside_stroke(character: Json, shape: tuple[int, ...]) -> tuple[float, float]:
    """A place in the middle of a character's stroke."""
    import cv2

    depth = cv2.distanceTransform(pixels(character["mask"], shape).astype(np.uint8), cv2.DIST_L2, 5)
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(column) + 0.5, float(row) + 0.5


def test_a_word_drawn_as_a_box_and_typed_gets_its_masks(desk: Open, photo: ImageArray) -> None:
    at = desk(from_words((), photo.shape[1::-1]))
    at.says("No words yet")
    at.press("q")
    at.drag((338, 98), (460, 180), (702, 262))
    at.type("OAD")
    at.press("Enter")
    word = at.saved["words"][0]
    assert word["text"] == "OAD"
    assert np.allclose(word["polygon"], [[338, 98], [702, 98], [702, 262], [338, 262]], atol=1)
    assert [c["category"] for c in word["characters"]] == ["O", "A", "D"]
    assert all(pixels(c["mask"], photo.shape).sum() > 100 for c in word["characters"])
    assert at.shown == at.saved


def test_a_polygon_is_drawn_point_by_point_and_closed_with_enter(desk: Open, photo: ImageArray) -> None:
    at = desk(from_words((), photo.shape[1::-1]))
    at.press("w")
    for point in [(345, 310), (400, 312), (460, 310), (460, 470), (345, 470), (20, 20)]:
        at.click(*point)
    at.press("Backspace", "Enter")
    at.type("8")
    at.press("Enter")
    word = at.saved["words"][0]
    assert len(word["polygon"]) == 5
    assert [c["category"] for c in word["characters"]] == ["8"]


def test_a_dragged_corner_moves_alone_and_the_word_is_masked_again(desk: Open) -> None:
    at = desk()
    before = at.saved["words"][0]["polygon"]
    at.press("Shift+J")
    corner = before[2]
    at.drag((corner[0], corner[1]), (corner[0] + 6, corner[1] + 9))
    after = at.saved["words"][0]["polygon"]
    assert np.allclose(after[2], [corner[0] + 6, corner[1] + 9], atol=1.5)
    assert [*after[:2], after[3]] == [*before[:2], before[3]]
    assert at.shown == at.saved


def test_a_word_is_moved_by_an_edge_turned_and_given_another_corner(desk: Open) -> None:
    at = desk()
    before = np.array(at.saved["words"][0]["polygon"])
    at.press("Shift+J")
    x, y = before[:2].mean(axis=0)
    at.drag((x, y), (x, y - 12))
    moved = np.array(at.saved["words"][0]["polygon"])
    assert np.allclose(moved[2:], before[2:], atol=0.6)
    assert np.allclose(moved[:2].mean(axis=0), [x, y - 12], atol=2)
    at.press("r", "r", "r", "r", "r")
    turned = np.array(at.saved["words"][0]["polygon"])
    slope = [np.arctan2(*(points[1] - points[0])[::-1]) for points in (moved, turned)]
    assert slope[1] > slope[0]
    assert np.allclose(turned.mean(axis=0), moved.mean(axis=0), atol=1)
    at.press(".", "Insert")
    assert len(at.saved["words"][0]["polygon"]) == 5
    assert at.shown == at.saved


def test_a_negative_point_opens_a_hole_in_the_mask(desk: Open, photo: ImageArray) -> None:
    at = desk()
    before = characters(at.saved)[2]
    x, y = inside_stroke(before, photo.shape)
    at.click(x, y)
    at.says("O, character 3 of 5 in BROAD")
    at.press("p")
    at.click(x, y, button="right")
    after = characters(at.saved)[2]
    assert np.allclose(after["negative"][-1], [x, y], atol=1)
    assert after["points_edited"]
    old, new = pixels(before["mask"], photo.shape), pixels(after["mask"], photo.shape)
    assert old[int(y), int(x)]
    assert not new[int(y), int(x)]
    assert 20 < (old & ~new).sum() < old.sum() / 2
    assert at.shown == at.saved


def test_alt_click_sets_a_negative_point(desk: Open, photo: ImageArray) -> None:
    at = desk()
    x, y = inside_stroke(characters(at.saved)[2], photo.shape)
    at.press("j", "j", "j", "p")
    at.page.keyboard.down("Alt")
    at.click(x, y)
    at.page.keyboard.up("Alt")
    assert np.allclose(characters(at.saved)[2]["negative"][-1], [x, y], atol=1)


def test_a_word_is_turned_by_its_handle(desk: Open) -> None:
    at = desk()
    before = np.array(at.saved["words"][0]["polygon"])
    at.press("Shift+J")
    scale = at.page.evaluate("canvas.view.k")
    along = (before[1] - before[0]) / np.linalg.norm(before[1] - before[0])
    handle = before[:2].mean(axis=0) + np.array([along[1], -along[0]]) * 26 / scale
    at.drag(tuple(handle), tuple(handle + along * 30))
    after = np.array(at.saved["words"][0]["polygon"])
    slope = [np.arctan2(*(points[1] - points[0])[::-1]) for points in (before, after)]
    assert slope[1] > slope[0] + 0.02
    assert np.allclose(after.mean(axis=0), before.mean(axis=0), atol=1)


def test_two_fingers_zoom_and_carry_the_picture(desk: Open) -> None:
    at = desk(has_touch=True)
    before = at.page.evaluate("canvas.view.k")
    x, y = at.place(320, 240)
    session = at.context.new_cdp_session(at.page)
    for kind, apart in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", 0)):
        fingers = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}] if apart else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    at.page.wait_for_function("(k) => canvas.view.k > 1.8 * k && canvas.view.k < 2.2 * k", arg=before)
    assert np.allclose(at.place(320, 240), (x, y), atol=2)
    assert at.sheet.seq == 0


def test_a_click_on_a_point_takes_it_away_and_a_drag_moves_it(desk: Open) -> None:
    at = desk()
    before = characters(at.saved)[0]["positive"]
    at.press("j", "p")
    at.drag((before[0][0], before[0][1]), (before[0][0] + 8, before[0][1] + 8))
    moved = characters(at.saved)[0]["positive"]
    assert np.allclose(moved[0], np.add(before[0], 8), atol=1)
    at.click(*moved[0])
    assert characters(at.saved)[0]["positive"] == moved[1:]


def test_what_the_brush_shows_is_what_the_server_makes_pixel_by_pixel(
    desk: Open, server: CanvasServer, photo: ImageArray
) -> None:
    at = desk()
    at.press("j", "j", "b", "]", "]")
    r, o = characters(at.saved)[1:3]
    server.gate.clear()
    at.drag(middle(r["quad"]), (250.3, 200.7), inside_stroke(o, photo.shape))
    at.press("e", "[")
    at.drag(inside_stroke(r, photo.shape), (200, 150))
    foretold = characters(at.shown)
    server.gate.set()
    made = characters(at.saved)
    assert made[1]["painted"]
    changed = pixels(made[1]["mask"], photo.shape) != pixels(r["mask"], photo.shape)
    assert changed.sum() > 200
    for shown, saved in zip(foretold, made, strict=True):
        assert np.array_equal(pixels(shown["mask"], photo.shape), pixels(saved["mask"], photo.shape))


def test_a_wrong_split_is_mended_and_a_character_split_again(desk: Open) -> None:
    at = desk()
    before = characters(at.saved)
    at.click(*middle(before[0]["quad"]))
    at.press("m")
    at.type("M")
    at.press("Enter")
    merged = characters(at.saved)
    assert [c["category"] for c in merged[:2]] == ["M", "O"]
    at.says("M, character 1 of 4")
    x, y = middle(merged[0]["quad"])
    at.press("s")
    at.drag((x, y - 90), (x, y + 90))
    at.type("BR")
    at.press("Enter")
    split = characters(at.saved)
    assert [c["category"] for c in split] == [c["category"] for c in before]
    assert at.saved["words"][0]["text"] == "BROAD"
    left, right = (middle(c["quad"]) for c in split[:2])
    assert left[0] < x < right[0]


def test_a_character_is_added_moved_resized_renamed_and_deleted(desk: Open) -> None:
    at = desk()
    at.press("j", "Delete")
    gone = at.saved
    assert gone["words"][0]["text"] == "ROAD"
    at.press("c")
    at.drag((120, 118), (206, 262))
    at.type("B")
    at.press("Enter")
    back = at.saved["words"][0]
    assert back["text"] == "BROAD"
    assert back["characters"][0]["mask"]["size"][0] > 50
    at.press("v", "ArrowRight", "ArrowRight", "Shift+ArrowDown")
    moved = at.saved["words"][0]["characters"][0]["quad"]
    assert np.allclose(np.subtract(moved, back["characters"][0]["quad"]), [[2, 0], [2, 0], [2, 1], [2, 1]], atol=0.6)
    assert at.sheet.labels()["undo"] is not None
    at.press("Enter")
    at.type("P")
    at.press("Enter")
    assert at.saved["words"][0]["text"] == "PROAD"


def test_a_letter_waits_for_enter_and_one_that_is_no_letter_is_not_taken(desk: Open) -> None:
    at = desk()
    at.press("j", "Enter")
    at.type("m")
    assert characters(at.saved)[0]["category"] == "B"  # nothing before Enter
    at.press("Enter", "Enter")
    at.type("mn")
    at.press("Enter")
    at.says("One letter")
    at.press("Escape")
    assert characters(at.saved)[0]["category"] == "m"


def test_backspace_takes_back_what_the_tool_made_and_nothing_else(desk: Open) -> None:
    at = desk()
    x, y = middle(characters(at.shown)[0]["quad"])
    at.press("j", "p")
    at.click(x - 10, y)
    at.click(x + 10, y, button="right")
    assert at.sheet.seq + at.page.evaluate("canvas.pending") == 2
    at.press("Backspace", "Backspace", "Backspace")
    at.says("nothing that could be taken back")
    now = at.saved
    assert [one["category"] for one in characters(now)[:5]] == list("BROAD")
    assert not characters(now)[0]["points_edited"]


def test_the_keys_move_every_edge_of_a_box(desk: Open) -> None:
    at = desk()
    at.press("j")
    before = np.array(characters(at.saved)[0]["quad"])
    for keys in ("Shift+ArrowRight", "Shift+ArrowDown", "Control+ArrowLeft", "Control+ArrowUp"):
        at.press(keys)
        at.saved  # noqa: B018  # each is an edit of its own
    grown = np.array(characters(at.saved)[0]["quad"]) - before
    assert (grown[0] < 0).all()
    assert (grown[2] > 0).all()


def test_n_shows_what_is_to_check_large_and_goes_back_after_the_last(desk: Open, annotated: Document) -> None:
    words = [replace(word, characters=tuple(replace(one, suspicion=0.1) for one in word.characters))
             for word in annotated.words]  # fmt: skip
    doubtful = words[0].characters
    words[0] = replace(words[0], characters=(*doubtful[:2], *(replace(one, suspicion=0.8) for one in doubtful[2:4]),
                                             *doubtful[4:]))  # fmt: skip
    at = desk(replace(annotated, words=tuple(words)))
    fit = at.page.evaluate("canvas.view.k")
    at.page.set_viewport_size({"width": 700, "height": 420})
    at.page.wait_for_function("(k) => canvas.view.k < k", arg=fit)
    fit = at.page.evaluate("canvas.view.k")
    at.press("n")
    at.says("O in BROAD: 2 to check")
    assert at.page.evaluate("canvas.view.k") > fit
    at.press("a")
    at.says("A in BROAD: 1 to check")
    at.press("x")
    at.says("Nothing is left to check")
    assert at.page.evaluate("canvas.view.fitted")
    assert [one["review"] for one in characters(at.saved)[:5]] == ["", "", "accepted", "rejected", ""]


def test_several_letters_are_chosen_with_shift_a_lasso_or_a_rectangle_and_judged_together(desk: Open) -> None:
    at = desk()
    before = characters(at.saved)
    for index, held in ((0, []), (2, ["Shift"]), (3, ["Shift"]), (3, ["Shift"])):
        shift_click(at, before[index], held)
    at.says("2 characters chosen")
    at.press("x")
    assert [one["review"] for one in characters(at.saved)[:5]] == ["rejected", "", "rejected", "", ""]
    (x0, y0), (x1, y1) = before[0]["quad"][0], before[4]["quad"][2]
    at.page.keyboard.down("Shift")
    at.drag((x0 - 15, y0 - 25), (x1 + 15, y0 - 25), (x1 + 15, y1 + 25), (x0 - 15, y1 + 25))
    at.page.keyboard.up("Shift")
    at.says("5 characters chosen")
    at.page.keyboard.down("Control")
    at.drag((x0 - 15, y0 - 25), (x1 + 15, y1 + 25))
    at.page.keyboard.up("Control")
    at.says("5 characters chosen")
    at.press("a", "Control+a")
    at.says(f"{len(before)} characters chosen")
    assert [one["review"] for one in characters(at.saved)[:5]] == ["accepted"] * 5


def shift_click(at: Desk, character: Json, held: list[str]) -> None:
    for key in held:
        at.page.keyboard.down(key)
    at.click(*middle(character["quad"]))
    for key in held:
        at.page.keyboard.up(key)


def test_words_are_repeated_on_the_next_picture_and_pasted(
    desk: Open, server: CanvasServer, photo: ImageArray, annotated: Document
) -> None:
    at = desk()
    server.sheets["two"] = Sheet(photo, from_words((), photo.shape[1::-1]))
    at.page.evaluate("canvas.open('two')")
    at.name = "two"
    at.press("f")
    assert [word["text"] for word in at.saved["words"]] == [word.text for word in annotated.words]
    at.press("f")
    at.says("are here already")
    copied = at.page.evaluate("""() => { const carried = new DataTransfer();
        const about = { clipboardData: carried, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new ClipboardEvent("copy", about));
        return carried.getData("text/plain"); }""")
    at.page.evaluate(
        """(text) => { const carried = new DataTransfer();
        carried.setData("text/plain", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true })); }""",
        copied,
    )
    assert len(at.saved["words"]) == 2 * len(annotated.words)


def test_the_status_line_says_what_the_tool_waits_for(desk: Open) -> None:
    at = desk()
    for key, said in {
        "q": "four corners",
        "w": "Enter closes",
        "s": "between two letters",
        "b": "click the character",
    }.items():
        at.press(key)
        at.says(said)


def test_a_dark_photo_is_brightened_in_the_view_alone(desk: Open) -> None:
    at = desk()
    at.press("h")
    at.says("Brightness 160 %")
    assert "brightness(1.6)" in at.page.locator(".cv-photo").get_attribute("style")
    assert at.sheet.seq == 0


def test_ten_edits_are_undone_and_made_again(desk: Open) -> None:
    at = desk()
    begin = at.saved
    at.press("j", "p")
    x, y = middle(characters(begin)[0]["quad"])
    for step in range(4):
        at.click(x - 20 + 10 * step, y + 30)
    at.press("b")
    at.drag((x, y), (x + 20, y))
    at.press("e")
    at.drag((x, y), (x - 20, y))
    at.press("v", "a", "j", "x", "Enter")
    at.type("Q")
    at.press("Enter")
    at.press("Shift+A")
    end = at.saved
    assert at.sheet.seq == 10
    for _ in range(10):
        at.press("Control+z")
    assert at.saved == begin | {"next_id": at.saved["next_id"]}
    expect(at.page.get_by_role("button", name="Undo")).to_be_disabled()
    for _ in range(10):
        at.press("Control+Shift+z")
    assert at.saved == end
    assert at.shown == end


def test_the_keyboard_alone_goes_from_nothing_to_accepted(desk: Open, photo: ImageArray) -> None:
    at = desk(from_words((), photo.shape[1::-1]))
    at.press("q", "ArrowUp", *["Shift+ArrowUp"] * 11, *["Shift+ArrowLeft"] * 14, "Space")
    at.press(*["Shift+ArrowDown"] * 8, *["Shift+ArrowRight"] * 30, "Space", "Enter")
    at.type("BROAD")
    at.press("Enter", "v")
    assert [c["category"] for c in characters(at.saved)] == list("BROAD")
    at.press("j", "j", "j")
    at.says("O, character 3 of 5 in BROAD")
    at.press("p", "ArrowDown", "Shift+Space")
    assert len(characters(at.saved)[2]["negative"]) > 0
    at.press("b", "Space", "ArrowRight", "ArrowRight", "Enter")
    assert characters(at.saved)[2]["painted"]
    at.press("v", "a")
    at.says("accepted")
    at.press("Shift+A", "Control+Enter")
    at.page.wait_for_function("heard.some(([name, detail]) => name === 'queue' && detail.state === 'accepted')")
    assert {c["review"] for c in characters(at.saved)} == {"accepted"}
    assert at.page.evaluate("canvas.pending") == 0


def test_a_slow_answer_never_overwrites_a_newer_edit(desk: Open, server: CanvasServer) -> None:
    at = desk()
    server.gate.clear()
    at.press("j", "p")
    x, y = middle(characters(at.shown)[0]["quad"])
    at.click(x, y + 40)
    at.press("v", "Shift+J", "t")
    at.type("BOARD")
    at.press("Enter")
    texts = at.page.evaluate_handle(
        """(() => {
            const seen = [];
            listen("document", () => seen.push(canvas.document.words[1].text));
            return seen;
        })()"""
    )
    assert [word["text"] for word in at.shown["words"]] == ["BROAD", "BOARD"]
    server.gate.set()
    assert [word["text"] for word in at.saved["words"]] == ["BROAD", "BOARD"]
    assert set(texts.json_value()) == {"BOARD"}


@pytest.mark.parametrize(
    ("choice", "text", "review"), [("Put my edits on top", "HERS", "accepted"), ("Drop mine, keep theirs", "HERS", "")]
)
def test_an_edit_of_somebody_else_is_told_and_nothing_is_lost_unasked(
    desk: Open, server: CanvasServer, choice: str, text: str, review: str
) -> None:
    at = desk()
    second = at.saved["words"][1]
    server.somebody_else("one", {"do": "set_text", "word": second["id"], "text": text})
    at.press("j", "a")
    expect(at.page.locator(".cv-note")).to_contain_text("ann changed this image")
    assert characters(at.shown)[0]["review"] == "accepted"
    at.page.get_by_role("button", name=choice).click()
    expect(at.page.locator(".cv-note")).to_be_hidden()
    assert at.saved["words"][1]["text"] == text
    assert characters(at.saved)[0]["review"] == review
    assert at.shown == at.saved


def test_edits_wait_while_the_server_is_away_and_are_sent_when_it_is_back(desk: Open, server: CanvasServer) -> None:
    at = desk()
    server.away = True
    at.press("j", "a", "j", "x")
    expect(at.page.locator(".cv-note")).to_contain_text("cannot be reached")
    expect(at.page.locator(".cv-saving")).to_contain_text("2 edits waiting")
    assert [c["review"] for c in characters(at.shown)[:2]] == ["accepted", "rejected"]
    assert at.sheet.seq == 0
    server.away = False
    expect(at.page.locator(".cv-note")).to_be_hidden()
    assert [c["review"] for c in characters(at.saved)[:2]] == ["accepted", "rejected"]


def test_edits_that_wait_survive_a_reload(desk: Open, server: CanvasServer) -> None:
    at = desk()
    server.gate.clear()
    at.press("j", "a", "j", "x")
    at.page.on("dialog", lambda dialog: dialog.accept())  # edits wait: does the person want to leave?
    at.page.reload()
    at.page.evaluate("opened")
    assert [c["review"] for c in characters(at.shown)[:2]] == ["accepted", "rejected"]
    server.gate.set()  # the first edit, whose page is gone, and its twin both come through now
    assert [c["review"] for c in characters(at.saved)[:2]] == ["accepted", "rejected"]
    assert at.sheet.seq == 2


def test_an_edit_whose_answer_got_lost_is_not_made_twice(desk: Open, server: CanvasServer) -> None:
    at = desk()
    server.lose = 1
    at.press("j", "p")
    at.click(*middle(characters(at.shown)[0]["quad"]))
    at.page.wait_for_function("canvas.seq === 1 && !canvas.pending")
    assert at.sheet.seq == 1
    assert at.shown == at.saved
    expect(at.page.locator(".cv-note")).to_be_hidden()


def test_what_cannot_be_done_is_said_and_the_picture_is_as_before(desk: Open) -> None:
    at = desk()
    before = at.saved
    answer = at.page.evaluate(
        "canvas.send({ do: 'set_quad', character: 'c999', quad: [[0,0],[9,0],[9,9],[0,9]] }).catch((e) => e.message)"
    )
    assert isinstance(answer, str)
    assert at.shown == at.saved == before


def test_every_tool_and_layer_can_be_named_and_the_sheet_lists_their_keys(desk: Open) -> None:
    at = desk()
    toolbar = at.page.get_by_role("toolbar", name="Canvas tools")
    for tool, key in [("Brush", "B"), ("Eraser", "E"), ("Split a character at a line", "S")]:
        button = toolbar.get_by_role("button", name=tool, exact=True)
        assert button.get_attribute("aria-keyshortcuts") == key
        at.press(key.lower())
        assert button.get_attribute("aria-pressed") == "true"
    at.press("?")
    sheet = at.page.get_by_role("dialog", name="Keys of the canvas")
    expect(sheet).to_contain_text("next character to check")
    at.press("Escape")
    expect(sheet).to_be_hidden()
    expect(at.page.locator(".cv-stage")).to_be_focused()


def test_a_field_that_lost_the_focus_still_hears_escape_and_gives_way_to_the_next_key(desk: Open) -> None:
    at = desk()
    field, stage = at.page.locator(".cv-field"), at.page.locator(".cv-stage")
    at.press("Shift+J", "t")
    stage.focus()
    at.press("Escape")
    expect(field).to_have_count(0)
    at.press("t")
    at.page.locator(".cv-field input").fill("TAKEN")
    stage.focus()
    at.press("j")
    expect(field).to_have_count(0)
    assert at.saved["words"][0]["text"] == "TAKEN"


def test_a_hostile_text_is_shown_as_text(desk: Open) -> None:
    at = desk()
    hostile = "<img src=x onerror=alert(1)>"
    at.page.on("dialog", lambda dialog: pytest.fail(f"a script of the word ran: {dialog.message}"))
    at.press("Shift+J", "t")
    at.page.locator(".cv-field input").fill(hostile)
    at.press("Enter")
    assert at.saved["words"][0]["text"] == hostile
    at.says(hostile)
    assert at.page.locator("img[src=x]").count() == 0


def test_zoomed_in_each_pixel_of_the_photo_is_a_square_of_its_own_colour(desk: Open, photo: ImageArray) -> None:
    at = desk(device_scale_factor=2)
    at.page.wait_for_function(
        "document.querySelector('.cv-photo').getContext('2d').getImageData(640, 400, 1, 1).data[3] > 0"
    )
    at.page.evaluate("canvas.view.lookAt([300, 200, 310, 206])")
    at.page.evaluate("canvas.view.zoomTo(32)")
    x, y = at.page.evaluate("canvas.view.toScreen([305, 203])")
    read = """([x, y]) => new Promise((done) => setTimeout(() => {
        const photo = document.querySelector(".cv-photo").getContext("2d");
        requestAnimationFrame(() => done([...photo.getImageData(x, y, 60, 60).data]));
    }))"""
    square = np.array(at.page.evaluate(read, [round(2 * x) + 2, round(2 * y) + 2]), np.uint8).reshape(60, 60, 4)
    assert (square == square[0, 0]).all()
    assert np.abs(square[0, 0, :3].astype(int) - photo[203, 305]).max() <= 1


def test_masks_are_read_and_written_as_the_server_does(desk: Open) -> None:
    at = desk()
    random = np.random.default_rng(3)
    masks = [random.random((h, w)) < share for h, w, share in [(1, 1, 1), (40, 3, 0.5), (7, 90, 0.95), (64, 64, 0.02)]]
    for drawn in masks:
        drawn[0, 0] = drawn[-1, -1] = True
        size, counts = drawn.shape, rle.encode(CharacterMask(drawn, 0, 0), *drawn.shape)["counts"]
        mask = {"x": 5, "y": 6, "size": list(size), "counts": counts}
        bits, again = at.page.evaluate(
            """async (mask) => {
                const { decode, encode } = await import(charsamMasks);
                return [[...decode(mask).bits], encode(decode(mask))];
            }""",
            mask,
        )
        assert np.array_equal(np.array(bits, bool).reshape(size), drawn)
        assert again == mask


@pytest.mark.parametrize("dark", [False, True])
def test_everything_fits_a_narrow_screen(desk: Open, dark: bool) -> None:
    at = desk(viewport={"width": 380, "height": 700}, has_touch=True)
    at.page.evaluate("(dark) => document.documentElement.classList.toggle('dark', dark)", dark)
    at.press("j")
    assert at.page.evaluate("document.documentElement.scrollWidth") <= 380
    for button in at.page.get_by_role("toolbar").get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 380
    stage = at.page.locator(".cv-stage").bounding_box()
    assert stage is not None
    assert stage["height"] > 400


def test_an_unknown_document_is_a_sentence_with_a_way_out(browser: Browser, server: CanvasServer) -> None:
    server.away = True
    at = Desk(browser, server, "nowhere")
    expect(at.page.locator(".cv-note")).to_contain_text("could not be loaded")
    expect(at.page.get_by_role("button", name="Try again")).to_be_visible()
    assert at.errors == []
    at.context.close()


def test_what_is_read_instead_of_the_text_is_one_click_away(desk: Open) -> None:
    at = desk()
    number, word = max(enumerate(at.shown["words"]), key=lambda pair: len(pair[1]["text"]))
    shown = word["text"]
    at.click(*middle(word["characters"][0]["quad"]))
    at.press("t", "Control+a")
    at.type(shown[:1] + shown[2:])
    at.press("Enter")
    assert at.saved["words"][number]["reads"] == shown
    at.says(f"reads {shown}")

    at.page.get_by_role("button", name=f"Use “{shown}”").click()

    told = at.saved["words"][number]
    assert (told["text"], told["reads"]) == (shown, "")
    assert [c["category"] for c in told["characters"]] == list(shown)
    expect(at.page.get_by_role("button", name=f"Use “{shown}”")).to_have_count(0)
