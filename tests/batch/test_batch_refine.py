"""What a batch run writes: masks as the original has them, the words, the manifest, and a summary of all of it."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from batch_runs import (
    HEIGHT,
    SCRIPTS,
    TRAINING,
    VALIDATION,
    WIDTH,
    dark_pixels,
    filling_the_disk,
    job,
    make_mlt17,
    results,
)
from PIL import Image

from charsam.batch.instances import instances_part
from charsam.batch.refine import refine
from charsam.batch.shards import FOLDER
from charsam.batch.summary import readable
from charsam.datasets import coco, native
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError, SettingsError
from charsam.images import load_image
from charsam.rle import decode
from charsam.runs.identity import source
from charsam.runs.task import RunError
from charsam.segmenters import COMPACT_WEIGHTS
from charsam.trace import Settings

BROKEN = "img_01"
LOST = "img_02"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four photographs to train with (two words with don't care among them), one to validate with."""
    return make_mlt17(tmp_path / "root", 4, 1)


def labels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


def test_masks_are_called_and_sized_like_the_originals_and_ignored_words_are_255(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    refine(job(root, out), workers=1)

    photo = np.asarray(Image.open(root / TRAINING[0] / "img_03.png")).mean(axis=2)
    words = np.zeros((HEIGHT, WIDTH), bool)
    for row in range(3):
        words[2 + 15 * row : 15 + 15 * row, 4:80] = True
    ignored = np.zeros((HEIGHT, WIDTH), bool)
    ignored[47:61, 4:81] = True  # the pixels on the edges included
    expected = np.where(words & (photo < 100), 1, np.where(ignored, 255, 0))

    assert sorted(path.name for path in (out / "training_labels").iterdir()) == [f"img_0{n}.png" for n in range(4)]
    assert [path.name for path in (out / "validation_labels").iterdir()] == ["img_04.png"]
    assert (labels(out / "training_labels" / "img_03.png") == expected).all()
    assert SCRIPTS[3] == ("Latin", "###")


def test_the_native_words_hold_the_same_masks(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    refine(job(root, out), workers=1)

    written = json.loads((out / "words.json").read_text())
    files = [image["file"] for image in written["images"]]

    assert sorted(files) == sorted([f"{TRAINING[0]}/img_0{n}.png" for n in range(4)] + [f"{VALIDATION[0]}/img_04.png"])
    for image in written["images"]:
        text = np.zeros((HEIGHT, WIDTH), bool)
        for word in image["words"]:
            for character in word["chars"]:
                text |= decode((HEIGHT, WIDTH), character["mask"]["counts"])
        folder = "validation_labels" if "validation" in image["file"] else "training_labels"
        assert ((labels(out / folder / Path(image["file"]).name) == 1) == text).all()


def test_pycocotools_reads_the_instances_with_the_same_masks(root: Path, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    out = tmp_path / "out"
    refine(job(root, out), workers=1)
    before = results(out)

    again = refine(job(root, out), workers=1, instances=True)

    read = COCO(out / "instances.json")
    assert again.done_now == 0
    assert {name: data for name, data in results(out).items() if name != "instances.json"} == before
    assert len(read.imgs) == 5
    assert len(read.anns) == 30  # of 55 characters, those in whose part of the word there is something dark
    for image in read.imgs.values():
        found = np.zeros((HEIGHT, WIDTH), bool)
        for annotation in read.imgToAnns[image["id"]]:
            mask = read.annToMask(annotation).astype(bool)
            ys, xs = np.nonzero(mask)
            x, y, width, height = annotation["bbox"]
            assert annotation["area"] == mask.sum()
            assert (x, y, x + width - 1, y + height - 1) == (xs.min(), ys.min(), xs.max(), ys.max())
            found |= mask
        folder = "validation_labels" if "validation" in image["file_name"] else "training_labels"
        assert ((labels(out / folder / Path(image["file_name"]).name) == 1) == found).all()


def test_the_instances_are_those_that_the_writer_makes(root: Path) -> None:
    sample = next(iter(open_dataset("mlt17", root, None).samples()))
    annotation = dark_pixels(Settings(segmenter="compact"))(load_image(sample.image), sample.words)

    assert instances_part(native.image_part("a.png", annotation)) == coco.image_part("a.png", annotation)


def test_the_masks_are_read_back_as_an_mlt_s_dataset(root: Path, tmp_path: Path) -> None:
    refine(job(root, root.parent / "out"), workers=1)
    for folder in ("training_labels", "validation_labels"):
        (tmp_path / "out" / folder).rename(root / folder)

    dataset = open_dataset("mlt-s", root, None, strict=True)

    samples = list(dataset.samples())
    assert [sample.split for sample in samples].count("val") == 1
    assert len(samples) == 5
    truths = [sample.truth() for sample in samples if sample.truth is not None]
    assert [bool(truth.text.any()) for truth in truths] == [True] * 5


def test_the_manifest_names_settings_versions_and_weights(root: Path, tmp_path: Path) -> None:
    refine(job(root, tmp_path / "out", settings=Settings(segmenter="compact", vote_threshold=0.5)), workers=1)

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())

    assert manifest["result"] == "MLT_S_refined"
    assert manifest["settings"]["vote_threshold"] == 0.5
    assert manifest["versions"]["torch"]
    assert manifest["weights"]["compact"]["sha256"] == hashlib.sha256(COMPACT_WEIGHTS.read_bytes()).hexdigest()
    assert manifest["images"] == {"listed": 5, "done": 5, "failed": 0, "masks": 5}
    assert manifest["shards"] == 2


def test_the_summary_counts_words_characters_and_suspicions(root: Path, tmp_path: Path) -> None:
    outcome = refine(job(root, tmp_path / "out"), workers=1)

    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    # Each photograph has "AB", "one, two" and two Chinese characters; those of odd numbers a ### too.
    assert summary["words"] == {
        "total": 17,
        "ignored": 2,
        "unusable": 0,
        "read_by_the_recogniser": 0,
        "without_glyph_votes": 5,
    }
    assert summary["characters"]["total"] == 5 * (2 + 7 + 2)
    assert summary["characters"]["without_glyph_votes"] == 10
    assert sum(bar["characters"] for bar in summary["suspicion"]) == 55
    assert outcome.summary == summary
    assert outcome.timing["images"] == 5
    assert outcome.timing["seconds"] > 0
    assert (tmp_path / "out" / "summary.txt").read_text() == readable(summary)


def test_images_that_cannot_be_worked_on_are_told_and_the_others_are_done(root: Path, tmp_path: Path) -> None:
    (root / TRAINING[0] / f"{BROKEN}.png").write_bytes(b"no image")
    (root / TRAINING[0] / f"{LOST}.png").unlink()
    annotation = root / TRAINING[1] / "gt_img_03.txt"
    annotation.write_bytes(annotation.read_bytes() + b"\r\n1,2,3,Latin,too few")

    outcome = refine(job(root, tmp_path / "out"), workers=1)

    assert outcome.summary["images"] == {"listed": 5, "done": 3, "failed": 2, "masks": 3}
    reasons = {Path(failure["name"]).stem: failure["reason"] for failure in outcome.summary["failures"]}
    assert "no image that can be read" in reasons[BROKEN]
    assert "the image that it annotates is missing" in reasons[f"gt_{LOST}"]
    faults = json.loads((tmp_path / "out" / "manifest.json").read_text())["faults"]
    assert any("gt_img_03.txt" in fault["message"] and "line 5" in fault["message"] for fault in faults)
    assert str(tmp_path) not in json.dumps(faults)
    assert outcome.summary["words"]["total"] == 3 + 4 + 3


def test_an_image_without_annotation_has_no_mask_unless_it_is_asked_for(root: Path, tmp_path: Path) -> None:
    (root / TRAINING[1] / "gt_img_01.txt").write_text("")
    refine(job(root, tmp_path / "out"), workers=1)
    refine(job(root, tmp_path / "all", empty_masks=True), workers=1)

    mask = Path("training_labels") / f"{BROKEN}.png"
    assert not (tmp_path / "out" / mask).exists()
    assert (labels(tmp_path / "all" / mask) == 0).all()


def test_a_strict_run_stops_at_the_first_malformed_file_and_names_it(root: Path, tmp_path: Path) -> None:
    annotation = root / TRAINING[1] / "gt_img_03.txt"
    annotation.write_bytes(annotation.read_bytes() + b"\r\n1,2,3,Latin,too few")

    with pytest.raises(RunError, match=r"gt_img_03\.txt.*3 of 5 images are done and stay"):
        refine(job(root, tmp_path / "out", strict=True), workers=1)


def test_like_failures_are_counted_together(root: Path, tmp_path: Path) -> None:
    for number in range(3):
        (root / TRAINING[0] / f"img_0{number}.png").write_bytes(b"no image")

    text = readable(refine(job(root, tmp_path / "out"), workers=1).summary)

    assert "     3 … is damaged, or no image that can be read" in text


def test_a_split_and_a_limit_make_a_smaller_run(root: Path, tmp_path: Path) -> None:
    validation = refine(job(root, tmp_path / "val", split="val"), workers=1)
    first = refine(job(root, tmp_path / "two", limit=2), workers=1)

    assert validation.summary["images"]["listed"] == 1
    assert first.summary["images"]["listed"] == 2
    assert len(list((tmp_path / "two" / "training_labels").iterdir())) == 2


def test_a_finished_run_started_again_does_nothing_and_says_the_same(root: Path, tmp_path: Path) -> None:
    refine(job(root, tmp_path / "out"), workers=1)
    before = results(tmp_path / "out")

    again = refine(job(root, tmp_path / "out"), workers=1)

    assert again.done_now == 0
    assert results(tmp_path / "out") == before


def test_results_of_other_settings_or_of_another_dataset_are_not_mixed(root: Path, tmp_path: Path) -> None:
    refine(job(root, tmp_path / "out"), workers=1)
    before = results(tmp_path / "out")

    with pytest.raises(SettingsError, match=r"settings points was 4, now 2\).*Choose another folder"):
        refine(job(root, tmp_path / "out", settings=Settings(segmenter="compact", points=2)), workers=1)
    make_mlt17(root, 6)
    with pytest.raises(SettingsError, match="dataset images was 5, now 7"):
        refine(job(root, tmp_path / "out"), workers=1)
    assert results(tmp_path / "out") == before


def test_a_run_does_not_go_on_with_a_photo_that_was_replaced_by_one_of_the_same_size(
    root: Path, tmp_path: Path
) -> None:
    refine(job(root, tmp_path / "out"), workers=1)
    photo = root / TRAINING[0] / "img_00.png"
    photo.write_bytes(photo.read_bytes()[:-1] + b"!")

    with pytest.raises(SettingsError, match=r"dataset files was .*, now .*Choose another folder"):
        refine(job(root, tmp_path / "out"), workers=1)


def test_a_run_does_not_go_on_with_other_code(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refine(job(root, tmp_path / "out", limit=1), workers=1)
    monkeypatch.setattr("charsam.batch.identity.own_source", lambda: "0" * 64)

    with pytest.raises(SettingsError, match=r"source was .*, now 000000000000…"):
        refine(job(root, tmp_path / "out", limit=1), workers=1)


def test_the_checksum_of_the_source_is_that_of_what_makes_the_results(tmp_path: Path) -> None:
    for place in ("pipeline.py", "cgr/votes.py", "server/app.py", "cli/find.py"):
        path = tmp_path / "charsam" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("version = 1\n")
    first = source(tmp_path / "charsam")

    (tmp_path / "charsam" / "server" / "app.py").write_text("version = 2\n")
    (tmp_path / "charsam" / "cli" / "find.py").write_text("version = 2\n")
    assert source(tmp_path / "charsam") == first
    (tmp_path / "charsam" / "cgr" / "votes.py").write_text("version = 2\n")
    assert source(tmp_path / "charsam") != first


def test_two_runs_do_not_work_on_one_folder(root: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "out" / FOLDER).mkdir(parents=True)
    with (tmp_path / "out" / FOLDER / "lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(SettingsError, match="another run is working on"):
            refine(job(root, tmp_path / "out"), workers=1)


def test_a_root_that_is_no_dataset_and_an_out_within_it_are_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        refine(job(tmp_path / "nowhere", tmp_path / "out"), workers=1)
    with pytest.raises(SettingsError, match="lies in the dataset"):
        refine(job(root, root / "out"), workers=1)


@pytest.mark.heavy
@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_told_and_loses_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    refine(job(root, tmp_path / "roomy"), workers=1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    try:
        with pytest.raises(RunError, match=r"img_03\.png: File too large\. (\d) of 5 images are done and stay") as full:
            refine(job(root, tmp_path / "out", annotator=filling_the_disk), workers=workers)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert "the same command goes on from there" in str(full.value)
    refine(job(root, tmp_path / "out"), workers=1)
    assert results(tmp_path / "out") == results(tmp_path / "roomy")
