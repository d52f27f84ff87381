"""What a user can choose, and the paper's own way."""

from dataclasses import replace
from pathlib import Path

import pytest

import charsam
from charsam import segmenters
from charsam.cli.options import takes_settings
from charsam.errors import SettingsError, WeightsError
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters import DEFAULT_VARIABLE
from charsam.server.run_settings import RunSettings
from charsam.settings import ADDITIONS, BEYOND, IN_PAPER, PointChoice, Settings
from charsam.types import PromptMode, Word


def test_as_in_paper_leaves_out_all_that_was_added() -> None:
    chosen = Settings(segmenter="colour", prompts=PromptMode.P_CHAR, templates=40, zoom=True, edge=1.0)

    paper = chosen.as_in_paper()

    assert paper.left_out == ADDITIONS
    assert not any(getattr(paper, name) for name in BEYOND)
    assert (paper.segmenter, paper.prompts, paper.templates, paper.edge) == ("colour", PromptMode.P_CHAR, 40, 0.0)


def test_one_addition_can_be_left_out() -> None:
    assert Settings().without("exclusive").left_out == ("exclusive",)
    assert Settings().left_out == ()


def _settings_of(**given: object) -> Settings:
    found = []

    @takes_settings()
    def work(*, settings: Settings) -> int:
        found.append(settings)
        return 0

    work(**{**{name: _default(work, name) for name in work.__annotations__}, **given})
    return found[0]


def _default(work: object, name: str) -> object:
    return work.__signature__.parameters[name].default  # type: ignore[attr-defined]


def test_the_command_lines_paper_is_the_papers_way() -> None:
    assert _settings_of(paper=True) == Settings().as_in_paper()
    assert _settings_of() == Settings()


def test_an_addition_that_is_asked_for_stays_in_paper_mode() -> None:
    chosen = _settings_of(paper=True, exclusive=True, point_choice="spread")

    assert set(ADDITIONS) - set(chosen.left_out) == {"exclusive"}
    assert chosen.point_choice is PointChoice.SPREAD


def test_the_environment_chooses_the_default_segmenter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEFAULT_VARIABLE, "colour")
    assert Settings().segmenter == "colour"
    monkeypatch.setenv(DEFAULT_VARIABLE, "magic")
    with pytest.raises(SettingsError, match=f"'magic' \\(from {DEFAULT_VARIABLE}\\)"):
        segmenters.check(Settings().segmenter)
    monkeypatch.delenv(DEFAULT_VARIABLE)
    assert Settings().segmenter == "compact"


def test_only_sam_takes_a_checkpoint_and_it_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="compact takes no checkpoint; sam_vit_b"):
        segmenters.check("compact", tmp_path)
    with pytest.raises(WeightsError, match="there is no checkpoint"):
        segmenters.check("sam_vit_b", tmp_path / "mine.pth")


def test_a_point_choice_that_there_is_not_is_refused() -> None:
    with pytest.raises(SettingsError, match="point_choice is 'best'; it must be one of trusted, spread, all"):
        Settings.checked(prompts="B", font_folder=None, point_choice="best")


@pytest.fixture(scope="module")
def scene_traces(pipeline: CharSAM) -> dict[str, charsam.ImageAnnotation]:
    """One scene by `colour` under the usual settings and with single additions left out."""
    scene = make_scene(10_004)
    words = [Word(word.polygon, word.text) for word in scene.words]
    usual, trace, found = Settings(segmenter="colour"), None, {}
    for name in ("", "exclusive", "glyph_prior", "tight_boxes"):
        chosen = replace(usual, **({name: IN_PAPER[name]} if name else {}))
        trace = pipeline.run(scene.image, words, chosen, previous=trace)
        found[name] = trace.annotation
    return found


def test_shared_pixels_belong_to_several_characters(scene_traces: dict[str, charsam.ImageAnnotation]) -> None:
    def pixels(name: str) -> int:
        return sum(character.mask.area for character in scene_traces[name].characters)

    assert pixels("exclusive") > pixels("")


@pytest.mark.parametrize("name", ["glyph_prior", "tight_boxes"])
def test_leaving_out_an_addition_changes_the_masks(name: str, scene_traces: dict[str, charsam.ImageAnnotation]) -> None:
    assert (scene_traces[name].text_mask() != scene_traces[""].text_mask()).any()


def test_the_apps_paper_switch_leaves_out_the_additions_alone() -> None:
    asked = RunSettings(paper=True, threshold=0.7, careful=True).settings()

    assert asked.left_out == ADDITIONS
    assert (asked.vote_threshold, asked.careful) == (0.7, True)
    assert RunSettings().settings() == Settings()
