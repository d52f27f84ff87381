"""What a visitor does, and what the page then shows, over a pipeline made by hand."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import made
import numpy as np
import pytest
from PIL import Image

from charsam.editing.state import Document
from charsam.trace import Stage
from charsam.ui import views
from charsam.ui.controller import LOST, Controller
from charsam.ui.label_words import given_words
from charsam.ui.parts import unpacked
from charsam.ui.session import Session

CHOICE = {"chosen": "colour"}
Act = Callable[[Document], Document]
LATE: dict[str, Any] = {
    "prompts": "P_char+pos+neg",
    "threshold": 0.6,
    "templates": 80,
    "points": 4,
    "edge": 0,
    "careful": False,
}


@pytest.fixture
def session(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A visitor who has opened the made sign, with its two words."""
    monkeypatch.setattr("charsam.ui.controller.first_example", lambda: None)
    session = newcomer(controller)
    image, words = made.sign()
    list(controller.open_file(session.token, upload(controller, "sign.png", png(image)), "sign.png"))
    change(controller, session, lambda document: given_words(document, words))
    return session


def newcomer(controller: Controller) -> Session:
    session = controller.store.get(controller.session_of(None, None, None, None))
    assert session is not None
    return session


def change(
    controller: Controller, session: Session, act: Callable[[Document], Document], kind: str = "replace"
) -> None:
    assert session.caller is not None
    controller.desk.change(session.caller, session.document, kind, "made for a test", act)


def document(session: Session) -> Document:
    """The document of the session's image, from the workspace."""
    assert session.caller is not None
    return session.caller.workspace.document(session.document, session.caller.user).document


def run(controller: Controller, session: Session) -> list[views.Updates]:
    return list(controller.run(session.token, CHOICE, LATE))


def merged(steps: list[views.Updates]) -> views.Updates:
    return {name: value for step in steps for name, value in step.items()}


def said(steps: list[views.Updates], part: str = "progress") -> dict[str, Any]:
    return unpacked(merged(steps)[part])


def upload(controller: Controller, name: str, content: bytes) -> str:
    file = Path(tempfile.mkstemp()[1])
    file.write_bytes(content)
    return controller.access.uploads.keep([(name, file)], "somebody")[0]


def png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_run_fills_the_tabs_stage_by_stage_and_ends_with_a_summary(controller: Controller, session: Session) -> None:
    steps = run(controller, session)
    order = [name for step in steps for name in ("heat", "boxes", "glyphs", "mask") if name in step]
    assert list(dict.fromkeys(order)) == ["heat", "boxes", "glyphs", "mask"]
    assert said(steps)["text"].startswith("6 characters, 2 to check")
    assert said(steps)["state"] == "done"
    assert "41 ms" in said(steps, "heat_note")["note"]


def test_the_progress_line_names_every_stage(controller: Controller, session: Session) -> None:
    texts = [unpacked(step["progress"])["text"] for step in run(controller, session) if "progress" in step]
    for number, stage in enumerate(Stage, start=1):
        assert f"stage {number} of 7 · {stage.value}" in texts


def test_the_table_lists_the_most_suspicious_characters_first(controller: Controller, session: Session) -> None:
    rows = said(run(controller, session), "mask_table")["rows"]
    suspicion = [row["cells"]["suspicion"] for row in rows]
    assert suspicion == sorted(suspicion, reverse=True)
    assert [row["flag"] for row in rows] == [True, True, False, False, False, False]


def test_edits_of_the_words_are_what_is_run(
    controller: Controller, session: Session, pipeline: made.MadePipeline
) -> None:
    def edited(now: Document) -> Document:
        first, second = now.words
        return replace(now, words=(replace(first, text="WXYZ"), replace(second, ignore=True)))

    change(controller, session, edited, "set_text")
    steps = run(controller, session)
    assert [(word.text, word.ignore) for word in pipeline.calls[0]["words"]] == [("WXYZ", False), ("EF", True)]
    assert [row["cells"]["category"] for row in said(steps, "boxes_table")["rows"]] == list("WXYZ")


