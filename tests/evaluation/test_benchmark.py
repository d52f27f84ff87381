"""The generated benchmark: the same bytes for everyone, in TextSeg's layout, with the scenes' exact truth."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from charsam.cli import main
from charsam.datasets.registry import open_dataset
from charsam.evaluation.benchmark import make_benchmark, quad_around, scene_of


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, benchmark_root: Path) -> None:
    make_benchmark(tmp_path / "again", scenes=2)

    assert contents(tmp_path / "again") == contents(benchmark_root)


def test_another_seed_gives_other_scenes(tmp_path: Path, benchmark_root: Path) -> None:
    make_benchmark(tmp_path / "other", scenes=1, seed=1)

    image = "image/scene00000.jpg"
    assert contents(tmp_path / "other")[image] != contents(benchmark_root)[image]


@pytest.mark.heavy
def test_a_larger_benchmark_begins_with_the_smaller_one(tmp_path: Path, benchmark_root: Path) -> None:
    make_benchmark(tmp_path / "larger", scenes=3)

    larger = contents(tmp_path / "larger")
    for path, data in contents(benchmark_root).items():
        if path.startswith(("image/", "annotation/", "semantic_label/")):
            assert larger[path] == data


def test_it_is_laid_out_as_textseg(benchmark_root: Path) -> None:
    assert sorted(contents(benchmark_root)) == [
        "annotation/scene00000_anno.json",
        "annotation/scene00000_mask.png",
        "annotation/scene00000_maskeff.png",
        "annotation/scene00001_anno.json",
        "annotation/scene00001_mask.png",
        "annotation/scene00001_maskeff.png",
        "benchmark.json",
        "image/scene00000.jpg",
        "image/scene00001.jpg",
        "semantic_label/scene00000_maskfg.png",
        "semantic_label/scene00001_maskfg.png",
        "split.json",
        "words.json",
    ]


def test_the_native_words_keep_the_curved_polygons_and_the_masks(benchmark_root: Path) -> None:
    for index, sample in enumerate(open_dataset("native", benchmark_root, strict=True).samples()):
        scene = scene_of(0, index).scene
        assert sample.truth is not None
        np.testing.assert_array_equal(sample.truth().characters, scene.character_mask)
        for word, own in zip(sample.words, scene.words, strict=True):
            assert np.abs(word.polygon - own.polygon).max() < 0.01


def test_every_box_has_four_corners_as_in_textseg(benchmark_root: Path) -> None:
    for path in (benchmark_root / "annotation").glob("*_anno.json"):
        for word in json.loads(path.read_text(encoding="utf-8")).values():
            assert [len(entry["bbox"]) for entry in (word, *word["char"].values())] == [8] * (1 + len(word["char"]))


def test_the_reader_gets_the_scenes_words_and_exact_masks_back(benchmark_root: Path) -> None:
    dataset = open_dataset("textseg", benchmark_root, "test", strict=True)
    samples = list(dataset.samples())

    assert [sample.name for sample in samples] == ["scene00000", "scene00001"]
    for index, sample in enumerate(samples):
        scene = scene_of(0, index).scene
        assert sample.truth is not None
        truth = sample.truth()
        assert truth.characters is not None
        np.testing.assert_array_equal(truth.text, scene.character_mask > 0)
        np.testing.assert_array_equal(truth.characters, scene.character_mask)
        assert not truth.ignored.any()
        assert [word.text for word in sample.words] == [word.text for word in scene.words]
        assert [c.category for word in sample.words for c in word.characters] == [
            c.category for word in scene.words for c in word.characters
        ]


def test_the_photograph_is_that_of_the_scene(benchmark_root: Path) -> None:
    stored = np.asarray(Image.open(benchmark_root / "image" / "scene00000.jpg")).astype(int)

    assert np.abs(stored - scene_of(0, 0).scene.image).mean() < 3


def test_the_manifest_has_the_checksum_of_every_file(benchmark_root: Path) -> None:
    files = contents(benchmark_root)
    manifest = json.loads(files.pop("benchmark.json"))

    assert (manifest["seed"], manifest["scenes"]) == (0, 2)
    assert manifest["sha256"] == {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def test_hard_scenes_are_in_the_mixture(benchmark_root: Path) -> None:
    assert "hard" in json.loads((benchmark_root / "benchmark.json").read_bytes())["kinds"]


def test_the_quad_of_a_curved_word_runs_as_the_word_runs() -> None:
    angles = np.linspace(-1.0, 1.0, 9)  # an arc of more than 90 degrees: its ends are low, its middle is high
    upper = np.stack([100 * np.sin(angles), -100 * np.cos(angles)], 1)
    lower = np.stack([80 * np.sin(angles), -80 * np.cos(angles)], 1)[::-1]

    quad = quad_around(np.concatenate([upper, lower]).astype(np.float32))

    np.testing.assert_allclose(quad[0], [-100 * np.sin(1), -100], atol=1e-3)
    np.testing.assert_allclose(quad[2], [100 * np.sin(1), -80 * np.cos(1)], atol=1e-3)


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("kept")

    status = main(["benchmark", "make", "--out", str(tmp_path), "--scenes", "1"])

    assert status == 2
    assert "is there already; name a new folder, or an empty one" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_benchmark_that_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("charsam.evaluation.benchmark.scene_of", stopped)

    status = main(["benchmark", "make", "--out", str(tmp_path / "new"), "--scenes", "1"])

    assert status == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("option", "value"), [("--scenes", "0"), ("--scenes", "-3"), ("--seed", "-1")])
def test_numbers_out_of_range_are_refused(
    tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["benchmark", "make", "--out", str(tmp_path / "new"), option, value])

    assert status == 2
    assert f"{option.strip('-')} is {value}; it must lie between" in capsys.readouterr().err
