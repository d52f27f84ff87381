"""A dropped file as truth: every layout that the datasets have, told by its values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from charsam.datasets.native import image_entry, words_json
from charsam.errors import DatasetError
from charsam.inspection.truth_files import read_truth_file
from charsam.scenes import Scene
from charsam.types import ImageAnnotation

SHAPE = (30, 40)
TEXT = np.zeros(SHAPE, bool)
TEXT[5:20, 4:30] = True
IGNORED = np.zeros(SHAPE, bool)
IGNORED[22:28, 4:30] = True


def stored(folder: Path, values: np.ndarray, name: str = "mask.png") -> Path:
    Image.fromarray(values).save(folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("text", "ignored", "form"), [(255, 0, "text as 255"), (1, 255, "COCO_TS"), (100, 255, "TextSeg")]
)
def test_masks_of_text_are_told_by_their_values(tmp_path: Path, text: int, ignored: int, form: str) -> None:
    values = np.where(TEXT, text, 0).astype(np.uint8)
    if ignored:
        values[IGNORED] = ignored
    found = read_truth_file(stored(tmp_path, values), SHAPE)
    assert form in found.form
    assert (found.truth.text == TEXT).all()
    assert (found.truth.ignored == (IGNORED if ignored else False)).all()
    assert found.truth.characters is None


def test_a_value_a_character_keeps_the_characters_apart(tmp_path: Path) -> None:
    values = np.zeros(SHAPE, np.uint16)
    values[5:20, 4:10], values[5:20, 12:18], values[IGNORED] = 1, 300, 255
    found = read_truth_file(stored(tmp_path, values), SHAPE)
    assert found.truth.characters is not None
    assert set(np.unique(found.truth.characters)) == {0, 1, 300}
    assert (found.truth.ignored == IGNORED).all()


def test_a_colour_a_character_on_white_is_icdar13(tmp_path: Path) -> None:
    colours = np.full((*SHAPE, 3), 255, np.uint8)
    colours[5:20, 4:10], colours[5:20, 12:18] = (200, 0, 0), (0, 0, 90)
    found = read_truth_file(stored(tmp_path, colours, "gt.bmp"), SHAPE)
    assert "ICDAR13" in found.form
    assert found.truth.characters is not None
    assert found.truth.characters.max() == 2
    assert int(found.truth.text.sum()) == 2 * 15 * 6


def test_a_jpeg_mask_is_cut_at_127_as_total_text(tmp_path: Path) -> None:
    Image.fromarray(np.where(TEXT, 250, 6).astype(np.uint8)).save(tmp_path / "gt.jpg", quality=80)
    found = read_truth_file(tmp_path / "gt.jpg", SHAPE)
    assert "Total-Text" in found.form
    assert (found.truth.text == TEXT).mean() > 0.98


def test_words_with_masks_name_their_categories(tmp_path: Path, scene: Scene, truth: ImageAnnotation) -> None:
    path = tmp_path / "words.json"
    path.write_bytes(words_json([image_entry("sign.jpg", truth)]))
    found = read_truth_file(path, scene.image.shape)
    assert found.categories == [one.category for one in truth.characters]
    assert (found.truth.characters == scene.character_mask).all()


def test_what_is_no_mask_is_refused_in_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (*SHAPE, 3), np.uint8)
    (tmp_path / "text.png").write_bytes(b"not a picture")
    (tmp_path / "words.json").write_text('{"charsam": 1, "images": []}')
    for path, said in (
        (stored(tmp_path, photo, "photo.png"), "expected a mask"),
        (stored(tmp_path, rng.integers(0, 256, SHAPE, np.uint8), "grey.png"), "grey photo"),
        (stored(tmp_path, np.zeros((9, 9), np.uint8), "small.png"), "9 x 9 pixels; its image has 40 x 30"),
        (tmp_path / "text.png", "no image of a mask"),
        (tmp_path / "words.json", "for 0 images"),
    ):
        with pytest.raises(DatasetError, match=said):
            read_truth_file(path, SHAPE)
