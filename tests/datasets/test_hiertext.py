"""HierText: paragraphs, lines and words."""

from pathlib import Path
from typing import Any

import pytest
from dataset_layouts import photo, write

from charsam.datasets.base import Dataset
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError

QUAD = [[4, 4], [40, 4], [40, 20], [4, 20]]


def word(text: str, **fields: Any) -> dict[str, Any]:
    return {"vertices": QUAD, "text": text, "legible": True, **fields}


def paragraph(*words: Any, **fields: Any) -> dict[str, Any]:
    line = {"vertices": QUAD, "text": "", "legible": True, "words": list(words)}
    return {"vertices": QUAD, "legible": True, "lines": [line], **fields}


def make(root: Path, *paragraphs: Any, split: str = "train", key: str = "0a1b") -> Dataset:
    photo(root / split / f"{key}.jpg")
    entry = {"image_id": key, "image_width": 64, "image_height": 48, "paragraphs": list(paragraphs)}
    write(root / "gt" / f"{split}.jsonl", {"info": {"date": "x"}, "annotations": [entry]})
    return open_dataset("hiertext", root)


def test_words_are_read_in_their_order_and_illegible_ones_ignored(tmp_path: Path) -> None:
    dataset = make(tmp_path, paragraph(word("Tea"), word("?", legible=False)), paragraph(word("House")))
    (sample,) = dataset.samples()
    assert [(found.text, found.ignore) for found in sample.words] == [("Tea", False), (None, True), ("House", False)]
    assert (sample.name, sample.split, dataset.faults) == ("0a1b", "train", [])


def test_illegible_paragraphs_and_lines_without_words_are_ignored_as_a_whole(tmp_path: Path) -> None:
    line = {"vertices": QUAD, "text": "", "legible": False}
    dataset = make(tmp_path, paragraph(lines=[], legible=False), paragraph(lines=[line]))
    (sample,) = dataset.samples()
    assert [(found.text, found.ignore) for found in sample.words] == [(None, True), (None, True)]


def test_splits_are_the_files(tmp_path: Path) -> None:
    make(tmp_path, paragraph(word("a")))
    make(tmp_path, paragraph(word("b")), split="validation", key="0c")
    assert [sample.name for sample in open_dataset("hiertext", tmp_path).samples()] == ["0a1b", "0c"]
    assert [sample.words[0].text for sample in open_dataset("hiertext", tmp_path, "val").samples()] == ["b"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (word("a", vertices=[[1, 2], [3]]), r"words\[0\]\.vertices\[1\]: expected x and y"),
        (word("a", vertices=[[1, 2], [3, 4]]), r"vertices: expected at least 3 points, there are 2"),
        (word("a", legible="yes"), r"legible: expected true or false; it is \"yes\""),
        (word("a", vertices=[[5, 5]] * 4), r"vertices: the polygon encloses no area"),
        ("a", r"annotations\[0\]\.paragraphs\[0\]\.lines\[0\]\.words\[0\]: expected an object"),
    ],
)
def test_malformed_word_is_skipped_and_named(tmp_path: Path, bad: Any, message: str) -> None:
    dataset = make(tmp_path, paragraph(bad, word("kept")))
    (sample,) = dataset.samples()
    assert [found.text for found in sample.words] == ["kept"]
    assert len(dataset.faults) == 1
    with pytest.raises(DatasetError, match=rf"train\.jsonl: .*{message}"):
        list(open_dataset("hiertext", tmp_path, strict=True).samples())


def test_packed_files_are_named_in_the_error(tmp_path: Path) -> None:
    write(tmp_path / "gt" / "train.jsonl.gz", b"\x1f\x8b")
    with pytest.raises(DatasetError, match=r"unpack the \.gz files first"):
        open_dataset("hiertext", tmp_path)
