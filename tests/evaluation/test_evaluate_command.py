"""`charsam evaluate`: what it writes, what it says, its exit status, and how it goes on after a stop."""

import csv
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from charsam.cli import main
from charsam.evaluation import evaluate as evaluating
from charsam.evaluation.benchmark import scene_of
from charsam.pipeline import CharSAM
from charsam.trace import Trace
from charsam.types import Word


class CountingPipeline:
    """The real pipeline, with the images counted that it is asked to work on."""

    def __init__(self, pipeline: CharSAM) -> None:
        self.pipeline = pipeline
        self.runs = 0
        self.words: list[Word] = []
        self.stop_after: int | None = None

    def run(self, *arguments: Any, **named: Any) -> Trace:
        if self.stop_after is not None and self.runs >= self.stop_after:
            raise KeyboardInterrupt
        self.runs += 1
        self.words += arguments[1] or ()
        return self.pipeline.run(*arguments, **named)


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch, pipeline: CharSAM) -> CountingPipeline:
    counted = CountingPipeline(pipeline)
    monkeypatch.setattr(evaluating, "CharSAM", lambda: counted)
    return counted


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, benchmark_root: Path, pipeline: CharSAM) -> Path:
    """The results of a whole run, not to be changed."""
    out = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluating, "CharSAM", lambda: pipeline)
        assert evaluate("textseg", benchmark_root, out, "--save-masks", "--split", "test") == 0
    return out


@pytest.fixture
def textseg(tmp_path: Path, benchmark_root: Path) -> Path:
    """A copy of the benchmark that a test may damage."""
    return Path(shutil.copytree(benchmark_root, tmp_path / "textseg"))


def evaluate(dataset: str, root: Path, out: Path, *more: str) -> int:
    return main(["evaluate", dataset, "--root", str(root), "--out", str(out), "--segmenter", "colour", *more])


def scores(out: Path) -> dict[str, Any]:
    return json.loads((out / "scores.json").read_text(encoding="utf-8"))


def native(folder: Path, name: str = "a.png") -> Path:
    """A native dataset of one image with the picture of its mask."""
    scene = scene_of(0, 0).scene
    (folder / "image").mkdir(parents=True)
    (folder / "mask").mkdir()
    Image.fromarray(scene.image).save(folder / "image" / name)
    Image.fromarray(scene.text_mask()).save(folder / "mask" / "a.png")
    words = [{"polygon": word.polygon.tolist(), "text": word.text} for word in scene.words]
    entry = {"file": f"image/{name}", "mask": "mask/a.png", "words": words}
    (folder / "words.json").write_text(json.dumps({"charsam": 1, "images": [entry]}), encoding="utf-8")
    return folder


def test_the_scores_are_those_of_the_saved_masks(report: Path) -> None:
    found, hits, union, precision, recall = scores(report), 0, 0, [], []
    for index in range(2):
        made = np.asarray(Image.open(report / "masks" / f"scene{index:05d}.png"))
        true = scene_of(0, index).scene.character_mask > 0
        assert made.dtype == np.uint8
        assert set(np.unique(made)) == {0, 255}
        shared = np.count_nonzero((made == 255) & true)
        hits, union = hits + shared, union + np.count_nonzero((made == 255) | true)
        precision.append(shared / np.count_nonzero(made))
        recall.append(shared / np.count_nonzero(true))
    p, r = np.mean(precision), np.mean(recall)
    assert found["fgiou"] == pytest.approx(hits / union, abs=1e-6)
    assert found["f_mean_pr"] == pytest.approx(2 * p * r / (p + r), abs=1e-6)
    assert found["f_dataset"] == pytest.approx(2 * hits / (hits + union), abs=1e-6)


def test_scores_json_has_intervals_and_a_row_for_every_image(report: Path) -> None:
    found = scores(report)
    assert [row["image"] for row in found["images"]] == ["scene00000", "scene00001"]
    for name in ("fgiou", "f_mean_pr", "f_dataset", "character_iou", "box_recall"):
        low, high = found["intervals"][name]
        assert 0 <= low <= found[name] <= high <= 1
    assert sum(row["true_characters"] for row in found["images"]) == sum(
        len(word.characters) for index in range(2) for word in scene_of(0, index).scene.words
    )


def test_the_characters_of_the_truth_are_not_given_to_the_pipeline(
    tmp_path: Path, benchmark_root: Path, counting: CountingPipeline
) -> None:
    evaluate("textseg", benchmark_root, tmp_path / "report", "--limit", "1")

    assert [word.text for word in counting.words] == [word.text for word in scene_of(0, 0).scene.words]
    assert all(word.characters == () for word in counting.words)


def test_the_csv_has_the_rows_of_scores_json(report: Path) -> None:
    with (report / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["image"], float(row["fgiou"])) for row in rows] == [
        (row["image"], row["fgiou"]) for row in scores(report)["images"]
    ]


