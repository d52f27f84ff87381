"""COCO_TS: masks of 0, 1 and 255 for COCO-Text's images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_layouts import annotated, photo, picture, write

from charsam.datasets.base import Sample
from charsam.datasets.coco_ts import mask_files
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError

NAME = "COCO_train2014_000000000009"
INDEX = {
    "imgs": {"9": {"file_name": f"{NAME}.jpg", "set": "val"}},
    "anns": {"1": {"image_id": 9, "mask": [4, 4, 40, 4, 40, 20, 4, 20], "utf8_string": "TEA", "legibility": "legible"}},
}


def make(root: Path, folder: str = "COCO_TS_labels") -> Path:
    photo(root / "train2014" / f"{NAME}.jpg")
    photo(root / "train2014" / "COCO_train2014_000000000010.jpg")
    for path, data in mask_files(NAME, annotated()).items():
        write(root / folder / path, data)
    return root


def only(root: Path, **options: Any) -> Sample:
    (sample,) = open_dataset("coco-ts", root, strict=True, **options).samples()
    return sample


@pytest.mark.parametrize("folder", ["COCO_TS_labels", "COCO_TS", "."])
def test_written_masks_are_read_back_bit_by_bit(tmp_path: Path, folder: str) -> None:
    sample = only(make(tmp_path, folder))
    truth = sample.truth()

    assert sample.name == NAME
    np.testing.assert_array_equal(truth.text, annotated().text_mask() > 0)
    assert truth.ignored[39, 10] and truth.ignored[39, 40]
    assert not (truth.ignored & truth.text).any()


def test_photos_may_be_png_files_too(tmp_path: Path) -> None:
    make(tmp_path, "COCO_TS")
    for file in (tmp_path / "train2014").iterdir():
        file.unlink()
    photo(tmp_path / "train2014" / f"{NAME}.png")
    assert only(tmp_path).image == tmp_path / "train2014" / f"{NAME}.png"


def test_written_mask_has_one_channel_of_0_1_255(tmp_path: Path) -> None:
    from PIL import Image

    with Image.open(make(tmp_path) / "COCO_TS_labels" / f"{NAME}.png") as stored:
        assert stored.mode == "L"
        assert np.unique(np.asarray(stored)).tolist() == [0, 1, 255]


def test_words_are_those_of_coco_text_where_its_file_is_there(tmp_path: Path) -> None:
    assert only(make(tmp_path)).words == ()
    write(tmp_path / "cocotext.v2.json", INDEX)
    sample = only(tmp_path)
    assert [word.text for word in sample.words] == ["TEA"]
    assert sample.split == "val"


def test_split_is_that_of_coco_text(tmp_path: Path) -> None:
    write(make(tmp_path) / "cocotext.v2.json", INDEX)
    assert only(tmp_path, split="val").name == NAME
    with pytest.raises(DatasetError, match="no split 'train'; its splits are val"):
        open_dataset("coco-ts", tmp_path, "train")


def test_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    picture(make(tmp_path) / "COCO_TS_labels" / f"{NAME}.png", np.zeros((9, 9), np.uint8))
    with pytest.raises(DatasetError, match="has 9 x 9 pixels; its image has 64 x 48"):
        only(tmp_path)
