"""Waiting for the models says what loads, and can be stopped."""

from __future__ import annotations

import pytest

from charsam.cancellation import cancellable
from charsam.errors import Cancelled, CharsamError
from charsam.server.engine import Engine


def test_waiting_for_the_models_says_what_loads_until_they_are_there() -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine._say("CRAFT")
    waiting = engine.waiting()
    assert "CRAFT" in next(waiting)
    engine.ready.set()
    assert list(waiting) == []


def test_waiting_can_be_cancelled() -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    with pytest.raises(Cancelled), cancellable(lambda: True):
        engine.wait()


def test_models_that_cannot_be_loaded_are_a_sentence_not_an_endless_wait() -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine.failure = "The models could not be loaded: craft is missing"
    with pytest.raises(CharsamError, match="craft is missing"):
        list(engine.waiting())
    assert engine.status()["failed"]
