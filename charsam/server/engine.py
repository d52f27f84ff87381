"""The pipeline behind the routes: loaded in the background, shared by all who ask."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from charsam.cancellation import checkpoint
from charsam.errors import CharsamError
from charsam.server.examples import Example, first_example
from charsam.trace import Settings, Trace

if TYPE_CHECKING:
    from charsam.pipeline import CharSAM

log = logging.getLogger("charsam.engine")

POLL: Final = 0.2
"""Seconds between two looks at whether the models are there."""


class Engine:
    """Loads the models in a thread of its own.

    `ready` is set when the models are there, `first` when the first example's result is there too (or cannot be).
    """

    def __init__(self, most_area: float | None = None) -> None:
        """most_area: see `CharSAM.most_area`."""
        self._most_area = most_area
        self.ready = threading.Event()
        self.first = threading.Event()
        self.on_first: Callable[[Example, Trace], None] = lambda example, trace: None
        """Called with the first example and its result."""
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

    def waiting(self) -> Iterator[str]:
        """Wait for the models, saying now and then what is going on. Raises Cancelled, or why they cannot be loaded."""
        self.start()
        while not self.ready.wait(POLL):
            if self.failure is not None:
                raise CharsamError(self.failure)
            checkpoint()
            yield self.progress

    def wait(self) -> None:
        """Wait for the models. Raises Cancelled, or why they cannot be loaded."""
        for _ in self.waiting():
            pass

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
            log.exception("the models could not be loaded")
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
            self.on_first(example, self.pipe.run(example.image, example.words or None, Settings()))
        except Exception:  # the models work all the same; a visitor's own run tells what is wrong
            log.exception("the first example could not be annotated")

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
