"""Official SAM given glyph votes as its mask input, beside the official predictor, on a small SAM of random weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from segment_anything import SamPredictor
from segment_anything.utils.transforms import ResizeLongestSide
from test_sam import IMAGE_SIZE, assert_same_logits, official, picture, prompts, regions, small_sam

from charsam.cgr.prior import prior_logits
from charsam.cgr.templates import shipped_templates
from charsam.geometry import word_frame
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene
from charsam.segmenters import Precision
from charsam.segmenters.sam import SamSegmenter
from charsam.segmenters.zoom import ZoomedEmbedding
from charsam.trace import Settings
from charsam.types import Word

FRAME = word_frame(np.float32([[30, 40], [170, 60], [165, 110], [25, 90]]))
BOXES = [[10, 8, 50, 56], [60, 8, 100, 56], [105, 10, 140, 50]]
POINTS = [[(20, 30, 1)], [], [(120, 20, 1)]]
VOTES = tuple(shipped_templates().votes(category, 80) for category in "R字O")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model():
    return small_sam()


@pytest.fixture(scope="module")
def segmenter(model):
    return SamSegmenter(model, "sam_vit_b", device="cpu", precision=Precision.FLOAT32)


def with_prior():
    return replace(prompts(BOXES, POINTS), votes=VOTES, votes_as_mask=True)


@pytest.mark.parametrize("size", [(150, 200), (240, 190)])
def test_votes_get_the_official_predictors_logits_for_that_mask_input(model, segmenter, size) -> None:
    image = picture(*size)
    answer = segmenter.segment(segmenter.encode(image, regions(FRAME)), with_prior())
    height, width = ResizeLongestSide.get_preprocess_shape(*size, IMAGE_SIZE)
    step = IMAGE_SIZE / 32  # a mask of 32 cells along the image's longer side; the shorter is scaled to whole pixels
    cell = (step * size[1] / width, step * size[0] / height)

    for found, box, points, votes in zip(answer.logits, BOXES, POINTS, VOTES, strict=True):
        corners = FRAME.to_image(np.float32(box)[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2))
        bounds = np.concatenate([corners.min(0), corners.max(0)])
        placed = [(*FRAME.to_image(np.float32([x, y])), label) for x, y, label in points]
        if votes is None:
            assert_same_logits(found, official(model, image, bounds, placed)[0])
            continue
        predictor = SamPredictor(model)
        predictor.set_image(image)
        expected, _, _ = predictor.predict(
            point_coords=np.array([p[:2] for p in placed]),
            point_labels=np.array([p[2] for p in placed]),
            box=bounds,
            mask_input=prior_logits(votes, FRAME, np.float32(box), cell, (32, 32))[None],
            multimask_output=False,
            return_logits=True,
        )
        assert_same_logits(found, expected[0])


def test_votes_are_not_used_unless_asked_for(segmenter) -> None:
    embedding = segmenter.encode(picture(), regions(FRAME))
    plain = segmenter.segment(embedding, prompts(BOXES, POINTS))
    unasked = segmenter.segment(embedding, replace(with_prior(), votes_as_mask=False))
    asked = segmenter.segment(embedding, with_prior())

    for a, b in zip(plain.logits, unasked.logits, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    assert np.abs(asked.logits[0].values - plain.logits[0].values).max() > 1e-3


@pytest.fixture
def sam_pipeline(pipeline: CharSAM, segmenter, monkeypatch):
    """The pipeline with the small SAM as `sam_vit_b`."""
    monkeypatch.setattr("charsam.segmenters.check", lambda name, checkpoint=None: None)
    monkeypatch.setitem(pipeline.models._segmenters, ("sam_vit_b", None, Precision.AUTO), segmenter)
    return pipeline


@pytest.fixture(scope="module")
def scene():
    return make_scene(1, size=(400, 300), kind="rotated")


def test_settings_reach_sam(sam_pipeline: CharSAM, scene) -> None:
    words = [Word(word.polygon, word.text) for word in scene.words]
    plain = sam_pipeline.run(scene.image, words, Settings("sam_vit_b"))
    prior = sam_pipeline.run(scene.image, words, Settings("sam_vit_b", mask_prior=True), previous=plain)
    near = sam_pipeline.run(scene.image, words, Settings("sam_vit_b", zoom=True), previous=prior)

    masks = []
    for trace in (plain, prior, near):
        assert trace.annotation is not None
        assert len(trace.annotation.characters) == sum(len(word.text) for word in words)
        masks.append(trace.annotation.character_mask())
    assert (masks[0] != masks[1]).any()
    assert isinstance(near.embedding, ZoomedEmbedding)
    assert not isinstance(prior.embedding, ZoomedEmbedding)
