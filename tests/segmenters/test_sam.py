"""SamSegmenter beside the official SamPredictor, on a small SAM with random weights."""

import threading
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from segment_anything import SamPredictor
from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

from charsam import weights
from charsam.download import file_sha256
from charsam.errors import SettingsError, WeightsError
from charsam.geometry import curved_frame
from charsam.segmenters import Precision, sam, sam_model
from charsam.segmenters.sam import SamSegmenter, load_sam
from charsam.segmenters.sam_prompts import batches, boxes_in_image
from charsam.types import Prompts, WordRegions

IMAGE_SIZE, PATCH, WIDTH = 128, 16, 32


def small_sam(seed=0):
    torch.manual_seed(seed)
    grid = IMAGE_SIZE // PATCH
    encoder = ImageEncoderViT(
        img_size=IMAGE_SIZE,
        patch_size=PATCH,
        embed_dim=WIDTH,
        depth=2,
        num_heads=2,
        out_chans=WIDTH,
        use_rel_pos=True,
        window_size=7,
        global_attn_indexes=(1,),
    )
    torch.nn.init.normal_(encoder.pos_embed)
    transformer = TwoWayTransformer(depth=2, embedding_dim=WIDTH, num_heads=2, mlp_dim=64)
    return Sam(
        encoder,
        PromptEncoder(WIDTH, (grid, grid), (IMAGE_SIZE, IMAGE_SIZE), mask_in_chans=16),
        MaskDecoder(transformer_dim=WIDTH, transformer=transformer, iou_head_hidden_dim=32),
    ).eval()


@dataclass
class AffineFrame:
    """A word frame turned by `degrees` about its corner, which lies at `origin` in the image."""

    degrees: float = 0.0
    origin: tuple[float, float] = (0.0, 0.0)
    height: int = 64
    width: int = 256
    margin: float = 8.0
    stacked: bool = False

    @property
    def turn(self):
        angle = np.deg2rad(self.degrees)
        return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def to_image(self, points):
        return (points @ self.turn + self.origin).astype(np.float32)

    def to_frame(self, points):
        return ((points - np.array(self.origin)) @ self.turn.T).astype(np.float32)


def regions(*frames):
    strip = np.zeros((64, 256, 3), np.uint8)
    heat = np.zeros((32, 128), np.float32)
    return [WordRegions(frame, strip, heat, heat) for frame in frames or (AffineFrame(),)]


