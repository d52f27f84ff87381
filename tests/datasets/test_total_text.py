"""Total-Text: annotations that look like Python, read without running them, and masks that are JPEG files."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from dataset_layouts import HEIGHT, WIDTH, photo, picture, write
from PIL import Image

from charsam.datasets.base import Dataset, Sample
from charsam.datasets.registry import open_dataset

CURVED = "x: [[ 4 20 40 40 20  4]], y: [[10  4 10 20 14 20]], ornt: [u'c'], transcriptions: [u'the']\n"


def make(root: Path, text: str | bytes = CURVED, split: str = "Train", masks: bool = True, mode: str = "L") -> Path:
    photo(root / "Images" / split / "img1.jpg")
    write(root / "Groundtruth" / "Polygon" / split / "poly_gt_img1.txt", text)
    if masks:
        buffer = io.BytesIO()
        Image.fromarray(pixels()).convert(mode).save(buffer, "JPEG", quality=60)
        write(root / "groundtruth_pixel" / split / "img1.jpg", buffer.getvalue())
    return root


def pixels() -> np.ndarray:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[9:25, 11:33] = 255
    return values


def only(root: Path, **options: Any) -> Sample:
    (sample,) = open_dataset("total-text", root, strict=True, **options).samples()
    return sample


def texts(root: Path, text: str | bytes) -> list[str | None]:
    return [word.text for word in only(make(root, text)).words]


def read(root: Path, text: str | bytes) -> tuple[Dataset, list[Sample]]:
    dataset = open_dataset("total-text", make(root, text))
    return dataset, list(dataset.samples())


def test_curved_word_keeps_its_points_and_its_first(tmp_path: Path) -> None:
    (word,) = only(make(tmp_path)).words
    assert (word.text, word.ignore) == ("the", False)
    assert word.polygon.tolist() == [[4, 10], [20, 4], [40, 10], [40, 20], [20, 14], [4, 20]]


def test_polygon_drawn_the_other_way_becomes_clockwise(tmp_path: Path) -> None:
    (word,) = only(make(tmp_path, "x: [[4 4 40 40]], y: [[4 20 20 4]], ornt: [u'h'], transcriptions: [u'a']")).words
    assert word.polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_mask_that_is_a_jpeg_is_binarised_at_127(tmp_path: Path, mode: str) -> None:
    truth = only(make(tmp_path, mode=mode)).truth()
    with Image.open(tmp_path / "groundtruth_pixel" / "Train" / "img1.jpg") as stored:
        assert len(np.unique(np.asarray(stored))) > 2
    np.testing.assert_array_equal(truth.text, pixels() > 0)
    assert not truth.ignored.any()
    assert truth.characters is None


def test_masks_of_text_regions_are_no_truth(tmp_path: Path) -> None:
    make(tmp_path, masks=False)
    picture(tmp_path / "Text_Region_Mask" / "Train" / "img1.png", np.full((HEIGHT, WIDTH), 255, np.uint8))
    assert only(tmp_path).truth is None


def test_hash_marks_what_is_to_be_ignored(tmp_path: Path) -> None:
    words = only(
        make(
            tmp_path,
            "x: [[4 40 40 4]], y: [[4 4 20 20]], ornt: [u'#'], transcriptions: [u'#']\n"
            "x: [[4 40 40 4]], y: [[24 24 40 40]], ornt: [u'h'], transcriptions: [u'#1']\n",
        )
    ).words
    assert [(word.text, word.ignore) for word in words] == [(None, True), ("#1", False)]


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("u'NURI\\'S'", "NURI'S"),
        ('u"NURI\'S"', "NURI'S"),
        ("'plain'", "plain"),
        ("u'caf\\xe9'", "café"),
        ("u'\\u4e2d'", "中"),
        ("u'a\\\\b'", "a\\b"),
        ("u'[x], y: [['", "[x], y: [["),
        ("u'__import__(\"os\").getcwd()'", '__import__("os").getcwd()'),
    ],
)
def test_texts_are_unescaped_as_python_writes_them(tmp_path: Path, literal: str, text: str) -> None:
    assert texts(tmp_path, f"x: [[4 40 40 4]], y: [[4 4 20 20]], ornt: [u'h'], transcriptions: [{literal}]") == [text]


def test_record_may_run_over_several_lines_and_numbers_may_have_commas(tmp_path: Path) -> None:
    text = "\ufeffx: [[4, 40,\n  40 4]], y: [[4 4 20\n 20]], ornt: [u'h'], transcriptions: [u'wrapped']\r\n" + CURVED
    assert texts(tmp_path, text) == ["wrapped", "the"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("x: [[4 40 40]], y: [[4 4 20 20]], ornt: [u'h'], transcriptions: [u'a']", "there are 3 x and 4 y"),
        ("x: [[4 40 nan 4]], y: [[4 4 20 20]], ornt: [u'h'], transcriptions: [u'a']", "x: expected numbers"),
        ("x: [[4 40 40 4]], y: [[4 4 20 20]], ornt: [u'h'], transcriptions: [exit()]", "expected x: [[…]], y"),
        ("x: [[4 40 40 4]], y: [[4 4 20 20", "expected x: [[…]], y"),
        ("x: [[4 4 4 4]], y: [[4 4 4 4]], ornt: [u'h'], transcriptions: [u'a']", "encloses no area"),
        ("x: [[900 940 940 900]], y: [[4 4 20 20]], ornt: [u'h'], transcriptions: [u'a']", "lies outside the image"),
        ("x: [[4 40 40 4]], y: [[4 4 99999999999 20]], ornt: [u'h'], transcriptions: [u'a']", "y: expected numbers"),
    ],
)
def test_malformed_record_is_skipped_and_named_by_its_line(tmp_path: Path, record: str, message: str) -> None:
    dataset, samples = read(tmp_path, CURVED + record + "\n" + CURVED)

    assert [len(sample.words) for sample in samples] == [2]
    (fault,) = dataset.faults
    assert fault.file == "Groundtruth/Polygon/Train/poly_gt_img1.txt"
    assert fault.message.startswith("poly_gt_img1.txt: line 2: ")
    assert message in fault.message


def test_file_of_another_kind_is_a_fault(tmp_path: Path) -> None:
    dataset, samples = read(tmp_path, "377,117,463,117,465,130,378,130,Genaxis")
    assert "line 1: expected x: [[…]]" in dataset.faults[0].message
    assert [sample.words for sample in samples] == [()]


def test_annotation_may_be_named_like_its_image(tmp_path: Path) -> None:
    photo(tmp_path / "Images" / "img1.jpg")
    write(tmp_path / "Annotation" / "img1.txt", CURVED)
    write(tmp_path / "README.txt", "not one of them")
    assert [word.text for word in only(tmp_path).words] == ["the"]


@pytest.mark.parametrize("folder", ["GroundTruth/Pixel", "PixelMask", "mask", "GT"])
def test_masks_may_lie_in_a_folder_of_another_name(tmp_path: Path, folder: str) -> None:
    make(tmp_path, masks=False)
    picture(tmp_path / folder / "Train" / "img1.png", pixels())
    np.testing.assert_array_equal(only(tmp_path).truth().text, pixels() > 0)


def test_splits_are_the_folders(tmp_path: Path) -> None:
    make(tmp_path)
    make(tmp_path, CURVED.replace("the", "end"), split="Test")

    assert [word.text for word in only(tmp_path, split="test").words] == ["end"]
    assert [word.text for word in only(tmp_path, split="train").words] == ["the"]
    names = [sample.name for sample in open_dataset("total-text", tmp_path).samples()]
    assert names == ["Images__Test__img1_jpg", "Images__Train__img1_jpg"]


def test_missing_mask_among_others_is_a_fault(tmp_path: Path) -> None:
    make(tmp_path)
    photo(tmp_path / "Images" / "Train" / "img2.JPG")
    write(tmp_path / "Groundtruth" / "Polygon" / "Train" / "poly_gt_img2.txt", CURVED)
    dataset = open_dataset("total-text", tmp_path)

    assert [sample.name for sample in dataset.samples()] == ["img1"]
    assert "its pixel mask groundtruth_pixel/…/img2.jpg is missing" in dataset.faults[0].message


def test_words_of_matlab_files_are_read(tmp_path: Path) -> None:
    photo(tmp_path / "Images" / "img1.jpg")
    row = np.empty((2, 6), object)
    row[0] = ["x:", np.array([[4, 40, 40, 4]]), "y:", np.array([[5, 5, 20, 20]]), "HOTEL", "h"]
    row[1] = ["x:", np.array([[4, 40, 40, 4]]), "y:", np.array([[25, 25, 40, 40]]), "#", "#"]
    scipy.io.savemat(tmp_path / "poly_gt_img1.mat", {"polygt": row})

    (sample,) = open_dataset("total-text", tmp_path, strict=True).samples()

    assert [(word.text, word.ignore) for word in sample.words] == [("HOTEL", False), (None, True)]
    assert sample.words[0].polygon.tolist() == [[4, 5], [40, 5], [40, 20], [4, 20]]


def test_a_damaged_matlab_file_is_named(tmp_path: Path) -> None:
    photo(tmp_path / "Images" / "img1.jpg")
    write(tmp_path / "poly_gt_img1.mat", b"MATLAB")
    dataset = open_dataset("total-text", tmp_path)

    assert list(dataset.samples()) == []
    assert "poly_gt_img1.mat is no MATLAB file" in dataset.faults[0].message
