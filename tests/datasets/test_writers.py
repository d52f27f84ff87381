"""Writing a dataset image by image, in every format, and reading it back by its reader."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dataset_layouts import annotated, character, photo

from charsam.datasets.registry import open_dataset
from charsam.datasets.writers import (
    FORMATS,
    INDEX_FILES,
    WrittenImage,
    image_files,
    index_part,
    write_files,
    write_index,
)
from charsam.errors import DatasetError


def write_set(root: Path, form: str) -> Path:
    """Two images, the second with more characters, as a batch writes them."""
    parts = []
    for name, count in (("a", 3), ("b", 5)):
        source = photo(root / "photos" / f"{name}.jpg")
        copied = source if form == "textseg" else None
        written = WrittenImage(name, f"photos/{name}.jpg", annotated(count), copied, "val")
        write_files(root / "out", image_files(form, written))
        part = index_part(form, written)
        assert part is None or b"\n" not in part
        parts.append(part)
    index = INDEX_FILES[form]
    if index is not None:
        out = io.BytesIO()
        write_index(form, (part for part in parts if part is not None), out)
        write_files(root / "out", {index: out.getvalue()})
    return root / "out" if form == "textseg" else root


@pytest.mark.parametrize("form", ["textseg", "coco-ts", "mlt-s", "native"])
def test_written_set_is_read_back_bit_by_bit(tmp_path: Path, form: str) -> None:
    dataset = open_dataset(form, write_set(tmp_path, form), strict=True)

    samples = list(dataset.samples())

    assert [sample.name for sample in samples] == ["a", "b"]
    for sample, count in zip(samples, (3, 5), strict=True):
        truth = sample.truth()
        np.testing.assert_array_equal(truth.text, annotated(count).text_mask() > 0)
        if truth.characters is not None:
            np.testing.assert_array_equal(truth.characters, annotated(count).character_mask())


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("coco-ts", {"a.png", "b.png"}),
        ("mlt-s", {"validation_labels/a.png", "validation_labels/b.png"}),
        ("coco", {"instances.json"}),
        ("native", {"words.json", "a_text.png", "a_chars.png", "b_text.png", "b_chars.png"}),
    ],
)
def test_files_lie_where_the_format_has_them(tmp_path: Path, form: str, files: set[str]) -> None:
    write_set(tmp_path, form)
    out = tmp_path / "out"
    assert {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()} == files


@pytest.mark.parametrize("form", ["textseg", "coco-ts", "mlt-s", "native"])
def test_letters_of_a_word_that_is_ignored_after_all_are_no_text(tmp_path: Path, form: str) -> None:
    first, *others = annotated().words
    late = replace(others[-1], text="a", characters=(character("a", 34, 35),))
    annotation = replace(annotated(), words=(replace(first, ignore=True), *others[:-1], late))
    written = WrittenImage("a", "photos/a.jpg", annotation, photo(tmp_path / "photos" / "a.jpg"))
    write_files(tmp_path / "out", image_files(form, written))
    if (part := index_part(form, written)) is not None:
        out = io.BytesIO()
        write_index(form, [part], out)
        write_files(tmp_path / "out", {str(INDEX_FILES[form]): out.getvalue()})

    root = tmp_path / "out" if form == "textseg" else tmp_path
    (sample,) = open_dataset(form, root, strict=True).samples()
    truth = sample.truth()

    assert int(truth.text.sum()) == 40
    assert truth.text[35, 34] and truth.ignored[8, 5]
    if truth.characters is not None and form == "textseg":
        assert [given.category for given in sample.words[0].characters] == ["a"]
        assert (truth.characters[truth.text] == 1).all()


@pytest.mark.parametrize("form", FORMATS)
def test_writing_twice_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    written = WrittenImage("a", "a.jpg", annotated(), photo(tmp_path / "a.jpg"), "train")
    assert image_files(form, written) == image_files(form, written)
    assert index_part(form, written) == index_part(form, written)


def test_masks_of_mlt_s_are_called_like_their_images_in_each_split() -> None:
    def paths(split: str | None) -> list[str]:
        written = WrittenImage("train__img_1_jpg", "train/img_1.jpg", annotated(), split=split)
        return list(image_files("mlt-s", written))

    assert paths("train") == ["training_labels/img_1.png"]
    assert paths("val") == ["validation_labels/img_1.png"]
    assert paths(None) == ["training_labels/train__img_1_jpg.png"]


def test_mlt_s_has_no_other_splits() -> None:
    with pytest.raises(DatasetError, match="MLT_S has no split 'dev'; its splits are train, val, test"):
        image_files("mlt-s", WrittenImage("a", "a.jpg", annotated(), split="dev"))


def test_split_of_textseg_is_written(tmp_path: Path) -> None:
    root = write_set(tmp_path, "textseg")
    assert len(open_dataset("textseg", root, "val")) == 2


def test_image_is_copied_as_it_is(tmp_path: Path) -> None:
    write_set(tmp_path, "textseg")
    assert (tmp_path / "out" / "image" / "a.jpg").read_bytes() == (tmp_path / "photos" / "a.jpg").read_bytes()


@pytest.mark.parametrize("path", ["../a.png", "/a.png", "x/../../a.png", "..\\a.png", ""])
def test_path_that_leads_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(DatasetError, match="is no path below the folder"):
        write_files(tmp_path / "out", {path: b"x"})
    assert not (tmp_path / "a.png").exists()


def test_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(
        DatasetError, match="no format is called 'voc'; there are textseg, coco-ts, mlt-s, coco, native"
    ):
        image_files("voc", WrittenImage("a", "a.jpg", annotated()))