def test_texts_that_were_read_come_into_the_document(controller: Controller, session: Session) -> None:
    change(controller, session, lambda now: replace(now, words=(replace(now.words[0], text=""), now.words[1])))
    run(controller, session)
    assert [(word.text, word.text_read) for word in document(session).words] == [("READ", False), ("EF", False)]


def test_a_run_is_one_entry_of_the_history_that_can_be_undone(controller: Controller, session: Session) -> None:
    assert session.caller is not None
    before = document(session)
    run(controller, session)
    workspace, user = session.caller.workspace, session.caller.user
    kinds = [entry.kind for entry in workspace.history(session.document, user)]
    assert kinds == ["replace", "annotate"]
    workspace.undo(session.document, session.seq, user)
    assert document(session) == replace(before, next_id=before.next_id)


def test_a_run_leaves_what_a_person_corrected_exactly_as_it_was(controller: Controller, session: Session) -> None:
    def accept(now: Document) -> Document:
        first = now.words[0]
        kept = replace(first.characters[2], review="accepted")
        return replace(
            now, words=(replace(first, characters=(*first.characters[:2], kept, first.characters[3])), now.words[1])
        )

    run(controller, session)
    change(controller, session, accept, "review")
    kept = document(session).words[0].characters[2]
    list(controller.rerun(session.token, CHOICE, LATE | {"points": 0}))
    after = document(session).words[0].characters[2]
    assert after == kept


def test_edits_on_the_canvas_reach_the_table_and_the_downloads(controller: Controller, session: Session) -> None:
    run(controller, session)
    change(controller, session, lambda now: replace(now, words=now.words[:1]), "delete_word")
    steps = list(controller.changed(session.token))
    assert len(said(steps, "mask_table")["rows"]) == 4
    entry = json.loads(Path(merged(steps)["words_json"]["value"]).read_text())["images"][0]
    assert [word["text"] for word in entry["words"]] == ["ABCD"]


def test_an_accepted_character_is_not_to_check_any_more(controller: Controller, session: Session) -> None:
    def accept(now: Document) -> Document:
        words = tuple(
            replace(word, characters=tuple(replace(one, review="accepted") for one in word.characters))
            for word in now.words
        )
        return replace(now, words=words)

    run(controller, session)
    change(controller, session, accept, "review")
    steps = list(controller.changed(session.token))
    assert said(steps)["text"].startswith("6 characters, none to check")
    assert {row["cells"]["check"] for row in said(steps, "mask_table")["rows"]} == {"accepted"}


def test_running_again_reuses_the_trace_and_asks_for_the_same_words(
    controller: Controller, session: Session, pipeline: made.MadePipeline
) -> None:
    run(controller, session)
    run(controller, session)
    assert pipeline.calls[1]["words"] is pipeline.calls[0]["words"]
    assert pipeline.calls[1]["previous"] is not None


def test_a_late_setting_reruns_with_the_trace_and_nothing_runs_without_one(
    controller: Controller, session: Session, pipeline: made.MadePipeline
) -> None:
    list(controller.rerun(session.token, CHOICE, LATE))
    assert pipeline.calls == []
    run(controller, session)
    list(controller.rerun(session.token, CHOICE, LATE | {"threshold": 0.3, "points": 0}))
    assert pipeline.calls[1]["settings"].vote_threshold == 0.3
    assert pipeline.calls[1]["previous"].annotation is not None


def test_a_cancelled_run_keeps_the_stages_that_were_done(controller: Controller, session: Session) -> None:
    steps = controller.run(session.token, CHOICE, LATE)
    seen: list[views.Updates] = []
    for step in steps:
        seen.append(step)
        if "heat" in step:
            controller.stop(session.token)
    assert said(seen)["text"].startswith("Cancelled") or session.trace is not None
    assert session.trace is not None
    assert session.trace.regions


def test_a_new_image_silences_the_run_of_the_old_one(controller: Controller, session: Session) -> None:
    steps = controller.run(session.token, CHOICE, LATE)
    next(steps)
    session.show(np.zeros((50, 50, 3), np.uint8), "other", "")
    assert list(steps) == []
    assert session.trace is None


