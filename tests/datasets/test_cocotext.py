"""COCO-Text v2: the one JSON file, and what it says of legibility."""

import json
from pathlib import Path
from typing import Any

import pytest
from dataset_layouts import photo, write

from charsam.datasets.base import Dataset
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError

NAME = "COCO_train2014_000000000009"
IMAGE = {"id": 9, "set": "train", "width": 64, "height": 48, "file_name": f"{NAME}.jpg"}
MASK = [40, 20, 4, 20, 4, 4, 40, 4]
WORD = {"id": 1, "image_id": 9, "mask": MASK, "bbox": [4, 4, 36, 16], "utf8_string": "TEA", "legibility": "legible"}


def make(root: Path, *words: Any, imgs: dict[str, Any] | None = None) -> Path:
    photo(root / "train2014" / f"{NAME}.jpg")
    anns = {
        str(number): {**word, "id": number} if isinstance(word, dict) else word for number, word in enumerate(words)
    }
    data = {"cats": {}, "anns": anns, "imgs": imgs or {"9": IMAGE}, "imgToAnns": {"9": list(anns)}, "info": {"v": 2}}
    write(root / "cocotext.v2.json", data)
    return root


def read(root: Path, **options: Any) -> tuple[Dataset, list[Any]]:
    dataset = open_dataset("coco-text", root, **options)
    return dataset, list(dataset.samples())


def test_words_have_their_polygon_from_the_top_left_clockwise(tmp_path: Path) -> None:
    _, (sample,) = read(make(tmp_path, WORD), strict=True)
    assert (sample.name, sample.image.name, sample.split) == (NAME, f"{NAME}.jpg", "train")
    assert [word.text for word in sample.words] == ["TEA"]
    assert sample.words[0].polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]


def test_illegible_words_without_a_string_are_ignored(tmp_path: Path) -> None:
    illegible = {key: value for key, value in WORD.items() if key != "utf8_string"} | {"legibility": "illegible"}
    _, (sample,) = read(make(tmp_path, illegible, WORD), strict=True)
    assert [(word.text, word.ignore) for word in sample.words] == [(None, True), ("TEA", False)]


def test_box_serves_where_there_is_no_polygon(tmp_path: Path) -> None:
    _, (sample,) = read(make(tmp_path, {**WORD, "mask": []}), strict=True)
    assert sample.words[0].polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]


def test_polygon_of_three_points_becomes_a_rectangle(tmp_path: Path) -> None:
    _, (sample,) = read(make(tmp_path, {**WORD, "mask": [4, 4, 40, 4, 40, 20]}), strict=True)
    assert sample.words[0].polygon.shape == (4, 2)


def test_boxes_are_cut_to_the_image(tmp_path: Path) -> None:
    _, (sample,) = read(make(tmp_path, {**WORD, "mask": [], "bbox": [-6, -2, 100, 30]}), strict=True)
    assert sample.words[0].polygon.tolist() == [[0, 0], [64, 0], [64, 28], [0, 28]]


def test_image_without_words_is_listed(tmp_path: Path) -> None:
    _, (sample,) = read(make(tmp_path), strict=True)
    assert sample.words == ()


def test_missing_images_are_counted(tmp_path: Path) -> None:
    other = {**IMAGE, "id": 10, "file_name": "COCO_train2014_000000000010.jpg"}
    dataset, samples = read(make(tmp_path, WORD, imgs={"9": IMAGE, "10": other}))
    assert (len(dataset), len(samples)) == (2, 1)
    assert "imgs.10: its image COCO_train2014_000000000010.jpg is missing" in dataset.faults[0].message


def test_split_is_the_set_of_the_image(tmp_path: Path) -> None:
    photo(tmp_path / "train2014" / "b.jpg")
    imgs = {"9": IMAGE, "10": {**IMAGE, "id": 10, "file_name": "b.jpg", "set": "val"}}
    _, (sample,) = read(make(tmp_path, WORD, imgs=imgs), split="val", strict=True)
    assert (sample.name, sample.split) == ("b", "val")
    with pytest.raises(DatasetError, match="no split 'test'; its splits are train, val"):
        open_dataset("coco-text", tmp_path, "test")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (3, r"cocotext\.v2\.json: anns\.0: expected an object; it is 3"),
        ({**WORD, "image_id": None}, r"anns\.0: the field 'image_id' is missing"),
        ({**WORD, "image_id": 77}, r"anns: 1 are for the image 77, which imgs does not have"),
        ({**WORD, "mask": [1, 2, 3]}, r"anns\.0\.mask: expected x1, y1"),
        ({**WORD, "mask": [1, 2, "3", 4, 5, 6]}, r"anns\.0\.mask\[2\]: expected a number of pixels"),
        ({**WORD, "mask": [5] * 8}, r"anns\.0: the polygon encloses no area"),
        ({**WORD, "mask": None, "bbox": [4, 4, 0, 9]}, r"anns\.0\.bbox: expected x, y, width, height"),
        ({**WORD, "legibility": 1}, r"anns\.0\.legibility: expected a text; it is 1"),
        ({**WORD, "legibility": "so so"}, r"anns\.0\.legibility: expected legible or illegible"),
        ({**WORD, "utf8_string": ["T"]}, r"anns\.0\.utf8_string: expected a text; it is a list of 1"),
    ],
)
def test_malformed_word_is_skipped_and_named(tmp_path: Path, word: Any, message: str) -> None:
    dataset, (sample,) = read(make(tmp_path, word, WORD))

    assert [found.text for found in sample.words] == ["TEA"]
    assert len(dataset.faults) == 1
    with pytest.raises(DatasetError, match=message):
        read(tmp_path, strict=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "expected an object"),
        ('{"imgs": [{"file_name": "a.jpg"}], "anns": {}}', "imgs: expected an object"),
        ('{"imgs": {}, "anns": 5}', "anns: expected an object"),
        ('{"imgs": {}}', "the field 'anns' is missing"),
        ('{"imgs": {"9": {"file_name": NaN}}, "anns": {}}', "NaN is not a number that JSON has"),
        ('{"imgs": ' + '{"a":' * 100_000, "nested too deeply"),
        ('{"imgs": {}, "anns": {}} trailing', "expected the end of the file"),
        ('{"imgs": {}, "anns": {"1": {"mask": [1, 2}}}', "it is not valid JSON"),
    ],
)
def test_malformed_index_cannot_be_opened(tmp_path: Path, content: str, message: str) -> None:
    write(make(tmp_path) / "cocotext.v2.json", content)
    with pytest.raises(DatasetError, match=rf"cocotext\.v2\.json: .*{message}"):
        open_dataset("coco-text", tmp_path)


def test_index_without_any_of_its_images_is_no_dataset(tmp_path: Path) -> None:
    write(tmp_path / "cocotext.v2.json", json.dumps({"imgs": {"9": IMAGE}, "anns": {}}))
    with pytest.raises(DatasetError, match=rf"no image that cocotext\.v2\.json names, such as {NAME}\.jpg"):
        open_dataset("coco-text", tmp_path)


def test_image_name_that_leads_out_of_the_root_finds_nothing(tmp_path: Path) -> None:
    photo(tmp_path / "secret.jpg")
    imgs = {"9": IMAGE, "1": {**IMAGE, "file_name": "../secret.jpg"}}
    dataset, samples = read(make(tmp_path / "set", WORD, imgs=imgs))
    assert [sample.name for sample in samples] == [NAME]
    assert "../secret.jpg is missing" in dataset.faults[0].message
