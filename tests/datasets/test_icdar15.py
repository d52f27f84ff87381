"""ICDAR15: quads and transcriptions, one word a line."""

from pathlib import Path
from typing import Any

import pytest
from dataset_layouts import HEIGHT, WIDTH, photo, write

from charsam.datasets.base import Sample
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError

LINES = "\ufeff4,4,40,4,40,20,4,20,Joint, Venture\r\n4,24,40,24,40,40,4,40,###\r\n\r\n44,4,60,4,60,20,44,20, \r\n"


def make(root: Path, text: str | bytes = LINES, split: str = "training", name: str = "img_1") -> Path:
    photo(root / f"ch4_{split}_images" / f"{name}.jpg")
    write(root / f"ch4_{split}_localization_transcription_gt" / f"gt_{name}.txt", text)
    return root


def only(root: Path, **options: Any) -> Sample:
    (sample,) = open_dataset("icdar15", root, strict=True, **options).samples()
    return sample


def test_transcription_keeps_its_commas_and_hashes_are_ignored(tmp_path: Path) -> None:
    sample = only(make(tmp_path))

    assert [(word.text, word.ignore) for word in sample.words] == [
        ("Joint, Venture", False),
        (None, True),
        (None, True),
    ]
    assert sample.words[0].polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]
    assert (sample.name, sample.truth, sample.split) == ("img_1", None, "train")


def test_line_ends_of_unicode_do_not_part_lines(tmp_path: Path) -> None:
    assert only(make(tmp_path, "4,4,40,4,40,20,4,20,a\u2028b\x85c\n")).words[0].text == "a\u2028b\x85c"


def test_text_in_utf_16_is_read_by_its_mark(tmp_path: Path) -> None:
    assert only(make(tmp_path, "4,4,40,4,40,20,4,20,größe\n".encode("utf-16"))).words[0].text == "größe"


def test_training_and_test_images_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    make(tmp_path)
    make(tmp_path, "4,4,40,4,40,20,4,20,other\n", split="test")

    assert only(tmp_path, split="test").words[0].text == "other"
    assert only(tmp_path, split="training").words[0].text == "Joint, Venture"
    assert len({sample.name for sample in open_dataset("icdar15", tmp_path).samples()}) == 2


def test_images_and_words_may_share_a_folder(tmp_path: Path) -> None:
    photo(tmp_path / "gt" / "img_1.png")
    write(tmp_path / "gt" / "gt_img_1.txt", LINES)
    assert only(tmp_path).image.name == "img_1.png"


def test_photo_on_its_side_takes_words_as_it_is_shown(tmp_path: Path) -> None:
    make(tmp_path, f"{WIDTH - 10},4,{WIDTH},4,{WIDTH},20,{WIDTH - 10},20,edge")
    photo(tmp_path / "ch4_training_images" / "img_1.jpg", (HEIGHT, WIDTH), orientation=6)
    assert only(tmp_path).words[0].text == "edge"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("4,4,40,4,40,20,4,text", "expected x1,y1,x2,y2,x3,y3,x4,y4 and a transcription"),
        ("4,4,40,4,40,20,4,inf,text", "expected x1,y1,x2,y2,x3,y3,x4,y4 and a transcription"),
        ("4,4,40,4,40,20,4,1e400,text", "expected x1,y1,x2,y2,x3,y3,x4,y4 and a transcription"),
        ("4,4,4,4,4,4,4,4,text", "the polygon encloses no area"),
        ("900,4,940,4,940,20,900,20,text", "the polygon lies outside the image of 64 x 48 pixels"),
        ("4,4,400000,4,400000,20,4,20,text", "the polygon reaches far outside the image"),
    ],
)
def test_malformed_line_is_skipped_and_named(tmp_path: Path, line: str, message: str) -> None:
    dataset = open_dataset("icdar15", make(tmp_path, f"4,4,40,4,40,20,4,20,kept\n{line}\n"))

    (sample,) = dataset.samples()

    assert [word.text for word in sample.words] == ["kept"]
    (fault,) = dataset.faults
    assert fault.file == "ch4_training_localization_transcription_gt/gt_img_1.txt"
    assert fault.message.startswith("gt_img_1.txt: line 2: ")
    assert message in fault.message


def test_faults_are_counted_once_however_often_the_images_are_read(tmp_path: Path) -> None:
    dataset = open_dataset("icdar15", make(tmp_path, "nonsense\n"))
    list(dataset.samples())
    list(dataset.samples())
    assert len(dataset.faults) == 1


def test_strict_stops_at_the_first_fault(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gt_img_1\.txt: line 1: expected x1"):
        only(make(tmp_path, "nonsense\n"))
