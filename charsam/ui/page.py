"""The page: its parts put together, its events wired to the controller, and how it is served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from charsam.trace import Settings
from charsam.ui import api, left, tabs, theme, views
from charsam.ui.controller import Controller
from charsam.ui.engine import Engine
from charsam.ui.parts import packed, unpacked
from charsam.ui.session import SessionStore
from charsam.ui.tabs import Parts

RUNS_AT_ONCE = 2
"""Runs of the pipeline at the same time; the next visitor's run waits its turn."""

STATE_LIFE = 6 * 3600
"""Seconds after which the state of a page that was not used is dropped."""

CACHE_CHECK, CACHE_LIFE = 600, 3600
"""Every so many seconds, files in Gradio's cache older than so many are deleted."""

LATE = ("prompts", "threshold", "templates", "points")


def segmenter_value() -> dict[str, Any]:
    """The choice of segmenters: which can run here, and why the others cannot."""
    from charsam.segmenters import availability

    options = [{"name": found.name, "available": found.available, "reason": found.reason} for found in availability()]
    return {"chosen": Settings().segmenter, "options": options}


def build(engine: Engine | None = None, store: SessionStore | None = None) -> gr.Blocks:
    """The app. Its models begin to load when the first page is opened, or by `engine.start()`."""
    engine = engine or Engine()
    store = SessionStore() if store is None else store
    controller = Controller(engine, store)
    demo: gr.Blocks = gr.Blocks(title="charsam", fill_width=True, delete_cache=(CACHE_CHECK, CACHE_LIFE))
    with demo:
        token = gr.State(None, time_to_live=STATE_LIFE, delete_callback=store.close)
        parts: Parts = {"token": token}
        parts |= left.header(packed(engine.status()), packed(segmenter_value()))
        with gr.Row(elem_id="cs-main"):
            parts |= left.left(packed(views.first_strip()))
            with gr.Column(elem_id="cs-right"), gr.Tabs(elem_id="cs-tabs"):
                for name, tab in (
                    ("CRAFT heatmap", tabs.craft),
                    ("Split boxes", tabs.split),
                    ("Glyph votes", tabs.glyphs),
                    ("Final mask", tabs.mask),
                ):
                    with gr.Tab(name, render_children=True):
                        parts |= tab()
        for name, value in views.first_views().items():
            if isinstance(value, str):
                parts[name].value = value
        _wire(demo, parts, controller)
        api.endpoints(engine)
    demo.queue(default_concurrency_limit=8, max_size=64)
    return demo


def _wire(demo: gr.Blocks, parts: Parts, controller: Controller) -> None:
    """Connect the page's events with the controller's handlers; none of them is part of the API."""
    token, words, segmenter = parts["token"], parts["words"], parts["segmenter"]
    late = [parts[name] for name in LATE]
    outputs = [part for name, part in parts.items() if name not in (*LATE, "run", "find", "cancel", "compare")]
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    pipeline: dict[str, Any] = {**hidden, "concurrency_id": "pipeline", "concurrency_limit": RUNS_AT_ONCE}

    def shown(steps: Iterator[views.Updates]) -> Iterator[dict[Any, Any]]:
        for updates in steps:
            yield {parts[name]: value for name, value in updates.items()} or {token: gr.skip()}

    def settings(values: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(LATE, values, strict=True))

    def welcome(request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.welcome(request.session_hash))

    def own(token: str | None, request: gr.Request) -> str | None:
        return controller.token_of(token, request.session_hash)

    def opened(token: str | None, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        data = event._data or {}
        yield from shown(controller.open_file(own(token, request), data.get("path"), data.get("name")))

    def picked(token: str | None, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.pick(own(token, request), (event._data or {}).get("name")))

    def edited(token: str | None, table: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.edit(own(token, request), unpacked(table)))

    def imported(token: str | None, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.import_words(own(token, request), (event._data or {}).get("path")))

    def found(token: str | None, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.find(own(token, request)))

    def ran(token: str | None, table: str, choice: str, request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        mine = own(token, request)
        yield from shown(controller.run(mine, unpacked(table), unpacked(choice), settings(values)))

    def changed(token: str | None, choice: str, request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.rerun(own(token, request), unpacked(choice), settings(values)))

    def compared(token: str | None, choice: str, request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from shown(controller.compare(own(token, request), unpacked(choice), settings(values)))

    def stopped(token: str | None, request: gr.Request) -> None:
        controller.stop(own(token, request))

    def left_page(request: gr.Request) -> None:
        controller.store.close_page(request.session_hash)

    demo.load(welcome, None, outputs, concurrency_limit=None, **hidden)
    demo.unload(left_page)
    parts["picture"].open(opened, [token], outputs, **hidden)
    parts["examples"].pick(picked, [token], outputs, **hidden)
    words.edit(edited, [token, words], outputs, trigger_mode="always_last", **hidden)
    words.bring(imported, [token], outputs, **hidden)
    parts["find"].click(found, [token], outputs, **pipeline)
    parts["run"].click(ran, [token, words, segmenter, *late], outputs, **pipeline)
    parts["cancel"].click(stopped, [token], None, queue=False, **hidden)
    parts["compare"].click(compared, [token, segmenter, *late], outputs, **pipeline)
    segmenter.choose(changed, [token, segmenter, *late], outputs, trigger_mode="always_last", **pipeline)
    parts["prompts"].input(changed, [token, segmenter, *late], outputs, trigger_mode="always_last", **pipeline)
    for name in LATE[1:]:
        parts[name].change(changed, [token, segmenter, *late], outputs, trigger_mode="always_last", **pipeline)


def launch_options() -> dict[str, Any]:
    """How the app is launched, here and in the tests: its look, its limits, and nothing that calls home."""
    return {
        "theme": theme.theme(),
        "css": theme.css(),
        "head": theme.head(),
        "footer_links": [],
        "max_file_size": views.BYTES_LIMIT,
        "allowed_paths": [],
        "ssr_mode": False,
        "share": False,
        "enable_monitoring": False,
        "pwa": False,
    }


def serve(**options: Any) -> None:
    """Start the app and stay until it is stopped; the models load once the page can be opened.

    options: go to `gradio.Blocks.launch`, over `launch_options`.
    """
    engine = Engine()
    demo = build(engine)
    demo.launch(prevent_thread_lock=True, **{**launch_options(), **options})
    engine.start()
    demo.block_thread()
