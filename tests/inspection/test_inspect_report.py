"""`charsam inspect`: what the report of a folder of results holds, and what is said where it cannot be made."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from bending import bent, report_of, write_results
from PIL import Image
from test_inspect_truth import filled, with_hole

from charsam.cli import main
from charsam.colours import colour_index
from charsam.datasets.native import image_entry, words_json
from charsam.inspection.sheets import MASK_COLOURS, TRUTH_COLOURS, packed
from charsam.scenes import Scene
from charsam.types import ImageAnnotation


def truth_file(folder: Path, truth: ImageAnnotation) -> Path:
    path = folder / "photos" / "truth.json"
    path.write_bytes(words_json([image_entry("sign.jpg", truth)]))
    return path


def test_a_report_holds_every_character_with_its_figures(
    tmp_path: Path, scene: Scene, truth: ImageAnnotation, capsys: pytest.CaptureFixture[str]
) -> None:
    word, index = with_hole(truth)
    write_results(tmp_path, scene, bent(truth, word, index, filled))
    true = truth_file(tmp_path, truth)
    status = main(["inspect", str(tmp_path / "out"), "--images", str(tmp_path / "photos"), "--truth", str(true)])

    said = capsys.readouterr().out
    assert status == 0
    assert f"1 images, {len(truth.words)} words, {len(truth.characters)} characters" in said
    assert "1 filled hole" in said
    report = report_of(tmp_path / "out" / "inspection")
    assert report["about"]["truth"] is True
    (image,) = report["images"]
    rows = [one for each in image["words"] for one in each["characters"]]
    assert [row["category"] for row in rows] == [one.category for one in truth.characters]
    bad = image["words"][word]["characters"][index]
    assert (bad["failure"], bad["suspected"]) == ("filled hole", "filled hole")
    assert bad["pixels"][3] == bad["pixels"][4] > 0
    assert bad["reasons"]
    assert all(row["iou"] == 1.0 for row in rows if row is not bad)


def test_its_pictures_hold_the_strips_masks_and_true_pixels_where_the_rows_say(
    tmp_path: Path, scene: Scene, truth: ImageAnnotation
) -> None:
    write_results(tmp_path, scene, truth)
    out = tmp_path / "report"
    arguments = ["--images", str(tmp_path / "photos"), "--truth", str(truth_file(tmp_path, truth)), "--out", str(out)]
    assert main(["inspect", str(tmp_path / "out"), *arguments]) == 0
    (image,) = report_of(out)["images"]
    masks = np.asarray(Image.open(out / f"{image['pictures']}_masks.png"))
    true = np.asarray(Image.open(out / f"{image['pictures']}_truth.png"))
    with Image.open(out / f"{image['pictures']}_strips.jpg") as strips:
        assert list(strips.size) == image["size"] == [masks.shape[1], masks.shape[0]]
    assert masks.max() <= len(MASK_COLOURS)
    assert true.max() <= len(TRUTH_COLOURS)
    assert set(np.unique(true)) == {0, 1}, "every pixel of a true mask is true"
    for word in image["words"]:
        x, y, w, h = word["at"]
        part = masks[y : y + h, x : x + w]
        for one in word["characters"]:
            x0, y0, x1, y1 = one["box"]
            assert (part[y0:y1, x0:x1] == colour_index(one["category"]) + 1).any(), "a letter has its colour"


def test_its_page_needs_nothing_but_the_files_beside_it(tmp_path: Path, scene: Scene, truth: ImageAnnotation) -> None:
    write_results(tmp_path, scene, truth)
    assert main(["inspect", str(tmp_path / "out"), "--images", str(tmp_path / "photos")]) == 0
    page = (tmp_path / "out" / "inspection" / "index.html").read_text(encoding="utf-8")
    assert '<script src="data.js">' in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_hostile_words_stay_data(tmp_path: Path, scene: Scene, truth: ImageAnnotation) -> None:
    entry = write_results(tmp_path, scene, truth)
    entry["words"][0]["text"] = "</script><script>alert(1)</script>\u2028"
    (tmp_path / "out" / "words.json").write_bytes(words_json([entry]))
    assert main(["inspect", str(tmp_path / "out"), "--images", str(tmp_path / "photos")]) == 0
    report = report_of(tmp_path / "out" / "inspection")
    assert report["images"][0]["words"][0]["text"].startswith("</script>")
    assert "alert(1)" not in (tmp_path / "out" / "inspection" / "index.html").read_text(encoding="utf-8")


def test_a_photo_whose_name_is_not_unicode_is_found(tmp_path: Path, scene: Scene, truth: ImageAnnotation) -> None:
    entry = write_results(tmp_path, scene, truth)
    photo = tmp_path / "photos" / entry["file"]
    photo.rename(photo.with_name("bad\udcff.jpg"))
    (tmp_path / "out" / "words.json").write_bytes(words_json([entry | {"file": "bad\\udcff.jpg"}]))
    assert main(["inspect", str(tmp_path / "out"), "--images", str(tmp_path / "photos")]) == 0
    assert len(report_of(tmp_path / "out" / "inspection")["images"]) == 1


def test_one_bad_image_is_named_and_the_others_are_done(
    tmp_path: Path, scene: Scene, truth: ImageAnnotation, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = write_results(tmp_path, scene, truth)
    other = json.loads(json.dumps(entry)) | {"file": "other.jpg", "width": 99}
    (tmp_path / "photos" / "other.jpg").write_bytes((tmp_path / "photos" / "sign.jpg").read_bytes())
    missing = json.loads(json.dumps(entry)) | {"file": "gone.jpg"}
    (tmp_path / "out" / "words.json").write_bytes(words_json([entry, other, missing]))
    assert main(["inspect", str(tmp_path / "out"), "--images", str(tmp_path / "photos")]) == 1
    said = capsys.readouterr()
    assert "1 images" in said.out
    assert "other.jpg" in said.err and "480 pixels" in said.err
    assert "gone.jpg: the photo gone.jpg is not there" in said.err
    problems = [image["problem"] for image in report_of(tmp_path / "out" / "inspection")["images"]]
    assert [bool(problem) for problem in problems] == [False, True, True]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "holds neither words.json nor a folder words"),
        (["out"], "--images FOLDER"),
        (["out", "--images", "photos", "--truth", "photos", "--truth-format", "paper"], "is not one of textseg"),
        (["out", "--images", "photos", "--truth", "nowhere"], "does not exist"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_way_out(
    tmp_path: Path,
    scene: Scene,
    truth: ImageAnnotation,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_results(tmp_path, scene, truth)
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_evaluation_is_compared_with_the_truth_that_it_names(
    tmp_path: Path, scene: Scene, truth: ImageAnnotation
) -> None:
    entry = write_results(tmp_path, scene, truth)
    truth_file(tmp_path, truth).rename(tmp_path / "photos" / "words.json")
    out = tmp_path / "evaluation"
    (out / "words").mkdir(parents=True)
    (out / "words" / "sign.json").write_bytes(words_json([entry]))
    scores = {"dataset": "native", "root": str(tmp_path / "photos"), "split": None}
    (out / "scores.json").write_text(json.dumps(scores))
    assert main(["inspect", str(out)]) == 0
    rows = report_of(out / "inspection")["images"][0]["words"][0]["characters"]
    assert all(row["iou"] == 1.0 for row in rows)


def test_a_refined_dataset_is_found_with_the_photos_that_its_log_names(
    tmp_path: Path, scene: Scene, truth: ImageAnnotation
) -> None:
    write_results(tmp_path, scene, truth)
    out = tmp_path / "out"
    (out / "log").mkdir()
    (out / "log" / "log.jsonl").write_text(
        f"{json.dumps({'start': '2026-01-02T03:04:05+00:00', 'root': str(tmp_path / 'photos'), 'workers': 1})}\n"
        '{"image": 0, "at": 1.0, "seconds": 1.0, "stages": {}}\n'
    )
    assert main(["inspect", str(out)]) == 0
    assert len(report_of(out / "inspection")["images"][0]["words"]) == len(truth.words)


def test_strips_are_packed_in_lines_without_overlap() -> None:
    shapes = [(96, 900), (96, 900), (96, 900), (60, 2040), (96, 10)]
    places, (height, width) = packed(shapes)
    taken = np.zeros((height, width), int)
    for (x, y), (h, w) in zip(places, shapes, strict=True):
        taken[y : y + h, x : x + w] += 1
    assert taken.max() == 1
    assert packed([]) == ([], (0, 0))


def test_jpegs_of_strips_can_be_read(tmp_path: Path, scene: Scene, truth: ImageAnnotation) -> None:
    write_results(tmp_path, scene, truth)
    main(["inspect", str(tmp_path / "out"), "--images", str(tmp_path / "photos")])
    data = (tmp_path / "out" / "inspection" / "pictures" / "00000_strips.jpg").read_bytes()
    assert Image.open(io.BytesIO(data)).format == "JPEG"
