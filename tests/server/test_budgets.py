"""What people may bring, under which names, and how much of it."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import made
import pytest
from label_site import Site, png
from PIL import Image
from starlette.testclient import TestClient

from charsam.errors import WordsError
from charsam.pipeline import CharSAM
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving
from charsam.trace import Settings


@pytest.fixture
def local(tmp_path: Path, engine: Engine) -> Iterator[Site]:
    access = Access(Serving(Mode.LOCAL, tmp_path / "workspace"))
    yield Site(access, engine)
    access.close()


@pytest.fixture
def demo(access: Access, engine: Engine) -> Site:
    return Site(access, engine)


def zipped(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries:
            target.writestr(name, data)
    return out.getvalue()


def bring(client: TestClient, project: str, name: str, data: bytes, query: str = "") -> dict[str, object]:
    answer = client.post(f"/label/projects/{project}/images{query}", files=[("files", (name, data))])
    return {"status": answer.status_code, **answer.json()}


@pytest.mark.parametrize("name", ["日本", "Žluťoučký kůň", "a/b\\c.d"])
def test_a_project_of_any_name_is_exported(local: Site, name: str) -> None:
    client = local.visitor()
    project = client.post("/label/projects", json={"name": name}).json()["id"]
    bring(client, project, "a.png", png(made.sign()[0]))

    answer = client.post(f"/label/projects/{project}/export", json={"format": "backup"})

    assert answer.status_code == 200
    assert unquote(answer.headers["x-charsam-name"]).endswith("_backup.zip")


def test_a_name_that_is_cut_leads_nowhere(local: Site, tmp_path: Path) -> None:
    client = local.visitor()
    name = f"{'x' * 20}/../{'y' * 293}.png"
    before = {path for path in tmp_path.rglob("*") if path.is_file()}

    answer = bring(client, local.inbox(client), name, png(made.sign()[0]))

    assert len(answer["images"]) == 1, answer
    assert not any("yyy" in path.name for path in {p for p in tmp_path.rglob("*") if p.is_file()} - before)


@pytest.mark.parametrize("states", [[["new"]], [{}], [None], [5]])
def test_states_of_any_shape_are_answered_with_a_sentence(local: Site, states: list[object]) -> None:
    client = local.visitor()
    answer = client.post(f"/label/projects/{local.inbox(client)}/annotate", json={"states": states})
    assert answer.status_code == 400
    assert "states.0: Input should be 'new'" in answer.json()["error"]


def test_a_visitor_of_the_demo_brings_no_more_images_in_a_zip_than_one_by_one(demo: Site) -> None:
    client = demo.visitor()
    photo = png(made.sign()[0])
    answer = bring(client, demo.inbox(client), "many.zip", zipped(*[(f"{n}.png", photo) for n in range(70)]))
    assert len(answer["images"]) == 60
    assert "10 images from here on not taken" in str(answer["problems"])
    assert client.get(f"/label/projects/{demo.inbox(client)}/images").json()["counts"]["new"] == 60


def test_a_picture_of_many_pixels_is_refused_in_the_demo_before_it_is_decoded(demo: Site, local: Site) -> None:
    out = io.BytesIO()
    Image.new("1", (5000, 4000)).save(out, "PNG")
    for site, taken in ((demo, 0), (local, 1)):
        client = site.visitor()
        answer = bring(client, site.inbox(client), "wide.png", out.getvalue())
        assert len(answer["images"]) == taken


def test_of_a_damaged_backup_the_rest_comes_back_when_asked_for(local: Site) -> None:
    client = local.visitor()
    project = client.post("/label/projects", json={"name": "Signs"}).json()["id"]
    for number in range(3):
        bring(client, project, f"{number}.png", png(made.sign()[0][number:]))
    backup = bytearray(client.post(f"/label/projects/{project}/export", json={"format": "backup"}).content)
    with zipfile.ZipFile(io.BytesIO(bytes(backup))) as opened:
        info = opened.getinfo("histories/000002.json")
        backup[info.header_offset + 30 + len(info.filename) + 5] ^= 0xFF
    again = client.post("/label/projects", json={"name": "Again"}).json()["id"]

    refused = bring(client, again, "b.zip", bytes(backup))
    taken = bring(client, again, "b.zip", bytes(backup), "?rest=1")

    assert (refused["status"], refused["whole"]) == (400, 2)
    assert "histories/000002.json" in str(refused["error"])
    assert len(taken["images"]) == 2
    assert "histories/000002.json" in str(taken["problems"])


def test_more_words_than_there_is_memory_for_are_refused_before_the_work(local: Site) -> None:
    pipe = CharSAM()
    pipe.most_area = 64 * 500
    image, words = made.sign()
    with pytest.raises(WordsError, match="the 10 words of this image take more memory"):
        pipe.run(image, words * 5, Settings(segmenter="colour"))
    assert not pipe.ready


def test_a_full_disk_is_a_sentence(local: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = local.visitor()

    def full(source: object, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("charsam.server.request_bodies._store", full)
    answer = bring(client, local.inbox(client), "a.png", b"x")
    assert answer["status"] == 507
    assert "No space left on device" in str(answer["error"])
