"""The page: its parts put together, its events wired to the controller, and how it is served."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from charsam.trace import Settings
from charsam.ui import api, folders, left, tabs, theme, views
from charsam.ui.closed_inputs import ClosedBlocks
from charsam.ui.controller import Controller
from charsam.ui.engine import Engine
from charsam.ui.label_access import Access, token_of
from charsam.ui.label_app import server_options
from charsam.ui.label_desk import Desk
from charsam.ui.label_serving import Mode, Serving
from charsam.ui.parts import packed, queue, unpacked
from charsam.ui.session import SessionStore
from charsam.ui.slow import Reaper
from charsam.ui.tabs import Parts
from charsam.ui.turns import AT_ONCE

THREADS = 200
"""Of events at the same time; most of them wait for a turn at the models."""

STATE_LIFE = 6 * 3600
"""Seconds after which the state of a page that was not used is dropped."""

CACHE_CHECK, CACHE_LIFE = 600, 3600
"""Every so many seconds, files in Gradio's cache older than so many are deleted."""

SWEEP, TIDY = 30.0, 24 * 3600.0
"""Seconds between two looks at uploads and answers; between two at the whole workspace."""

LATE = ("prompts", "threshold", "templates", "points", "edge", "careful")


def segmenter_value() -> dict[str, Any]:
    """The choice of segmenters: which can run here, and why the others cannot."""
    from charsam.segmenters import availability

    options = [{"name": found.name, "available": found.available, "reason": found.reason} for found in availability()]
    return {"chosen": Settings().segmenter, "options": options}


class App:
    """The page with everything behind it. access: who may come in; a demo that keeps nothing where it is not given."""

    def __init__(
        self, engine: Engine | None = None, store: SessionStore | None = None, access: Access | None = None
    ) -> None:
        self.store = SessionStore() if store is None else store
        self.access = access or Access(Serving(Mode.DEMO, Path()))
        self.engine = engine or Engine(self.access.workspace.quota.run_area)
        each = AT_ONCE if self.access.mode is Mode.LOCAL else 1
        self.desk = Desk(self.engine, self.access.workspace, each=each)
        self._over = threading.Event()
        self.demo = self._build(Controller(self.engine, self.store, self.access, self.desk))

    def launch(self, **options: Any) -> str:
        """Serve the page, and go on with what was annotated in the background when an earlier server ended; returns its
        address at once. options: go to `gradio.Blocks.launch`, over this app's own.
        """
        server = server_options(self.access, self.desk)
        chosen = {"prevent_thread_lock": True, **launch_options(), "app_kwargs": server, **options}
        address = str(self.demo.launch(**chosen)[1])
        Reaper(self.demo.server).start()
        self.desk.annotator.resume()
        threading.Thread(target=self._tidy, name="charsam-tidy", daemon=True).start()
        return address

    def _tidy(self) -> None:
        """Remove what killed servers left, and from then on what has lain about for long enough."""
        tidied = -TIDY
        while True:
            try:
                self.access.uploads.sweep()
                folders.sweep()
                if time.monotonic() - tidied > TIDY:
                    tidied = time.monotonic()
                    self.access.workspace.empty_old_trash()
                    self.access.workspace.tidy()
            except Exception:  # such as a full disk; it is tried again
                traceback.print_exc()
            if self._over.wait(SWEEP):
                return

    def close(self) -> None:
        """Stop serving, and let go of the workspace."""
        self._over.set()
        self.demo.close()
        self.desk.annotator.close()
        self.access.close()

    def _build(self, controller: Controller) -> gr.Blocks:
        demo: gr.Blocks = ClosedBlocks(title="charsam", fill_width=True, delete_cache=(CACHE_CHECK, CACHE_LIFE))
        with demo:
            token = gr.State(None, time_to_live=STATE_LIFE, delete_callback=self.store.close)
            parts: Parts = {"token": token}
            parts |= left.header(packed(self.engine.status()), packed(segmenter_value()), self.access.mode)
            with gr.Row(elem_id="cs-main"):
                queue(elem_id="cs-queue")
                parts |= left.left(packed(views.first_strip()))
                with gr.Column(elem_id="cs-right"), gr.Tabs(elem_id="cs-tabs", selected="mask"):
                    for name, tab in (
                        ("Words", tabs.words),
                        ("CRAFT heatmap", tabs.craft),
                        ("Split boxes", tabs.split),
                        ("Glyph votes", tabs.glyphs),
                        ("Final mask", tabs.mask),
                        ("Inspect", tabs.inspect),
                    ):
                        with gr.Tab(name, id=tab.__name__, render_children=True):
                            parts |= tab()
            for name, value in views.first_views().items():
                if isinstance(value, str):
                    parts[name].value = value
            _wire(demo, parts, controller)
            api.endpoints(self.engine, self.access, self.desk.turns)
        demo.queue(default_concurrency_limit=None, max_size=2000)
        return demo


