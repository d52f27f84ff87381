"""A scene whose results are its truth; no model runs."""

import pytest

from charsam.evaluation.benchmark import truth_annotation
from charsam.scenes import Scene, make_scene
from charsam.types import ImageAnnotation


@pytest.fixture(scope="session")
def scene() -> Scene:
    """Words with many holes, in heavy letters."""
    return make_scene(11, kind="holes", size=(480, 360))


@pytest.fixture(scope="session")
def truth(scene: Scene) -> ImageAnnotation:
    return truth_annotation(scene)
