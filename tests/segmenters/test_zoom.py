"""Small words are encoded from crops, and their logits lie where they belong; on a small SAM with random weights."""

import numpy as np
import pytest
import torch
from test_sam import assert_same_logits, official, picture, prompts, regions, small_sam

from charsam.geometry import word_frame
from charsam.segmenters import Precision
from charsam.segmenters.sam import SamSegmenter
from charsam.segmenters.zoom import (
    CONTEXT,
    CONTEXT_PIXELS,
    SMALL_CELLS,
    ZoomedSam,
    character_height,
    plan_zoom,
)

CELLS = 256
IMAGE = (480, 640, 3)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def frame(x: float, y: float, height: float, length: float = 4.0, degrees: float = 0.0):
    """A word's frame: its corner, the height of its characters, and its length in heights."""
    angle = np.deg2rad(degrees)
    along, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corner = np.array([x, y])
    far = along * height * length
    return word_frame(np.float32([corner, corner + far, corner + far + down * height, corner + down * height]))


def zoomed(window: tuple[int, ...]) -> bool:
    return window != (0, 0, 640, 480)


def test_character_height_is_that_of_the_polygon() -> None:
    assert character_height(frame(100, 100, 24)) == pytest.approx(24, rel=1e-3)
    assert character_height(frame(100, 100, 24, degrees=30)) == pytest.approx(24, rel=1e-3)


def test_large_words_are_encoded_from_the_whole_image_in_one_pass() -> None:
    plan = plan_zoom([frame(20, 20, 80), frame(20, 200, 60)], IMAGE, CELLS)

    assert plan.windows == ((0, 0, 640, 480),)
    assert plan.window_of.tolist() == [0, 0]


def test_image_without_words_is_one_pass() -> None:
    assert plan_zoom([], IMAGE, CELLS).passes == 1


def test_small_word_gets_a_crop_and_the_whole_image_is_left_out() -> None:
    plan = plan_zoom([frame(300, 200, 16)], IMAGE, CELLS)

    assert plan.passes == 1
    x0, y0, x1, y1 = plan.windows[0]
    assert 16 * CELLS / max(x1 - x0, y1 - y0) >= SMALL_CELLS


def test_small_and_large_words_take_two_passes() -> None:
    plan = plan_zoom([frame(300, 200, 16), frame(20, 300, 90)], IMAGE, CELLS)

    assert plan.passes == 2
    assert [zoomed(plan.windows[place]) for place in plan.window_of] == [True, False]


def test_small_words_beside_each_other_share_a_crop() -> None:
    plan = plan_zoom([frame(200, 200, 14, 2), frame(232, 200, 14, 2), frame(200, 220, 14, 2)], IMAGE, CELLS)

    assert plan.passes == 1
    assert plan.window_of.tolist() == [0, 0, 0]


def test_small_words_far_from_each_other_have_crops_of_their_own() -> None:
    assert plan_zoom([frame(20, 20, 14), frame(560, 20, 14), frame(20, 440, 14)], IMAGE, CELLS).passes == 3


def test_word_longer_than_the_crop_of_its_height_is_shown_whole() -> None:
    plan = plan_zoom([frame(100, 200, 12, 25)], IMAGE, CELLS)

    x0, _, x1, _ = plan.windows[0]
    assert x0 <= 100 - CONTEXT * 12 - CONTEXT_PIXELS
    assert x1 >= 400 + CONTEXT * 12 + CONTEXT_PIXELS
    assert plan.passes == 1


def test_word_as_long_as_the_image_is_not_zoomed() -> None:
    assert plan_zoom([frame(20, 200, 10, 60)], IMAGE, CELLS).windows == ((0, 0, 640, 480),)


