"""Uploads of many files by the routes: batches are taken in together, and belong to who sent them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from label_site import png as encoded
from starlette.testclient import TestClient

PHOTO = np.full((48, 64, 3), 90, np.uint8)
LINE = b"4,4,40,4,40,20,4,20"


@pytest.fixture
def uploads(client: TestClient) -> str:
    project = client.post("/label/projects", json={"name": "Signs"}).json()["id"]
    return f"/label/projects/{project}/uploads"


def begun(client: TestClient, uploads: str) -> str:
    return f"{uploads}/{client.post(uploads, json={}).json()['upload']}"


def send(client: TestClient, here: str, *files: tuple[str, bytes]) -> Any:
    return client.post(f"{here}/files", files=[("files", file) for file in files])


def taken(client: TestClient, here: str) -> Any:
    while (answer := client.post(f"{here}/take", json={}).json())["running"]:
        pass
    return answer


def test_batches_are_taken_in_together(client: TestClient, uploads: str) -> None:
    here = begun(client, uploads)
    send(client, here, ("set/gt_img_1.txt", LINE + b",Latin,ONE"), ("set/gt_img_2.txt", LINE + b",Hindi,TWO"))
    assert send(client, here, ("set/img_1.png", encoded(PHOTO)), ("set/img_2.png", encoded(PHOTO))).json() == {
        "files": 4
    }

    answer = taken(client, here)

    assert (answer["added"], answer["words"], answer["problems"]) == (2, 2, [])
    assert [(one["format"], one["words"]) for one in answer["read"]] == [("mlt19", ["ONE", "TWO"])]


def test_a_person_sees_what_each_format_would_read_and_chooses(client: TestClient, uploads: str) -> None:
    here = begun(client, uploads)
    send(client, here, ("a.png", encoded(PHOTO)), ("gt_a.txt", LINE + b",Caf\xe9"))
    assert taken(client, here)["words"] == 0

    shown = client.get(f"{here}/formats", params={"encoding": "cp1252"}).json()
    answer = client.post(f"{here}/words", json={"format": "icdar15", "encoding": "cp1252"}).json()

    assert [(one["format"], one["words"]) for one in shown["formats"]] == [("icdar15", ["Café"])]
    assert "cp1252" in [one["name"] for one in shown["encodings"]]
    assert (answer["words"], answer["problems"]) == (1, [])


def test_what_was_not_taken_is_said_once_with_its_name(client: TestClient, uploads: str) -> None:
    here = begun(client, uploads)
    send(client, here, ("set/a.png", encoded(PHOTO)), ("set/notes.bin", b"x"))

    assert taken(client, here)["problems"] == ["set/notes.bin: is neither an image nor a file with words."]


def test_an_upload_is_over_when_it_is_closed_and_never_anothers(client: TestClient, uploads: str) -> None:
    here = begun(client, uploads)
    other = client.post("/label/projects", json={"name": "Other"}).json()["id"]
    elsewhere = here.replace(uploads.split("/")[3], other)
    assert client.post(f"{elsewhere}/take", json={}).status_code == 404

    assert client.post(f"{here}/close", json={}).status_code == 200
    assert send(client, here, ("a.png", encoded(PHOTO))).status_code == 404


def test_a_format_or_encoding_that_does_not_exist_is_refused(client: TestClient, uploads: str) -> None:
    here = begun(client, uploads)
    send(client, here, ("a.png", encoded(PHOTO)), ("gt_a.txt", LINE + b",A"))
    taken(client, here)

    for body in ({"format": "magic"}, {"encoding": "magic"}):
        assert client.post(f"{here}/words", json=body).status_code == 400


def test_only_the_newest_uploads_of_a_person_are_kept(client: TestClient, uploads: str, tmp_path: Path) -> None:
    first, *_ = [begun(client, uploads) for _ in range(4)]

    assert client.post(f"{first}/take", json={}).status_code == 404
    assert len([path for path in (tmp_path / "workspace").glob(".charsam-scratch-*") if path.is_dir()]) == 3
