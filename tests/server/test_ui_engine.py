"""Stages come out of the pipeline one by one, and waiting for the models can be stopped."""

from __future__ import annotations

import made
import pytest

from charsam.errors import Cancelled, CharsamError
from charsam.server.engine import Engine, stages
from charsam.trace import Stage, Trace


def test_stages_are_handed_out_in_order_and_the_result_last() -> None:
    image, words = made.sign()
    seen = list(stages(lambda on_stage: made.trace(image, words, on_stage=on_stage)))
    assert [stage for stage, _ in seen] == [*Stage, None]
    assert seen[0][1].regions == ()
    assert seen[-1][1].annotation is not None


def test_an_error_of_a_stage_reaches_who_is_waiting_for_it() -> None:
    def broken(on_stage: object) -> Trace:
        raise CharsamError("no luck")

    with pytest.raises(CharsamError, match="no luck"):
        list(stages(broken))


def test_waiting_for_the_models_says_what_loads_until_they_are_there() -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine._say("CRAFT")
    waiting = engine.waiting(lambda: False)
    assert "CRAFT" in next(waiting)
    engine.ready.set()
    assert list(waiting) == []


def test_waiting_can_be_cancelled() -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        list(engine.waiting(lambda: True))


def test_models_that_cannot_be_loaded_are_a_sentence_not_an_endless_wait() -> None:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine.failure = "The models could not be loaded: craft is missing"
    with pytest.raises(CharsamError, match="craft is missing"):
        list(engine.waiting(lambda: False))
    assert engine.status()["failed"]
