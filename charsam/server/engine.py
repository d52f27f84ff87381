"""The pipeline behind the page: loaded in the background, shared by all visitors, its stages handed out one by one."""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from charsam.cancelling import cancellable
from charsam.errors import Cancelled, CharsamError
from charsam.server.examples import first_example
from charsam.trace import Settings, Stage, Trace
from charsam.types import ImageArray, Word

if TYPE_CHECKING:
    from charsam.pipeline import CharSAM

POLL: Final = 0.2
"""Seconds between two looks at whether the models are there."""


class Engine:
    """Loads the models in a thread of its own and runs the pipeline for the page.

    `ready` is set when the models are there, `first` when the first example's result is there too (or cannot be).
    """

    def __init__(self, most_area: float | None = None) -> None:
        """most_area: see `CharSAM.most_area`."""
        self._most_area = most_area
        self.ready = threading.Event()
        self.first = threading.Event()
        self.first_trace: Trace | None = None
        self.failure: str | None = None
        self.progress = "loading models…"
        self._pipe: CharSAM | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to load, once; returns at once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name="charsam-load", daemon=True)
                self._thread.start()

    @property
    def pipe(self) -> CharSAM:
        """The pipeline; call only once `ready` is set."""
        assert self._pipe is not None
        return self._pipe

    def status(self) -> dict[str, Any]:
        """What the header says about the models."""
        if self.failure is not None:
            return {"text": self.failure, "failed": True}
        if self.ready.is_set():
            return {"text": f"ready · {cores()}", "ready": True}
        return {"text": self.progress}

    def waiting(self, cancelled: Callable[[], bool]) -> Iterator[str]:
        """Wait for the models, saying now and then what is going on. Raises Cancelled, or why they cannot be loaded."""
        self.start()
        while not self.ready.wait(POLL):
            if self.failure is not None:
                raise CharsamError(self.failure)
            if cancelled():
                raise Cancelled("cancelled")
            yield self.progress

    def run(
        self,
        image: ImageArray,
        words: tuple[Word, ...] | None,
        settings: Settings,
        previous: Trace | None,
        cancelled: Callable[[], bool],
        turn: AbstractContextManager[None] | None = None,
    ) -> Iterator[tuple[Stage | None, Trace]]:
        """Run the pipeline: (stage, partial trace) after every stage, then (None, trace). Call when `ready`.

        turn: what to wait for, and to hold while it runs.
        """

        def work(on_stage: Callable[[Stage, Trace], None]) -> Trace:
            with cancellable(cancelled), turn or nullcontext():
                return self.pipe.run(image, words, settings, previous=previous, on_stage=on_stage, cancelled=cancelled)

        return stages(work)

    def _load(self) -> None:
        try:
            from charsam.library import shared_pipeline

            pipe = shared_pipeline()
            pipe.load(on_progress=self._say)
            pipe.most_area = self._most_area
            self._pipe = pipe
            self.ready.set()
            self._run_first()
        except CharsamError as error:
            self.failure = f"The models could not be loaded: {error}"
        except Exception:
            traceback.print_exc()
            self.failure = (
                "The models could not be loaded; the server's log says why. Restart the app after mending it."
            )
        finally:
            self.first.set()

    def _run_first(self) -> None:
        example = first_example()
        if example is None:
            return
        try:
            self.first_trace = self.pipe.run(example.image, example.words or None, Settings())
        except Exception:  # the models work all the same; a visitor's own run tells what is wrong
            traceback.print_exc()

    def _say(self, text: str) -> None:
        self.progress = f"loading models… {text}" if text else "loading models…"


def cores() -> str:
    """The processor's cores, or the graphics card where there is one."""
    import os

    try:
        import torch

        if torch.cuda.is_available():
            return str(torch.cuda.get_device_name())
    except ImportError:
        pass
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return "1 core" if number == 1 else f"{number} cores"


def stages(work: Callable[[Callable[[Stage, Trace], None]], Trace]) -> Iterator[tuple[Stage | None, Trace]]:
    """Turn a callback into a generator: `work` runs in a thread and what it reports comes out, at last its result."""
    reports: queue.SimpleQueue[tuple[Stage | None, Trace] | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            reports.put((None, work(lambda stage, trace: reports.put((stage, trace)))))
        except BaseException as error:
            reports.put(error)

    threading.Thread(target=run, name="charsam-run", daemon=True).start()
    while True:
        report = reports.get()
        if isinstance(report, BaseException):
            raise report
        yield report
        if report[0] is None:
            return
