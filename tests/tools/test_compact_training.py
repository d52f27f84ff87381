"""The training of the compact segmenter, on a handful of strips: data, prompts, a run that is resumed."""

from __future__ import annotations

import json
from pathlib import Path

import compact_data
import compact_making
import numpy as np
import pytest
import torch
import train_compact
from compact_boxes import rough_boxes
from compact_clicks import correcting_click, fault_at
from compact_data import TrainingStrip, chosen_zoom, load_strips, save_strips, scene_strips
from compact_lines import make_line
from compact_material import legible_fonts, material, split_fonts
from compact_prompts import (
    gaps,
    random_prompts,
    true_points,
    with_clicks,
    with_corrections,
    with_glyph_points,
)
from compact_seeing import Eye
from compact_steps import WindowsOf
from PIL import Image
from safetensors.torch import load_file
from strip_texts import SCRIPTS

from charsam import weights
from charsam.cbr.regions import RegionDetector
from charsam.geometry import QuadFrame, word_frame
from charsam.learning.loss import mask_loss
from charsam.scenes import default_fonts
from charsam.segmenters.compact import WEIGHTS_FILE, load_compact
from charsam.segmenters.prompt_maps import Window, cut
from charsam.segmenters.strip_inputs import strip_inputs

pytestmark = pytest.mark.heavy

LATIN = {"latin": default_fonts()}


@pytest.fixture(scope="module")
def strips() -> list[TrainingStrip]:
    return [strip for seed in range(1, 9) for strip in scene_strips(seed, LATIN, [])]


@pytest.fixture(scope="module")
def strip(strips: list[TrainingStrip]) -> TrainingStrip:
    return max((s for s in strips if s.zoom == 1), key=lambda found: len(found.boxes))


def test_the_same_seed_cuts_the_same_strips() -> None:
    first, second = (scene_strips(5, LATIN, []) for _ in range(2))
    assert first
    assert [cut.characters for cut in first] == [cut.characters for cut in second]
    assert all(np.array_equal(a.strip, b.strip) for a, b in zip(first, second, strict=True))


def test_strips_are_cut_at_several_heights_and_come_back_from_a_file(
    strips: list[TrainingStrip], tmp_path: Path
) -> None:
    assert len({s.zoom for s in strips}) > 1
    assert all(min(s.strip.shape[:2]) >= round(28 * s.zoom) for s in strips)
    save_strips(tmp_path / "held.npz", strips)
    for old, new in zip(strips, load_strips(tmp_path / "held.npz"), strict=True):
        assert (old.zoom, old.native, old.characters, old.stacked) == (
            new.zoom,
            new.native,
            new.characters,
            new.stacked,
        )
        assert np.array_equal(old.strip, new.strip) and np.array_equal(old.coverage, new.coverage)


def test_no_strip_is_too_large_to_train_on() -> None:
    frame = word_frame(np.float32([[0, 0], [2400, 0], [2400, 200], [0, 200]]))
    zooms = {chosen_zoom(np.random.default_rng(seed), frame) for seed in range(20)}
    assert zooms == {1.5, 1.0}


@pytest.mark.parametrize("name", ["hebrew", "arabic", "bangla"])
def test_words_of_joined_scripts_are_cut_into_their_letters(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    font = next((p for p in default_fonts() if "Sans" in p.stem), default_fonts()[0])
    monkeypatch.setitem(SCRIPTS, name, SCRIPTS[name].__class__(1.0, lambda rng: "abcde", SCRIPTS[name].sample, True))
    monkeypatch.setattr("compact_lines._rightwards", lambda text: name == "bangla")
    scene = make_line(np.random.default_rng(3), {name: [font]}, [])
    letters = [c for word in scene.words for c in word.characters]
    assert scene.character_mask.max() == len(letters)
    centres = [c.polygon.mean(axis=0) for c in scene.words[0].characters]
    for value, centre in enumerate(centres[:3], start=1):
        _, xs = np.nonzero(scene.character_mask == value)
        assert abs(xs.mean() - centre[0]) < 0.5 * np.ptp(scene.words[0].characters[value - 1].polygon[:, 0]) + 2


def test_rough_boxes_mostly_lie_on_their_characters(strips: list[TrainingStrip]) -> None:
    rng = np.random.default_rng(0)
    overlaps = []
    for s in strips:
        for a, b in zip(s.boxes, rough_boxes(rng, s), strict=True):
            common = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
            overlaps.append(common / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common))
    assert 0.5 < np.mean(overlaps) < 0.95
    assert np.mean(np.array(overlaps) > 0.5) > 0.7


