"""All datasets alike: wrong roots, unknown names, ranges of samples, and where files may lie."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from dataset_layouts import HEIGHT, WIDTH, annotated, photo, write

from charsam.datasets.pictures import filled, image_size
from charsam.datasets.registry import NAMES, open_dataset
from charsam.datasets.textseg import image_files
from charsam.errors import DatasetError

QUAD = "4,4,40,4,40,20,4,20"


def icdar15(root: Path, *names: str) -> Path:
    for name in names:
        photo(root / "images" / f"{name}.jpg")
        write(root / "gt" / f"gt_{name}.txt", f"{QUAD},{name}\n")
    return root


def test_all_names_are_known() -> None:
    assert set(NAMES) == {
        "textseg", "coco-text", "coco-ts", "mlt17", "mlt-s", "total-text", "icdar13", "icdar15", "textocr", "hiertext",
        "native", "mlt19", "pascal-voc", "auto", "coco", "mmocr", "labelme", "label-studio", "via", "lsvt", "art",
        "cvat", "ctw1500", "page", "alto", "synthtext", "ppocrlabel", "yolo",
    }  # fmt: skip


def test_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no dataset is called 'imagenet'; there are textseg, coco-text"):
        open_dataset("imagenet", tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_root_that_is_not_there_is_said_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"nowhere does not exist; expected a folder"):
        open_dataset(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", NAMES)
def test_wrong_root_says_what_was_looked_for_and_what_is_there(tmp_path: Path, name: str) -> None:
    photo(tmp_path / "holiday" / "a.jpg")
    photo(tmp_path / "holiday" / "b.jpg")
    write(tmp_path / "notes.txt", "x")
    with pytest.raises(
        DatasetError, match=r"is no .* dataset: it has no .*\. It holds 2 \.jpg, 1 \.txt in the folders"
    ):
        open_dataset(name, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_empty_root_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"It holds no file at all\."):
        open_dataset(name, tmp_path)


@pytest.mark.parametrize(("start", "stop", "names"), [(0, None, "abcd"), (1, 3, "bc"), (3, 9, "d"), (4, None, "")])
def test_samples_of_a_range_are_read_alone(tmp_path: Path, start: int, stop: int | None, names: str) -> None:
    dataset = open_dataset("icdar15", icdar15(tmp_path, *"dbca"))
    assert [sample.name for sample in dataset.samples(start, stop)] == list(names)
    assert len(dataset) == 4


def test_samples_are_read_only_when_their_turn_comes(tmp_path: Path) -> None:
    dataset = open_dataset("icdar15", icdar15(tmp_path, "a", "b"))
    samples = dataset.samples()
    assert next(samples).name == "a"
    write(tmp_path / "images" / "b.jpg", b"no image")
    assert list(samples) == []
    assert dataset.faults[0].message.startswith("b.jpg is damaged, or no image that can be read")


def test_linked_folders_are_followed_and_circles_left(tmp_path: Path) -> None:
    icdar15(tmp_path / "store", "a")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "linked").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "circle").symlink_to(tmp_path / "root")
    assert [sample.name for sample in open_dataset("icdar15", tmp_path / "root").samples()] == ["a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_no_files(tmp_path: Path) -> None:
    icdar15(tmp_path, "a")
    os.mkfifo(tmp_path / "gt" / "gt_b.txt")
    assert [sample.name for sample in open_dataset("icdar15", tmp_path, strict=True).samples()] == ["a"]


def test_hidden_files_are_left_alone(tmp_path: Path) -> None:
    icdar15(tmp_path, "a")
    write(tmp_path / "__MACOSX" / "gt" / "gt_a.txt", "junk")
    write(tmp_path / "gt" / "._gt_a.txt", "junk")
    dataset = open_dataset("icdar15", tmp_path, strict=True)
    assert [sample.words[0].text for sample in dataset.samples()] == ["a"]


def test_samples_can_be_sent_to_another_process(tmp_path: Path) -> None:
    for path, data in image_files("p1", annotated(), photo(tmp_path / "p1.png")).items():
        write(tmp_path / "set" / path, data)
    (sample,) = open_dataset("textseg", tmp_path / "set").samples()
    sent = pickle.loads(pickle.dumps(sample))
    np.testing.assert_array_equal(sent.truth().text, annotated().text_mask() > 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_that_of_the_image_as_it_is_shown(tmp_path: Path, orientation: int) -> None:
    from charsam.images import load_image

    path = photo(tmp_path / "a.jpg", orientation=orientation)
    assert image_size(path) == load_image(path).shape[1::-1]


def test_filled_polygon_covers_its_pixels() -> None:
    mask = filled([np.float32([[4, 6], [10, 6], [10, 9], [4, 9]])], (WIDTH, HEIGHT))
    assert mask[6:9, 4:10].all()
    assert mask.sum() <= 8 * 5
    assert not filled([], (WIDTH, HEIGHT)).any()
