"""ONNX Runtime's sessions, stopped between two layers: a pass over a large photo takes some seconds."""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import Any, Final

from charsam.cancellation import checkpoint, is_cancelled

LOOK: Final = 0.1
"""Seconds between two looks at whether a pass was cancelled."""


class StoppableSession:
    """In place of an `onnxruntime.InferenceSession`: `run` raises Cancelled where its work was asked to stop.

    Whether it was is asked in a thread of its own while the network runs (`charsam.cancellation`).
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, outputs: Any, feeds: Any) -> Any:
        import onnxruntime

        options, over = onnxruntime.RunOptions(), threading.Event()
        watcher = threading.Thread(target=copy_context().run, args=(_watch, options, over), daemon=True)
        watcher.start()
        try:
            return self._session.run(outputs, feeds, options)
        except Exception:
            checkpoint()  # tells why, where it was stopped
            raise
        finally:
            over.set()
            watcher.join()


def _watch(options: Any, over: threading.Event) -> None:
    while not over.wait(LOOK):
        try:
            stop = is_cancelled()
        except Exception:  # such as that the time is over; the thread that works meets it, too
            stop = True
        if stop:
            options.terminate = True
            return