def test_the_trainer_sees_what_the_pipeline_sees(strips: list[TrainingStrip], region_detector: RegionDetector) -> None:
    chosen = [strips[0], strips[-1]]
    for made, seen in zip(chosen, Eye(weights.locate("craft"), torch.device("cpu")).look(chosen), strict=True):
        h, w = made.strip.shape[:2]
        frame = QuadFrame(np.eye(3), h, w, 8.0)
        (regions,) = region_detector.detect(made.strip, [frame], features=True)
        expected = strip_inputs(made.strip, np.stack([regions.region, regions.affinity]), regions.features)
        torch.testing.assert_close(seen.strip, expected[0])
        for mine, other in zip((seen.heat, *seen.features), (expected[1], *expected[2]), strict=True):
            assert mine.shape == other.shape
            assert float((mine - other).abs().mean()) < 0.02 * float(other.abs().mean()) + 1e-4


def test_fonts_held_out_share_no_family_with_those_trained_on() -> None:
    trained, held = split_fonts(default_fonts())
    assert held
    families = [{path.stem.split("-")[0].lower()[:6] for path in fonts} for fonts in (trained, held)]
    assert not families[0] & families[1]


def test_boxes_of_a_strip_hold_their_characters(strip: TrainingStrip) -> None:
    for (x0, y0, x1, y1), covered in zip(strip.boxes.astype(int), strip.coverage, strict=True):
        ink = covered >= 128
        assert ink[y0:y1, x0:x1].sum() == ink.sum() > 0


def test_a_smaller_photograph_keeps_the_truth_of_the_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact_data, "RESTYLED", 0.0)
    monkeypatch.setattr(compact_data, "_loosened", lambda rng, polygon: polygon)
    monkeypatch.setattr(compact_data, "OTHER_ZOOM", 0.0)
    monkeypatch.setattr(compact_data, "zoom_of", lambda frame: 1.0)
    monkeypatch.setattr(compact_data, "LINES", 0.0)
    cuts = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(compact_data, "SHRUNK", share)
        cuts.append({cut.characters: cut for cut in scene_strips(12, LATIN, [])})
    both = set(cuts[0]) & set(cuts[1])
    assert both
    for word in both:
        large, small = (found[word] for found in cuts)
        assert large.native > small.native
        assert large.strip.shape == small.strip.shape
        assert np.array_equal(large.coverage, small.coverage)
        assert not np.array_equal(large.strip, small.strip)


@pytest.mark.slow
def test_material_is_split_by_family_or_by_folder(tmp_path: Path) -> None:
    for name in "abcdef":
        Image.new("RGB", (8, 8)).save(tmp_path / f"{name}.png")
    fonts = [tmp_path / "train", tmp_path / "held"]
    for number, folder in enumerate(fonts):
        folder.mkdir()
        for font in default_fonts()[number : number + 2]:
            (folder / font.name).symlink_to(font)
    Image.new("RGB", (8, 8)).save(fonts[1] / "kept.png")
    for cache, held_out in (("one", []), ("two", [fonts[1]])):
        (tmp_path / cache).mkdir()
        trained, held = material(tmp_path / cache, [fonts[0]], [tmp_path], held_out)
        assert (trained, held) == material(tmp_path / cache, [], [], [])  # as it was listed
        assert trained.fonts and held.fonts
    assert [path.name for path in held.photographs] == ["kept.png"]
    assert list(held.fonts["latin"]) == legible_fonts([fonts[1]])
    assert len(trained.photographs) == 6


def test_a_fault_is_the_part_that_a_click_lies_on() -> None:
    truth = np.zeros((30, 30), np.bool_)
    mask = truth.copy()
    mask[2:8, 2:8] = mask[20:28, 20:28] = True
    fault = fault_at(mask, truth, np.float32([24.5, 24.5]), 0)
    assert fault.sum() == 64
    assert fault[20:28, 20:28].all()


def test_true_points_lie_on_strokes_and_off_them(strip: TrainingStrip) -> None:
    rng = np.random.default_rng(0)
    ink = strip.coverage[0] >= 128
    positive, negative = true_points(rng, ink, strip.boxes[0], 3, 3)
    assert all(ink[int(y), int(x)] for x, y in positive)
    assert not any(ink[int(y), int(x)] for x, y in negative)


def test_the_gap_of_two_characters_is_ground_between_them() -> None:
    coverage = np.zeros((2, 20, 30), np.uint8)
    coverage[0, 4:16, 4:12], coverage[1, 4:16, 15:24] = 255, 255
    found = gaps(coverage)
    assert found[6:14, 12:15].all()
    assert not found[4:16, 4:12].any()
    assert not found[:, 26:].any()


def test_glyph_points_replace_points_and_a_click_joins_them(strip: TrainingStrip) -> None:
    rng = np.random.default_rng(1)
    prompt = next(p for p in random_prompts(rng, strip, 3) if p.category)
    made = with_glyph_points(rng, prompt)
    assert made is not None
    assert len(made.points) and not made.clicks.any()
    nothing = np.zeros((64, 64), np.float32)
    clicked = with_clicks(made, np.float32([[5, 5]]), [0], nothing, nothing > 0)
    assert clicked.clicks.tolist() == [False] * len(made.points) + [True]
    assert clicked.labels[-1] == 0