def _wire(demo: gr.Blocks, parts: Parts, controller: Controller) -> None:
    """Connect the page's events with the controller's handlers; none of them is part of the API."""
    token, segmenter, picture = parts["token"], parts["segmenter"], parts["picture"]
    late, page = [parts[name] for name in LATE], [token, picture]
    outputs = [part for name, part in parts.items() if name not in (*LATE, "run", "find", "cancel", "compare")]
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    pipeline: dict[str, Any] = {**hidden, "concurrency_limit": None}  # `Turns` says whose turn it is

    def shown(steps: Iterator[views.Updates]) -> Iterator[dict[Any, Any]]:
        for updates in steps:
            yield {parts[name]: value for name, value in updates.items()} or {token: gr.skip()}

    def who(request: gr.Request) -> str | None:
        return token_of(request.cookies, request.headers)

    def own(token: str | None, canvas: str, request: gr.Request) -> str:
        """The page's session. canvas: the value of the picture, which names the image that the page shows."""
        image = unpacked(canvas).get("document") or request.query_params.get("image")
        return controller.session_of(token, request.session_hash, who(request), image)

    def event(act: Callable[[str, Mapping[str, Any]], Iterator[views.Updates]]) -> Any:
        """A listener that hands (session, what the event carries) on."""

        def listen(token: str | None, canvas: str, event: gr.EventData, request: gr.Request) -> Iterator[Any]:
            yield from shown(act(own(token, canvas, request), event._data or {}))

        return listen

    def run(act: Callable[[str, Mapping[str, Any], Mapping[str, Any]], Iterator[views.Updates]]) -> Any:
        """A listener that hands (session, segmenter, late settings) on."""

        def listen(token: str | None, canvas: str, choice: str, request: gr.Request, *values: Any) -> Iterator[Any]:
            settings = dict(zip(LATE, values, strict=True))
            yield from shown(act(own(token, canvas, request), unpacked(choice), settings))

        return listen

    def welcome(request: gr.Request) -> Iterator[Any]:
        image = request.query_params.get("image")
        yield from shown(controller.welcome(request.session_hash, who(request), image))

    def stop(token: str | None, canvas: str, request: gr.Request) -> None:
        controller.stop(own(token, canvas, request))

    def leave(request: gr.Request) -> None:
        controller.store.close_page(request.session_hash)

    demo.load(welcome, None, outputs, concurrency_limit=None, **hidden)
    demo.unload(leave)
    opened = event(lambda session, data: controller.open_file(session, data.get("path"), data.get("name")))
    latest: dict[str, Any] = {"trigger_mode": "always_last", **hidden}
    picture.open(opened, page, outputs, **hidden)
    picture.show(event(lambda session, data: controller.show(session, data.get("id"))), page, outputs, **latest)
    picture.changed(event(lambda session, _: controller.changed(session)), page, outputs, **latest)
    parts["examples"].pick(
        event(lambda session, data: controller.pick(session, data.get("name"))), page, outputs, **hidden
    )
    parts["find"].click(event(lambda session, _: controller.find(session)), page, outputs, **pipeline)
    parts["cancel"].click(stop, page, None, queue=False, **hidden)
    parts["run"].click(run(controller.run), [*page, segmenter, *late], outputs, **pipeline)
    parts["compare"].click(run(controller.compare), [*page, segmenter, *late], outputs, **pipeline)
    tuned = run(controller.rerun)
    tunings = [segmenter.choose, parts["prompts"].input, *(parts[name].change for name in LATE[1:])]
    for tuning in tunings:
        tuning(tuned, [*page, segmenter, *late], outputs, trigger_mode="always_last", **pipeline)


def launch_options() -> dict[str, Any]:
    """How the app is launched, here and in the tests: its look, its limits, and nothing that calls home."""
    return {
        "theme": theme.theme(),
        "css": theme.css(),
        "head": theme.head(),
        "footer_links": [],
        "max_file_size": views.BYTES_LIMIT,
        "max_threads": THREADS,
        "allowed_paths": [],
        "ssr_mode": False,
        "share": False,
        "enable_monitoring": False,
        "run_history": False,
        "pwa": False,
    }
