"""MLT_S: masks of 0, 1 and 255 for MLT17's images."""

from pathlib import Path

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, annotated, photo, picture, write

from charsam.datasets.mlt_s import mask_files
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError


def make(root: Path) -> Path:
    for split in ("training", "validation"):
        photo(root / f"ch8_{split}_images" / "img_1.jpg")
        write(root / f"ch8_{split}_gt_v2" / "gt_img_1.txt", f"4,4,40,4,40,20,4,20,Latin,{split}\n")
        photo(root / f"ch8_{split}_images" / "img_2.jpg")
    for path, data in {**mask_files("img_1", annotated()), **mask_files("img_1", annotated(), "val")}.items():
        write(root / path, data)
    return root


def test_written_masks_are_read_back_bit_by_bit(tmp_path: Path) -> None:
    (sample,) = open_dataset("mlt-s", make(tmp_path), "train", strict=True).samples()
    truth = sample.truth()

    np.testing.assert_array_equal(truth.text, annotated().text_mask() > 0)
    assert truth.ignored[39, 10] and truth.ignored[39, 40] and not truth.ignored[20, 10]
    assert not (truth.ignored & truth.text).any()
    assert truth.characters is None


def test_words_and_images_are_those_of_the_same_split(tmp_path: Path) -> None:
    (sample,) = open_dataset("mlt-s", make(tmp_path), "val", strict=True).samples()
    assert sample.image == tmp_path / "ch8_validation_images" / "img_1.jpg"
    assert [word.text for word in sample.words] == ["validation"]
    assert sample.split == "val"


def test_masks_tell_the_split_where_the_images_do_not(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "img_5.jpg")
    for path, data in mask_files("img_5", annotated(), "val").items():
        write(tmp_path / path, data)
    (sample,) = open_dataset("mlt-s", tmp_path, "val", strict=True).samples()
    assert sample.split == "val"


def test_images_without_masks_are_left_alone(tmp_path: Path) -> None:
    dataset = open_dataset("mlt-s", make(tmp_path))
    assert (len(dataset), len(list(dataset.samples())), dataset.faults) == (2, 2, [])


def test_mask_without_image_is_a_fault(tmp_path: Path) -> None:
    picture(make(tmp_path) / "training_labels" / "img_9.png", np.zeros((HEIGHT, WIDTH), np.uint8))
    dataset = open_dataset("mlt-s", tmp_path)
    assert len(list(dataset.samples())) == 2
    assert dataset.faults[0].message == "training_labels/img_9.png: the image that it annotates is missing"


def test_palette_masks_are_read_by_their_indices(tmp_path: Path) -> None:
    from PIL import Image

    make(tmp_path)
    path = tmp_path / "training_labels" / "img_1.png"
    with Image.open(path) as stored:
        image = Image.fromarray(np.asarray(stored)).convert("P")
    image.putpalette([7, 7, 7] * 256)
    image.save(path)
    (sample,) = open_dataset("mlt-s", tmp_path, "train").samples()
    np.testing.assert_array_equal(sample.truth().text, annotated().text_mask() > 0)


def test_masks_of_black_and_white_are_refused_with_what_was_expected(tmp_path: Path) -> None:
    make(tmp_path)
    picture(tmp_path / "training_labels" / "img_1.png", np.full((HEIGHT, WIDTH), 128, np.uint8))
    (sample,) = open_dataset("mlt-s", tmp_path, "train").samples()
    with pytest.raises(DatasetError, match=r"img_1\.png holds the value 128 at x 0, y 0; expected 0, 1, 255"):
        sample.truth()


def test_masks_without_any_image_are_no_dataset(tmp_path: Path) -> None:
    picture(tmp_path / "training_labels" / "img_9.png", np.zeros((HEIGHT, WIDTH), np.uint8))
    with pytest.raises(DatasetError, match=r"it has no image for its masks, such as img_9\.jpg"):
        open_dataset("mlt-s", tmp_path)