def test_a_correcting_click_goes_to_the_largest_fault() -> None:
    truth = np.zeros((40, 40), np.bool_)
    truth[5:35, 5:12] = True
    mask = truth.copy()
    mask[10:30, 20:36] = True
    mask[5:9, 5:9] = False
    click = correcting_click(mask, truth)
    assert click is not None
    place, label = click
    assert label == 0
    assert 20 < place[0] < 36 and 10 < place[1] < 30


def test_a_click_by_eye_lies_in_the_largest_fault_too() -> None:
    truth = np.zeros((40, 40), np.bool_)
    mask = truth.copy()
    mask[10:30, 20:36] = mask[2:6, 2:6] = True
    found = [correcting_click(mask, truth, np.random.default_rng(seed)) for seed in range(20)]
    places = np.array([click[0] for click in found if click is not None])
    assert len(places) == 20
    assert mask[10:30, 20:36][places[:, 1].astype(int) - 10, places[:, 0].astype(int) - 20].all()
    assert len(np.unique(places, axis=0)) > 5


def test_corrections_click_on_the_faults_and_carry_the_answer_they_correct(strip: TrainingStrip) -> None:
    prompt = next(p for p in random_prompts(np.random.default_rng(1), strip, 3) if p.category)
    corner = np.float32([16, 0])
    truth = np.zeros((64, 64), np.bool_)
    truth[10:50, 10:20] = True
    logits = np.where(np.zeros_like(truth), 1, -1).astype(np.float32)
    logits[20:40, 30:50] = 2
    made = [with_corrections(np.random.default_rng(s), prompt, logits, truth, truth | True, corner) for s in range(30)]
    clicked = [p for p in made if p is not None and p.fault is not None and p.fault.any()]
    assert len(clicked) > 15
    wrong = truth ^ (logits > 0)
    for p in clicked:
        assert p.fault is not None and p.earlier is not None
        assert not (p.fault & ~wrong).any()
        assert np.array_equal(p.earlier, logits)
        for (x, y), label in zip(p.points[p.clicks] - corner, p.labels[p.clicks], strict=True):
            assert wrong[int(y), int(x)]
            assert bool(label) == bool(truth[int(y), int(x)])
    assert {len(p.labels[p.clicks]) for p in clicked} == {1, 2}


def test_faults_under_clicks_weigh_more_than_other_pixels() -> None:
    target = torch.zeros(1, 20, 20)
    logits, valid, fault = torch.ones(1, 20, 20), torch.ones(1, 20, 20), torch.zeros(1, 20, 20)
    fault[:, 5:9, 5:9] = 3
    plain = mask_loss(logits, target, valid)
    assert mask_loss(logits, target, valid, fault) > plain
    assert torch.equal(mask_loss(logits, target, valid, 0 * fault), plain)


@pytest.mark.parametrize("stride", [1, 2])
def test_windows_of_maps_have_the_values_and_the_gradient_of_slices(stride: int) -> None:
    torch.manual_seed(0)
    maps = torch.randn(3, 5, 16, 40, requires_grad=True)
    windows: list[Window] = [(-8, 0, 8, 16), (4, 0, 20, 16), (32, -4, 48, 12), (8, 0, 24, 16), (8, 8, 24, 24)]
    places = list(zip([0, 1, 1, 2, 1], windows, strict=True))
    found = WindowsOf.apply(maps, places, stride)
    slices = torch.stack([cut(maps[strip], window, stride) for strip, window in places])
    assert torch.equal(found, slices)
    weight = torch.randn_like(slices)
    (gradient,) = torch.autograd.grad(found, maps, weight)
    (expected,) = torch.autograd.grad(slices, maps, weight)
    torch.testing.assert_close(gradient, expected)


def run_training(monkeypatch: pytest.MonkeyPatch, cache: Path, *more: str) -> list[dict[str, float]]:
    command = ["train_compact.py", "--cache", str(cache), "--out", str(cache / "new.safetensors"), "--batch", "2"]
    monkeypatch.setattr("sys.argv", [*command, "--held-strips", "3", "--score-every", "9", *more])
    monkeypatch.setattr(compact_making, "GROUP", 1)
    monkeypatch.setattr(compact_making, "POOL_BATCHES", 1)
    train_compact.main()
    return [json.loads(line) for line in (cache / "log.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_training_ends_in_time_goes_on_where_it_stopped_and_exports_what_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_training(
        monkeypatch, tmp_path, "--start-from", str(WEIGHTS_FILE), "--stop-after", "0.001", "--rate", "1e-9"
    )
    assert first[-1]["step"] == 1
    assert 0 <= first[-1]["fgIoU P_char"] <= 1
    old, new = load_file(WEIGHTS_FILE), load_file(tmp_path / "new.safetensors")
    assert all(np.allclose(old[name], new[name], atol=1e-3) for name in old)
    again = run_training(monkeypatch, tmp_path, "--resume", "--stop-after", "0.001")
    assert again[: len(first)] == first
    assert again[-1]["step"] == 2
    assert again[-1]["next_seed"] > first[-1]["next_seed"]
    assert load_compact(tmp_path / "new.safetensors").name == "compact"
