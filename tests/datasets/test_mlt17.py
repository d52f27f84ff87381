"""MLT17: quads, scripts and transcriptions, one word a line."""

from pathlib import Path

import pytest
from dataset_layouts import photo, write

from charsam.datasets.base import Dataset
from charsam.datasets.registry import open_dataset

QUAD = "4,4,40,4,40,20,4,20"


def make(root: Path, text: str) -> Dataset:
    photo(root / "ch8_training_images_1" / "img_1.jpg")
    write(root / "ch8_training_localization_transcription_gt_v2" / "gt_img_1.txt", text)
    return open_dataset("mlt17", root)


def test_transcription_is_all_after_the_ninth_comma(tmp_path: Path) -> None:
    lines = f"\ufeff{QUAD},Latin,Rue 5, bis, 2,3\n{QUAD},Chinese,茶館\n{QUAD},Arabic,مقهى\n{QUAD},Symbols,,\n"
    (sample,) = make(tmp_path, lines).samples()
    assert [word.text for word in sample.words] == ["Rue 5, bis, 2,3", "茶館", "مقهى", ","]


def test_hashes_are_not_cared_for(tmp_path: Path) -> None:
    (sample,) = make(tmp_path, f"{QUAD},None,###\n{QUAD},Korean,###\n{QUAD},Latin,##\n").samples()
    assert [(word.text, word.ignore) for word in sample.words] == [(None, True), (None, True), (None, True)]


@pytest.mark.parametrize("rest", ["Klingon,text", "text", "", "###"])
def test_line_without_a_known_script_is_a_fault(tmp_path: Path, rest: str) -> None:
    dataset = make(tmp_path, f"{QUAD},{rest}\n")
    (sample,) = dataset.samples()
    assert sample.words == ()
    assert "gt_img_1.txt: line 1: expected a script (Arabic, Latin," in dataset.faults[0].message


def test_quad_that_crosses_itself_becomes_its_tightest_rectangle(tmp_path: Path) -> None:
    (sample,) = make(tmp_path, "4,4,40,20,40,4,4,20,Latin,bow\n").samples()
    assert sample.words[0].polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]


def test_folders_of_images_may_be_many(tmp_path: Path) -> None:
    photo(tmp_path / "ch8_training_images_2" / "img_2.png")
    write(tmp_path / "ch8_training_localization_transcription_gt_v2" / "gt_img_2.txt", f"{QUAD},Latin,two\n")
    dataset = make(tmp_path, f"{QUAD},Latin,one\n")
    assert [sample.words[0].text for sample in dataset.samples()] == ["one", "two"]
    assert [sample.name for sample in dataset.samples(1)] == ["img_2"]
    assert [sample.name for sample in dataset.samples(0, 1)] == ["img_1"]
