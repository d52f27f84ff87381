"""People at work on one project: what the routes answer about who is where, whose an image is, and figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from label_site import Site
from starlette.testclient import TestClient

from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.presence import LATELY, Presence
from charsam.server.serving import Mode, Serving


@pytest.fixture
def site(tmp_path: Path, engine: Engine) -> Iterator[Site]:
    access = Access(Serving(Mode.LOGIN, tmp_path / "workspace"))
    yield Site(access, engine)
    access.close()


def logged_in(site: Site, name: str) -> TestClient:
    site.access.workspace.accounts.create(name, "a long and odd horse")
    client = TestClient(site.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    answer = client.post("/label/login", data={"name": name, "password": "a long and odd horse"})
    assert answer.status_code < 400
    return client


def test_two_people_see_each_other_and_what_is_whose(site: Site) -> None:
    ann, bob = logged_in(site, "Ann"), logged_in(site, "=Bob")
    caller = site.caller(ann)
    project = caller.workspace.projects.create("Signs", caller.user).id
    caller.workspace.team.share(project, "=Bob", caller.user)
    image = site.sign(ann)
    data = caller.workspace.images.read(image, caller.user)
    image = caller.workspace.images.add(project, "sign.png", data, caller.user).id
    other = caller.workspace.images.add(project, "other.png", data, caller.user).id

    assert ann.post(f"/label/documents/{image}/here").json()["others"] == []
    assert bob.post(f"/label/documents/{image}/here").json()["others"] == ["Ann"]
    rows = {row["id"]: row for row in ann.get(f"/label/projects/{project}/images").json()["images"]}
    assert (rows[image]["here"], rows[other]["here"]) == (["=Bob"], [])

    assigned = ann.post(f"/label/projects/{project}/assign", json={"images": [other], "name": "=Bob"})
    assert assigned.status_code == 200
    mine = bob.get(f"/label/projects/{project}/images?whose=mine").json()["images"]
    assert [(row["id"], row["assigned_to"]) for row in mine] == [(other, "=Bob")]
    assert bob.get(f"/label/projects/{project}/next?whose=nobody").json()["image"]["id"] == image

    bob.post(f"/label/documents/{image}/state", json={"state": "accepted"})
    people = {one["name"]: one for one in ann.get(f"/label/projects/{project}/figures").json()["people"]}
    assert (people["=Bob"]["accepted"], people["=Bob"]["assigned"]) == (1, 1)
    table = csv.DictReader(io.StringIO(ann.get(f"/label/projects/{project}/figures.csv").text))
    assert [row["name"] for row in table] == ["'=Bob"]  # no formula for a spreadsheet

    again = ann.post(f"/label/projects/{project}/second", json={}).json()
    assert ann.get(f"/label/projects/{project}/agreement?other={again['id']}").json()["images"] == []
    assert bob.get(f"/label/projects/{project}/agreement?other={again['id']}").status_code == 404  # not shared with him


def test_whoever_says_nothing_for_a_while_has_gone() -> None:
    now = [0.0]
    presence = Presence(lambda: now[0])
    presence.here("Ann", "project", "a")
    presence.here("Ann", "project", "b")
    assert presence.on("project") == {"b": ["Ann"]}
    assert presence.on("project", but="Ann") == {}
    now[0] = LATELY + 1
    assert presence.on("project") == {}