def test_a_run_waits_for_the_models_and_then_succeeds(controller: Controller, session: Session) -> None:
    controller.engine.ready.clear()
    controller.engine._say("CRAFT")
    steps = controller.run(session.token, CHOICE, LATE)
    assert unpacked(next(steps)["progress"])["text"] == "Waiting: loading models… CRAFT"
    controller.engine.ready.set()
    assert said(list(steps))["state"] == "done"


def test_a_session_that_was_let_go_is_told_so(controller: Controller) -> None:
    steps = list(controller.run("gone", CHOICE, LATE))
    assert said(steps)["text"] == LOST
    assert said(steps)["state"] == "error"


def test_one_visitor_never_gets_another_visitors_image(controller: Controller, session: Session) -> None:
    other = newcomer(controller)
    steps = list(controller.show(other.token, session.document))
    assert "not there any more" in said(steps, "picture")["note"]
    assert other.image is None
    assert "sign" not in json.dumps(merged(steps))


def test_a_page_that_shows_somebody_elses_session_gets_its_own(controller: Controller, session: Session) -> None:
    stranger = controller.access.welcome()
    token = controller.session_of(session.token, None, stranger, session.document)
    assert token != session.token
    taken = controller.store.get(token)
    assert taken is not None
    assert taken.image is None


def test_a_page_whose_session_was_let_go_gets_its_image_back(controller: Controller, session: Session) -> None:
    own = session.handed
    controller.store.close(session.token)
    again = controller.store.get(controller.session_of(session.token, None, own, session.document))
    assert again is not None
    assert (again.document, again.file) == (session.document, "sign.png")


def test_a_reload_opens_the_image_that_was_open_with_its_result(controller: Controller, session: Session) -> None:
    run(controller, session)
    steps = list(controller.welcome("reloaded", session.handed, session.document))
    assert said(steps, "picture")["document"] == session.document
    assert said(steps)["text"].startswith("6 characters")


def test_a_hostile_text_stays_text_in_every_view(controller: Controller, session: Session) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    change(controller, session, lambda now: replace(now, words=(replace(now.words[0], text=hostile), now.words[1])))
    for name, value in merged(run(controller, session)).items():
        if isinstance(value, str):
            assert "<" not in value, name


@pytest.mark.parametrize("late", [{}, LATE | {"points": 99}, LATE | {"threshold": "x"}, LATE | {"prompts": "?"}])
def test_a_setting_out_of_range_is_a_sentence_in_the_progress_line(
    controller: Controller, session: Session, late: dict[str, Any]
) -> None:
    steps = list(controller.run(session.token, CHOICE, late))
    assert said(steps)["state"] == "error"
    assert said(steps)["text"]


def test_an_opened_photo_replaces_the_old_one_and_its_file_is_deleted(controller: Controller, session: Session) -> None:
    path = upload(controller, "new photo.png", png(np.full((40, 60, 3), 7, np.uint8)))
    steps = list(controller.open_file(session.token, path, "new photo.png"))
    assert session.image is not None
    assert session.image.shape == (40, 60, 3)
    assert session.file == "new photo.png"
    assert unpacked(merged(steps)["picture"])["document"] == session.document
    assert not Path(path).exists()


def test_a_broken_photo_is_a_sentence_on_the_picture_and_the_old_one_stays(
    controller: Controller, session: Session
) -> None:
    steps = list(controller.open_file(session.token, upload(controller, "broken.jpg", b"no image"), "broken.jpg"))
    value = unpacked(merged(steps)["picture"])
    assert value["alert"]
    assert "broken.jpg is not an image" in value["note"]
    assert session.file == "sign.png"


@pytest.mark.parametrize("path", ["/etc/hostname", "../app.py", "", None, 5, "a\0b"])
def test_only_uploaded_files_are_read(controller: Controller, session: Session, path: object) -> None:
    value = unpacked(merged(list(controller.open_file(session.token, path, "x")))["picture"])
    assert "did not arrive" in value["note"]


