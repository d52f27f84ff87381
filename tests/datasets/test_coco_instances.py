"""COCO instances: what charsam writes, pycocotools reads, holes and all."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, annotated, box, character
from pycocotools.coco import COCO

from charsam.datasets.coco import image_part, write_index
from charsam.types import AnnotatedWord, ImageAnnotation, PromptMode


def written(root: Path, *parts: bytes) -> COCO:
    path = root / "instances.json"
    with path.open("wb") as file:
        write_index(parts, file)
    return COCO(str(path))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_masks_are_read_by_pycocotools_bit_by_bit(tmp_path: Path) -> None:
    expected = annotated()
    coco = written(tmp_path, image_part("a.jpg", expected), image_part("b.jpg", expected))

    for image_id in (1, 2):
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=[image_id]))
        values = np.zeros((HEIGHT, WIDTH), np.uint16)
        for value, annotation in enumerate(annotations, start=1):
            values[coco.annToMask(annotation) > 0] = value
        np.testing.assert_array_equal(values, expected.character_mask())
    assert [image["file_name"] for image in coco.loadImgs([1, 2])] == ["a.jpg", "b.jpg"]


def test_letter_with_a_hole_is_a_run_length_instance_and_no_crowd(tmp_path: Path) -> None:
    annotation = written(tmp_path, image_part("a.jpg", annotated())).loadAnns([2])[0]

    assert annotation["iscrowd"] == 0
    assert annotation["segmentation"]["size"] == [HEIGHT, WIDTH]
    assert (annotation["bbox"], annotation["area"]) == ([12, 6, 6, 8], 40)


def test_numbers_are_unique_and_categories_are_the_characters(tmp_path: Path) -> None:
    coco = written(tmp_path, image_part("a.jpg", annotated()), image_part("b.jpg", annotated(1)))

    assert sorted(coco.getAnnIds()) == [1, 2, 3, 4]
    assert {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())} == {79: "O", 81: "Q", 233: "é"}
    assert coco.loadAnns([4])[0]["category_id"] == ord("O")


def test_box_is_that_of_the_pixels_and_empty_masks_are_left_out() -> None:
    pixels = np.zeros((8, 6), bool)
    pixels[2:5, 1:3] = True
    letters = (character("a", 10, 10, pixels), character("b", 30, 10, np.zeros((4, 4), bool)))
    word = AnnotatedWord(box(8, 8, 40, 24), "ab", letters)
    part = json.loads(image_part("a.jpg", ImageAnnotation(WIDTH, HEIGHT, (word,), "colour", PromptMode.B)))

    (instance,) = part["instances"]
    assert (instance["bbox"], instance["area"]) == ([11, 12, 2, 3], 6)


def test_no_images_make_a_valid_file(tmp_path: Path) -> None:
    coco: Any = written(tmp_path)
    assert (coco.getImgIds(), coco.getAnnIds()) == ([], [])
