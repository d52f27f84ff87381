"""A pass of ONNX Runtime stops soon after it was cancelled."""

from __future__ import annotations

import time
from typing import Any

import pytest

from charsam.cancellation import cancellable, time_limit
from charsam.cbr.onnx_session import StoppableSession
from charsam.errors import Cancelled, TooLong


class Slow:
    """A session whose pass takes ten seconds, unless it is told to stop, as ONNX Runtime's does between two layers."""

    def run(self, outputs: Any, feeds: Any, options: Any) -> list[str]:
        for _ in range(0 if feeds == "quick" else 1000):
            time.sleep(0.01)
            if options.terminate:
                raise RuntimeError("Exiting due to terminate flag being set to true.")
        return ["found"]


def test_a_cancelled_pass_stops_within_a_second() -> None:
    begun = time.monotonic()

    with cancellable(lambda: time.monotonic() - begun > 0.1), pytest.raises(Cancelled):
        StoppableSession(Slow()).run(None, {})

    assert time.monotonic() - begun < 1


def test_a_pass_ends_when_its_time_is_over() -> None:
    with time_limit(0.1), pytest.raises(TooLong):
        StoppableSession(Slow()).run(None, {})


def test_other_failures_are_told_as_they_are() -> None:
    with pytest.raises(AttributeError):
        StoppableSession(object()).run(None, {})
    assert StoppableSession(Slow()).run(None, "quick") == ["found"]