def test_found_words_are_marked_as_read(controller: Controller, session: Session) -> None:
    change(controller, session, lambda now: replace(now, words=()))
    steps = list(controller.find(session.token))
    assert said(steps)["text"] == "2 words found."
    assert [(word.text, word.text_read) for word in document(session).words] == [("ABCD", True), ("EF", True)]


def test_a_search_for_words_leaves_a_corrected_word_alone(controller: Controller, session: Session) -> None:
    def correct(now: Document) -> Document:
        return replace(now, words=(replace(now.words[0], text="MINE", edited=True), now.words[1]))

    change(controller, session, correct, "set_text")
    list(controller.find(session.token))
    assert [word.text for word in document(session).words] == ["MINE", "EF"]


def test_the_four_prompt_modes_stand_side_by_side(
    controller: Controller, session: Session, pipeline: made.MadePipeline
) -> None:
    run(controller, session)
    panes = said(list(controller.compare(session.token, CHOICE, LATE)), "comparison")["panes"]
    assert [pane["title"].split(" · ")[0] for pane in panes] == ["B", "P_char", "P_char+pos", "P_char+pos+neg"]
    assert all(call["previous"] is not None for call in pipeline.calls[1:])


def test_downloads_are_bit_exact(controller: Controller, session: Session) -> None:
    updates = merged(run(controller, session))
    files = {name: Path(updates[name]["value"]) for name in views.DOWNLOADS}
    annotation = session.trace.annotation if session.trace else None
    assert annotation is not None
    with Image.open(files["text_mask"]) as image:
        assert np.array_equal(np.array(image), annotation.text_mask())
    with Image.open(files["character_mask"]) as image:
        assert np.array_equal(np.array(image).astype(np.uint16), annotation.character_mask())
    with zipfile.ZipFile(files["everything"]) as bundle:
        assert sorted(bundle.namelist()) == ["sign_chars.png", "sign_text.png", "words.json"]
        assert bundle.read("sign_text.png") == files["text_mask"].read_bytes()


class SignExample:
    """Stands in for the first of the shipped examples."""

    file, name, key = "sign.png", "sign", "example-sign"

    def __init__(self) -> None:
        self.image, self.words = made.sign()
        self.data = png(self.image)
        self.hash = hashlib.sha256(self.data).hexdigest()


@pytest.fixture
def example(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> SignExample:
    """The made sign as the first example, whose result is there already."""
    example = SignExample()
    monkeypatch.setattr("charsam.ui.controller.first_example", lambda: example)
    controller.engine.first_trace = made.trace(example.image, example.words)
    return example


def test_a_visit_shows_the_first_examples_result_without_a_click(controller: Controller, example: SignExample) -> None:
    first, *others = controller.welcome("page")
    assert said([first], "picture")["document"]
    assert said([first, *others], "mask_table")["note"].startswith("6 characters")
    assert said([first, *others], "boxes_table")["rows"]


def test_the_example_of_a_second_page_is_the_same_image_with_its_edits(
    controller: Controller, example: SignExample
) -> None:
    list(controller.welcome("page"))
    session = controller.store.of_page("page")
    assert session is not None
    change(controller, session, lambda now: replace(now, words=now.words[:1]), "delete_word")
    steps = list(controller.welcome("second page", session.handed))
    assert said(steps, "picture")["document"] == session.document
    assert len(said(steps, "mask_table")["rows"]) == 4


def test_a_visitor_quicker_than_the_pages_own_start_keeps_what_they_did(
    controller: Controller, example: SignExample
) -> None:
    token = controller.session_of(None, "page", None, None)
    session = controller.store.get(token)
    assert session is not None
    list(controller.open_file(token, upload(controller, "mine.png", png(example.image[:50])), "mine.png"))
    steps = list(controller.welcome("page", session.handed))
    assert merged(steps)["token"] == token
    assert "picture" not in merged(steps)
    assert controller.session_of(None, "page", session.handed, None) == token
    assert controller.session_of(None, "other page", None, None) != token
