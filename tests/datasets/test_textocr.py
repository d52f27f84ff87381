"""TextOCR: flat polygons, and a full stop for what cannot be read."""

from pathlib import Path
from typing import Any

import pytest
from dataset_layouts import photo, write

from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError

POINTS = [4.5, 4.0, 40.5, 4.0, 40.5, 20.0, 4.5, 20.0]


def make(root: Path, words: list[Any], split: str = "train", key: str = "a4ea") -> Path:
    photo(root / "train_images" / f"{key}.jpg")
    anns = {f"{key}_{n}": {"id": f"{key}_{n}", "image_id": key, **word} for n, word in enumerate(words)}
    imgs = {key: {"id": key, "width": 64, "height": 48, "set": split, "file_name": f"train/{key}.jpg"}}
    write(root / f"TextOCR_0.1_{split}.json", {"info": {}, "imgs": imgs, "anns": anns, "imgToAnns": {key: list(anns)}})
    return root


def test_a_full_stop_is_illegible(tmp_path: Path) -> None:
    words = [{"points": POINTS, "utf8_string": "."}, {"points": POINTS, "utf8_string": "5.0"}]
    (sample,) = open_dataset("textocr", make(tmp_path, words), strict=True).samples()
    assert [(word.text, word.ignore) for word in sample.words] == [(None, True), ("5.0", False)]
    assert sample.words[0].polygon.tolist() == [[4.5, 4], [40.5, 4], [40.5, 20], [4.5, 20]]


def test_polygon_keeps_all_its_points(tmp_path: Path) -> None:
    points = [4, 10, 20, 4, 40, 10, 40, 20, 20, 14, 4, 20]
    (sample,) = open_dataset(
        "textocr", make(tmp_path, [{"points": points, "utf8_string": "arc"}]), strict=True
    ).samples()
    assert sample.words[0].polygon.ravel().tolist() == points


def test_files_of_several_splits_make_one_dataset(tmp_path: Path) -> None:
    make(tmp_path, [{"points": POINTS, "utf8_string": "a"}])
    make(tmp_path, [{"points": POINTS, "utf8_string": "b"}], "val", "b7")
    assert [sample.name for sample in open_dataset("textocr", tmp_path).samples()] == ["a4ea", "b7"]
    assert [sample.name for sample in open_dataset("textocr", tmp_path, "val").samples()] == ["b7"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ({"points": POINTS}, r"anns\.a4ea_0: the field 'utf8_string' is missing"),
        ({"points": POINTS[:5], "utf8_string": "a"}, r"anns\.a4ea_0\.points: expected x1, y1"),
        ({"points": [9] * 8, "utf8_string": "a"}, r"anns\.a4ea_0\.points: the polygon encloses no area"),
        ({"points": POINTS, "utf8_string": "\ud800"}, r"anns\.a4ea_0\.utf8_string: expected Unicode text"),
    ],
)
def test_malformed_word_is_named(tmp_path: Path, word: Any, message: str) -> None:
    import json

    root = make(tmp_path, [])
    data = json.loads((root / "TextOCR_0.1_train.json").read_text())
    data["anns"] = {"a4ea_0": {"id": "a4ea_0", "image_id": "a4ea", **word}}
    (root / "TextOCR_0.1_train.json").write_text(json.dumps(data))
    with pytest.raises(DatasetError, match=message):
        list(open_dataset("textocr", root, strict=True).samples())
