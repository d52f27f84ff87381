"""CRAFT on word strips: a box for each letter, whatever else is in the batch."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from charsam import weights
from charsam.cancellation import cancellable
from charsam.cbr import craft
from charsam.cbr.craft import load_craft
from charsam.cbr.regions import RegionDetector, region_boxes
from charsam.errors import Cancelled, WeightsError
from charsam.geometry import word_frame
from charsam.paths import FONTS_DIR
from charsam.types import WordFrame, WordRegions

FONT = ImageFont.truetype(FONTS_DIR / "020-arimo-bold.ttf", 60)


def written(
    text: str, *, spacing: float = 8.0
) -> tuple[np.ndarray, WordFrame, list[tuple[float, float, float, float]]]:
    """A picture of a widely set word, its frame, and the box of each letter in the picture."""
    image = Image.new("RGB", (700, 140), (225, 228, 216))
    draw = ImageDraw.Draw(image)
    x, boxes = 40.0, []
    for letter in text:
        draw.text((x, 30), letter, font=FONT, fill=(30, 40, 70))
        boxes.append(draw.textbbox((x, 30), letter, font=FONT))
        x += FONT.getlength(letter) + spacing
    left, right = boxes[0][0] - 6, boxes[-1][2] + 6
    return np.asarray(image), word_frame(np.float32([[left, 34], [right, 34], [right, 102], [left, 102]])), boxes


def detect(detector: RegionDetector, text: str) -> WordRegions:
    image, frame, _ = written(text)
    (regions,) = detector.detect(image, [frame])
    return regions


@pytest.mark.parametrize("text", ["HOTEL", "Bakery", "MARKET", "2026"])
def test_drawn_word_gives_one_box_for_each_letter(region_detector: RegionDetector, text: str) -> None:
    image, frame, letters = written(text)

    (regions,) = region_detector.detect(image, [frame])
    boxes = region_boxes(regions)

    assert len(boxes) == len(text)
    for box, (x0, _, x1, _) in zip(boxes, letters, strict=True):
        middle = frame.to_image(np.float32([[box[[0, 2]].mean(), box[[1, 3]].mean()]]))[0, 0]
        assert x0 - 4 <= middle <= x1 + 4


def test_boxes_run_along_the_word_and_do_not_overlap(region_detector: RegionDetector) -> None:
    boxes = region_boxes(detect(region_detector, "MARKET"))

    assert (boxes[:, 2] > boxes[:, 0]).all()
    assert (boxes[:, 3] > boxes[:, 1]).all()
    assert (boxes[1:, 0] >= boxes[:-1, 2]).all()


def test_stacked_letters_give_boxes_from_top_to_bottom(region_detector: RegionDetector) -> None:
    image = Image.new("RGB", (140, 400), (225, 228, 216))
    draw = ImageDraw.Draw(image)
    for index, letter in enumerate("BAR"):
        draw.text((70, 30 + 100 * index), letter, font=FONT, fill=(30, 40, 70), anchor="ma")
    frame = word_frame(np.float32([[40, 35], [100, 35], [100, 305], [40, 305]]), stacked=True)

    (regions,) = region_detector.detect(np.asarray(image), [frame])
    boxes = region_boxes(regions)

    assert len(boxes) == 3
    assert (boxes[1:, 1] >= boxes[:-1, 3]).all()


def test_plain_wall_has_no_boxes(region_detector: RegionDetector) -> None:
    frame = word_frame(np.float32([[20, 20], [200, 20], [200, 70], [20, 70]]))
    (regions,) = region_detector.detect(np.full((100, 300, 3), 150, np.uint8), [frame])
    assert region_boxes(regions).shape == (0, 4)


def test_heatmaps_have_half_the_strips_size_and_lie_between_0_and_1(region_detector: RegionDetector) -> None:
    regions = detect(region_detector, "HOTEL")

    h, w = regions.strip.shape[:2]
    for heat in (regions.region, regions.affinity):
        assert heat.shape == (-(-h // 2), -(-w // 2))
        assert heat.min() >= 0
        assert heat.max() <= 1


def test_words_of_other_widths_in_the_batch_do_not_change_the_heat(region_detector: RegionDetector) -> None:
    image, long, _ = written("MARKET")
    frames = [long]
    for share in (0.9, 0.8, 0.5, 0.2):
        x = long.width * share
        frames.append(word_frame(long.to_image(np.float32([[8, 8], [x, 8], [x, 56], [8, 56]]))))

    together = region_detector.detect(image, frames)

    for frame, regions in zip(frames, together, strict=True):
        (alone,) = region_detector.detect(image, [frame])
        np.testing.assert_allclose(regions.region, alone.region, atol=1e-3)
        np.testing.assert_allclose(regions.affinity, alone.affinity, atol=1e-3)


def test_words_come_back_in_the_order_given(region_detector: RegionDetector) -> None:
    image, long, _ = written("MARKET")
    short = word_frame(long.to_image(np.float32([[8, 8], [60, 8], [60, 56], [8, 56]])))

    found = region_detector.detect(image, [long, short, long])

    assert [regions.frame for regions in found] == [long, short, long]


def test_features_come_at_the_strips_size_when_asked_for(region_detector: RegionDetector) -> None:
    image, frame, _ = written("HOTEL")

    (regions,) = region_detector.detect(image, [frame], features=True)

    h, w = regions.region.shape
    assert [feature.shape[0] for feature in regions.features] == [32, 64, 128, 256]
    assert regions.features[0].shape[1:] == (h, w)


def test_a_word_is_looked_at_closer_when_asked(region_detector: RegionDetector) -> None:
    image, frame, _ = written("HOTEL")

    near, far = region_detector.detect(image, [frame, frame], features=True, zooms=[1.5, 1.0])

    assert near.strip.shape[:2] == (round(frame.height * 1.5), round(frame.width * 1.5))
    assert (near.zoom, far.zoom) == (1.5, 1.0)
    assert near.features[0].shape[1] == near.region.shape[0] == 48
    assert far.strip.shape[0] == frame.height


def test_no_words_give_no_regions(region_detector: RegionDetector) -> None:
    assert region_detector.detect(np.zeros((50, 50, 3), np.uint8), []) == ()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04" + bytes(500)])
def test_damaged_weights_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "craft.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"(?s)craft\.pth holds no usable CRAFT weights.*reinstall"):
        load_craft(path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save(torch.nn.Linear(3, 3).state_dict(), path)
    with pytest.raises(WeightsError, match=r"other\.pth holds no usable CRAFT weights"):
        load_craft(path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.pth"):
        load_craft(tmp_path / "nowhere.pth")


def test_craft_stops_between_two_layers_when_it_is_cancelled() -> None:
    network, looks = load_craft(weights.locate("craft")), []
    image = torch.zeros(1, 3, 64, 64)

    with cancellable(lambda: bool(looks.append(1)) or len(looks) > 5), pytest.raises(Cancelled):
        network(image)

    assert len(looks) == 6
    assert network(image)[0].shape[-2:] == (32, 32)


def test_a_large_picture_is_seen_in_bands_as_it_would_be_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_craft(weights.locate("craft"))
    image, rows = torch.rand(1, 3, 224, 64, generator=torch.Generator().manual_seed(0)), []
    network.basenet.slice1.register_forward_pre_hook(lambda _, inputs: rows.append(inputs[0].shape[2]))
    whole = network(image)
    monkeypatch.setattr(craft, "BAND_PIXELS", 64 * 64)

    parts = network(image)

    assert rows == [224, 72, 80, 80, 40]
    for one, other in zip((whole[0], *whole[1]), (parts[0], *parts[1]), strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)


def test_whole_pictures_are_looked_at_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    detector, together, most = RegionDetector.__new__(RegionDetector), [], []

    def run(strips: object, features: bool) -> list[tuple[np.ndarray, tuple[()]]]:
        together.append(1)
        most.append(len(together))
        time.sleep(0.01)
        together.pop()
        return [(np.zeros((2, 1, 1), np.float32), ())]

    monkeypatch.setattr(detector, "_run", run)
    detector.device = torch.device("cpu")
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(detector.heat, [np.zeros((2, 2, 3), np.uint8)] * 8))

    assert most == [1] * 8
