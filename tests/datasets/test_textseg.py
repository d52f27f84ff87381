"""TextSeg: the layout with its traps, read, and written so that it is read back bit by bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, annotated, photo, picture, write

from charsam.datasets.base import Sample
from charsam.datasets.registry import open_dataset
from charsam.datasets.textseg import image_files, mask_values, split_file
from charsam.errors import DatasetError

WORD = [4, 4, 40, 4, 40, 20, 4, 20]
TEA = {
    "0000": {
        "text": "TE",
        "bbox": WORD,
        "char": {
            "00": {"text": "T", "bbox": [4, 4, 16, 4, 16, 20, 4, 20], "mask_value": 1},
            "10": {"text": "E", "bbox": [14, 4, 28, 4, 28, 20, 14, 20], "mask_value": 7},
            "2": {"text": "!", "bbox": [30, 4, 36, 4, 36, 20, 30, 20], "mask_value": 3},
        },
    },
    "0007": {"text": "house", "bbox": [4, 30, 40, 30, 40, 44, 4, 44]},
}


def make(root: Path, annotation: Any = None, name: str = "a00001") -> Path:
    """One image with two characters (1 and 7), a shadow (200) and an ignored patch (255)."""
    photo(root / "image" / f"{name}.jpg")
    write(root / "annotation" / f"{name}_anno.json", TEA if annotation is None else annotation)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[5:19, 5:12], mask[5:19, 16:26], mask[40:44, 50:60] = 1, 7, 255
    picture(root / "annotation" / f"{name}_mask.png", mask)
    picture(root / "annotation" / f"{name}_maskeff.png", mask)
    labels = np.zeros_like(mask)
    labels[5:19, 12:14] = 200
    labels[(mask == 1) | (mask == 7)] = 100
    labels[mask == 255] = 255
    picture(root / "semantic_label" / f"{name}_maskfg.png", labels)
    write(root / "split.json", {"train": [name], "val": [], "test": ["missing"]})
    return root


def only(root: Path, **options: Any) -> Sample:
    (sample,) = open_dataset("textseg", root, **options).samples()
    return sample


def test_words_and_characters_are_read_with_gaps_in_the_ids_and_without_char(tmp_path: Path) -> None:
    sample = only(make(tmp_path))

    assert (sample.name, sample.image.name) == ("a00001", "a00001.jpg")
    assert [word.text for word in sample.words] == ["TE", "house"]
    assert [given.category for given in sample.words[0].characters] == ["T", "!", "E"]
    assert sample.words[1].characters == ()
    assert sample.words[0].polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]


def test_text_is_100_alone_and_255_is_ignored(tmp_path: Path) -> None:
    truth = only(make(tmp_path)).truth()

    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[5:19, 5:12] = expected[5:19, 16:26] = True
    np.testing.assert_array_equal(truth.text, expected)
    assert truth.ignored.sum() == 40
    assert truth.ignored[40:44, 50:60].all()


def test_characters_are_numbered_in_the_order_of_the_words(tmp_path: Path) -> None:
    truth = only(make(tmp_path)).truth()

    assert (truth.characters[5:19, 5:12] == 1).all()
    assert (truth.characters[5:19, 16:26] == 3).all()
    assert not (truth.characters == 2).any()
    assert truth.characters.dtype == np.uint16


def test_without_semantic_labels_the_mask_of_characters_is_the_text(tmp_path: Path) -> None:
    root = make(tmp_path)
    (root / "semantic_label" / "a00001_maskfg.png").unlink()
    truth = only(root).truth()
    assert (int(truth.text.sum()), int(truth.ignored.sum())) == (14 * 17, 40)


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    root = make(tmp_path)
    path = root / "annotation" / "a00001_anno.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(only(root).words) == 2


def test_split_names_its_images_and_counts_those_that_are_missing(tmp_path: Path) -> None:
    make(tmp_path)
    make(tmp_path, name="a00002")
    write(tmp_path / "split.json", {"train": ["a00001"], "test": ["a00002", "a00003"]})

    dataset = open_dataset("textseg", tmp_path, "test")

    assert [sample.name for sample in dataset.samples()] == ["a00002"]
    assert [fault.message for fault in dataset.faults] == [
        "split.json: test: there is neither an image nor an annotation a00003"
    ]


def test_unknown_split_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no split 'dev'; its splits are test, train, val"):
        open_dataset("textseg", make(tmp_path), "dev")


def test_images_may_have_another_extension_and_lie_deeper(tmp_path: Path) -> None:
    make(tmp_path / "TextSeg")
    (tmp_path / "TextSeg" / "image" / "a00001.jpg").unlink()
    photo(tmp_path / "TextSeg" / "image" / "part" / "a00001.png")
    assert only(tmp_path).image.name == "a00001.png"


def test_photo_on_its_side_is_measured_as_it_is_shown(tmp_path: Path) -> None:
    root = make(tmp_path)
    photo(root / "image" / "a00001.jpg", (HEIGHT, WIDTH), orientation=6)
    assert only(root).truth().text.shape == (HEIGHT, WIDTH)


PLACE = r"a00001_anno\.json: 0000"


@pytest.mark.parametrize(
    ("entry", "message", "words"),
    [
        (3, rf"{PLACE}: expected an object; it is 3", 0),
        ({"text": "a"}, rf"{PLACE}: the field 'bbox' is missing", 0),
        ({"text": "a", "bbox": [1, 2, 3]}, rf"{PLACE}\.bbox: expected x1, y1", 0),
        (
            {"text": "a", "bbox": [*WORD[:7], "20"]},
            rf"{PLACE}\.bbox\[7\]: expected a number of pixels; it is \"20\"",
            0,
        ),
        ({"text": "a", "bbox": [*WORD[:7], 1e999]}, r"Infinity is not a number that JSON has", None),
        ({"text": 5, "bbox": WORD}, rf"{PLACE}\.text: expected a text; it is 5", 0),
        ({"text": "a", "bbox": [5] * 8}, rf"{PLACE}\.bbox: the polygon encloses no area", 0),
        ({"text": "a", "bbox": [x + 500 for x in WORD]}, rf"{PLACE}\.bbox: the polygon lies outside the image", 0),
        ({"text": "a", "bbox": WORD, "char": [1]}, rf"{PLACE}\.char: expected an object; it is a list of 1", 1),
        (
            {"text": "a", "bbox": WORD, "char": {"00": {"text": "a", "bbox": WORD}}},
            rf"{PLACE}\.char\.00: the field 'mask_value' is missing",
            1,
        ),
        (
            {"text": "a", "bbox": WORD, "char": {"00": {"text": "a", "bbox": WORD, "mask_value": 255}}},
            rf"{PLACE}\.char\.00\.mask_value: expected a value that no other character has",
            1,
        ),
    ],
)
def test_malformed_entry_is_named_skipped_and_counted(
    tmp_path: Path, entry: Any, message: str, words: int | None
) -> None:
    root = make(tmp_path, {"0000": entry})
    dataset = open_dataset("textseg", root)

    samples = list(dataset.samples())

    (fault,) = dataset.faults
    assert fault.file == ("annotation/a00001_anno.json" if words is not None else "image/a00001.jpg")
    assert [len(sample.words) for sample in samples] == ([] if words is None else [words])
    with pytest.raises(DatasetError, match=message):
        list(open_dataset("textseg", root, strict=True).samples())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 200_000, "nested too deeply"),
        (b'{"0000": ' * 200_000, "nested too deeply"),
        (b"{", "is not valid JSON"),
        (b"[]", "expected an object"),
        (b"\xff\xfe\xfa", "is not UTF-8 text"),
        (b'{"0000": {"text": "a", "bbox": [NaN,4,40,4,40,20,4,20]}}', "NaN is not a number that JSON has"),
        (b'{"0000": {"bbox": [' + b"9" * 5000 + b"]}}", "is not valid JSON"),
    ],
)
def test_hostile_file_is_a_fault_of_its_image(tmp_path: Path, content: bytes, message: str) -> None:
    root = make(tmp_path)
    write(root / "annotation" / "a00001_anno.json", content)
    dataset = open_dataset("textseg", root)

    assert list(dataset.samples()) == []
    assert message in dataset.faults[0].message
    assert "a00001_anno.json" in dataset.faults[0].message


def test_image_without_annotation_and_annotation_without_image_are_faults(tmp_path: Path) -> None:
    root = make(tmp_path)
    photo(root / "image" / "b.jpg")
    write(root / "annotation" / "c_anno.json", TEA)
    dataset = open_dataset("textseg", root)

    assert len(dataset) == 3
    assert [sample.name for sample in dataset.samples()] == ["a00001"]
    assert [fault.message for fault in dataset.faults] == [
        "image/b.jpg: its annotation ID_anno.json is missing",
        "annotation/c_anno.json: the image that it annotates is missing",
    ]


def test_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    root = make(tmp_path)
    picture(root / "semantic_label" / "a00001_maskfg.png", np.zeros((10, 12), np.uint8))
    dataset = open_dataset("textseg", root)
    assert list(dataset.samples()) == []
    assert dataset.faults[0].message == "a00001_maskfg.png has 12 x 10 pixels; its image has 64 x 48"


def test_strange_label_is_refused_with_its_place(tmp_path: Path) -> None:
    root = make(tmp_path)
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[3, 5] = 17
    picture(root / "semantic_label" / "a00001_maskfg.png", labels)
    with pytest.raises(DatasetError, match=r"a00001_maskfg\.png holds the value 17 at x 5, y 3; expected 0, 100"):
        only(root).truth()


def test_damaged_mask_is_refused(tmp_path: Path) -> None:
    root = make(tmp_path)
    mask = root / "semantic_label" / "a00001_maskfg.png"
    mask.write_bytes(mask.read_bytes()[:-40])
    with pytest.raises(DatasetError, match=r"a00001_maskfg\.png is damaged, or no image"):
        only(root).truth()


def written(root: Path, characters: int = 3) -> Sample:
    source = photo(root.parent / "source.png")
    for path, data in image_files("p1", annotated(characters), source).items():
        write(root / path, data)
    write(root / "split.json", split_file({"train": ["p1"]}))
    return only(root, split="train", strict=True)


def test_written_masks_are_read_back_bit_by_bit(tmp_path: Path) -> None:
    truth = written(tmp_path / "out").truth()
    expected = annotated()

    np.testing.assert_array_equal(truth.text, expected.text_mask() > 0)
    np.testing.assert_array_equal(truth.characters, expected.character_mask())
    assert truth.ignored[39, 10] and truth.ignored[39, 40]
    assert not (truth.ignored & truth.text).any()


def test_written_mask_of_characters_ignores_the_same_pixels(tmp_path: Path) -> None:
    written(tmp_path / "out")
    (tmp_path / "out" / "semantic_label" / "p1_maskfg.png").unlink()
    truth = only(tmp_path / "out").truth()
    np.testing.assert_array_equal(truth.text, annotated().text_mask() > 0)
    assert truth.ignored[39, 10] and truth.ignored[39, 40]


def test_file_too_large_for_one_image_is_refused(tmp_path: Path) -> None:
    root = make(tmp_path)
    with (root / "annotation" / "a00001_anno.json").open("ab") as file:
        file.truncate(65_000_000)
    dataset = open_dataset("textseg", root)
    assert list(dataset.samples()) == []
    assert "a00001_anno.json has more than 64 MB" in dataset.faults[0].message


def test_written_words_are_read_back_without_the_ignored(tmp_path: Path) -> None:
    sample = written(tmp_path / "out")

    assert [word.text for word in sample.words] == ["OQé", "lost"]
    assert [given.category for given in sample.words[0].characters] == ["O", "Q", "é"]
    assert sample.words[0].characters[1].polygon.tolist() == [[12, 6], [18, 6], [18, 14], [12, 14]]
    assert sample.image.name == "p1.png"


def test_more_characters_than_a_byte_holds_are_read_back(tmp_path: Path) -> None:
    truth = written(tmp_path / "out", characters=300).truth()

    np.testing.assert_array_equal(truth.characters, annotated(300).character_mask())
    assert 255 not in mask_values(300)
    assert len(np.unique(mask_values(300))) == 300