def test_the_report_shows_the_worst_image_first_and_needs_no_other_file(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    ranked = sorted(scores(report)["images"], key=lambda row: row["fgiou"])
    assert re.findall(r"<figcaption>(\w+) ", page) == [row["image"] for row in ranked]
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert not re.search(r"""(src|href)=["'](?!data:)|https?://|@import|url\(""", page)
    assert "prefers-color-scheme: dark" in page
    assert "its figures cannot be compared with published ones" in page


def test_names_of_files_are_harmless_in_the_report(tmp_path: Path) -> None:
    name = "=cmd'&<img src=x onerror=alert(1)>.png"

    status = evaluate("native", native(tmp_path / "data", name), tmp_path / "report")

    assert status == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    image = scores(tmp_path / "report")["images"][0]["image"]
    assert "<img src=x" not in page
    assert html.escape(image) in page
    assert f'"\'{image}"'.replace('"', "") in (tmp_path / "report" / "images.csv").read_text(encoding="utf-8")


def test_a_native_folder_with_pictures_of_masks_is_scored(tmp_path: Path) -> None:
    status = evaluate("native", native(tmp_path / "data"), tmp_path / "report")

    found = scores(tmp_path / "report")
    assert status == 0
    assert found["fgiou"] > 0.3
    assert found["box_recall"] is None
    assert found["intervals"]["box_recall"] == [None, None]


def test_a_damaged_image_is_counted_and_stops_no_other(
    tmp_path: Path, textseg: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = textseg / "image" / "scene00000.jpg"
    image.write_bytes(image.read_bytes()[:3000])

    status = evaluate("textseg", textseg, tmp_path / "report")

    found = scores(tmp_path / "report")
    assert status == 1
    assert [row["image"] for row in found["images"]] == ["scene00001"]
    assert [failure["image"] for failure in found["failed"]] == ["scene00000"]
    assert "damaged" in found["failed"][0]["reason"]
    assert "1 of 2 images scored, 1 not" in capsys.readouterr().out


def test_an_image_without_annotation_is_counted_as_a_fault(
    tmp_path: Path, textseg: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (textseg / "annotation" / "scene00001_anno.json").write_text("{")

    status = evaluate("textseg", textseg, tmp_path / "report")

    assert status == 1
    assert scores(tmp_path / "report")["scored"] == 1
    assert "scene00001_anno.json is not valid JSON" in capsys.readouterr().err


def test_strict_stops_at_the_first_fault(tmp_path: Path, textseg: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (textseg / "annotation" / "scene00000_anno.json").write_text("{")

    status = evaluate("textseg", textseg, tmp_path / "report", "--strict")

    assert status == 1
    assert "scene00000_anno.json is not valid JSON" in capsys.readouterr().err
    assert not (tmp_path / "report" / "scores.json").exists()


def test_a_run_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, benchmark_root: Path, report: Path, counting: CountingPipeline
) -> None:
    asked = ("textseg", benchmark_root, tmp_path / "report", "--save-masks", "--split", "test")
    counting.stop_after = 1
    stopped = evaluate(*asked)
    counting.runs, counting.stop_after = 0, None

    status = evaluate(*asked)

    assert (stopped, status, counting.runs) == (130, 0, 1)
    whole, resumed = scores(report), scores(tmp_path / "report")
    for row in (*whole["images"], *resumed["images"]):
        del row["seconds"]
    assert resumed == whole
    assert (tmp_path / "report" / "report.html").read_text().count("data:image/jpeg") == 2


def test_a_stopped_run_with_other_settings_is_not_gone_on_with(
    tmp_path: Path, benchmark_root: Path, counting: CountingPipeline
) -> None:
    counting.stop_after = 1
    evaluate("textseg", benchmark_root, tmp_path / "report")
    counting.runs, counting.stop_after = 0, None

    evaluate("textseg", benchmark_root, tmp_path / "report", "--points", "2")

    assert counting.runs == 2


def test_a_stopped_run_whose_photo_was_replaced_is_not_gone_on_with(
    tmp_path: Path, benchmark_root: Path, counting: CountingPipeline
) -> None:
    root = shutil.copytree(benchmark_root, tmp_path / "root")
    counting.stop_after = 1
    evaluate("textseg", root, tmp_path / "report")
    counting.runs, counting.stop_after = 0, None
    first, second, *_ = sorted((root / "image").iterdir())
    data = second.read_bytes()
    second.write_bytes(first.read_bytes())
    first.write_bytes(data)

    evaluate("textseg", root, tmp_path / "report")

    assert counting.runs == 2


def test_a_line_that_was_cut_off_by_a_crash_is_done_again(
    tmp_path: Path, benchmark_root: Path, counting: CountingPipeline
) -> None:
    counting.stop_after = 1
    evaluate("textseg", benchmark_root, tmp_path / "report")
    log = tmp_path / "report" / ".progress" / "rows.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1]) + lines[1][:20])
    counting.runs, counting.stop_after = 0, None

    status = evaluate("textseg", benchmark_root, tmp_path / "report")

    assert (status, counting.runs) == (0, 2)
    assert scores(tmp_path / "report")["scored"] == 2


def test_nothing_of_the_progress_is_left_when_it_is_done(tmp_path: Path, benchmark_root: Path) -> None:
    evaluate("textseg", benchmark_root, tmp_path / "report", "--limit", "1")

    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == [
        "images.csv",
        "report.html",
        "scores.json",
        "words",
    ]


@pytest.mark.parametrize(
    ("dataset", "more", "said"),
    [
        ("textseg", (), "does not exist"),
        ("textseg", ("--points", "99"), "points is 99"),
        ("textseg", ("--fonts", "nowhere"), "nowhere"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused_in_a_sentence(
    tmp_path: Path, dataset: str, more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = evaluate(dataset, tmp_path / "missing", tmp_path / "report", *more)

    assert status == 2
    error = capsys.readouterr().err
    assert error.startswith("charsam evaluate: ")
    assert said in error


def test_a_split_that_the_dataset_does_not_have_is_refused(
    tmp_path: Path, benchmark_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = evaluate("textseg", benchmark_root, tmp_path / "report", "--split", "holdout")

    assert status == 2
    assert "holdout" in capsys.readouterr().err


def test_words_can_be_found_instead_of_given(tmp_path: Path, benchmark_root: Path) -> None:
    status = evaluate("textseg", benchmark_root, tmp_path / "report", "--limit", "1", "--find-words")

    found = scores(tmp_path / "report")
    assert status == 0
    assert found["words"] == "found"
    assert found["fgiou"] > 0.3
    assert found["box_recall"] is None
