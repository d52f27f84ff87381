"""What the routes of images and projects answer, to people and to whatever else sends requests."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import made
import numpy as np
import pytest
from label_site import Site, png
from PIL import Image
from starlette.testclient import TestClient

from charsam.images import load_image
from charsam.server.request_bodies import COMMAND_BYTES

ACCEPT = {"do": "review", "all": True, "as": "accepted"}


@pytest.fixture
def image(site: Site, client: TestClient) -> str:
    return site.sign(client)


def of(image: str, rest: str = "") -> str:
    return f"/label/documents/{image}{rest}"


def ignore(client: TestClient, image: str, base: int, ignored: bool = True, **more: Any) -> Any:
    """Mark the first word as ignored, or not: an edit that needs no model."""
    word = client.get(of(image)).json()["document"]["words"][0]["id"]
    command = {"do": "set_ignore", "word": word, "ignore": ignored}
    return client.post(of(image, "/edits"), json={"base": base, "command": command, **more})


def test_a_document_comes_with_all_that_a_canvas_needs(client: TestClient, image: str) -> None:
    answer = client.get(of(image)).json()
    assert (answer["name"], answer["width"], answer["height"], answer["seq"]) == ("sign.png", 400, 240, 1)
    assert [word["text"] for word in answer["document"]["words"]] == ["ABCD", "EF"]
    assert answer["undo"] == "words"
    assert answer["redo"] is None
    assert "colour" in answer["segmenters"]


def test_an_edit_is_answered_with_its_change_and_can_be_undone_and_done_again(client: TestClient, image: str) -> None:
    edit = ignore(client, image, 1).json()
    assert (edit["seq"], edit["state"]) == (2, "corrected")
    assert edit["change"]["words"][0]["after"]["ignore"] is True
    undone = client.post(of(image, "/undo"), json={"base": 2}).json()
    assert undone["change"]["words"][0]["after"]["ignore"] is False
    assert undone["redo"] == edit["label"]
    done = client.post(of(image, "/redo"), json={"base": 3}).json()
    assert (done["seq"], done["redo"]) == (4, None)


def test_an_edit_that_changes_nothing_writes_no_history(client: TestClient, image: str) -> None:
    answer = ignore(client, image, 1, ignored=False).json()
    assert (answer["seq"], answer["change"]) == (1, None)


def test_an_edit_of_an_old_state_is_refused_and_told_who_was_faster(client: TestClient, image: str) -> None:
    ignore(client, image, 1, key="mine")
    answer = ignore(client, image, 1, ignored=False)
    assert answer.status_code == 409
    told = answer.json()
    assert (told["by"], told["seq"], told["key"]) == ("you", 2, "mine")
    assert told["at"].endswith("Z")
    assert client.get(of(image)).json()["document"]["words"][0]["ignore"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1]", 400),
        (b'{"base": NaN, "command": {}}', 400),
        (b'{"base": true, "command": {}}', 400),
        (b'{"base": -1, "command": {}}', 400),
        (b'{"base": 1}', 400),
        (b'{"base": 1, "command": []}', 400),
        (b'{"base": 1, "command": {"do": "format disk"}}', 400),
        (b'{"base": 1, "command": {"do": "set_text", "word": {"a": 1}, "text": 3}}', 400),
        (b'{"base": 1, "command": {"do": "set_text", "word": "w1", "text": "\\ud800"}}', 400),
        (b'{"base": 1, "command": {"do": "review", "all": true, "as": "king"}}', 400),
        (b'{"base": 1, "command": {"do": "delete_word", "word": "w99"}}', 400),
        (b'{"base": 1, "segmenter": "magic", "command": {"do": "annotate"}}', 400),
        (b'{"base": 1, "segmenter": 5, "command": {"do": "annotate"}}', 400),
        (b'{"base": 1, "key": "' + b"k" * 101 + b'", "command": {"do": "annotate"}}', 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b'{"base": 99999999999999999999999999999999999999, "command": {"do": "annotate"}}', 400),
    ],
)
def test_hostile_requests_get_a_sentence_and_change_nothing(
    client: TestClient, image: str, body: bytes, status: int
) -> None:
    answer = client.post(of(image, "/edits"), content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["error"]
    assert "Traceback" not in answer.text
    assert client.get(of(image)).json()["seq"] == 1


def test_a_request_over_the_limit_is_refused_before_it_is_read(client: TestClient, image: str) -> None:
    body = b'{"base": 1, "command": "' + b"x" * COMMAND_BYTES + b'"}'
    for headers in ({}, {"Transfer-Encoding": "chunked"}):
        sent = iter([body]) if headers else body
        answer = client.post(of(image, "/edits"), content=sent, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert "4 MB" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/label/documents/x/../../y", "/label/nothing", "/label/documents/%00", "/label/"])
def test_paths_that_lead_nowhere_are_told_so(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_the_pixels_of_the_photo_are_the_pipelines_own(site: Site, client: TestClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = png(made.sign()[0], exif=exif)
    row = client.post(f"/label/projects/{site.inbox(client)}/images", files={"files": ("t.png", turned)}).json()
    answer = client.get(of(row["images"][0]["id"], "/image"))
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert np.array_equal(np.array(shown.convert("RGB")), load_image(turned))


def test_a_photo_that_needs_no_turning_is_sent_as_it_is_and_not_twice(client: TestClient, image: str) -> None:
    answer = client.get(of(image, "/image"))
    assert answer.content == png(made.sign()[0])
    assert "private" in answer.headers["cache-control"]
    again = client.get(of(image, "/image"), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_heat_lies_over_the_photo_and_is_clear_where_there_is_none(client: TestClient, image: str) -> None:
    with Image.open(io.BytesIO(client.get(of(image, "/heat")).content)) as heat:
        alpha = np.array(heat)[..., 3]
        assert heat.size == (400, 240)
    assert alpha[5, 5] == 0
    assert alpha.max() == 255


def test_a_verdict_and_a_note_are_kept_with_who_and_when(client: TestClient, image: str) -> None:
    assert client.post(of(image, "/state"), json={"state": "accepted"}).json()["state"] == "accepted"
    assert client.post(of(image, "/note"), json={"note": "<b>blurred</b>"}).json()["note"] == "<b>blurred</b>"
    assert client.post(of(image, "/state"), json={"state": "perfect"}).status_code == 400
    assert client.post(of(image, "/note"), json={"note": "x" * 4001}).status_code == 400
    entries = client.get(of(image, "/history")).json()["entries"]
    assert [(entry["kind"], entry["by"]) for entry in entries] == [
        ("replace", "you"),
        ("state", "you"),
        ("note", "you"),
    ]


def test_an_own_verdict_does_not_make_the_next_edit_stale(client: TestClient, image: str) -> None:
    client.post(of(image, "/state"), json={"state": "accepted"})
    assert ignore(client, image, 1).json()["state"] == "corrected"


def test_the_queue_is_filtered_searched_counted_and_walked(site: Site, client: TestClient) -> None:
    project = client.post("/label/projects", json={"name": "Signs"}).json()["id"]
    pictures = [("files", (f"img{n}.png", png(np.full((40, 40, 3), n, np.uint8)))) for n in (1, 2, 10)]
    added = client.post(f"/label/projects/{project}/images", files=pictures).json()["images"]
    ids = {row["name"]: row["id"] for row in added}
    first, second, third = ids["img1.png"], ids["img2.png"], ids["img10.png"]
    client.post(of(second, "/state"), json={"state": "rejected"})
    listed = client.get(f"/label/projects/{project}/images?order=name&limit=2").json()
    assert [row["name"] for row in listed["images"]] == ["img1.png", "img2.png"]
    assert listed["counts"] == {"new": 2, "annotated": 0, "corrected": 0, "accepted": 0, "rejected": 1}
    query = {"order": "name", "limit": 2, "after": listed["next"]}
    rest = client.get(f"/label/projects/{project}/images", params=query)
    assert [row["name"] for row in rest.json()["images"]] == ["img10.png"]
    fresh = client.get(f"/label/projects/{project}/images?state=new&search=IMG1").json()["images"]
    assert {row["id"] for row in fresh} == {first, third}

    def step(after: str, way: str, state: str = "") -> str | None:
        query = {"after": after, "way": way, "state": state, "order": "name"}
        found = client.get(f"/label/projects/{project}/next", params=query).json()["image"]
        return None if found is None else found["id"]

    assert step(first, "next") == second
    assert step(first, "next", "new") == third
    assert step(third, "previous") == second
    assert step(first, "previous") is None
    for query in ("state=lost", "order=beauty", "limit=many"):
        assert client.get(f"/label/projects/{project}/images?{query}").status_code == 400


def test_an_upload_takes_what_is_fit_and_names_what_is_not(site: Site, client: TestClient) -> None:
    words = {"charsam": 1, "images": [{"file": "sign.png", "words": [
        {"polygon": [[40, 40], [290, 40], [290, 110], [40, 110]], "text": "ABCD"}]}]}  # fmt: skip
    files = [
        ("files", ("sign.png", png(made.sign()[0]))),
        ("files", ("broken.jpg", b"no photo")),
        ("files", ("words.json", json.dumps(words).encode())),
    ]
    answer = client.post(f"/label/projects/{site.inbox(client)}/images", files=files).json()
    assert [row["name"] for row in answer["images"]] == ["sign.png"]
    assert answer["words"] == 1
    assert [problem.split(":")[0] for problem in answer["problems"]] == ["broken.jpg"]


def test_a_zip_that_leads_out_of_itself_is_refused_as_a_whole(site: Site, client: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sign.png", png(made.sign()[0]))
        archive.writestr("../../evil.png", b"x")
    path = f"/label/projects/{site.inbox(client)}/images"
    answer = client.post(path, files={"files": ("all.zip", buffer.getvalue())})
    assert answer.status_code == 400
    assert "evil.png" in answer.json()["error"]
    assert client.get(path).json()["images"] == []


def test_an_upload_without_files_or_over_the_limit_is_refused(
    site: Site, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/label/projects/{site.inbox(client)}/images"
    assert client.post(path, json={}).status_code == 400
    assert client.post(path, data={"files": "x"}, files={"other": b"x"}).status_code == 400
    monkeypatch.setattr("charsam.server.routes.imports.UPLOAD", 1000)
    assert client.post(path, files={"files": ("a.png", b"x" * 1200)}).status_code == 413


def test_a_project_is_exported_as_a_zip_with_checksums(site: Site, client: TestClient, image: str) -> None:
    site.service.annotate(site.caller(client), image, made.trace(*made.sign()).annotation)  # type: ignore[arg-type]
    answer = client.post(f"/label/projects/{site.inbox(client)}/export", json={"format": "native"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "manifest.json" in archive.namelist()
        assert any(name.endswith("_chars.png") for name in archive.namelist())
    assert client.post(f"/label/projects/{site.inbox(client)}/export", json={"format": "exe"}).status_code == 400


def test_an_export_can_be_of_the_images_in_a_state_or_that_a_search_finds(
    site: Site, client: TestClient, image: str
) -> None:
    path = f"/label/projects/{site.inbox(client)}"
    (other,) = client.post(f"{path}/images", files={"files": ("other.png", png(made.sign()[0][::-1]))}).json()["images"]
    client.post(f"{of(other['id'])}/state", json={"state": "rejected"})
    client.post(f"{of(image)}/state", json={"state": "accepted"})

    def exported(**chosen: object) -> list[str]:
        answer = client.post(f"{path}/export", json={"format": "native", **chosen})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return [entry["file"] for entry in json.loads(archive.read("words.json"))["images"]]

    assert exported(states=["accepted"]) == ["sign.png"]
    assert exported(search="other") == ["other.png"]
    assert exported() == ["sign.png"]  # of a whole project, what was rejected stays out
    assert client.post(f"{path}/export", json={"format": "native", "states": ["lost"]}).status_code == 400


def test_what_was_exported_with_its_photos_comes_back_bit_by_bit(site: Site, client: TestClient, image: str) -> None:
    site.service.annotate(site.caller(client), image, made.trace(*made.sign()).annotation)  # type: ignore[arg-type]
    chosen = {"format": "native", "with_images": True}
    packed = client.post(f"/label/projects/{site.inbox(client)}/export", json=chosen).content
    project = client.post("/label/projects", json={"name": "Again"}).json()["id"]
    answer = client.post(f"/label/projects/{project}/images", files={"files": ("all.zip", packed)}).json()
    assert answer["problems"] == []
    (again,) = answer["images"]
    before, after = (client.get(of(one)).json()["document"]["words"] for one in (image, again["id"]))
    masks = [[item["mask"] for word in words for item in word["characters"]] for words in (before, after)]
    assert masks[0] == masks[1] != []


def test_annotation_in_the_background_says_how_far_it_is(site: Site, client: TestClient) -> None:
    project = site.inbox(client)
    assert client.get(f"/label/projects/{project}/progress").json()["of"] == 0
    assert client.post(f"/label/projects/{project}/annotate", json={"states": ["lost"]}).status_code == 400
    answer = client.post(f"/label/projects/{project}/annotate", json={"states": ["new"]}).json()
    assert (answer["of"], answer["done"]) == (0, 0)
    assert site.service.annotator.wait(30)
    assert client.get(f"/label/projects/{project}/progress").json()["running"] is False


def test_the_page_how_to_label_is_there_with_its_pictures(client: TestClient) -> None:
    page = client.get("/label/help")
    assert "How to label" in page.text
    pictures = re.findall(r'src="(help/\w+\.webp)"', page.text)
    assert len(pictures) == page.text.count("<section>")
    assert {client.get(f"/label/{name}").headers["content-type"] for name in pictures} == {"image/webp"}
    assert client.get("/label/help/nothing.webp").status_code == 404
    chinese = client.get("/label/help", headers={"Accept-Language": "zh"}).text
    assert "检查字符" in chinese
    assert "<kbd>N</kbd> 逐个放大" in chinese


def test_an_error_that_nobody_foresaw_is_a_sentence(
    client: TestClient, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("charsam.server.routes.documents.document_value", fail)
    answer = client.get(of(image))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"].startswith("Something went wrong")


def test_a_deleted_image_and_its_file_are_gone(site: Site, client: TestClient, image: str) -> None:
    project = client.get(of(image)).json()["project"]
    caller = site.caller(client)
    file = caller.workspace.images.path(image, caller.user)
    assert file.is_file()
    assert client.post(of(image, "/delete")).json() == {"deleted": image}
    assert client.get(of(image)).status_code == 404
    assert client.post(of(image, "/delete")).status_code == 404
    assert [one["id"] for one in client.get(f"/label/projects/{project}/trash").json()["images"]] == [image]
    assert client.post(of(image, "/bring-back")).json()["id"] == image
    client.post(of(image, "/delete"))
    assert client.post(of(image, "/purge")).json() == {"deleted": image}
    assert not file.exists()
    assert client.get(f"/label/projects/{project}/images").json()["images"] == []


def test_a_project_is_renamed_and_deleted_with_its_images(site: Site, client: TestClient) -> None:
    project = client.post("/label/projects", json={"name": "Signs"}).json()["id"]
    client.post(f"/label/projects/{project}/images", files={"files": ("sign.png", png(made.sign()[0]), "image/png")})
    (row,) = client.get(f"/label/projects/{project}/images").json()["images"]
    renamed = client.post(f"/label/projects/{project}/name", json={"name": "Street signs"})
    assert renamed.json()["name"] == "Street signs"
    assert client.post(f"/label/projects/{project}/name", json={"name": " "}).status_code == 400
    assert client.post(f"/label/projects/{project}/delete").json() == {"deleted": project}
    assert client.get(of(row["id"])).status_code == 404
    assert "Street signs" not in [one["name"] for one in client.get("/label/projects").json()["projects"]]


def test_many_images_are_accepted_at_once_but_not_those_without_masks(site: Site, client: TestClient) -> None:
    caller = site.caller(client)
    masked, bare = site.sign(client), site.sign(client)
    annotation = site.service.engine.pipe.run(*made.sign()).annotation
    assert annotation is not None
    site.service.annotate(caller, masked, annotation)
    decide = f"/label/projects/{site.inbox(client)}/decide"
    assert client.post(decide, json={"state": "accepted"}).json()["images"] == [masked]
    assert caller.workspace.images.get(bare, caller.user).state == "new"
    again = client.post(decide, json={"state": "corrected", "images": [masked, masked]}).json()
    assert again["images"] == [masked]
    assert caller.workspace.images.get(masked, caller.user).state == "annotated"
    other = caller.workspace.projects.create("Other", caller.user)
    refused = client.post(f"/label/projects/{other.id}/decide", json={"state": "accepted", "images": [masked]})
    assert refused.status_code == 404