def picture(height=150, width=200, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def prompts(boxes, points=(), word=None):
    """points: for each box a list of (x, y, label), of any length."""
    points = points or [[] for _ in boxes]
    longest = max((len(some) for some in points), default=0)
    table = np.zeros((len(boxes), longest, 3), np.float32)
    table[..., 2] = -1
    for row, some in zip(table, points, strict=True):
        row[: len(some)] = np.reshape(some, (-1, 3))
    return Prompts(
        word=np.array(word if word is not None else [0] * len(boxes), np.int64),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        points=table[..., :2],
        labels=table[..., 2].astype(np.int8),
    )


def official(model, image, box, points=()):
    """SamPredictor's logits over the whole image, and its predicted IoU."""
    predictor = SamPredictor(model)
    predictor.set_image(image)
    table = np.reshape(points, (-1, 3))
    logits, iou, _ = predictor.predict(
        point_coords=table[:, :2] if len(table) else None,
        point_labels=table[:, 2] if len(table) else None,
        box=np.array(box, np.float32),
        multimask_output=False,
        return_logits=True,
    )
    return logits[0], float(iou[0])


def assert_same_logits(logit_map, whole):
    height, width = logit_map.values.shape
    crop = whole[logit_map.y : logit_map.y + height, logit_map.x : logit_map.x + width]
    np.testing.assert_allclose(logit_map.values, crop, atol=1e-4)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Such a small network loses more than it gains by several threads when the machine is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model():
    return small_sam()


@pytest.fixture
def segmenter(model):
    return SamSegmenter(model, "sam_vit_b", device="cpu", precision=Precision.FLOAT32)


@pytest.fixture
def encodings(model):
    """A list that grows by one with each run of the image encoder."""
    runs = []
    hook = model.image_encoder.register_forward_hook(lambda *args: runs.append(1))
    yield runs
    hook.remove()


BOXES = [[10, 20, 60, 90], [100.5, 30.25, 140, 70], [0, 0, 200, 150], [150, 100, 158, 112]]


@pytest.mark.parametrize("size", [(150, 200), (400, 90), (128, 128), (33, 57)])
def test_boxes_get_the_official_predictors_logits(model, segmenter, size):
    image = picture(*size)
    boxes = [np.clip(box, 0, [size[1], size[0]] * 2) for box in BOXES]
    answer = segmenter.segment(segmenter.encode(image, regions()), prompts(boxes))
    for logit_map, box in zip(answer.logits, boxes, strict=True):
        assert_same_logits(logit_map, official(model, image, box)[0])


def test_differing_numbers_of_points_get_the_official_predictors_logits(model, segmenter):
    image = picture()
    points = [
        [(20, 30, 1), (40, 50, 1), (15, 80, 0)],
        [],
        [(100, 75, 0)],
        [(154, 104, 1), (152, 110, 0), (151, 101, 0)],
    ]
    answer = segmenter.segment(segmenter.encode(image, regions()), prompts(BOXES, points))
    for logit_map, box, some in zip(answer.logits, BOXES, points, strict=True):
        assert_same_logits(logit_map, official(model, image, box, some)[0])


def test_padding_between_points_does_not_count(segmenter):
    embedding = segmenter.encode(picture(), regions())
    spread = prompts(BOXES[:1], [[(20, 30, 1), (0, 0, -1), (15, 80, 0)]])
    together = prompts(BOXES[:1], [[(20, 30, 1), (15, 80, 0)]])
    np.testing.assert_array_equal(
        segmenter.segment(embedding, spread).logits[0].values, segmenter.segment(embedding, together).logits[0].values
    )


def test_prompts_in_turned_word_frames_are_mapped_into_the_image(model, segmenter):
    image = picture()
    frames = AffineFrame(30, (40, 10)), AffineFrame(-20, (60, 80))
    answer = segmenter.segment(
        segmenter.encode(image, regions(*frames)),
        prompts([[5, 10, 45, 50], [20, 5, 70, 40]], [[(25, 30, 1)], [(30, 20, 0)]], word=[1, 0]),
    )
    for logit_map, frame, box, (x, y, label) in zip(
        answer.logits,
        frames[::-1],
        ([5, 10, 45, 50], [20, 5, 70, 40]),
        ((25, 30, 1), (30, 20, 0)),
        strict=True,
    ):
        x0, y0, x1, y1 = box
        quad = frame.to_image(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
        bounds = np.concatenate([quad.min(axis=0), quad.max(axis=0)])
        point = frame.to_image(np.array([x, y]))
        assert_same_logits(logit_map, official(model, image, bounds, [(*point, label)])[0])


def test_the_box_of_an_arched_word_holds_its_whole_outline():
    x = np.linspace(20, 180, 17)
    arch = 100 - 60 * np.sin(np.pi * (x - 20) / 160)
    top, bottom = np.stack([x, arch - 20], 1), np.stack([x, arch + 20], 1)
    frame = curved_frame(top, bottom)
    word = prompts([[frame.margin, frame.margin, frame.width - frame.margin, frame.height - frame.margin]])

    (box,) = boxes_in_image(word, [frame], (200, 200))

    np.testing.assert_allclose(box, [20, 20, 180, 120], atol=1.5)


def test_a_box_that_reaches_out_of_the_image_is_clipped(model, segmenter):
    image = picture()
    answer = segmenter.segment(segmenter.encode(image, regions()), prompts([[-30, 100, 50, 190]]))
    assert_same_logits(answer.logits[0], official(model, image, [0, 100, 50, 150])[0])


def test_logits_cover_the_box_and_a_margin_within_the_image(segmenter):
    answer = segmenter.segment(segmenter.encode(picture(), regions()), prompts([[100, 60, 140, 80], [0, 0, 20, 20]]))
    inner, corner = answer.logits
    assert (inner.x, inner.y, inner.values.shape) == (82, 47, (46, 76))
    assert (corner.x, corner.y, corner.values.shape) == (0, 0, (33, 33))


def test_more_prompts_than_a_batch_holds_keep_their_order(model):
    segmenter = SamSegmenter(model, "sam_vit_b", device="cpu", precision=Precision.FLOAT32, batch=2)
    image = picture()
    points = [[], [(120, 50, 1)], [], []]
    answer = segmenter.segment(segmenter.encode(image, regions()), prompts(BOXES, points))
    for logit_map, box, some in zip(answer.logits, BOXES, points, strict=True):
        assert_same_logits(logit_map, official(model, image, box, some)[0])


def test_quality_is_the_predicted_iou_within_0_and_1(model, segmenter):
    image = picture()
    answer = segmenter.segment(segmenter.encode(image, regions()), prompts(BOXES))
    expected = [np.clip(official(model, image, box)[1], 0, 1) for box in BOXES]
    np.testing.assert_allclose(answer.quality, expected, atol=1e-5)


def test_quality_above_1_is_clipped(segmenter):
    head = segmenter._model.mask_decoder.iou_prediction_head.layers[-1]
    bias = head.bias.detach().clone()
    with torch.no_grad():
        head.bias += 10
    answer = segmenter.segment(segmenter.encode(picture(), regions()), prompts(BOXES[:1]))
    with torch.no_grad():
        head.bias.copy_(bias)
    assert answer.quality.tolist() == [1.0]


def test_on_a_shared_gpu_images_are_encoded_by_the_function_that_gets_it(model, segmenter, monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    lent = []
    real = sam.encoded_on_shared_gpu
    monkeypatch.setattr(sam, "encoded_on_shared_gpu", lambda *given: lent.append(given) or real(*given))

    shared = SamSegmenter(model, "sam_vit_b", precision=Precision.FLOAT32)
    features = shared.encode(picture(), regions()).features

    assert len(lent) == 1
    np.testing.assert_allclose(features, segmenter.encode(picture(), regions()).features, atol=1e-5)


def test_of_three_masks_the_one_of_the_highest_estimate_is_taken(model, segmenter):
    image, box = picture(), [40, 30, 120, 100]
    asked = replace(prompts([box]), multimask=True)

    answer = segmenter.segment(segmenter.encode(image, regions()), asked)

    predictor = SamPredictor(model)
    predictor.set_image(image)
    logits, iou, _ = predictor.predict(box=np.array(box), multimask_output=True, return_logits=True)
    assert_same_logits(answer.logits[0], logits[iou.argmax()])
    assert answer.quality[0] == pytest.approx(np.clip(iou.max(), 0, 1), abs=1e-5)


def test_an_uncut_answer_is_the_whole_mask(model, segmenter):
    image, box = picture(), [40, 30, 60, 50]
    embedding = segmenter.encode(image, regions())

    answer = segmenter.segment(embedding, replace(prompts([box]), uncut=True)).logits[0]

    whole, _ = official(model, image, box)
    h, w = answer.values.shape
    mask = np.zeros(whole.shape, bool)
    mask[answer.y : answer.y + h, answer.x : answer.x + w] = answer.values > 0
    np.testing.assert_array_equal(mask, whole > 0)


def test_prompts_of_many_points_are_decoded_in_smaller_batches():
    labels = np.ones((20, 320), np.int8)
    labels[10:, 4:] = -1

    sizes = [len(batch) for batch in batches(labels, np.zeros(20, bool), 10)]

    assert sizes == [10] + [1] * 10


@pytest.mark.parametrize("precision", [Precision.BFLOAT16, Precision.FLOAT16])
def test_reduced_precision_keeps_the_logits_near(model, segmenter, precision):
    image, box = picture(), [40, 30, 120, 100]
    reduced = SamSegmenter(model, "sam_vit_b", device="cpu", precision=precision)

    rough, exact = (s.segment(s.encode(image, regions()), prompts([box])).logits[0] for s in (reduced, segmenter))

    assert np.abs(rough.values - exact.values).max() < 0.05 * np.abs(exact.values).max() + 0.05
    assert (rough.values != exact.values).any()


def test_no_prompts_get_an_empty_answer(segmenter):
    answer = segmenter.segment(segmenter.encode(picture(), []), prompts([]))
    assert answer.logits == ()
    assert answer.quality.shape == (0,)


def test_bfloat16_keeps_the_logits_near_to_those_of_float32(model, segmenter):
    image = picture()
    short = SamSegmenter(model, "sam_vit_b", device="cpu", precision=Precision.BFLOAT16)
    exact = segmenter.segment(segmenter.encode(image, regions()), prompts(BOXES)).logits[2].values
    close = short.segment(short.encode(image, regions()), prompts(BOXES)).logits[2].values
    assert close.dtype == np.float32
    assert np.abs(close - exact).max() < 0.1 * np.abs(exact).max()


def test_the_same_pixels_are_encoded_once(segmenter, encodings):
    segmenter.encode(picture(), regions())
    again = segmenter.encode(picture().copy(), regions(AffineFrame(10)))
    assert len(encodings) == 1
    assert again.frames[0].degrees == 10


def test_images_of_the_same_bytes_but_another_shape_are_not_confused(segmenter, encodings):
    blank = np.zeros((100, 50, 3), np.uint8)
    segmenter.encode(blank, regions())
    segmenter.encode(blank.reshape(50, 100, 3), regions())
    assert len(encodings) == 2


def test_the_least_recently_used_image_is_forgotten_first(model, encodings):
    segmenter = SamSegmenter(model, "sam_vit_b", device="cpu", max_embeddings=2)
    for seed in (1, 2, 1, 3):
        segmenter.encode(picture(seed=seed), regions())
    assert len(encodings) == 3
    segmenter.encode(picture(seed=1), regions())
    assert len(encodings) == 3
    segmenter.encode(picture(seed=2), regions())
    assert len(encodings) == 4


def test_an_embedding_stays_valid_after_the_segmenter_has_forgotten_it(model):
    segmenter = SamSegmenter(model, "sam_vit_b", device="cpu", precision=Precision.FLOAT32, max_embeddings=1)
    image = picture(seed=1)
    embedding = segmenter.encode(image, regions())
    segmenter.encode(picture(seed=2), regions())
    answer = segmenter.segment(embedding, prompts(BOXES[:1]))
    assert_same_logits(answer.logits[0], official(model, image, BOXES[0])[0])


def test_an_image_whose_encoding_failed_is_tried_again(model, segmenter, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(model, "preprocess", lambda pixels: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            segmenter.encode(picture(), regions())
    assert segmenter.encode(picture(), regions()).size == (150, 200)


def in_threads(*tasks):
    """Run the tasks at the same time; their results."""
    results = [None] * len(tasks)
    start = threading.Barrier(len(tasks))

    def run(index):
        start.wait()
        results[index] = tasks[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_users_at_once_get_their_own_answers(model, segmenter):
    def user(seed):
        image, box = picture(150 + seed, 200, seed), BOXES[seed]
        return [segmenter.segment(segmenter.encode(image, regions()), prompts([box])).logits[0] for _ in range(3)]

    answers = in_threads(lambda: user(0), lambda: user(1))
    for seed, logit_maps in enumerate(answers):
        whole, _ = official(model, picture(150 + seed, 200, seed), BOXES[seed])
        for logit_map in logit_maps:
            assert_same_logits(logit_map, whole)


def test_two_users_at_once_have_the_same_image_encoded_once(segmenter, encodings):
    first, second = in_threads(*[lambda: segmenter.encode(picture(seed=5), regions())] * 2)
    assert len(encodings) == 1
    assert first.features is second.features


@pytest.fixture
def vit_b(tmp_path, monkeypatch):
    """`sam_vit_b` is the small SAM, and its checkpoint lies among the weights; the checkpoint's path."""
    monkeypatch.setitem(sam_model.sam_model_registry, "vit_b", lambda: small_sam(seed=9))
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path))
    path = tmp_path / "sam_vit_b_01ec64.pth"
    torch.save(small_sam(seed=0).state_dict(), path)
    official = weights.WEIGHTS["sam_vit_b"]
    monkeypatch.setattr(
        weights, "WEIGHTS", {**weights.WEIGHTS, "sam_vit_b": replace(official, sha256=file_sha256(path))}
    )
    return path


def test_a_loaded_checkpoint_answers_as_the_model_that_was_saved(model, vit_b, monkeypatch):
    monkeypatch.setattr("charsam.segmenters.sam_model.fast_bf16", lambda: False)  # exact on every CPU
    segmenter = load_sam("sam_vit_b", device="cpu")
    answer = segmenter.segment(segmenter.encode(picture(), regions()), prompts(BOXES[:1]))
    assert segmenter.name == "sam_vit_b"
    assert_same_logits(answer.logits[0], official(model, picture(), BOXES[0])[0])


def test_a_checkpoint_may_lie_anywhere(vit_b, tmp_path):
    elsewhere = vit_b.rename(tmp_path / "mine.pth")
    assert load_sam("sam_vit_b", elsewhere, device="cpu").name == "sam_vit_b"


@pytest.mark.parametrize("keep", [0, 100, 20_000])
def test_a_cut_off_checkpoint_is_named_with_how_to_mend_it(vit_b, keep):
    vit_b.write_bytes(vit_b.read_bytes()[:keep])
    with pytest.raises(WeightsError) as caught:
        load_sam("sam_vit_b", vit_b)
    message = str(caught.value)
    assert message.startswith(f"{vit_b} ({keep:,} bytes; the official file has 375,042,383)")
    assert "delete it and run `charsam weights get sam_vit_b`" in message


def test_the_checkpoint_of_another_network_is_refused(vit_b):
    torch.save(torch.nn.Linear(2, 2).state_dict(), vit_b)
    with pytest.raises(WeightsError, match="holds the weights of another network"):
        load_sam("sam_vit_b", vit_b)


def test_a_checkpoint_that_would_run_code_is_refused(vit_b):
    torch.save({"hook": threading.Event}, vit_b)
    with pytest.raises(WeightsError, match="it cannot be read"):
        load_sam("sam_vit_b", vit_b)


def test_a_missing_checkpoint_says_how_to_get_it(vit_b):
    vit_b.unlink()
    with pytest.raises(WeightsError, match="charsam weights get sam_vit_b"):
        load_sam("sam_vit_b")


def test_an_unknown_sam_is_refused():
    with pytest.raises(SettingsError, match="no SAM named 'sam_vit_x'; the names are sam_vit_b, sam_vit_l, sam_vit_h"):
        load_sam("sam_vit_x")
