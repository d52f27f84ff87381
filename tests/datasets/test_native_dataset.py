"""Datasets in charsam's own format: words and masks of what `charsam annotate` wrote, and of words.json by hand."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, annotated, photo, picture, write

from charsam import rle
from charsam.datasets import native
from charsam.datasets.base import Sample
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError
from charsam.export import mask_files
from charsam.types import CharacterMask

QUAD = [[4, 4], [60, 4], [60, 26], [4, 26]]
OVERLAPPING = (("a", CharacterMask(np.ones((8, 4), bool), 10, 10)), ("b", CharacterMask(np.ones((8, 4), bool), 12, 10)))


def words_file(*entries: Any) -> dict[str, Any]:
    return {"charsam": 1, "images": list(entries)}


def entry(**fields: Any) -> dict[str, Any]:
    return {"file": "a.jpg", "words": [{"polygon": QUAD, "text": "TEA"}], **fields}


def make(root: Path, *entries: Any) -> Path:
    photo(root / "image" / "a.jpg")
    write(root / "words.json", words_file(*entries))
    return root


def written(root: Path) -> Path:
    photo(root / "image" / "p1.jpg")
    out = io.BytesIO()
    native.write_index([native.image_part("image/p1.jpg", annotated())], out)
    write(root / "words.json", out.getvalue())
    return root


def only(root: Path) -> Sample:
    (sample,) = open_dataset("native", root, strict=True).samples()
    return sample


def assert_truth(sample: Sample, *, characters: bool = True) -> None:
    truth, expected = sample.truth(), annotated()
    np.testing.assert_array_equal(truth.text, expected.text_mask() > 0)
    if characters:
        np.testing.assert_array_equal(truth.characters, expected.character_mask())
    else:
        assert truth.characters is None
    assert truth.ignored[39, 10]
    assert not (truth.ignored & truth.text).any()


def test_what_is_written_is_read_back_bit_by_bit(tmp_path: Path) -> None:
    sample = only(written(tmp_path))

    assert (sample.name, sample.image.name) == ("p1", "p1.jpg")
    assert [(word.text, word.ignore) for word in sample.words] == [("OQé", False), ("", True), ("lost", False)]
    assert [given.category for given in sample.words[0].characters] == ["O", "Q", "é"]
    assert_truth(sample)


def without_masks(root: Path) -> None:
    data = json.loads((root / "words.json").read_text())
    for word in data["images"][0]["words"]:
        for given in word["chars"]:
            del given["mask"]
    write(root / "words.json", data)


def test_masks_beside_the_words_file_serve_where_it_has_none(tmp_path: Path) -> None:
    without_masks(written(tmp_path))
    assert only(tmp_path).truth is None

    for name, data in mask_files("p1", annotated()).items():
        write(tmp_path / name, data)
    assert_truth(only(tmp_path))

    (tmp_path / "p1_chars.png").unlink()
    assert_truth(only(tmp_path), characters=False)


def test_mask_may_be_named_by_the_entry(tmp_path: Path) -> None:
    make(tmp_path, entry(mask="mask/a.png"))
    picture(tmp_path / "mask" / "a.png", annotated().text_mask())
    np.testing.assert_array_equal(only(tmp_path).truth().text, annotated().text_mask() > 0)


def test_mask_outside_the_dataset_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "secret.png", annotated().text_mask())
    dataset = open_dataset("native", make(tmp_path / "set", entry(mask="../secret.png")))
    assert list(dataset.samples()) == []
    assert "mask: expected a file below the folder" in dataset.faults[0].message


def test_words_json_itself_may_be_the_root(tmp_path: Path) -> None:
    assert only(make(tmp_path, entry()) / "words.json").words[0].text == "TEA"


def test_several_words_files_make_one_dataset(tmp_path: Path) -> None:
    for name in "ba":
        photo(tmp_path / f"{name}.jpg")
        write(tmp_path / "shards" / f"{name}.json", words_file(entry(file=f"{name}.jpg")))
    write(tmp_path / "other.json", {"not": "native"})
    assert [sample.name for sample in open_dataset("native", tmp_path, strict=True).samples()] == ["a", "b"]


def test_images_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        photo(tmp_path / folder / "a.jpg")
    write(tmp_path / "words.json", words_file(entry(file="x/a.jpg"), entry(file="y/a.jpg")))
    assert [sample.name for sample in open_dataset("native", tmp_path).samples()] == ["x__a_jpg", "y__a_jpg"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (3, r"words\.json: images\[0\]: expected an object; it is 3"),
        (entry(file=5), r"images\[0\]\.file: expected a text; it is 5"),
        (entry(file="nowhere.jpg"), r"images\[0\]: there is no image for the entry"),
        (entry(words="TEA"), r"images\[0\]\.words: expected a list"),
        (
            entry(width=10, height=10),
            r"images\[0\]: its words are for an image of 10 x 10 pixels; this one has 64 x 48",
        ),
        (entry(words=[{"polygon": [[5, 5]] * 4}]), r"words\[0\]\.polygon: the polygon encloses no area"),
    ],
)
def test_malformed_entry_is_skipped_and_named(tmp_path: Path, bad: Any, message: str) -> None:
    photo(tmp_path / "b.jpg")
    dataset = open_dataset("native", make(tmp_path, bad, entry(file="b.jpg")))

    assert "b" in [sample.name for sample in dataset.samples()]
    assert len(dataset.faults) == 1
    with pytest.raises(DatasetError, match=message):
        list(open_dataset("native", tmp_path, strict=True).samples())


def test_mask_that_claims_to_be_vast_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    mask = {"size": [1_000_000, 1_000_000], "counts": "PPPPPP"}
    character = {"category": "T", "polygon": QUAD, "mask": mask}
    root = make(tmp_path, entry(words=[{"polygon": QUAD, "text": "T", "chars": [character]}]))
    with pytest.raises(DatasetError, match=r"mask\.size: expected the image's height and width, 48 and 64"):
        only(root).truth()


@pytest.mark.parametrize("counts", ["1", "`" * 100_000, "\u00ff", ""])
def test_broken_run_lengths_are_refused(tmp_path: Path, counts: str) -> None:
    mask = {"size": [HEIGHT, WIDTH], "counts": counts}
    character = {"category": "T", "polygon": QUAD, "mask": mask}
    root = make(tmp_path, entry(words=[{"polygon": QUAD, "text": "T", "chars": [character]}]))
    with pytest.raises(DatasetError, match=r"words\.json: images\[0\]\.words\[0\]\.chars\[0\]\.mask"):
        only(root).truth()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 100_000, r"words\.json: at byte 0: expected an object"),
        (b'{"charsam": 1, "images": [' + b"[" * 200_000, "nested too deeply"),
        (b'{"charsam": 2, "images": []}', "expected 1, the version"),
        (b'{"images": []}', "the field 'charsam' is missing"),
        (b'{"charsam": 1, "images": [{}', r"expected ',' or '\]'"),
        (b'{"charsam": 1, "images": [NaN]}', "NaN is not a number that JSON has"),
        (b"\xff\xfe{", "is not UTF-8 text"),
        (b"", "expected an object"),
    ],
)
def test_index_that_is_no_words_file_cannot_be_opened(tmp_path: Path, content: bytes, message: str) -> None:
    write(tmp_path / "words.json", content)
    with pytest.raises(DatasetError, match=message):
        open_dataset("native", tmp_path)


def test_image_without_words_has_an_empty_truth(tmp_path: Path) -> None:
    truth = only(make(tmp_path, entry(words=[]))).truth()
    assert not truth.text.any() and not truth.ignored.any()


def test_character_outside_the_image_is_left_out_of_its_word(tmp_path: Path) -> None:
    written(tmp_path)
    data = json.loads((tmp_path / "words.json").read_text())
    data["images"][0]["words"][0]["chars"][1]["polygon"] = [[500, 5], [510, 5], [510, 9], [500, 9]]
    write(tmp_path / "words.json", data)
    dataset = open_dataset("native", tmp_path)

    (sample,) = dataset.samples()

    assert [given.category for given in sample.words[0].characters] == ["O", "é"]
    assert "words[0].chars[1]: the polygon lies outside the image" in dataset.faults[0].message
    truth, expected = sample.truth(), annotated()
    np.testing.assert_array_equal(truth.text, expected.text_mask() > 0)
    np.testing.assert_array_equal(truth.characters == 2, expected.character_mask() == 3)


def test_mask_that_overlaps_another_gives_its_pixels_to_the_later(tmp_path: Path) -> None:
    letters = tuple({"category": c, "polygon": QUAD, "mask": rle.encode(m, HEIGHT, WIDTH)} for c, m in OVERLAPPING)
    root = make(tmp_path, entry(words=[{"polygon": QUAD, "text": "ab", "chars": letters}]))
    truth = only(root).truth()
    assert (int(truth.text.sum()), int((truth.characters == 1).sum()), int((truth.characters == 2).sum())) == (
        48,
        16,
        32,
    )


def test_names_that_no_encoding_has_are_escaped_in_messages(tmp_path: Path) -> None:
    photo(tmp_path / "image" / "a.jpg")
    text = json.dumps(words_file(entry(), entry(file="\ud800.jpg"), entry(file="b\u0000.jpg")))
    write(tmp_path / "words.json", text)
    dataset = open_dataset("native", tmp_path)
    assert [sample.name for sample in dataset.samples()] == ["a"]
    assert len(dataset.faults) == 2
    assert all(fault.message.encode() for fault in dataset.faults)


def test_there_are_no_splits(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has no splits"):
        open_dataset("native", make(tmp_path, entry()), "train")


def test_a_malformed_word_or_character_costs_nothing_but_itself(tmp_path: Path) -> None:
    data = json.loads((written(tmp_path) / "words.json").read_text())
    words = data["images"][0]["words"]
    words[0]["chars"][1]["category"] = ""
    words[0]["chars"][2]["mask"]["counts"] = "%"
    words[2] = "broken"
    words.append({"polygon": [[1, 1]], "text": "B"})
    write(tmp_path / "words.json", data)
    dataset = open_dataset("native", tmp_path)

    (sample,) = dataset.samples()

    own = annotated()
    assert [(word.text, len(word.characters)) for word in sample.words] == [("OQé", 2), ("", 0)]
    assert [fault.message.partition(": ")[2].split(": ")[0] for fault in dataset.faults] == [
        "images[0].words[0].chars[1].category", "images[0].words[2]", "images[0].words[3].polygon"
    ]  # fmt: skip
    truth = sample.truth()
    broken = own.character_mask() == 3
    np.testing.assert_array_equal(truth.text, (own.text_mask() > 0) & ~broken)
    np.testing.assert_array_equal(truth.characters, np.where(own.character_mask() == 1, 1, 0))
    assert truth.ignored[broken].any()
    assert "chars[2].mask" in dataset.faults[-1].message


def test_one_of_several_words_files_that_is_damaged_costs_its_own_images(tmp_path: Path) -> None:
    for name in "ab":
        photo(tmp_path / f"{name}.jpg")
    write(tmp_path / "a.json", words_file(entry(file="a.jpg")))
    (tmp_path / "b.json").write_text('{"charsam": 1, "images": [{"file": ')
    dataset = open_dataset("native", tmp_path)

    assert [sample.name for sample in dataset.samples()] == ["a"]
    assert [fault.file for fault in dataset.faults] == ["b.json"]


def test_of_two_entries_for_one_image_the_second_is_named_and_the_others_read(tmp_path: Path) -> None:
    photo(tmp_path / "b.jpg")
    dataset = open_dataset("native", make(tmp_path, entry(), entry(file="b.jpg"), entry(file="x/a.jpg")))

    assert [sample.name for sample in dataset.samples()] == ["a", "b"]
    assert ["another entry for the image x/a.jpg" in fault.message for fault in dataset.faults] == [True]
