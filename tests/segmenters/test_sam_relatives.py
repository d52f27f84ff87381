"""SAM-HQ, MobileSAM and SAM 2.1 beside their packages' own predictors, with random weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from test_sam import AffineFrame, picture, prompts, regions

from charsam import segmenters
from charsam.errors import WeightsError
from charsam.segmenters import Precision, sam_relatives
from charsam.segmenters.relatives import RELATIVES
from charsam.segmenters.sam import SamSegmenter
from charsam.segmenters.sam_relatives import Sam2Segmenter, load_relative

BOXES = [[10, 20, 60, 90], [40, 30, 180, 120]]
POINTS = [[(30, 50, 1), (50, 80, 0)], []]
FRAME = AffineFrame()


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def asked_of(segmenter, *, multimask=False):
    """Its answers to the prompts above, on one picture."""
    embedding = segmenter.encode(picture(), regions(FRAME))
    return segmenter.segment(embedding, replace(prompts(BOXES, POINTS), multimask=multimask))


def predicted(predictor, box, points, **options):
    """The best logits over the whole picture by a package's own predictor, and its estimate."""
    table = np.reshape(points, (-1, 3))
    given = {"point_coords": table[:, :2], "point_labels": table[:, 2]} if len(table) else {}
    logits, iou, _ = predictor.predict(box=np.array(box, np.float32), return_logits=True, **given, **options)
    return logits[iou.argmax()], float(iou.max())


def assert_same(answer, predictor, **options):
    for box, points, found, quality in zip(BOXES, POINTS, answer.logits, answer.quality, strict=True):
        whole, iou = predicted(predictor, box, points, **options)
        h, w = found.values.shape
        np.testing.assert_allclose(found.values, whole[found.y : found.y + h, found.x : found.x + w], atol=2e-3)
        assert quality == pytest.approx(np.clip(iou, 0, 1), abs=1e-3)


@pytest.mark.parametrize("network", ["vit_tiny", "vit_tiny baseline"], ids=["SAM-HQ", "MobileSAM"])
def test_answers_are_those_of_the_packages_predictor(network):
    package = pytest.importorskip("segment_anything_hq")
    torch.manual_seed(0)
    model = sam_relatives._built("segment_anything_hq", network).eval()
    segmenter = SamSegmenter(model, "hq", device="cpu", precision=Precision.FLOAT32)

    answer = asked_of(segmenter)

    predictor = package.SamPredictor(model)
    predictor.set_image(picture())
    assert_same(answer, predictor, multimask_output=False, hq_token_only=False)


@pytest.mark.parametrize("multimask", [False, True])
def test_sam2_answers_as_its_own_predictor(multimask):
    predictors = pytest.importorskip("sam2.sam2_image_predictor")
    torch.manual_seed(0)
    model = sam_relatives._built("sam2", "configs/sam2.1/sam2.1_hiera_t.yaml").eval()

    answer = asked_of(Sam2Segmenter(model, "sam2.1_tiny", precision=Precision.FLOAT32), multimask=multimask)

    predictor = predictors.SAM2ImagePredictor(model)
    predictor.set_image(picture())
    assert_same(answer, predictor, multimask_output=multimask)


def test_a_checkpoint_of_ones_own_is_loaded_and_another_networks_refused(tmp_path):
    pytest.importorskip("segment_anything_hq")
    torch.manual_seed(0)
    model = sam_relatives._built("segment_anything_hq", "vit_tiny baseline")
    torch.save(model.state_dict(), tmp_path / "mine.pt")
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")

    segmenter = load_relative("mobile_sam", tmp_path / "mine.pt")

    assert segmenter.name == "mobile_sam"
    with pytest.raises(WeightsError, match=r"other.pt is no usable checkpoint of mobile_sam"):
        load_relative("mobile_sam", tmp_path / "other.pt")


def test_what_is_lacking_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARSAM_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match=r"sam2.1_tiny cannot be used: .*pip install 'charsam\[sam2\]'"):
        segmenters.check("sam2.1_tiny")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    with pytest.raises(WeightsError, match=r"put sam_hq_vit_b.pth into"):
        segmenters.check("sam_hq_vit_b")
    (tmp_path / "sam_hq_vit_b.pth").write_bytes(b"")
    segmenters.check("sam_hq_vit_b")


def test_every_relative_can_be_chosen_by_name() -> None:
    assert set(RELATIVES) <= set(segmenters.REGISTRY)
