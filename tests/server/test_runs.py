"""Runs over the API: stages as they end, by a stream and by asking; one store of traces for all that ask later."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import made
import numpy as np
import pytest
import uvicorn
from label_site import Site, png
from PIL import Image
from starlette.testclient import TestClient

from charsam.server import runs
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving
from charsam.server.traces import Kept, Traces
from charsam.trace import Settings, Stage


@pytest.fixture
def sign(site: Site, client: TestClient) -> str:
    caller = site.access.caller(None)
    assert caller is not None
    row = caller.workspace.images.add(
        caller.workspace.projects.inbox(caller.user).id, "sign.png", png(made.sign()[0]), caller.user
    )
    words = [{"polygon": word.polygon.tolist(), "text": word.text} for word in made.sign()[1]]
    site.service.edit(caller, row.id, row.seq, {"do": "replace", "words": words}, None)
    return row.id


def begin(client: TestClient, image: str, **body: Any) -> str:
    answer = client.post(f"/label/documents/{image}/runs", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run"])


def streamed(client: TestClient, run: str, after: int = 0) -> list[dict[str, Any]]:
    """The events of a run from its stream, which ends with it."""
    answer = client.get(f"/label/runs/{run}/events?after={after}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


@pytest.mark.parametrize("do", ["run", "find"])
def test_words_are_said_while_they_are_being_found(client: TestClient, site: Site, do: str) -> None:
    caller = site.access.caller(None)
    assert caller is not None
    image = caller.workspace.images.add(
        caller.workspace.projects.inbox(caller.user).id, "bare.png", png(made.sign()[0]), caller.user
    )
    events = streamed(client, begin(client, image.id, do=do))
    kinds = [event["kind"] for event in events]
    so_far = [event["words"] for event in events if event["kind"] == "words"]
    assert len(so_far) >= 2
    assert kinds.index("words") < kinds.index("found" if do == "find" else "stage")
    document = client.get(f"/label/documents/{image.id}").json()["document"]
    assert len(so_far[-1]) == len(document["words"])


def test_a_run_says_each_stage_with_what_it_found_and_leaves_its_result_in_the_document(
    client: TestClient, sign: str
) -> None:
    events = streamed(client, begin(client, sign))
    stages = [event for event in events if event["kind"] == "stage"]
    assert [event["stage"] for event in stages] == [stage.value for stage in Stage]
    assert [word["text"] for word in stages[1]["words"]] == ["ABCD", "EF"]
    assert stages[2]["heat"].startswith("data:image/webp")
    assert [box["ref"] for box in stages[4]["boxes"]] == ["w0c0", "w0c1", "w0c2", "w0c3", "w1c0", "w1c1"]
    document = client.get(f"/label/documents/{sign}").json()
    assert events[-1]["kind"] == "done"
    assert events[-1]["seq"] == document["seq"]
    assert [len(word["characters"]) for word in document["document"]["words"]] == [4, 2]


def test_asking_again_and_again_tells_the_same_and_a_broken_stream_goes_on_where_it_was(
    client: TestClient, sign: str
) -> None:
    run = begin(client, sign)
    events = streamed(client, run)
    assert client.get(f"/label/runs/{run}").json() == {"events": events, "over": True}
    assert client.get(f"/label/runs/{run}?after=3").json()["events"] == events[3:]
    assert streamed(client, run, after=5) == events[5:]


def test_a_cancelled_run_ends_between_two_stages_and_changes_nothing(
    client: TestClient, sign: str, pipeline: made.MadePipeline
) -> None:
    before = client.get(f"/label/documents/{sign}").json()["seq"]
    pipeline.gate.clear()
    run = begin(client, sign)
    assert client.post(f"/label/runs/{run}/cancel", json={}).json() == {"cancelled": True}
    pipeline.gate.set()
    assert streamed(client, run)[-1] == {"kind": "cancelled", "text": "Cancelled."}
    assert client.get(f"/label/documents/{sign}").json()["seq"] == before


def test_a_run_that_nobody_follows_any_more_is_stopped(
    client: TestClient, sign: str, site: Site, pipeline: made.MadePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LATE", 0.05)
    pipeline.gate.clear()
    run = site.service.runs.get("local", begin(client, sign))
    assert run is not None
    time.sleep(0.1)
    pipeline.gate.set()
    assert eventually(lambda: run.over)
    assert run.events[-1]["kind"] == "abandoned"


@pytest.fixture
def port(site: Site) -> Iterator[int]:
    """Of the same server behind a real socket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = int(free.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(site.app, host="127.0.0.1", port=found, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert eventually(lambda: server.started)
    yield found
    server.should_exit = True
    thread.join(10)


@pytest.mark.heavy
@pytest.mark.parametrize("path", ["runs/{}/events", "runs/{}?after=2&wait=20"], ids=["stream", "request that waits"])
def test_a_run_whose_connection_was_closed_stops_within_a_second_and_leaves_its_stages(
    client: TestClient, sign: str, site: Site, pipeline: made.MadePipeline, port: int, path: str
) -> None:
    pipeline.gate.clear()
    run = site.service.runs.get("local", begin(client, sign))
    assert run is not None
    with socket.create_connection(("127.0.0.1", port), timeout=10) as page:
        page.sendall(f"GET /label/{path.format(run.id)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert eventually(lambda: run.followers == 1)
    time.sleep(1)
    pipeline.gate.set()
    assert eventually(lambda: run.over)
    assert run.events[-1]["kind"] == "abandoned"
    assert streamed(client, begin(client, sign))[-1]["kind"] == "done"
    assert pipeline.calls[-1]["previous"] is not None


def test_a_stream_that_is_closed_after_another_request_was_answered_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "CLOSED", 0.01)
    run = runs.Run("ann", "image")
    with pytest.raises(ConnectionError), run.followed():
        with run.followed():
            pass
        raise ConnectionError
    time.sleep(0.05)
    assert not run.abandoned()
    with pytest.raises(ConnectionError), run.followed():
        raise ConnectionError
    time.sleep(0.05)
    assert run.abandoned()


def test_whoever_asks_again_and_again_may_be_late(
    client: TestClient, sign: str, pipeline: made.MadePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CLOSED", 0.05)
    pipeline.gate.clear()
    run = begin(client, sign)
    so_far = client.get(f"/label/runs/{run}?after=0&wait=20").json()
    time.sleep(0.3)
    assert not so_far["over"]
    pipeline.gate.set()
    assert streamed(client, run, after=len(so_far["events"]))[-1]["kind"] == "done"


def test_a_request_that_waits_is_answered_as_soon_as_there_is_something(
    client: TestClient, sign: str, pipeline: made.MadePipeline
) -> None:
    pipeline.gate.clear()
    run = begin(client, sign)
    first = len(client.get(f"/label/runs/{run}?wait=20").json()["events"])
    threading.Timer(0.2, pipeline.gate.set).start()
    assert client.get(f"/label/runs/{run}?after={first}&wait=20").json()["events"]


def test_a_second_run_of_the_same_image_takes_the_place_of_the_first(
    client: TestClient, sign: str, pipeline: made.MadePipeline
) -> None:
    pipeline.gate.clear()
    first, second = begin(client, sign), begin(client, sign, settings={"prompts": "B"})
    pipeline.gate.set()
    assert streamed(client, first)[-1]["kind"] == "cancelled"
    assert streamed(client, second)[-1]["kind"] == "done"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"do": "dance"}, "do"),
        ({"settings": {"prompts": "X"}}, "prompt mode"),
        ({"settings": {"points": 99}}, "points is 99"),
        ({"settings": {"threshold": "high"}}, "settings.threshold"),
    ],
)
def test_what_cannot_be_run_is_refused_before_it_begins(client: TestClient, sign: str, body: Any, said: str) -> None:
    answer = client.post(f"/label/documents/{sign}/runs", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_search_for_words_adds_those_that_are_new(client: TestClient, sign: str) -> None:
    client.post(f"/label/documents/{sign}/edits", json={"base": 1, "command": {"do": "delete_word", "word": "w1"}})
    events = streamed(client, begin(client, sign, do="find"))
    assert events[-1]["text"] == "2 words found; 1 of them new."
    texts = [word["text"] for word in client.get(f"/label/documents/{sign}").json()["document"]["words"]]
    assert sorted(texts) == ["ABCD", "EF"]


def test_after_a_run_no_tab_and_no_second_run_computes_anything(
    client: TestClient, sign: str, pipeline: made.MadePipeline
) -> None:
    streamed(client, begin(client, sign))
    pipeline.calls.clear()
    for stage in ("heat", "boxes", "glyphs"):
        assert client.get(f"/label/documents/{sign}/stages/{stage}").status_code == 200
    assert client.get(f"/label/documents/{sign}/heat").headers["content-type"] == "image/png"
    again = streamed(client, begin(client, sign))[-1]
    assert (again["kind"], again["time"]) == ("done", "")
    assert pipeline.calls == []


def test_another_setting_reuses_the_stages_that_are_there(
    client: TestClient, sign: str, pipeline: made.MadePipeline
) -> None:
    streamed(client, begin(client, sign))
    client.get(f"/label/documents/{sign}/stages/glyphs?threshold=0.9")
    assert pipeline.calls[-1]["settings"].vote_threshold == 0.9
    assert pipeline.calls[-1]["previous"] is not None
    assert pipeline.calls[-1]["until"] is Stage.VOTES


def test_stages_are_made_again_where_no_run_has_left_them(
    client: TestClient, sign: str, site: Site, pipeline: made.MadePipeline
) -> None:
    streamed(client, begin(client, sign))
    site.service.traces = Traces()  # as after a restart
    pipeline.calls.clear()
    value = client.get(f"/label/documents/{sign}/stages/boxes").json()
    assert len(value["after"]) == 6
    assert [call["until"] for call in pipeline.calls] == [Stage.SPLIT]


def test_the_store_of_traces_keeps_within_its_bound_and_drops_what_was_not_asked_for() -> None:
    image, words = made.sign()
    kept = Kept(words, made.trace(image, words))
    one = Traces()
    one.put("a", words, kept)
    traces = Traces(most_bytes=int(2.5 * one.nbytes))
    for name in ("a", "b"):
        traces.put(name, words, kept)
    assert traces.get("a", words, Settings()) is kept
    traces.put("c", words, kept)
    assert [traces.get(name, words, Settings()) is not None for name in ("a", "b", "c")] == [True, False, True]
    assert traces.get("a", words[:1], Settings()) is None
    assert traces.get("a", words, Settings(points=2)) is None
    assert traces.near("a", words) is kept


def test_files_are_made_when_they_are_asked_for(client: TestClient, sign: str) -> None:
    streamed(client, begin(client, sign))
    address = f"/label/documents/{sign}/files"
    text = np.array(Image.open(io.BytesIO(client.get(f"{address}/text.png").content)))
    characters = np.array(Image.open(io.BytesIO(client.get(f"{address}/characters.png").content)))
    cutout = np.array(Image.open(io.BytesIO(client.get(f"{address}/cutout.png").content)))
    assert np.array_equal(text > 0, characters > 0)
    assert np.array_equal(cutout[..., 3], text)
    assert len(client.get(f"{address}/words.json").json()["images"][0]["words"]) == 2
    assert Image.open(io.BytesIO(client.get(f"{address}/overlay.png").content)).size == (400, 240)
    answer = client.get(f"{address}/all.zip")
    assert "sign_charsam.zip" in answer.headers["content-disposition"]
    assert client.get(f"{address}/secrets.txt").status_code == 404


def test_a_photo_and_its_words_are_brought(client: TestClient, site: Site) -> None:
    project = client.post("/label/projects", json={"name": "Signs"}).json()["id"]
    content = png(made.sign()[0])
    row = client.post(f"/label/photos?project={project}", files={"files": ("a.png", content)}).json()
    assert row["project"] == project
    assert client.post("/label/photos", files={"files": ("b.png", content)}).json()["project"] == site.inbox(client)
    refused = client.post("/label/photos", files={"files": ("broken.jpg", b"no photo")})
    assert refused.status_code == 400
    assert "broken.jpg" in refused.json()["error"]
    words = {"charsam": 1, "images": [{"file": "a.png", "words": [{"polygon": made.sign()[1][0].polygon.tolist()}]}]}
    given = client.post(f"/label/documents/{row['id']}/words", files={"files": ("w.json", json.dumps(words).encode())})
    assert given.json()["words"] == 1
    bad = client.post(f"/label/documents/{row['id']}/words", files={"files": ("w.json", b"{}")})
    assert bad.status_code == 400


def test_nobody_follows_or_cancels_the_run_of_somebody_else(engine: Engine, tmp_path: Path) -> None:
    access = Access(Serving(Mode.DEMO, tmp_path))
    site = Site(access, engine)
    owner, stranger = site.visitor(), site.visitor()
    image = site.sign(owner)
    run = begin(owner, image)
    streamed(owner, run)
    for path in (
        f"runs/{run}",
        f"runs/{run}/events",
        f"documents/{image}/stages/heat",
        f"documents/{image}/files/text.png",
    ):
        assert stranger.get(f"/label/{path}").status_code == 404
    assert stranger.post(f"/label/runs/{run}/cancel", json={}).status_code == 404
    access.close()
