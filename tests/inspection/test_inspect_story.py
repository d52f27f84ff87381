"""The story of one character, told from a real run."""

from __future__ import annotations

import numpy as np
import pytest

from charsam.errors import SettingsError
from charsam.inspection.story import Story, tell_story, word_modes
from charsam.inspection.strips import sample_labels
from charsam.pipeline import CharSAM
from charsam.scenes import Scene
from charsam.segmenters.base import Embedding
from charsam.trace import Trace
from charsam.types import PromptMode, Prompts, Segmentation, Word


@pytest.fixture(scope="module")
def trace(pipeline: CharSAM, scene: Scene) -> Trace:
    return pipeline.run(scene.image, [Word(word.polygon, word.text) for word in scene.words[:2]])


@pytest.fixture(scope="module")
def story(pipeline: CharSAM, trace: Trace) -> Story:
    return tell_story(trace, pipeline.segmenter("compact"), 1, 0)


def test_it_holds_every_stage_of_that_character(trace: Trace, story: Story) -> None:
    assert (story.word, story.index) == (trace.words[1].text, 0)
    assert story.boxes == trace.boxes[1]
    assert story.craft_boxes is trace.craft_boxes[1]
    assert story.points is trace.points[1][0]
    assert story.read == trace.readings[1].text
    assert story.position_probability == pytest.approx(float(trace.readings[1].probabilities[0]))


def test_the_mask_of_the_runs_own_mode_is_the_runs_own_mask(trace: Trace, story: Story) -> None:
    assert [one.mode for one in story.modes] == list(PromptMode)
    assert trace.annotation is not None
    value = 1 + len(trace.annotation.words[0].characters)
    labels = trace.annotation.character_mask() == value
    own = next(one for one in story.modes if one.mode is trace.settings.prompts)
    now = sample_labels(labels.astype(np.int32), trace.frames[1], 1.0) > 0
    shared = (own.mask & now).sum() / (own.mask | now).sum()
    assert shared > 0.98, "the neighbours of other words may claim a pixel or two"
    assert own.character.quality == pytest.approx(trace.annotation.characters[value - 1].quality, abs=1e-3)


def test_under_every_mode_only_the_words_own_prompts_are_answered(pipeline: CharSAM, trace: Trace) -> None:
    asked: list[Prompts] = []
    segmenter = pipeline.segmenter("compact")

    class Listening:
        def segment(self, embedding: Embedding, prompts: Prompts) -> Segmentation:
            asked.append(prompts)
            return segmenter.segment(embedding, prompts)

    word_modes(trace, Listening(), 1)
    assert len(asked) == len(PromptMode) - 1
    assert {int(word) for prompts in asked for word in prompts.word} == {1}


def test_the_logits_are_those_that_the_mask_was_cut_from(trace: Trace, story: Story) -> None:
    own = next(one for one in story.modes if one.mode is trace.settings.prompts)
    assert story.logits.shape == own.mask.shape == trace.regions[1].strip.shape[:2]
    assert (story.logits[own.mask] > 0).mean() > 0.99


def test_every_font_votes_and_the_one_most_like_the_mask_comes_first(story: Story) -> None:
    assert story.votes is not None
    assert len(story.fonts) == story.votes.fonts == 80
    ious = [font.iou for font in story.fonts]
    assert ious == sorted(ious, reverse=True)
    rates = np.mean([font.foreground for font in story.fonts], axis=0)
    assert np.allclose(rates, story.votes.foreground, atol=1e-5)


def test_a_character_that_is_not_there_is_refused(pipeline: CharSAM, trace: Trace) -> None:
    with pytest.raises(SettingsError, match="no such character"):
        tell_story(trace, pipeline.segmenter("compact"), 1, 99)