@pytest.mark.parametrize("seed", range(6))
def test_every_small_word_lies_in_its_crop_with_its_surroundings_and_is_large_enough(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = [
        frame(*rng.uniform((0, 0), (560, 430)), rng.uniform(5, 60), rng.uniform(1, 6), rng.uniform(-40, 40))
        for _ in range(40)
    ]

    plan = plan_zoom(frames, IMAGE, CELLS)

    assert plan.window_of.min() >= 0
    assert len(set(plan.windows)) == plan.passes == len(set(plan.window_of.tolist()))
    for one, place in zip(frames, plan.window_of, strict=True):
        x0, y0, x1, y1 = plan.windows[place]
        assert 0 <= x0 < x1 <= 640
        assert 0 <= y0 < y1 <= 480
        if zoomed((x0, y0, x1, y1)):
            corners = one.to_image(np.float32([[0, 0], [one.width, 0], [one.width, one.height], [0, one.height]]))
            low, high = corners.min(0).clip(0, (640, 480)), corners.max(0).clip(0, (640, 480))
            assert (low >= (x0, y0)).all()
            assert (high <= (x1, y1)).all()
            long = (high - low).max() > 0.6 * character_height(one) * CELLS / SMALL_CELLS
            assert long or character_height(one) * CELLS / max(x1 - x0, y1 - y0) >= SMALL_CELLS


@pytest.fixture(scope="module")
def model():
    return small_sam()


@pytest.fixture
def sam(model):
    return SamSegmenter(model, "sam_vit_b", device="cpu", precision=Precision.FLOAT32)


@pytest.fixture
def encodings(model):
    runs = []
    hook = model.image_encoder.register_forward_hook(lambda *args: runs.append(1))
    yield runs
    hook.remove()


BOXES = [[12, 10, 40, 54], [60, 12, 90, 50]]


def test_logits_are_the_official_predictors_on_the_crop_at_the_crops_place(model, sam) -> None:
    image = picture(600, 600)
    segmenter = ZoomedSam(sam)
    embedding = segmenter.encode(image, regions(frame(60, 40, 140, 1.5)))
    x0, y0, x1, y1 = embedding.plan.windows[0]
    asked = prompts(BOXES, [[(20, 30, 1)], [(70, 20, 0)]])

    answer = segmenter.segment(embedding, asked)

    assert embedding.plan.passes == 1
    assert (x1 - x0, y1 - y0) != (600, 600)
    one = frame(60, 40, 140, 1.5)
    for found, box, points, labels in zip(answer.logits, asked.boxes, asked.points, asked.labels, strict=True):
        quad = one.to_image(box[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2)) - (x0, y0)
        point = one.to_image(points[0]) - (x0, y0)
        bounds = np.concatenate([quad.min(0), quad.max(0)]).clip(0, (x1 - x0, y1 - y0) * 2)
        crop = np.ascontiguousarray(image[y0:y1, x0:x1])
        whole = np.full((600, 600), np.nan, np.float32)
        whole[y0:y1, x0:x1] = official(model, crop, bounds, [(*point, labels[0])])[0]
        assert found.values.size
        assert_same_logits(found, whole)


def test_prompts_of_several_crops_keep_their_order(sam) -> None:
    image = picture(600, 600)
    frames = [frame(20, 20, 150, 1.2), frame(400, 400, 150, 1.2), frame(20, 20, 550, 1.0)]
    segmenter = ZoomedSam(sam)
    embedding = segmenter.encode(image, regions(*frames))
    boxes = [BOXES[0]] * 3

    together = segmenter.segment(embedding, prompts(boxes, word=[2, 0, 1]))

    for row, word in enumerate((2, 0, 1)):
        alone = segmenter.segment(embedding, prompts(boxes[:1], word=[word]))
        assert (together.logits[row].x, together.logits[row].y) == (alone.logits[0].x, alone.logits[0].y)
        np.testing.assert_allclose(together.logits[row].values, alone.logits[0].values, atol=1e-4)
        assert together.quality[row] == pytest.approx(alone.quality[0], abs=1e-5)


def test_encoder_runs_as_often_as_planned(sam, encodings) -> None:
    frames = [frame(20, 20, 150, 1.2), frame(400, 400, 150, 1.2), frame(20, 20, 550, 1.0)]
    segmenter = ZoomedSam(sam)

    embedding = segmenter.encode(picture(600, 600), regions(*frames))

    assert len(encodings) == embedding.plan.passes == 3


def test_image_with_large_words_only_gets_the_same_answer_as_without_zoom(sam) -> None:
    image, large = picture(600, 600), frame(20, 20, 550, 1.0)
    asked = prompts(BOXES)

    near = ZoomedSam(sam)
    found = near.segment(near.encode(image, regions(large)), asked)
    plain = sam.segment(sam.encode(image, regions(large)), asked)

    for a, b in zip(found.logits, plain.logits, strict=True):
        assert (a.x, a.y) == (b.x, b.y)
        np.testing.assert_array_equal(a.values, b.values)


def test_no_prompts_get_an_empty_answer(sam) -> None:
    segmenter = ZoomedSam(sam)
    answer = segmenter.segment(segmenter.encode(picture(), []), prompts([]))

    assert answer.logits == ()
    assert answer.quality.shape == (0,)
