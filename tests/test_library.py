"""The library's front door: `charsam.annotate`."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import charsam
from charsam import library
from charsam.errors import ImageError, SettingsError, WeightsError
from charsam.pipeline import CharSAM
from charsam.scenes import Scene, make_scene

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def one_pipeline(monkeypatch: pytest.MonkeyPatch, pipeline: CharSAM) -> None:
    """The models are those of the other tests."""
    monkeypatch.setattr(library, "shared_pipeline", lambda: pipeline)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(1, size=(320, 240), kind="rotated")


@pytest.fixture(scope="module")
def words(scene: Scene) -> list[charsam.Word]:
    return [charsam.Word(word.polygon, word.text) for word in scene.words[:1]]


def test_array_is_annotated(scene: Scene, words: list[charsam.Word]) -> None:
    annotation = charsam.annotate(scene.image, words)

    assert annotation.text_mask().shape == (240, 320)
    assert "".join(c.category for c in annotation.characters) == words[0].text


def test_path_gives_what_its_array_gives(tmp_path: Path, scene: Scene, words: list[charsam.Word]) -> None:
    path = tmp_path / "scene.png"
    Image.fromarray(scene.image).save(path)
    expected = charsam.annotate(scene.image, words).character_mask()

    for source in (path, str(path)):
        np.testing.assert_array_equal(charsam.annotate(source, words).character_mask(), expected)


@pytest.mark.parametrize("prompts", ["P_char", charsam.PromptMode.P_CHAR])
def test_prompts_are_a_name_or_a_mode(scene: Scene, words: list[charsam.Word], prompts: str) -> None:
    annotation = charsam.annotate(scene.image, words, prompts=prompts)
    assert annotation.prompts is charsam.PromptMode.P_CHAR
    assert all(len(c.positive) == 0 for c in annotation.characters)


def test_number_of_points_is_respected(scene: Scene, words: list[charsam.Word]) -> None:
    annotation = charsam.annotate(scene.image, words, points=2)
    assert {len(c.positive) for c in annotation.characters} <= {1, 2}


def test_fonts_of_a_folder_vote(tmp_path: Path, scene: Scene, words: list[charsam.Word]) -> None:
    with pytest.raises(SettingsError, match="holds no"):
        charsam.annotate(scene.image, words, font_folder=tmp_path)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((20, 30, 3), np.float32), r"\(H, W, 3\) uint8 RGB; this one is \(20, 30, 3\) float32"),
        (np.zeros((20, 30), np.uint8), r"this one is \(20, 30\) uint8"),
        (np.zeros((20, 30, 4), np.uint8), r"this one is \(20, 30, 4\) uint8"),
        (np.zeros((0, 30, 3), np.uint8), r"this one is \(0, 30, 3\) uint8"),
        (np.zeros((3, 20, 30), np.uint16), r"this one is \(3, 20, 30\) uint16"),
    ],
)
def test_array_that_is_no_rgb_image_is_refused_with_its_shape(image: np.ndarray, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        charsam.annotate(image, [])


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere\.jpg does not exist"):
        charsam.annotate(tmp_path / "nowhere.jpg")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"prompts": "all"}, "prompts is 'all'"),
        ({"vote_threshold": 2}, "vote_threshold is 2"),
        ({"templates": 0}, "templates is 0"),
        ({"points": 99}, "points is 99"),
        ({"segmenter": "magic"}, "no segmenter named 'magic'"),
        ({"font_folder": "/nowhere/at/all"}, "font folder /nowhere/at/all does not exist"),
    ],
)
def test_setting_that_is_not_allowed_is_named(
    scene: Scene, words: list[charsam.Word], setting: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        charsam.annotate(scene.image, words, **setting)


def test_sam_without_its_checkpoint_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match="charsam weights get sam_vit_b"):
        charsam.annotate(scene.image, [], segmenter="sam_vit_b")


def test_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'annotat'"):
        charsam.annotat  # noqa: B018


@pytest.mark.parametrize("name", charsam.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(charsam, name).__doc__


@pytest.mark.parametrize("page", ["README.md", "docs/library.md"])
def test_the_example_of_the_documentation_runs(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?charsam\.annotate\(.*?)```", text, re.S)
    monkeypatch.chdir(ROOT)

    names: dict[str, Any] = {}
    exec(compile(example, page, "exec"), names)

    assert "".join(character.category for character in names["annotation"].characters) == "Movie"
    assert names["annotation"].text_mask().any()
    assert capsys.readouterr().out.startswith("M ")
