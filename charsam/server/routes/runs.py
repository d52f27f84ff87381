"""The routes of runs: begun for an image, followed by a stream of events or by asking again and again, cancelled.

POST /documents/IMAGE/runs      {"do": "run" | "find", "settings": {…}}; `run` names it in all that follows
GET  /runs/RUN/events?after=N   its events from number N on, as server-sent events, each as soon as it is there
GET  /runs/RUN?after=N&wait=S   the same as JSON, for proxies that hold a stream back; waits up to S seconds for some
POST /runs/RUN/cancel           stop it
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, Final, Literal

import anyio
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from charsam.cancellation import checkpoint
from charsam.server import wording
from charsam.server.access import Access, Caller
from charsam.server.image_service import ImageService
from charsam.server.request_bodies import Content, content
from charsam.server.routes.documents import caller_of
from charsam.server.run_settings import RunSettings
from charsam.server.runs import Event, Run
from charsam.server.stage_values import boxes_shown, heat_shown, word_shown, words_shown
from charsam.trace import Settings, Stage, Trace
from charsam.types import Word

LOOK: Final = 0.03
"""Seconds between two looks at whether a run has something new to say."""
BEAT: Final = 5.0
"""Seconds of silence after which a stream says that it is still there."""
LONGEST_WAIT: Final = 20.0
"""Seconds that a request is held which asks for what comes next."""
NEXT: Final = dict(zip(Stage, [*list(Stage)[1:], None], strict=True))


class RunRequest(Content):
    """What a run is to do."""

    do: Literal["run", "find"] = "run"
    settings: RunSettings = Field(default_factory=RunSettings)


def router(access: Access, service: ImageService) -> APIRouter:
    """The routes, for a FastAPI app under /label."""
    routes = APIRouter()
    who = caller_of(access)

    def own(run_id: str, caller: Caller = who) -> Run:
        run = service.runs.get(caller.key, run_id)
        if run is None:
            raise HTTPException(404, "This run is over; run again.")
        return run

    mine = Depends(own)

    @routes.post("/documents/{image_id}/runs")
    def begin(
        image_id: str, wanted: Annotated[RunRequest, content(RunRequest)], caller: Caller = who
    ) -> dict[str, Any]:
        settings = wanted.settings.settings()
        caller.workspace.images.get(image_id, caller.user)

        def work(run: Run) -> Iterator[Event]:
            yield from _waiting(service)
            yield from (
                _found(service, caller, image_id, run)
                if wanted.do == "find"
                else _ran(service, caller, image_id, settings, run)
            )

        return {"run": service.runs.begin(caller.key, image_id, work).id, "of": len(Stage)}

    @routes.get("/runs/{run_id}/events")
    async def events(run: Run = mine, after: int = 0) -> StreamingResponse:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_streamed(run, max(0, after)), media_type="text/event-stream", headers=headers)

    @routes.get("/runs/{run_id}")
    async def so_far(run: Run = mine, after: int = 0, wait: float = 0.0) -> dict[str, Any]:
        after, until = max(0, after), time.monotonic() + min(wait, LONGEST_WAIT)
        with run.followed():
            while not run.over and len(run.events) <= after and time.monotonic() < until:
                checkpoint()  # the connection may be closed meanwhile
                await anyio.sleep(LOOK)
            over, events = run.over, run.events[after:]  # in this order: the last event is never missed
        return {"events": events, "over": over}

    @routes.post("/runs/{run_id}/cancel")
    def cancel(run: Run = mine) -> dict[str, Any]:
        run.cancel.set()
        return {"cancelled": True}

    return routes


async def _streamed(run: Run, after: int) -> AsyncIterator[str]:
    """The events of a run as server-sent events; while somebody reads them, the run is followed."""
    said = time.monotonic()
    with run.followed():
        yield ": here\n\n"
        while True:
            over = run.over
            for event in run.events[after:]:
                yield f"id: {after}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n"
                after, said = after + 1, time.monotonic()
            if over and after >= len(run.events):
                return
            if time.monotonic() - said > BEAT:
                said = time.monotonic()
                yield ": still here\n\n"
            await anyio.sleep(LOOK)


def _waiting(service: ImageService) -> Iterator[Event]:
    """What is said until the models are there."""
    said = ""
    for text in service.engine.waiting():
        if text != said:
            said = text
            yield {"kind": "waiting", "text": f"Waiting: {text}"}


def _telling(run: Run) -> Callable[[tuple[Word, ...]], None]:
    """Says in a run which words have been found so far."""
    return lambda words: run.say("words", words=[word_shown(word) for word in words])


def _ran(service: ImageService, caller: Caller, image_id: str, settings: Settings, run: Run) -> Iterator[Event]:
    yield {"kind": "waiting", "text": f"stage 1 of {len(Stage)} · {Stage.FIND.value}"}
    for stage, trace, opened in service.run(caller, image_id, settings, _telling(run)):
        if stage is not None:
            yield stage_event(stage, trace)
            continue
        spent = sum(seconds for name, seconds in trace.timings.items() if name not in trace.reused)
        found = trace.problems
        problems = f"Left out: {'; '.join(found[:3])}{'; …' if len(found) > 3 else ''}" if found else ""
        yield {"kind": "done", "seq": opened.seq, "time": wording.seconds(spent) if spent else "", "problems": problems}


def _found(service: ImageService, caller: Caller, image_id: str, run: Run) -> Iterator[Event]:
    yield {"kind": "waiting", "text": "Finding words…"}
    found, added = service.find(caller, image_id, _telling(run))
    opened = caller.workspace.history.document(image_id, caller.user)
    yield {"kind": "found", "seq": opened.seq, "text": wording.search(found, added)}


def stage_event(stage: Stage, trace: Trace) -> Event:
    """What the canvas shows when a stage has ended."""
    number, following = list(Stage).index(stage) + 1, NEXT[stage]
    ahead = following.value if following is not None else "saving"
    event: Event = {
        "kind": "stage",
        "stage": stage.value,
        "number": number,
        "reused": stage in trace.reused,
        "text": f"stage {min(number + 1, len(Stage))} of {len(Stage)} · {ahead}",
    }
    if stage in (Stage.FIND, Stage.READ):
        event["words"] = words_shown(trace)
    if stage is Stage.REGIONS:
        event["heat"] = heat_shown(trace)
    if stage is Stage.SPLIT:
        event["boxes"] = boxes_shown(trace)
    return event
