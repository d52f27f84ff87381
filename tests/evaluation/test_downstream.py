"""`charsam downstream`: bad labels that are bad, a network that learns, and the table's rows."""

import json
from pathlib import Path

import numpy as np
import pytest

from charsam.cli import main
from charsam.evaluation import downstream as experiment
from charsam.evaluation import unet
from charsam.evaluation.metrics import count_pixels
from charsam.evaluation.unet import predict, train
from charsam.evaluation.weak_labels import weak_label
from charsam.pipeline import CharSAM
from charsam.scenes import make_scene

SIZE = 48


@pytest.fixture(autouse=True)
def small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unet, "CROP", SIZE)


def striped(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A dark image with a bright bar, and where the bar is."""
    rng = np.random.default_rng(seed)
    label = np.zeros((SIZE, SIZE), bool)
    top = int(rng.integers(4, SIZE - 20))
    label[top : top + 14, 6:-6] = True
    image = np.where(label[..., None], np.uint8(220), np.uint8(40)).repeat(3, -1)
    return image, label


def test_weak_labels_are_on_the_words_but_far_from_the_truth() -> None:
    rng = np.random.default_rng(0)
    hits = union = inside = marked = 0
    for seed in range(6):
        scene = make_scene(seed)
        label = weak_label(scene.image, scene.words, rng)
        counts = count_pixels(label, scene.character_mask > 0)
        hits, union = hits + counts.hits, union + counts.hits + counts.false + counts.missed
        points = np.concatenate([word.polygon for word in scene.words])
        (x0, y0), (x1, y1) = points.min(0) - 60, points.max(0) + 60
        window = label[max(int(y0), 0) : int(y1) + 1, max(int(x0), 0) : int(x1) + 1]
        inside, marked = inside + int(window.sum()), marked + int(label.sum())

    assert inside == marked
    assert 0.1 < hits / union < 0.7


def test_weak_labels_of_the_same_generator_are_the_same() -> None:
    scene = make_scene(2)
    first, second = (weak_label(scene.image, scene.words, np.random.default_rng(4)) for _ in range(2))

    np.testing.assert_array_equal(first, second)


def test_the_network_learns_what_it_is_shown_and_is_the_same_for_the_same_seed() -> None:
    examples = [striped(seed) for seed in range(4)]
    images, labels = [image for image, _ in examples], [label for _, label in examples]
    unseen, truth = striped(99)

    first, second = (train(images, labels, steps=30, seed=3) for _ in range(2))

    made = predict(first, unseen)
    iou = count_pixels(made, truth).iou
    assert iou is not None
    assert iou > 0.6
    np.testing.assert_array_equal(made, predict(second, unseen))


def test_predictions_have_the_size_of_the_image() -> None:
    image, label = striped(0)
    network = train([image], [label], steps=1, seed=0)

    assert predict(network, image[:43, :29]).shape == (43, 29)


def test_the_table_has_the_papers_rows_and_the_quality_of_the_labels(
    tmp_path: Path, pipeline: CharSAM, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(experiment, "CharSAM", lambda: pipeline)
    sizes = ["--trusted", "1", "--added", "1", "--test", "1", "--steps", "2"]

    status = main(["downstream", "--out", str(tmp_path), "--segmenter", "colour", *sizes])

    assert status == 0
    found = json.loads((tmp_path / "downstream.json").read_text(encoding="utf-8"))
    assert [row["row"] for row in found["rows"]] == ["baseline", "weak", "charsam", "true"]
    weak, refined = found["rows"][1], found["rows"][2]
    assert weak["labels_fgiou"] < refined["labels_fgiou"]
    assert refined["published"] == {"fgiou": 0.8697, "f_score": 0.9305}
    assert found["rows"][0]["change"]["fgiou"] == 0
    assert found["rows"][3]["published"] is None
    assert "2 steps, trained on 1 generated scenes" in capsys.readouterr().out
    assert "not over training runs" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("option", "value"), [("--steps", "0"), ("--trusted", "-1"), ("--test", "999999")])
def test_sizes_out_of_range_are_refused(
    tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["downstream", "--out", str(tmp_path), option, value])

    assert status == 2
    assert f"{option.strip('-')} is {value}; it must lie between" in capsys.readouterr().err
