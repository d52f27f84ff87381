"""The compact segmenter on a word that is drawn here, with CRAFT's real features and the shipped weights."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from charsam import weights
from charsam.cbr.regions import RegionDetector, shared_detector
from charsam.errors import SettingsError, WeightsError
from charsam.geometry import word_frame
from charsam.memory import bytes_of
from charsam.segmenters.compact import (
    WEIGHTS_FILE,
    CompactSegmenter,
    load_compact,
)
from charsam.segmenters.placing import bias_at, mean_map
from charsam.segmenters.strip_heights import careful_zooms, zooms_of
from charsam.types import BoolArray, FloatArray, ImageArray, LogitMap, Prompts, Segmentation, WordFrame, WordRegions

BOXES = np.float32([[20, 18, 52, 63], [60, 18, 94, 63], [102, 18, 136, 63], [144, 18, 178, 63]])
"""Where `sign` writes H, O, B and D."""
MARGIN = 8.0


def sign() -> tuple[ImageArray, BoolArray]:
    """(80, 200, 3) picture of the word HOBD, light on dark blue, and its (80, 200) truth."""
    image = np.full((80, 200, 3), (30, 45, 90), np.uint8)
    truth = np.zeros((80, 200), np.uint8)
    for letter, (x0, _, _, y1) in zip("HOBD", BOXES, strict=True):
        cv2.putText(truth, letter, (int(x0) - 3, int(y1)), cv2.FONT_HERSHEY_DUPLEX, 2.0, 255, 5, cv2.LINE_AA)
    alpha = truth[..., None].astype(np.float32) / 255
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image + (np.float32([235, 225, 200]) - image) * alpha + noise, 0, 255).astype(np.uint8), truth > 127


@pytest.fixture(scope="module")
def word() -> WordRegions:
    image, _ = sign()
    polygon = np.float32([[14, 12], [186, 12], [186, 69], [14, 69]])
    detector = RegionDetector(weights.locate("craft"))
    return detector.detect(image, [word_frame(polygon)], features=True)[0]


@pytest.fixture(scope="module")
def segmenter() -> CompactSegmenter:
    return load_compact()


def prompt(word: WordRegions, box: FloatArray, points: list[tuple[float, float, int]] | None = None) -> Prompts:
    """One prompt from an image box and image points (x, y, label)."""
    corners = word.frame.to_frame(box.reshape(2, 2))
    given = np.float32(points or []).reshape(-1, 3)
    placed = word.frame.to_frame(given[:, :2]) if len(given) else np.zeros((0, 2), np.float32)
    labels = given[None, :, 2].astype(np.int8)
    return Prompts(np.array([0]), corners.reshape(1, 4), placed[None], labels, clicks=np.ones(labels.shape, np.bool_))


def in_image(answer: Segmentation, index: int = 0) -> FloatArray:
    found = answer.logits[index]
    canvas = np.full((80, 200), -99, np.float32)
    canvas[found.y : found.y + found.values.shape[0], found.x : found.x + found.values.shape[1]] = found.values
    return canvas


def iou(a: BoolArray, b: BoolArray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("index", range(4))
def test_a_box_gives_its_character_without_the_neighbours(
    segmenter: CompactSegmenter, word: WordRegions, index: int
) -> None:
    image, truth = sign()
    own = truth.copy()
    own[:, : int(BOXES[index, 0]) - 3] = False
    own[:, int(BOXES[index, 2]) + 4 :] = False
    answer = segmenter.segment(segmenter.encode(image, [word]), prompt(word, BOXES[index]))
    assert iou(in_image(answer) > 0, own) > 0.7
    assert 0.5 < answer.quality[0] <= 1


def test_the_hole_of_an_o_is_open(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    logits = in_image(segmenter.segment(segmenter.encode(image, [word]), prompt(word, BOXES[1])))
    assert (logits[34:48, 73:81] < 0).all()


def test_a_negative_click_lowers_the_logits_round_it_and_a_positive_click_raises_them(
    segmenter: CompactSegmenter, word: WordRegions
) -> None:
    image, _ = sign()
    embedding = segmenter.encode(image, [word])
    x, y = 24.5, 40.5  # on the left stem of the H
    at = np.s_[39:42, 23:26]
    plain, negative, positive = (
        in_image(segmenter.segment(embedding, prompt(word, BOXES[0], points)))[at].mean()
        for points in (None, [(x, y, 0)], [(x, y, 1)])
    )
    assert negative < plain - 1
    assert positive > negative


def test_a_click_corrects_its_own_prompt_and_no_other(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    embedding = segmenter.encode(image, [word])
    plain, clicked = (prompt(word, BOXES[0], [(22.0, 40.0, label)]) for label in (-1, 0))
    both = Prompts(
        np.zeros(2, np.int64),
        np.concatenate([plain.boxes, clicked.boxes]),
        np.concatenate([plain.points, clicked.points]),
        np.concatenate([plain.labels, clicked.labels]),
        clicks=np.ones((2, 1), np.bool_),
    )
    batch = segmenter.segment(embedding, both)
    for index, single in enumerate((plain, clicked)):
        np.testing.assert_allclose(in_image(batch, index), in_image(segmenter.segment(embedding, single)), atol=1e-3)
    assert not np.allclose(in_image(batch, 0), in_image(batch, 1), atol=0.5)


def test_a_batch_is_answered_like_each_prompt_alone(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    embedding = segmenter.encode(image, [word])
    alone = [prompt(word, box) for box in BOXES]
    together = Prompts(
        np.zeros(4, np.int64), np.concatenate([p.boxes for p in alone]), np.zeros((4, 3, 2), np.float32),
        np.full((4, 3), -1, np.int8),
    )  # fmt: skip
    batch = segmenter.segment(embedding, together)
    for index, single in enumerate(alone):
        np.testing.assert_allclose(in_image(batch, index), in_image(segmenter.segment(embedding, single)), atol=1e-3)


def test_no_prompts_give_no_answers(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    none = Prompts(
        np.zeros(0, np.int64), np.zeros((0, 4), np.float32), np.zeros((0, 0, 2), np.float32), np.zeros((0, 0), np.int8)
    )
    assert segmenter.segment(segmenter.encode(image, [word]), none).logits == ()


def test_words_are_encoded_a_few_at_a_time_with_the_same_result_and_without_maps_of_the_photo(
    segmenter: CompactSegmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, *_, frame = lettering(140)
    words = shared_detector().detect(image, [frame, frame], features=True)
    together = segmenter.encode(image, words)
    seen: list[int] = []
    monkeypatch.setattr("charsam.segmenters.compact.TOGETHER", 1)
    detector = Detecting(shared_detector(), seen)
    monkeypatch.setattr("charsam.segmenters.compact.shared_detector", lambda: detector)
    apart = segmenter.encode(image, words)
    assert seen == [1, 1]
    for one, other in zip(together.words, apart.words, strict=True):
        for a, b in zip(one.views, other.views, strict=True):
            assert np.allclose(a.embedding.text, b.embedding.text, atol=0.05)
    strips = sum(view.regions.strip.size // 3 for word in apart.words for view in word.views)
    assert bytes_of(apart.words) - image.nbytes < 230 * strips


class Detecting:
    """CRAFT, and how many words it was shown at a time."""

    def __init__(self, detector: RegionDetector, seen: list[int]) -> None:
        self._detector, self._seen = detector, seen

    def detect(self, image: ImageArray, frames: list[WordFrame], **more: object) -> tuple[WordRegions, ...]:
        self._seen.append(len(frames))
        return self._detector.detect(image, frames, **more)


def test_words_without_features_are_refused(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    bare = WordRegions(word.frame, word.strip, word.region, word.affinity)
    with pytest.raises(SettingsError, match="features=True"):
        segmenter.encode(image, [bare])


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    damaged = tmp_path / "compact.safetensors"
    damaged.write_bytes(b"nothing of use")
    with pytest.raises(WeightsError, match=r"compact\.safetensors"):
        load_compact(damaged)


def test_the_shipped_weights_are_small() -> None:
    assert WEIGHTS_FILE.stat().st_size <= 8 * 2**20


def test_small_text_is_cut_more_generously_up_to_a_limit() -> None:
    found = [float(bias_at(scale)) for scale in (4.0, 1.0, 0.5, 0.25, 0.05)]
    assert found == sorted(found)
    assert found[0] < 0.5
    assert found[-1] == float(bias_at(0.01))


def test_clicks_that_the_mask_says_already_change_nothing(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    embedding = segmenter.encode(image, [word])
    on_a_stem, on_ground = (25.5, 40.5, 1), (36.0, 25.0, 0)
    plain, clicked = (
        in_image(segmenter.segment(embedding, prompt(word, BOXES[0], points)))
        for points in (None, [on_a_stem, on_ground])
    )
    assert plain[40, 25] > 0 > plain[25, 36]
    assert np.array_equal(plain, clicked)


def test_a_negative_click_on_a_stroke_takes_away_what_is_there(segmenter: CompactSegmenter, word: WordRegions) -> None:
    image, _ = sign()
    embedding = segmenter.encode(image, [word])
    plain, clicked = (
        in_image(segmenter.segment(embedding, prompt(word, BOXES[0], points))) for points in (None, [(25.5, 40.5, 0)])
    )
    assert plain[40, 25] > 0 > clicked[40, 25]
    assert (clicked > 0).sum() > 0.5 * (plain > 0).sum()


def test_one_click_empties_the_face_of_a_hollow_letter_of_the_colour_of_its_ground(segmenter: CompactSegmenter) -> None:
    ground, face, line = (165, 155, 145), (150, 140, 130), (40, 30, 60)
    image = np.full((80, 200, 3), ground, np.uint8)
    for colour, width in ((line, 16), (face, 9)):
        cv2.putText(image, "HO", (20, 66), cv2.FONT_HERSHEY_SIMPLEX, 2.2, colour, width, cv2.LINE_AA)
    polygon = np.float32([[10, 8], [140, 8], [140, 76], [10, 76]])
    word = RegionDetector(weights.locate("craft")).detect(image, [word_frame(polygon)], features=True)[0]
    embedding = segmenter.encode(image, [word])
    inside = np.abs(image.astype(int) - face).sum(2) < 30
    inside[:, 70:] = False
    plain, clicked = (
        in_image(segmenter.segment(embedding, prompt(word, np.float32([12, 12, 66, 74]), points))) > 0
        for points in (None, [(25.5, 40.5, 0)])
    )
    assert plain[inside].mean() > 0.8
    assert clicked[inside].mean() < 0.02


def lettering(height: int) -> tuple[ImageArray, BoolArray, Prompts, WordFrame]:
    """Thin letters so many pixels high, their truth, a prompt for the word, and the word's frame."""
    scale = height / 22
    shape = (height * 2, height * 5)
    truth = np.zeros(shape, np.uint8)
    where = (height // 2, int(height * 1.5))
    cv2.putText(truth, "Hague", where, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(height // 40, 1), cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 4, (*shape, 3))
    image = np.clip(np.float32([120, 60, 40]) + truth[..., None] / 255 * np.float32([110, 150, 160]) + noise, 0, 255)
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    x0, y0, x1, y1 = columns[0] - 2, rows[0] - 2, columns[-1] + 3, rows[-1] + 3
    frame = word_frame(np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
    inner = np.float32([[frame.margin, frame.margin, frame.width - frame.margin, frame.height - frame.margin]])
    prompts = Prompts(np.array([0]), inner, np.zeros((1, 0, 2), np.float32), np.zeros((1, 0), np.int8))
    return image.astype(np.uint8), truth > 127, prompts, frame


@pytest.mark.heavy
def test_a_large_word_is_looked_at_in_a_higher_strip_and_its_thin_strokes_gain(segmenter: CompactSegmenter) -> None:
    image, truth, prompts, frame = lettering(200)
    (regions,) = shared_detector().detect(image, [frame], features=True)
    scores = []
    for used in (segmenter, load_compact(zooms=lambda frame: (1.0,))):
        embedding = used.encode(image, [regions])
        found = used.segment(embedding, prompts).logits[0]
        mask = np.zeros(truth.shape, np.bool_)
        mask[found.y : found.y + found.values.shape[0], found.x : found.x + found.values.shape[1]] = found.values > 0
        scores.append(iou(mask, truth))
    assert [view.regions.strip.shape[0] for view in segmenter.encode(image, [regions]).words[0].views] == [64, 128]
    assert scores[0] > scores[1] + 0.01


@pytest.mark.parametrize(("height", "zooms"), [(30, (1.0,)), (60, (1.0,)), (80, (1.0, 1.5)), (300, (1.0, 2.0))])
def test_no_strip_enlarges_the_photo_but_the_lowest(height: int, zooms: tuple[float, ...]) -> None:
    assert zooms_of(word_frame(np.float32([[0, 0], [4 * height, 0], [4 * height, height], [0, height]]))) == zooms


def test_a_long_word_gets_no_strip_of_boundless_size() -> None:
    assert zooms_of(word_frame(np.float32([[0, 0], [9000, 0], [9000, 120], [0, 120]]))) == (1.0,)


def test_views_are_averaged_by_their_shares_where_each_lies() -> None:
    first = LogitMap(np.full((2, 2), 4, np.float32), 1, 0)
    second = LogitMap(np.full((2, 2), -2, np.float32), 2, 0)
    found = mean_map([first, second], [0.75, 0.25])
    assert (found.x, found.y, found.values.shape) == (1, 0, (2, 3))
    np.testing.assert_allclose(found.values[0], [4, 2.5, -2])


@pytest.mark.heavy
def test_careful_looks_at_large_words_in_strips_of_every_height(segmenter: CompactSegmenter) -> None:
    image, _, _, frame = lettering(66)
    (regions,) = shared_detector().detect(image, [frame], features=True)
    plain, careful = (
        one.encode(image, [regions]).words[0].views for one in (segmenter, segmenter.adapted(careful=True, zoom=False))
    )
    assert [view.regions.zoom for view in plain] == [1.0, 1.5]
    assert [view.regions.zoom for view in careful] == [1.0, 1.5, 2.0]
    assert careful_zooms(word_frame(np.float32([[0, 0], [500, 0], [500, 130], [0, 130]]))) == (1.0, 1.5, 2.0, 3.0)
    assert careful_zooms(word_frame(np.float32([[0, 0], [300, 0], [300, 40], [0, 40]]))) == (1.0,)
