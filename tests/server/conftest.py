"""The hand-made sign, and an engine whose pipeline is `made.trace`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import made
import pytest
from fastapi.testclient import TestClient
from label_site import Site

from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving
from charsam.trace import Trace


@pytest.fixture
def pipeline() -> made.MadePipeline:
    return made.MadePipeline()


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    """A public demo with nobody in it yet."""
    access = Access(Serving(Mode.DEMO, tmp_path))
    yield access
    access.close()


@pytest.fixture
def engine(pipeline: made.MadePipeline) -> Engine:
    """Ready at once, with the made pipeline in place of the models."""
    engine = Engine()
    engine.start = lambda: None  # type: ignore[method-assign]
    engine._pipe = pipeline  # type: ignore[assignment]
    engine.ready.set()
    engine.first.set()
    return engine


@pytest.fixture
def site(tmp_path: Path, engine: Engine) -> Iterator[Site]:
    """A local app."""
    access = Access(Serving(Mode.LOCAL, tmp_path / "workspace"))
    yield Site(access, engine)
    access.close()


@pytest.fixture
def client(site: Site) -> TestClient:
    """A browser."""
    return site.visitor()


@pytest.fixture(scope="session")
def sign_trace() -> Trace:
    return made.trace(*made.sign())
