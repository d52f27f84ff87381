"""Fonts that look like the first mask of a character count for more."""

import numpy as np
import pytest

from charsam.cgr.font_weights import mask_on_grid, weighted_votes, with_weighted_votes
from charsam.cgr.templates import GRID, shipped_templates
from charsam.geometry import word_frame
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters import load
from charsam.trace import Settings, Stage
from charsam.types import LogitMap, PromptMode, Word

FRAME = word_frame(np.float32([[20, 20], [220, 20], [220, 68], [20, 68]]))
BOX = np.float32([40, 10, 72, 42])


def one_font(category: str, font: int) -> np.ndarray:
    found = shipped_templates().drawn(category, 80)
    assert found is not None
    return found[0][font].astype(np.float32)


@pytest.mark.parametrize("font", [0, 33, 70])
def test_votes_follow_the_font_that_the_mask_looks_like(font: int) -> None:
    templates = shipped_templates()
    mask = one_font("g", font)
    plain, weighted = templates.votes("g", 80), weighted_votes(templates, "g", 80, mask)

    assert plain is not None
    assert weighted is not None
    assert np.abs(weighted.foreground - mask).mean() < 0.5 * np.abs(plain.foreground - mask).mean()
    assert weighted.foreground.max() <= 1
    assert (weighted.foreground + weighted.hole <= 1 + 1e-5).all()


def test_empty_mask_leaves_one_vote_a_font() -> None:
    plain = shipped_templates().votes("B", 40)
    weighted = weighted_votes(shipped_templates(), "B", 40, np.zeros((GRID, GRID), np.float32))

    assert plain is not None
    assert weighted is not None
    np.testing.assert_allclose(weighted.foreground, plain.foreground, atol=1e-5)
    np.testing.assert_allclose(weighted.hole, plain.hole, atol=1e-5)
    assert weighted.fonts == plain.fonts


def test_category_without_templates_has_no_votes() -> None:
    assert weighted_votes(shipped_templates(), "字", 80, np.ones((GRID, GRID), np.float32)) is None


def test_mask_on_grid_is_the_share_of_each_cell_within_the_box() -> None:
    values = np.full((60, 120), -5.0, np.float32)
    values[:, :68] = 5.0  # the image's x below 68 is the frame's below 56: the left half of the box

    grid = mask_on_grid(LogitMap(values, 0, 0), FRAME, BOX)

    assert grid.shape == (GRID, GRID)
    assert grid[:, : GRID // 2].min() == 1
    assert grid[:, GRID // 2 + 1 :].max() == 0


def test_mask_without_pixels_is_empty_on_the_grid() -> None:
    assert not mask_on_grid(LogitMap(np.zeros((0, 0), np.float32), 5, 5), FRAME, BOX).any()


@pytest.fixture(scope="module")
def scene():
    return make_scene(1, size=(400, 300), kind="rotated")


def run(pipeline: CharSAM, scene, previous=None, **settings):
    words = [Word(word.polygon, word.text) for word in scene.words]
    return pipeline.run(scene.image, words, Settings("colour", **settings), previous=previous)


def test_option_moves_points_and_keeps_the_traces_own_votes(pipeline: CharSAM, scene) -> None:
    plain = run(pipeline, scene)
    weighted = run(pipeline, scene, plain, weighted_votes=True)
    again = run(pipeline, scene, weighted)

    assert Stage.VOTES in weighted.reused
    assert weighted.votes is plain.votes
    positives = [[points.positive for word in trace.points for points in word] for trace in (plain, weighted, again)]
    assert any(a.shape != b.shape or (a != b).any() for a, b in zip(positives[0], positives[1], strict=True))
    for a, b in zip(positives[0], positives[2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_prompts_without_points_are_left_alone(pipeline: CharSAM, scene) -> None:
    plain = run(pipeline, scene, prompts=PromptMode.P_CHAR)
    weighted = run(pipeline, scene, plain, prompts=PromptMode.P_CHAR, weighted_votes=True)

    assert plain.annotation is not None
    assert weighted.annotation is not None
    np.testing.assert_array_equal(plain.annotation.character_mask(), weighted.annotation.character_mask())


def test_the_segmenter_is_asked_with_the_plain_votes_first(pipeline: CharSAM, scene) -> None:
    trace = run(pipeline, scene)
    seen = []

    class Watched:
        name = "colour"
        inner = load("colour")

        def encode(self, image, words):
            return self.inner.encode(image, words)

        def segment(self, embedding, prompts):
            seen.append(prompts)
            return self.inner.segment(embedding, prompts)

    with_weighted_votes(trace, Watched())

    assert len(seen) == 1
    assert seen[0].votes[0] is trace.votes[0][0]
