"""What the routes of inspection answer: stories, comparisons, dropped truths, and the cases of a project."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from label_site import Site, png
from markupsafe import escape
from PIL import Image
from starlette.testclient import TestClient

from charsam.datasets.native import image_entry, words_json
from charsam.editing.added_words import given_words
from charsam.evaluation.benchmark import truth_annotation
from charsam.inspection.failures import EXPLANATIONS, slug
from charsam.inspection.story import word_modes
from charsam.library import shared_pipeline
from charsam.pipeline import CharSAM
from charsam.scenes import Scene, make_scene
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving
from charsam.types import ImageAnnotation, Word

MODES = ["B", "P_char", "P_char+pos", "P_char+pos+neg"]


@pytest.fixture(scope="module")
def models() -> CharSAM:
    return shared_pipeline()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(11, kind="holes", size=(480, 360), words=["BOB"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, models: CharSAM) -> Iterator[Site]:
    """A local app with the real models."""
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine._pipe = models
    engine.ready.set()
    engine.first.set()
    access = Access(Serving(Mode.LOCAL, tmp_path_factory.mktemp("workspace")))
    yield Site(access, engine)
    access.close()


@pytest.fixture(scope="module")
def client(site: Site) -> TestClient:
    return site.visitor()


@pytest.fixture(scope="module")
def image(site: Site, client: TestClient, scene: Scene, models: CharSAM) -> str:
    """An image with one word, annotated."""
    return annotated(site, client, scene, models, "sign.png")


def annotated(site: Site, client: TestClient, scene: Scene, models: CharSAM, name: str) -> str:
    caller = site.caller(client)
    row = caller.workspace.images.add(site.inbox(client), name, png(scene.image), caller.user)
    words = [Word(word.polygon, word.text) for word in scene.words]
    site.service.change(caller, row.id, "replace", "words", lambda document: given_words(document, words))
    annotation = models.run(scene.image, words).annotation
    assert annotation is not None
    site.service.annotate(caller, row.id, annotation)
    return row.id


def give(client: TestClient, image: str, data: bytes, name: str = "mask.png") -> Any:
    return client.post(f"/label/inspect/images/{image}/truth", files={"files": (name, data)})


def test_a_story_is_told_before_the_prompt_modes_are_gone_through(
    client: TestClient, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/label/inspect/images/{image}/characters/0/0"
    gone_through: list[int] = []
    monkeypatch.setattr("charsam.server.inspector.word_modes", lambda *one: gone_through.append(1) or word_modes(*one))
    first = client.get(f"{path}?modes=false").json()
    assert (first["modes"], gone_through) == ([], [])
    whole = client.get(path).json()
    assert [mode["mode"] for mode in whole["modes"]] == MODES
    assert whole | {"modes": []} == first
    assert client.get(f"{path}?modes=false").json() == whole  # they are known now
    assert len(gone_through) == 1


def test_a_story_has_every_stage_and_the_reasons(client: TestClient, image: str) -> None:
    answer = client.get(f"/label/inspect/images/{image}/characters/0/1")
    assert answer.status_code == 200
    story = answer.json()
    assert (story["category"], story["word"], story["ref"], story["own"]) == ("O", "BOB", "w0c1", 1)
    assert [mode["mode"] for mode in story["modes"]] == MODES
    assert len(story["after"]) == 3
    assert len(story["sheet"]["names"]) == story["fonts"] == 80
    assert story["kinds"][0][0] == "wrong text"
    assert story["compared"] is None
    for source in (story["photo"], story["heat"], story["logits"], story["modes"][0]["mask"], story["sheet"]["src"]):
        assert source.startswith("data:image/")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("characters/0/7", "no such character"),
        ("characters/5/0", "not worked on"),
        ("characters/0/0?segmenter=paper", "no segmenter 'paper'"),
        ("characters/0/0?prompts=loud", "no prompt mode 'loud'"),
        ("characters/0/0?threshold=2", "between 0 and 1"),
        ("characters/0/x", "malformed"),
    ],
)
def test_what_cannot_be_told_is_said_in_a_sentence(client: TestClient, image: str, path: str, said: str) -> None:
    answer = client.get(f"/label/inspect/images/{image}/{path}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_two_segmenters_are_compared_with_their_difference(client: TestClient, image: str) -> None:
    answer = client.get(f"/label/inspect/images/{image}/compare?first=compact&second=colour&second_threshold=0.5")
    value = answer.json()
    titles = [pane["title"] for pane in value["panes"]]
    assert titles[:2] == ["compact · P_char+pos+neg", "colour · P_char+pos+neg · threshold 0.5"]
    assert "% of the text pixels agree" in titles[2]
    assert [len(pane["document"]["words"]) for pane in value["panes"]] == [1, 1, 1]
    assert [pane["raster"] is not None for pane in value["panes"]] == [False, False, True]


def test_the_four_prompt_modes_are_shown_by_what_differs_from_the_one_that_is_set(
    client: TestClient, image: str
) -> None:
    panes = client.get(f"/label/inspect/images/{image}/modes?prompts=P_char").json()["panes"]
    assert [pane["title"].split(" · ")[0] for pane in panes] == ["B", "P_char", "P_char+pos", "P_char+pos+neg"]
    assert [pane["raster"] is None for pane in panes] == [False, True, False, False]


def test_a_comparison_has_a_legend(client: TestClient, image: str) -> None:
    value = client.get(f"/label/inspect/images/{image}/compare?first=compact&second=colour").json()
    assert len(value["legend"]) == len(value["colours"]) == 3


def test_a_dropped_truth_is_compared_character_by_character(client: TestClient, image: str, scene: Scene) -> None:
    answer = give(client, image, png(scene.character_mask.astype(np.uint8)))
    assert answer.status_code == 200
    value = answer.json()
    assert "a value a character" in value["form"]
    assert len(value["rows"]) == 3
    ious = [row["compared"]["iou"] for row in value["rows"]]
    assert ious == sorted(ious)
    assert value["mean"] > 0.6
    story = client.get(f"/label/inspect/images/{image}/characters/0/1").json()
    assert story["compared"]["iou"] == pytest.approx(
        next(r for r in value["rows"] if r["ref"] == "w0c1")["compared"]["iou"]
    )
    assert story["truth"].startswith("data:image/png")
    assert client.get(f"/label/inspect/images/{image}/truth").json()["mean"] == value["mean"]


def test_a_truth_of_another_image_is_refused_and_changes_nothing(client: TestClient, image: str, scene: Scene) -> None:
    give(client, image, png(scene.text_mask()))
    for data, name, said in (
        (png(np.zeros((10, 20), np.uint8)), "small.png", "small.png has 20 x 10 pixels; its image has 480 x 360"),
        (b"nothing", "broken.png", "no image of a mask"),
        (b'{"charsam": 1, "images": []}', "words.json", "for 0 images"),
    ):
        answer = give(client, image, data, name)
        assert answer.status_code == 400
        assert said in answer.json()["error"]
    assert "text as 255" in client.get(f"/label/inspect/images/{image}/truth").json()["form"]


def test_a_truth_is_kept_by_the_workspace_until_it_is_removed(
    site: Site, client: TestClient, scene: Scene, models: CharSAM
) -> None:
    image = annotated(site, client, scene, models, "kept.png")
    give(client, image, png(scene.text_mask()))
    restarted = Site(site.access, site.service.engine).visitor()  # another inspector, which knows nothing of it
    path = f"/label/inspect/images/{image}"
    assert restarted.get(f"{path}/characters/0/1?modes=false").json()["has_truth"]
    assert restarted.get(f"{path}/truth").json()["mean"] > 0.6
    assert restarted.post(f"{path}/truth/delete").status_code == 200
    assert client.get(f"{path}/truth").status_code == 404
    story = client.get(f"{path}/characters/0/1?modes=false").json()
    assert (story["has_truth"], "truth" in story) == (False, False)


def test_a_project_has_a_page_its_images_and_their_sheets(site: Site, client: TestClient, image: str) -> None:
    project = site.inbox(client)
    page = client.get(f"/label/inspect/projects/{project}")
    assert page.headers["content-type"].startswith("text/html")
    assert 'id="about"' in page.text
    images = client.get(f"/label/inspect/projects/{project}/images").json()["images"]
    assert {"id": image, "name": "sign.png", "characters": 3} in images
    sheet = client.get(f"/label/inspect/images/{image}/sheet").json()
    assert [one["category"] for one in sheet["words"][0]["characters"]] == ["B", "O", "B"]
    base = sheet["pictures"].replace("../", "/label/inspect/")
    strips = client.get(f"{base}_strips.jpg")
    assert list(Image.open(io.BytesIO(strips.content)).size) == sheet["size"]
    assert Image.open(io.BytesIO(client.get(f"{base}_masks.png").content)).mode == "P"
    assert client.get(f"{base}_other.exe").status_code == 404


def test_the_page_of_causes_has_a_picture_of_every_kind(client: TestClient) -> None:
    page = client.get("/label/inspect/why").text
    for kind, text in EXPLANATIONS.items():
        assert escape(text.mend) in page
        assert f'src="why/{slug(kind)}.webp"' in page
        assert client.get(f"/label/inspect/why/{slug(kind)}.webp").headers["content-type"] == "image/webp"
    assert client.get("/label/inspect/why/secrets.webp").status_code == 404
    chinese = client.get("/label/inspect/why", headers={"Accept-Language": "zh-TW"}).text
    assert not [text.causes for text in EXPLANATIONS.values() if escape(text.causes) in chinese]


def test_the_name_of_a_project_cannot_become_markup(client: TestClient) -> None:
    name = "</script><img src=x onerror=alert(1)>"
    project = client.post("/label/projects", json={"name": name}).json()["id"]
    page = client.get(f"/label/inspect/projects/{project}").text
    assert name not in page
    assert "<img src=x" not in page
    start = page.index('id="about">') + len('id="about">')
    assert json.JSONDecoder().raw_decode(page[start:])[0]["title"] == name


def test_nobody_sees_the_images_of_others(tmp_path: Path, scene: Scene, models: CharSAM, site: Site) -> None:
    access = Access(Serving(Mode.DEMO, tmp_path))
    other = Site(access, site.service.engine)
    try:
        owner, stranger = other.visitor(), other.visitor()
        image = annotated(other, owner, scene, models, "own.png")
        project = other.inbox(owner)
        paths = [f"images/{image}/characters/0/0", f"images/{image}/sheet", f"images/{image}/compare"]
        paths += [f"images/{image}/sheets/2_strips.jpg", f"projects/{project}", f"projects/{project}/images"]
        for path in paths:
            assert owner.get(f"/label/inspect/{path}").status_code == 200, path
            assert stranger.get(f"/label/inspect/{path}").status_code == 404, path
        assert give(stranger, image, png(scene.text_mask())).status_code == 404
    finally:
        access.close()


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def test_a_zip_is_the_truth_of_a_projects_images_and_words_missed_and_too_many_are_counted(
    site: Site, client: TestClient, scene: Scene, models: CharSAM
) -> None:
    image = annotated(site, client, scene, models, "whole.png")
    project = site.caller(client).workspace.images.get(image, site.caller(client).user).project
    true = scene.text_mask()
    true[:20, :60] = 255  # text that no word covers
    files = zipped(truth_whole_text__png=png(true), elsewhere__png=png(true))
    sent = {"files": ("truth.zip", files)}
    answer = client.post(f"/label/inspect/projects/{project}/truth", files=sent).json()
    assert answer["images"] == 0  # "truth_whole" is no image's name
    sent = {"files": ("truth.zip", zipped(whole_text__png=png(true), elsewhere__png=png(true)))}
    answer = client.post(f"/label/inspect/projects/{project}/truth", files=sent).json()
    assert answer["images"] == 1
    assert any("elsewhere.png" in problem for problem in answer["problems"])

    sheet = client.get(f"/label/inspect/images/{image}/sheet").json()
    assert (len(sheet["missed"]), sheet["extra"], sheet["counted"]) == (1, [], 1)
    assert sheet["words"][0]["characters"][0]["iou"] > 0.3
    assert client.get(f"/label/inspect/images/{image}/sheets/x_truth.png").headers["content-type"] == "image/png"
    measured = client.get(f"/label/inspect/images/{image}/measures").json()
    assert 0 < measured["iou"] < 1
    letters = {one["ref"]: one for one in measured["letters"]}
    assert len(letters) == measured["characters"]
    assert "w0c0" in letters
    assert letters["w0c0"]["iou"] > measured["iou"], "within a letter's box the word that is missed does not count"


def test_a_words_json_is_the_truth_of_the_images_that_it_names_alone_and_it_is_said_what_it_lacks(
    site: Site, client: TestClient, scene: Scene
) -> None:
    caller = site.caller(client)
    project = site.inbox(client)
    caller.workspace.images.add(project, "named.png", png(scene.image), caller.user)

    def given(file: str, annotation: ImageAnnotation) -> dict[str, Any]:
        sent = {"files": ("words.json", words_json([image_entry(file, annotation)]))}
        answer: dict[str, Any] = client.post(f"/label/inspect/projects/{project}/truth", files=sent).json()
        return answer

    true = truth_annotation(scene)
    bare = replace(true, words=tuple(replace(word, characters=()) for word in true.words))
    other = given("other.png", true)
    assert (other["images"], other["problems"]) == (0, ["words.json: it names no image of this project"])
    unmasked = given("named.png", bare)
    assert unmasked["images"] == 0
    assert "no masks" in unmasked["problems"][0]
    assert given("named.png", true)["images"] == 1


def test_a_case_is_accepted_from_the_gallery(site: Site, client: TestClient, image: str) -> None:
    where = f"/label/inspect/images/{image}/decide"
    answer = client.post(where, json={"refs": ["w0c1"], "verdict": "accepted"}).json()
    assert answer["reviews"] == {"w0c1": "accepted"}
    assert client.post(where, json={"refs": ["w0c1"], "verdict": ""}).json()["reviews"] == {}
    assert client.post(where, json={"refs": ["w9c9"], "verdict": "rejected"}).status_code == 400
