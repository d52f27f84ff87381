"""Words for the open photo from a file of any format, over the routes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from label_site import Site
from starlette.testclient import TestClient

from charsam.server.access import Access
from charsam.server.engine import Engine

LINES = "10,10,100,10,100,40,10,40,NEW\n10,60,100,60,100,90,10,90,###\nbroken\n"


@pytest.fixture
def site(access: Access, engine: Engine) -> Site:
    return Site(access, engine)


def bring(client: TestClient, image: str, name: str, content: bytes, **query: str) -> Any:
    return client.post(f"/label/documents/{image}/words", params=query, files=[("files", (name, content))])


def texts(client: TestClient, image: str) -> list[str]:
    return [word["text"] for word in client.get(f"/label/documents/{image}").json()["document"]["words"]]


def test_words_of_another_format_replace_those_there_and_can_be_undone(site: Site, client: TestClient) -> None:
    image = site.sign(client)

    answer = bring(client, image, "gt_sign.txt", LINES.encode()).json()

    assert (answer["words"], answer["read"]["title"], answer["read"]["words"]) == (
        2,
        "ICDAR 2015 (quads or polygons)",
        ["NEW", "###"],
    )
    assert "line 3" in answer["problems"][0]
    assert texts(client, image) == ["NEW", ""]  # ignored
    client.post(f"/label/documents/{image}/undo", json={"base": answer["seq"]})
    assert texts(client, image) == ["ABCD", "EF"]


def test_a_look_shows_three_words_of_each_format_and_changes_nothing(site: Site, client: TestClient) -> None:
    image = site.sign(client)

    answer = bring(client, image, "gt_sign.txt", LINES.encode(), look="1").json()

    found = {one["format"]: one["words"] for one in answer["formats"]}
    assert found["icdar15"] == ["NEW", "###"]
    assert any(one["name"] == "gb18030" for one in answer["encodings"])
    assert texts(client, image) == ["ABCD", "EF"]


def test_another_encoding_is_named_and_read_when_it_is_chosen(site: Site, client: TestClient) -> None:
    image, content = site.sign(client), "10,10,100,10,100,40,10,40,商店".encode("gb18030")

    assert bring(client, image, "gt_sign.txt", content).json()["error"].startswith("gt_sign.txt is not UTF-8 text")
    bring(client, image, "gt_sign.txt", content, format="icdar15", encoding="gb18030")

    assert texts(client, image) == ["商店"]


def test_of_a_file_for_many_images_the_entry_of_this_one_is_taken(site: Site, client: TestClient) -> None:
    image = site.sign(client)
    word = {"polygon": [[0, 0], [9, 0], [9, 9], [0, 9]], "text": "MINE", "chars": [], "reads": "M1NE"}
    entries = [{"file": "x/sign.jpg", "words": [word]}, {"file": "other.jpg", "words": []}]

    bring(client, image, "words.json", json.dumps({"charsam": 1, "images": entries}).encode())
    refused = bring(client, image, "words.json", json.dumps({"charsam": 1, "images": [
        {"file": name, "words": [word]} for name in ("a.jpg", "b.jpg")]}).encode())  # fmt: skip

    assert texts(client, image) == ["MINE"]
    assert refused.status_code == 400
    assert refused.json()["error"] == "words.json has no entry for the image sign.png; it has entries for a.jpg, b.jpg."


def test_two_files_at_once_are_refused_and_change_nothing(site: Site, client: TestClient) -> None:
    image = site.sign(client)

    files = [("files", (name, LINES.encode())) for name in ("gt_sign.txt", "gt_more.txt")]
    answer = client.post(f"/label/documents/{image}/words", files=files)

    assert (answer.status_code, answer.json()["error"]) == (400, "Give one file.")
    assert texts(client, image) == ["ABCD", "EF"]


def test_nobody_brings_words_to_another_persons_photo(site: Site, client: TestClient, tmp_path: Path) -> None:
    image = site.sign(client)

    assert bring(site.visitor(), image, "gt_sign.txt", LINES.encode()).status_code == 404
