"""The page: Gradio's shell around the scripts of `charsam/static`, served together with the routes under /label."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from charsam.memory import give_back
from charsam.page import api, api_results, theme, uploads
from charsam.page.closed_inputs import ClosedBlocks
from charsam.page.files import remove_of
from charsam.page.gate import gradio_options
from charsam.page.uploads import Uploads
from charsam.server.abandoned_work import PageRuns
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.image_service import ImageService
from charsam.server.model_turns import AT_ONCE
from charsam.server.serving import Mode, Serving
from charsam.server.slow_connections import Reaper

log = logging.getLogger("charsam.page")

THREADS = 200
"""Of events at the same time; most of them wait for a turn at the models."""

CACHE_CHECK, CACHE_LIFE = 600, 3600
"""Every so many seconds, files in Gradio's cache older than so many are deleted."""

LOOK, LOOK_AT_PROGRESS = 0.05, 1.0
"""Seconds between two looks of Gradio's queue: at whether a program has asked for something, and at how far it is."""

SWEEP, TIDY = 30.0, 24 * 3600.0
"""Seconds between two looks at uploads, answers and freed memory; between two at the whole workspace."""


class App:
    """The page with everything behind it. access: who may come in; a demo that keeps nothing where it is not given."""

    def __init__(self, engine: Engine | None = None, access: Access | None = None) -> None:
        self.access = access or Access(Serving(Mode.DEMO, Path()))
        self.engine = engine or Engine(self.access.workspace.quota.run_area)
        each = AT_ONCE if self.access.mode is Mode.LOCAL else 1
        self.service = ImageService(self.engine, self.access.workspace, each=each, key_of=self.access.key_of)
        self.uploads = Uploads(uploads.DEMO if self.access.mode is Mode.DEMO else uploads.TEAM)
        self.leaving = PageRuns()
        self.access.gone += [self.service.runs.forget, self.uploads.forget, remove_of]
        self.access.closing += [self.service.runs.close, self.uploads.close]
        self._over = threading.Event()
        self.demo = self._build()

    def launch(self, **options: Any) -> str:
        """Serve the page, and go on with what was annotated in the background when an earlier server ended; returns its
        address at once. options: go to `gradio.Blocks.launch`, over this app's own.
        """
        server = gradio_options(self.access, self.service, self.uploads, self.leaving)
        chosen = {"prevent_thread_lock": True, **launch_options(), "app_kwargs": server, **options}
        address = str(self.demo.launch(**chosen)[1])
        Reaper(self.demo.server).start()
        self.service.annotator.resume()
        threading.Thread(target=self._tidy, name="charsam-tidy", daemon=True).start()
        return address

    def close(self) -> None:
        """Stop serving, and let go of the workspace."""
        self._over.set()
        self.demo.close()
        self.service.annotator.close()
        self.access.close()

    def _tidy(self) -> None:
        """Remove what killed servers left, and from then on what has lain about for long enough."""
        tidied = -TIDY
        while True:
            try:
                self.uploads.sweep()
                api_results.sweep()
                give_back()
                if time.monotonic() - tidied > TIDY:
                    tidied = time.monotonic()
                    self.access.workspace.trash.empty_old()
                    self.access.workspace.store.tidy()
                    self.access.workspace.learned.sweep()
            except Exception:  # such as a full disk; it is tried again
                log.exception("tidying up failed")
            if self._over.wait(SWEEP):
                return

    def _build(self) -> gr.Blocks:
        demo: gr.Blocks = ClosedBlocks(title="charsam", fill_width=True, delete_cache=(CACHE_CHECK, CACHE_LIFE))
        with demo:
            theme.shell(self.access.serving)
            api.endpoints(self.engine, self.access, self.service.turns, self.uploads, self.leaving)
        demo.queue(default_concurrency_limit=None, max_size=2000)
        # Gradio looks a thousand times a second, which alone costs a waiting server 8 % of a core.
        demo._queue.sleep_when_free, demo._queue.progress_update_sleep_when_free = LOOK, LOOK_AT_PROGRESS
        return demo


def launch_options() -> dict[str, Any]:
    """How the app is launched, here and in the tests: its look, its limits, and nothing that calls home."""
    return {
        "theme": theme.theme(),
        "head": theme.head(),
        "footer_links": [],
        "max_file_size": uploads.TEAM.file,
        "max_threads": THREADS,
        "allowed_paths": [],
        "ssr_mode": False,
        "share": False,
        "enable_monitoring": False,
        "run_history": False,
        "pwa": False,
    }
