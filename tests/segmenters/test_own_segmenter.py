"""The segmenter that docs/segmenters.md shows how to write, as it stands there."""

import re
from pathlib import Path

import pytest

from charsam import segmenters
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.trace import Settings
from charsam.types import Word

PAGE = Path(__file__).resolve().parents[2] / "docs" / "segmenters.md"
SCENE = make_scene(4, size=(400, 300))


@pytest.fixture
def darker(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(segmenters, "REGISTRY", dict(segmenters.REGISTRY))
    found = re.search(r"<!-- example -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    exec(compile(found[1], str(PAGE), "exec"), {"__name__": "example"})
    return "darker"


def test_it_is_offered(darker: str) -> None:
    assert [one.available for one in segmenters.availability() if one.name == darker] == [True]


def test_it_makes_masks_of_every_character(darker: str, pipeline: CharSAM) -> None:
    words = [Word(word.polygon, word.text) for word in SCENE.words]
    found = pipeline.run(SCENE.image, words, Settings(segmenter=darker)).annotation
    assert found is not None
    assert [word.text for word in found.words] == [word.text for word in SCENE.words]
    assert found.segmenter == darker
    assert sum(character.mask.area > 0 for character in found.characters) > 0.9 * len(found.characters)
