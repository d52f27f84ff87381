"""The training of the compact segmenter, on a handful of strips: data, prompts, a run that is resumed."""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import compact_data
import compact_processes
import numpy as np
import pytest
import torch
import torch.distributed
import torch.multiprocessing
import train_compact
from compact_data import TrainingStrip, load_shard, make_shards, scene_strips
from compact_material import legible_fonts, material, split_fonts
from compact_prompts import (
    correcting_click,
    fault_at,
    gaps,
    mode_prompt,
    random_prompts,
    true_points,
    with_clicks,
    with_corrections,
    with_glyph_points,
)
from compact_steps import WindowsOf, mask_loss
from PIL import Image
from safetensors.torch import load_file

from charsam.cbr.reading import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.scenes import default_fonts
from charsam.segmenters.compact import WEIGHTS_FILE, load_compact
from charsam.segmenters.prompt_maps import Window, cut
from charsam.types import PromptMode


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, region_detector: RegionDetector, recogniser: Recogniser) -> Path:
    """Four shards to train on and one held out, of one scene each."""
    folder = tmp_path_factory.mktemp("cache")
    trained, held = split_fonts(default_fonts())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compact_data, "SCENES_A_SHARD", 1)
        for name, seed, count, fonts in (("train", 1, 4, trained), ("held", 50, 1, held)):
            made = itertools.count()
            make_shards(
                folder / name,
                region_detector,
                recogniser,
                itertools.count(seed),
                fonts,
                [],
                lambda: next(made) >= count,  # noqa: B023
            )
    return folder


@pytest.fixture(scope="module")
def strip(cache: Path) -> TrainingStrip:
    return max(load_shard(min((cache / "train").iterdir())), key=lambda found: len(found.boxes))


def test_the_same_seed_cuts_the_same_strips() -> None:
    first, second = (scene_strips(4, default_fonts(), []) for _ in range(2))
    assert [cut.word for cut in first] == [cut.word for cut in second]
    assert all(np.array_equal(a.strip, b.strip) for a, b in zip(first, second, strict=True))


def test_fonts_held_out_share_no_family_with_those_trained_on() -> None:
    trained, held = split_fonts(default_fonts())
    assert held
    families = [{path.stem.split("-")[0].lower()[:6] for path in fonts} for fonts in (trained, held)]
    assert not families[0] & families[1]


def test_boxes_of_a_strip_hold_their_characters(strip: TrainingStrip) -> None:
    for (x0, y0, x1, y1), covered in zip(strip.boxes.astype(int), strip.coverage, strict=True):
        ink = covered >= 128
        assert ink[y0:y1, x0:x1].sum() == ink.sum() > 0


def test_most_boxes_that_cbr_makes_lie_on_their_characters(cache: Path) -> None:
    strips = [s for shard in (cache / "train").iterdir() for s in load_shard(shard)]
    prompts = [mode_prompt(np.random.default_rng(0), s, i, PromptMode.P_CHAR, true_box=False) for s in strips
               for i in range(len(s.boxes))]  # fmt: skip
    refined = [box for s in strips for box in s.refined]
    used = [any(np.array_equal(p.box, box) for box in refined) for p in prompts]
    assert len(refined) == len(prompts)
    assert np.mean(used) > 0.6


def test_a_smaller_photograph_keeps_the_truth_of_the_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact_data, "RESTYLED", 0.0)
    monkeypatch.setattr(compact_data, "_loosened", lambda rng, polygon: polygon)
    cuts = []
    for share, span in ((0.0, (1.0, 1.0)), (1.0, (0.6, 0.6))):
        monkeypatch.setattr(compact_data, "SHRUNK", share)
        monkeypatch.setattr(compact_data, "SHRINKING", span)
        cuts.append({cut.word: cut for cut in scene_strips(12, default_fonts(), [])})
    both = set(cuts[0]) & set(cuts[1])
    assert both
    for word in both:
        large, small = (found[word] for found in cuts)
        assert large.strip.shape == small.strip.shape
        assert np.array_equal(large.coverage, small.coverage)
        assert not np.array_equal(large.strip, small.strip)


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
        trained, held = material(tmp_path / cache, [fonts[0]], tmp_path, held_out)
        assert (trained, held) == material(tmp_path / cache, [], None, [])  # as it was listed
        assert trained.fonts and held.fonts
    assert [path.name for path in held.photographs] == ["kept.png"]
    assert list(held.fonts) == legible_fonts([fonts[1]])
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


def test_processes_learn_from_the_mean_of_their_gradients(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(_one_of_two, (tmp_path,), nprocs=2)
    for rank in range(2):
        weight, bias, said = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert weight.tolist() == [[2.0, 2.0]]
        assert bias.tolist() == [2.0]
        assert said == 7.0


def test_training_without_making_strips_refuses_a_cache_that_holds_too_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["train_compact.py", "--cache", str(tmp_path / "none"), "--no-data"])
    with pytest.raises(SystemExit):
        train_compact.main()
    assert "holds 0 shards of strips" in capsys.readouterr().err


def _one_of_two(rank: int, folder: Path) -> None:
    compact_processes.PROCESSES = 2
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    layer = torch.nn.Linear(2, 1)
    layer.weight.grad = torch.full((1, 2), 1.0 + 2 * rank)
    layer.bias.grad = torch.full((1,), 4.0) if rank else None  # the other one did not use it
    compact_processes.average_gradients(layer)
    torch.save((layer.weight.grad, layer.bias.grad, compact_processes.agreed(7.0 + rank)), folder / f"{rank}.pt")
    torch.distributed.destroy_process_group()


def test_training_exports_weights_that_load_and_goes_on_where_it_stopped(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "compact.safetensors"
    arguments = argparse.Namespace(
        cache=cache, minutes=0.02, score_every=0.01, rate=1e-3, seed=0, threads=1, out=out, resume=False,
        start_from=None,
    )  # fmt: skip
    train_compact.train(arguments)
    first = [json.loads(line) for line in (cache / "log.jsonl").read_text().splitlines()]
    assert load_compact(out).name == "compact"
    assert 0 <= first[-1]["fgIoU P_char"] <= 1
    arguments.resume, arguments.minutes = True, 0.04
    train_compact.train(arguments)
    again = [json.loads(line) for line in (cache / "log.jsonl").read_text().splitlines()]
    assert again[: len(first)] == first
    assert again[len(first)]["step"] > first[-1]["step"]


def test_training_can_start_from_older_weights(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "compact.safetensors"
    (cache / "checkpoint.pt").unlink(missing_ok=True)
    arguments = argparse.Namespace(
        cache=cache, minutes=0.001, score_every=9, rate=1e-9, seed=0, threads=1, out=out, resume=False,
        start_from=WEIGHTS_FILE,
    )  # fmt: skip
    train_compact.train(arguments)
    old, new = load_file(WEIGHTS_FILE), load_file(out)
    assert all(np.allclose(old[name], new[name], atol=1e-3) for name in old)
