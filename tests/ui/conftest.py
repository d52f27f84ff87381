"""The hand-made sign, and an engine whose pipeline is `made.trace`."""

from __future__ import annotations

import made
import pytest

from charsam.trace import Trace
from charsam.ui.controller import Controller
from charsam.ui.engine import Engine
from charsam.ui.session import SessionStore


@pytest.fixture
def pipeline() -> made.MadePipeline:
    return made.MadePipeline()


@pytest.fixture
def controller(pipeline: made.MadePipeline) -> Controller:
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine._pipe = pipeline  # type: ignore[assignment]
    engine.ready.set()
    engine.first.set()
    return Controller(engine, SessionStore())


@pytest.fixture(scope="session")
def sign_trace() -> Trace:
    return made.trace(*made.sign())
