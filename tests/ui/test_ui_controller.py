"""What a visitor does, and what the page then shows, over a pipeline made by hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made
import numpy as np
import pytest
from gradio.utils import get_upload_folder
from PIL import Image

from charsam.trace import Stage
from charsam.ui import views
from charsam.ui.controller import LOST, Controller
from charsam.ui.parts import unpacked
from charsam.ui.session import Session

CHOICE = {"chosen": "colour"}
LATE: dict[str, Any] = {"prompts": "P_char+pos+neg", "threshold": 0.6, "templates": 80, "points": 4}


@pytest.fixture
def session(controller: Controller) -> Session:
    image, words = made.sign()
    session = controller.store.open()
    session.show(image, "sign.png", words)
    return session


def run(controller: Controller, session: Session, table: dict[str, Any] | None = None) -> list[views.Updates]:
    return list(controller.run(session.token, table or shown_words(session), CHOICE, LATE))


def shown_words(session: Session) -> dict[str, Any]:
    return unpacked(views.words(session)["words"])


def merged(steps: list[views.Updates]) -> views.Updates:
    return {name: value for step in steps for name, value in step.items()}


def said(steps: list[views.Updates], part: str = "progress") -> dict[str, Any]:
    return unpacked(merged(steps)[part])


def upload(name: str, content: bytes) -> str:
    folder = Path(get_upload_folder()) / "charsam-test"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return str(folder / name)


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


def test_edits_in_the_table_are_what_is_run(
    controller: Controller, session: Session, pipeline: made.MadePipeline
) -> None:
    table = shown_words(session)
    table["rows"][0]["text"] = "WXYZ"
    table["rows"][1]["ignore"] = True
    steps = run(controller, session, table)
    assert [(word.text, word.ignore) for word in pipeline.calls[0]["words"]] == [("WXYZ", False), ("EF", True)]
    assert [row["cells"]["category"] for row in said(steps, "boxes_table")["rows"]] == list("WXYZ")


def test_texts_that_were_read_come_back_into_the_table(controller: Controller, session: Session) -> None:
    table = shown_words(session)
    table["rows"][0]["text"] = ""
    rows = said(run(controller, session, table), "words")["rows"]
    assert [row["text"] for row in rows] == ["READ", "EF"]


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
    steps = controller.run(session.token, shown_words(session), CHOICE, LATE)
    seen: list[views.Updates] = []
    for step in steps:
        seen.append(step)
        if "heat" in step:
            controller.stop(session.token)
    assert said(seen)["text"].startswith("Cancelled") or session.trace is not None
    assert session.trace is not None
    assert session.trace.regions


def test_a_new_image_silences_the_run_of_the_old_one(controller: Controller, session: Session) -> None:
    steps = controller.run(session.token, shown_words(session), CHOICE, LATE)
    next(steps)
    session.show(np.zeros((50, 50, 3), np.uint8), "other")
    assert list(steps) == []
    assert session.trace is None


def test_a_run_waits_for_the_models_and_then_succeeds(controller: Controller, session: Session) -> None:
    controller.engine.ready.clear()
    controller.engine._say("CRAFT")
    steps = controller.run(session.token, shown_words(session), CHOICE, LATE)
    assert unpacked(next(steps)["progress"])["text"] == "Waiting: loading models… CRAFT"
    controller.engine.ready.set()
    assert said(list(steps))["state"] == "done"


def test_a_session_that_was_let_go_is_told_so(controller: Controller) -> None:
    steps = list(controller.run("gone", {}, CHOICE, LATE))
    assert said(steps)["text"] == LOST
    assert said(steps)["state"] == "error"


def test_one_visitor_never_gets_another_visitors_views(controller: Controller, session: Session) -> None:
    other = controller.store.open()
    other.show(np.full((64, 64, 3), 200, np.uint8), "other")
    run(controller, session)
    assert other.trace is None
    assert "sign" not in json.dumps(merged(list(controller.edit(other.token, {}))))


def test_a_hostile_text_stays_text_in_every_view(controller: Controller, session: Session) -> None:
    table = shown_words(session)
    table["rows"][0]["text"] = "<img src=x onerror=alert(1)>"
    for name, value in merged(run(controller, session, table)).items():
        if isinstance(value, str):
            assert "<" not in value, name


@pytest.mark.parametrize(
    "table", [{}, {"rows": 3}, {"rows": [1, 2]}, {"rows": [{}, {"text": None}]}, {"rows": [{"text": "A"}]}]
)
def test_a_table_that_makes_no_sense_never_breaks_a_run(
    controller: Controller, session: Session, table: dict[str, Any]
) -> None:
    assert said(list(controller.run(session.token, table, CHOICE, LATE)))["state"] == "done"


@pytest.mark.parametrize("late", [{}, LATE | {"points": 99}, LATE | {"threshold": "x"}, LATE | {"prompts": "?"}])
def test_a_setting_out_of_range_is_a_sentence_in_the_progress_line(
    controller: Controller, session: Session, late: dict[str, Any]
) -> None:
    steps = list(controller.run(session.token, {}, CHOICE, late))
    assert said(steps)["state"] == "error"
    assert said(steps)["text"]


def test_an_opened_photo_replaces_the_old_one_and_its_file_is_deleted(controller: Controller, session: Session) -> None:
    path = upload("new photo.png", png(np.full((40, 60, 3), 7, np.uint8)))
    steps = list(controller.open_file(session.token, path, "new photo.png"))
    assert session.image is not None
    assert session.image.shape == (40, 60, 3)
    assert session.file == "new photo.png"
    assert unpacked(merged(steps)["picture"])["width"] == 60
    assert not Path(path).exists()


def test_a_broken_photo_is_a_sentence_on_the_picture_and_the_old_one_stays(
    controller: Controller, session: Session
) -> None:
    steps = list(controller.open_file(session.token, upload("broken.jpg", b"no image"), "broken.jpg"))
    value = unpacked(merged(steps)["picture"])
    assert value["alert"]
    assert "broken.jpg is not an image" in value["note"]
    assert session.file == "sign.png"


@pytest.mark.parametrize("path", ["/etc/hostname", "../app.py", "", None, 5, "a\0b"])
def test_only_uploaded_files_are_read(controller: Controller, session: Session, path: object) -> None:
    value = unpacked(merged(list(controller.open_file(session.token, path, "x")))["picture"])
    assert "did not arrive" in value["note"]


def test_imported_words_replace_the_ones_there(controller: Controller, session: Session) -> None:
    entry = {"file": "pictures/sign.jpg", "words": [{"polygon": [[0, 0], [9, 0], [9, 9], [0, 9]], "text": "NEW"}]}
    other = {"file": "other.jpg", "words": []}
    path = upload("words.json", json.dumps({"charsam": 1, "images": [entry, other]}).encode())
    steps = list(controller.import_words(session.token, path))
    assert [word.text for word in session.words] == ["NEW"]
    assert said(steps, "words")["note"] == "1 word imported."


def test_words_of_other_images_only_are_refused_with_their_names(controller: Controller, session: Session) -> None:
    images = [{"file": name, "words": []} for name in ("a.jpg", "b.jpg")]
    path = upload("words.json", json.dumps({"charsam": 1, "images": images}).encode())
    value = said(list(controller.import_words(session.token, path)), "words")
    assert value["alert"]
    assert "a.jpg, b.jpg" in value["note"]
    assert len(session.words) == 2


def test_found_words_are_marked_as_read(controller: Controller, session: Session) -> None:
    session.set_words(())
    rows = said(list(controller.find(session.token)), "words")["rows"]
    assert [(row["text"], row["read"]) for row in rows] == [("ABCD", True), ("EF", True)]


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


def test_a_visit_shows_the_first_examples_result_without_a_click(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, words = made.sign()

    class SignExample:
        file, name, key = "sign.png", "sign", "example-sign"

    example = SignExample()
    example.image, example.words = image, words  # type: ignore[attr-defined]
    monkeypatch.setattr("charsam.ui.controller.first_example", lambda: example)
    controller.engine.first_trace = made.trace(image, words)
    steps: Iterator[views.Updates] = controller.welcome("page")
    first = next(steps)
    assert unpacked(first["picture"])["key"] == "example-sign"
    assert said([first, *steps], "mask_table")["note"].startswith("6 characters")


def test_a_visitor_quicker_than_the_pages_own_start_keeps_what_they_did(controller: Controller) -> None:
    token = controller.token_of(None, "page")
    assert token is not None
    session = controller.store.get(token)
    assert session is not None
    session.show(made.sign()[0], "mine.png")
    steps = list(controller.welcome("page"))
    assert merged(steps)["token"] == token
    assert "picture" not in merged(steps)
    assert controller.token_of(None, "page") == token
    assert controller.token_of(None, "other page") != token
