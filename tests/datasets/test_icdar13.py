"""ICDAR13 Focused Scene Text: characters in text files and colour maps, words where there are none."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, photo, picture, write

from charsam.datasets.base import Sample
from charsam.datasets.registry import open_dataset
from charsam.errors import DatasetError

CHARACTERS = (
    """\ufeff108 225 132 9 9 4 4 14 14 "T"\r
82 174 214 21 9 16 4 26 14 "o"\r
\r
\r
#10 20 30 9 29 4 24 14 34 "x"\r
\r
241 73 144 30 29 28 24 32 34 """
    + '"""\r\n135 60 219 36 29 36 24 36 34 "i"\r\n'
)


def make(root: Path, text: str = CHARACTERS, name: str = "100") -> Path:
    photo(root / "Challenge2_Training_Images" / f"{name}.jpg")
    folder = root / "Challenge2_Training_Task2_GT"
    write(folder / f"{name}_GT.txt", text)
    colours = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    colours[5:14, 5:14] = (108, 225, 132)
    colours[5:14, 17:26] = (82, 174, 214)
    colours[25:34, 5:14] = (10, 20, 30)
    colours[25:34, 29:32] = (241, 73, 144)
    colours[25:34, 36] = (135, 60, 219)
    colours[44, 60] = (1, 2, 3)
    picture(folder / f"{name}_GT.bmp", colours)
    return root


def only(root: Path, **options: Any) -> Sample:
    (sample,) = open_dataset("icdar13", root, strict=True, **options).samples()
    return sample


def test_blank_lines_part_words_and_hashes_mark_the_ignored(tmp_path: Path) -> None:
    words = only(make(tmp_path)).words

    assert [(word.text, word.ignore) for word in words] == [("To", False), (None, True), ('"i', False)]
    assert words[0].polygon.tolist() == [[4, 4], [26, 4], [26, 14], [4, 14]]
    assert words[0].characters[1].polygon.tolist() == [[16, 4], [26, 4], [26, 14], [16, 14]]


def test_character_one_pixel_wide_has_a_box(tmp_path: Path) -> None:
    given = only(make(tmp_path)).words[2].characters[1]
    assert given.polygon.tolist() == [[36, 24], [37, 24], [37, 34], [36, 34]]


def test_truth_is_what_has_a_colour_that_a_line_names(tmp_path: Path) -> None:
    truth = only(make(tmp_path)).truth()

    assert truth.text[5:14, 5:14].all() and truth.text[25:34, 36].all() and truth.ignored[44, 60]
    assert int(truth.text.sum()) == 81 + 81 + 27 + 9
    assert truth.ignored[25:34, 5:14].all() and int(truth.ignored.sum()) == 81 + 1


def test_characters_are_numbered_through_ignored_ones(tmp_path: Path) -> None:
    truth = only(make(tmp_path)).truth()

    assert (truth.characters[5:14, 17:26] == 2).all()
    assert (truth.characters[25:34, 29:32] == 4).all()
    assert (truth.characters[25:34, 36] == 5).all()
    assert set(np.unique(truth.characters)) == {0, 1, 2, 4, 5}


def test_characters_of_one_colour_are_told_apart_by_their_boxes(tmp_path: Path) -> None:
    root = make(tmp_path, '1 2 3 9 9 4 4 14 14 "a"\n1 2 3 30 9 24 4 34 14 "b"\n')
    colours = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    colours[5:14, 5:14] = colours[5:14, 25:34] = (1, 2, 3)
    picture(root / "Challenge2_Training_Task2_GT" / "100_GT.bmp", colours)
    truth = only(root).truth()

    assert (truth.characters[5:14, 5:14] == 1).all()
    assert (truth.characters[5:14, 25:34] == 2).all()


def words_only(root: Path, text: str) -> Path:
    photo(root / "Challenge2_Test_Task12_Images" / "img_1.jpg")
    write(root / "Challenge2_Test_Task1_GT" / "gt_img_1.txt", text)
    return root


def test_word_files_are_read_with_commas_or_blanks_and_escapes(tmp_path: Path) -> None:
    text = '\ufeff4, 4, 40, 20, "one, two"\r\n4 24 40 40 "a \\"b\\" \\\\"\n\n44, 4, 60, 20, "###"\n'
    sample = only(words_only(tmp_path, text))

    assert [(word.text, word.ignore) for word in sample.words] == [
        ("one, two", False),
        ('a "b" \\', False),
        (None, True),
    ]
    assert sample.truth is None
    assert sample.words[0].polygon.tolist() == [[4, 4], [40, 4], [40, 20], [4, 20]]


def test_splits_are_told_by_the_folders(tmp_path: Path) -> None:
    make(tmp_path)
    words_only(tmp_path, '4, 4, 40, 20, "test"')
    picture(tmp_path / "Challenge2_Test_Task2_GT" / "img_1_GT.bmp", np.full((HEIGHT, WIDTH, 3), 255, np.uint8))

    assert only(tmp_path, split="train").name == "100"
    assert only(tmp_path, split="test").name == "img_1"
    with pytest.raises(DatasetError, match=r"no split 'val'; its splits are test, train"):
        open_dataset("icdar13", tmp_path, "val")


def test_all_may_lie_in_one_folder(tmp_path: Path) -> None:
    photo(tmp_path / "100.jpg")
    write(tmp_path / "100_GT.txt", CHARACTERS)
    picture(tmp_path / "100_GT.bmp", np.full((HEIGHT, WIDTH, 3), 255, np.uint8))
    assert not only(tmp_path).truth().text.any()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('1 2 3 9 9 4 4 14 "a"', 'expected R G B cx cy x1 y1 x2 y2 "c"'),
        ('1 2 300 9 9 4 4 14 14 "a"', "expected a colour of three whole numbers from 0 to 255"),
        ('255 255 255 9 9 4 4 14 14 "a"', "white, which is the background"),
        ('1 2 3 9 9 4 4 14 14 ""', "expected a character in quotes"),
        ('1 2 3 9 9 900 4 914 14 "a"', "lies outside the image"),
        ('1 2 3 9 9 4 4 14 99999999 "a"', 'expected R G B cx cy x1 y1 x2 y2 "c"'),
    ],
)
def test_malformed_line_costs_its_word_and_is_named(tmp_path: Path, line: str, message: str) -> None:
    text = f'108 225 132 9 9 4 4 14 14 "T"\n{line}\n\n82 174 214 21 9 16 4 26 14 "o"\n'
    dataset = open_dataset("icdar13", make(tmp_path, text))

    (sample,) = dataset.samples()

    assert [word.text for word in sample.words] == ["o"]
    assert dataset.faults[0].message.startswith("100_GT.txt: line 2: ")
    assert message in dataset.faults[0].message
    assert (sample.truth().characters[5:14, 17:26] == 1).all()


def test_malformed_word_is_skipped_and_named(tmp_path: Path) -> None:
    dataset = open_dataset("icdar13", words_only(tmp_path, '4, 4, 40, "short"\n4, 4, 40, 20, "kept"'))
    (sample,) = dataset.samples()
    assert [word.text for word in sample.words] == ["kept"]
    assert 'gt_img_1.txt: line 1: expected left, top, right, bottom, "word"' in dataset.faults[0].message


def test_map_of_another_size_is_refused(tmp_path: Path) -> None:
    root = make(tmp_path)
    picture(root / "Challenge2_Training_Task2_GT" / "100_GT.bmp", np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(DatasetError, match=r"100_GT\.bmp has 5 x 4 pixels; its image has 64 x 48"):
        only(root)
