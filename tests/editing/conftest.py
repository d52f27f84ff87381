"""The annotated scene with both segmenters that need no download, and a count of what they are asked."""

from collections.abc import Callable
from typing import Any

import pytest
from editing_scenery import Scenery, annotated

from charsam.pipeline import CharSAM
from charsam.segmenters.colour import ColourSegmenter
from charsam.segmenters.compact import CompactSegmenter


@pytest.fixture(params=["colour", "compact"])
def scenery(pipeline: CharSAM, request: pytest.FixtureRequest) -> Scenery:
    return annotated(pipeline, request.param)


@pytest.fixture
def compact(pipeline: CharSAM) -> Scenery:
    return annotated(pipeline, "compact")


@pytest.fixture
def colour(pipeline: CharSAM) -> Scenery:
    return annotated(pipeline, "colour")


@pytest.fixture
def segment_calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """How many prompts each call of a segmenter had, since the test began."""
    calls: list[int] = []
    for kind in (ColourSegmenter, CompactSegmenter):
        original = kind.segment

        def counted(self: Any, embedding: Any, prompts: Any, original: Any = original) -> Any:
            calls.append(len(prompts))
            return original(self, embedding, prompts)

        monkeypatch.setattr(kind, "segment", counted)
    return lambda: calls
