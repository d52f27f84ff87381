"""`charsam reproduce`: all four tables beside the published ones, gone on with after a stop."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from charsam.cli import main
from charsam.cli import reproduce as command
from charsam.errors import SettingsError
from charsam.evaluation import reproduce as work
from charsam.evaluation import training
from charsam.evaluation.benchmark import make_benchmark
from charsam.evaluation.joined_dataset import joined
from charsam.evaluation.training_sets import TrainingSource, with_truth
from charsam.pipeline import CharSAM


@pytest.fixture(scope="module")
def arguments(benchmark_root: Path) -> list[str]:
    """Of a run on one scene a table, without a checkpoint."""
    sources = [f"--{name}=native={benchmark_root}" for name in ("add", "train", "test")]
    small = ["--segmenter", "colour", "--limit", "1", "--added", "1", "--steps", "2"]
    return ["reproduce", "--textseg", str(benchmark_root), *sources, *small]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, arguments: list[str], pipeline: CharSAM) -> Path:
    """The folder with the results of such a run."""
    out = tmp_path_factory.mktemp("reproduced")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("charsam.pipeline.CharSAM", lambda: pipeline)
        patch.setattr(work, "estimate", lambda *given: "")
        assert main([*arguments, "--out", str(out)]) == 0
    return out


def read(results: Path) -> dict[str, Any]:
    return json.loads((results / "reproduction.json").read_text(encoding="utf-8"))


def test_every_row_of_the_papers_tables_stands_beside_what_was_measured(results: Path) -> None:
    rows = {(row["table"], row["row"]): row for row in read(results)["rows"]}

    first = [name for table, name in rows if table == "I"]
    assert [len([1 for table, _ in rows if table == name]) for name in ("II", "III", "IV")] == [4, 4, 3]
    assert first[:5] == [
        "PSPNet",
        "SMANet",
        "TextRNet + DeepLabV3+ (multi-scale)",
        "TextRNet + HRNetV2-W58 (multi-scale)",
        "TFT (multi-scale)",
    ]
    assert rows["I", "PSPNet"]["published"] == {"fgiou": None, "f_score": 0.74}
    assert rows["I", work.AS_PAPER]["published"] == {"fgiou": 0.848, "f_score": 0.9215}
    assert rows["I", work.AS_PAPER]["fgiou"] == rows["II", "+ CBR + CGR, TN = 80"]["fgiou"]
    assert rows["I", work.AS_PAPER]["fgiou"] != rows["I", work.WITH_ADDITIONS]["fgiou"]
    assert all(row["fgiou"] is not None for (table, _), row in rows.items() if table != "I")


def test_tables_are_made_in_the_papers_way(results: Path) -> None:
    (settings,) = read(results)["tables_of"]["settings"]

    assert settings["point_choice"] == "all"
    assert set(settings["left_out"]) == set(work.ADDITIONS)
    assert settings["vote_threshold"] == 0.6


def test_the_report_shows_the_published_figures(results: Path) -> None:
    report = (results / "report.html").read_text(encoding="utf-8")

    for figures in ("– / 74.00", "– / 77.00", "86.06 / 92.10", "87.11 / 93.10", "78.30 / 83.52", "82.88 / 89.50"):
        assert figures in report
        assert figures in (results / "reproduction.md").read_text(encoding="utf-8")


def test_a_second_run_takes_table_iv_from_the_first(
    results: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: object) -> None:
        raise AssertionError("trained again")

    before = read(results)["rows"][-3:]
    monkeypatch.setattr(work, "train_network", never)
    monkeypatch.setattr(work, "estimate", lambda *given: "")
    monkeypatch.setattr(work, "run_tables", lambda *given: (None, None))

    assert main([*arguments, "--out", str(results)]) == 0

    assert read(results)["rows"][-3:] == before


def test_other_settings_do_not_go_on_with_an_earlier_table_iv(benchmark_root: Path, tmp_path: Path) -> None:
    source = TrainingSource("native", benchmark_root)
    fourth = work.FourthTable(source, (source,), source, training.TrainingRecipe(steps=2))
    work._begin(tmp_path / "run.json", fourth.names())

    with pytest.raises(SettingsError, match="Table IV of other settings"):
        work._begin(tmp_path / "run.json", {**fourth.names(), "each": 3})


def test_the_estimate_alone_computes_no_table(
    benchmark_root: Path, tmp_path: Path, pipeline: CharSAM, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("charsam.pipeline.CharSAM", lambda: pipeline)
    named = ["--textseg", str(benchmark_root), "--segmenter", "colour", "--limit", "1", "--out", str(tmp_path)]

    assert main(["reproduce", *named, "--estimate"]) == 0

    assert "in all: Tables I to III" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.heavy
def test_training_that_was_stopped_ends_as_if_it_had_not_been(
    benchmark_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVED_EVERY", 1)
    examples = with_truth(TrainingSource("native", benchmark_root).samples())
    recipe = training.TrainingRecipe(steps=3, batch=1, crop=64)
    device = training.torch.device("cpu")

    def stopped(steps: int) -> None:
        if (tmp_path / "part.pt").is_file():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train_network(recipe, examples, device, tmp_path / "part.pt", stopped)
    resumed = training.train_network(recipe, examples, device, tmp_path / "part.pt")
    whole = training.train_network(recipe, examples, device, tmp_path / "whole.pt")

    for name, value in whole.state_dict().items():
        np.testing.assert_allclose(resumed.state_dict()[name].numpy(), value.numpy(), atol=1e-6)


@pytest.mark.heavy
def test_a_random_subset_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    make_benchmark(tmp_path / "made", scenes=6)
    source = TrainingSource("native", tmp_path / "made")

    def names(seed: int) -> list[str]:
        return [one.name for one in source.samples(limit=3, rng=np.random.default_rng(seed))]

    assert names(1) == names(1)
    assert len({tuple(names(seed)) for seed in range(5)}) > 1


def test_images_smaller_than_a_crop_are_mirrored(benchmark_root: Path) -> None:
    (example, *_) = with_truth(TrainingSource("native", benchmark_root).samples())

    image, label = example.pixels(2000)

    assert min(label.shape) == 2000
    assert image.shape == (*label.shape, 3)


def test_masks_and_images_in_two_folders_are_read_as_one(tmp_path: Path, benchmark_root: Path) -> None:
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.png").write_bytes(b"")

    both = joined(tmp_path / "masks", benchmark_root / "image", tmp_path / "both")

    assert {path.name for folder in both.iterdir() for path in folder.iterdir()} >= {"a.png", "scene00000.jpg"}


def test_a_set_that_is_written_wrongly_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--add", "coco", "--train", "native=a", "--test", "native=b", "--segmenter", "colour"]
    assert main(["reproduce", *wrong, "--out", str(tmp_path)]) == 2
    assert "'coco': write NAME=FOLDER or NAME:SPLIT=FOLDER" in capsys.readouterr().err


def test_the_deep_network_segments_images_of_any_size() -> None:
    recipe = command._recipe("deeplabv3", 2, 0, None)
    network = training.new_network(recipe, training.torch.device("cpu")).eval()

    found = training.predicted(network, np.zeros((70, 90, 3), np.uint8), training.torch.device("cpu"))

    assert found.shape == (70, 90)
