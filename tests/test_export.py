"""Annotations as files: masks leave bit-exact, at the image's own size."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from charsam.export import annotation_files, write_masks, write_words
from charsam.types import AnnotatedWord, BoxSource, Character, CharacterMask, ImageAnnotation, PromptMode

COUNT = 300
SIZE = (90, 70)


def dot(index: int) -> Character:
    """A character of 2 x 2 pixels, of which one is a hole."""
    x, y = 3 * (index % 30), 3 * (index // 30)
    empty = np.zeros((0, 2), np.float32)
    return Character(
        category="o",
        quad=np.float32([[x, y], [x + 2, y], [x + 2, y + 2], [x, y + 2]]),
        box=np.float32([0, 0, 2, 2]),
        box_source=BoxSource.CRAFT,
        recognised="o",
        probability=1.0,
        positive=empty,
        negative=empty,
        mask=CharacterMask(np.array([[True, True], [False, True]]), x, y),
        quality=1.0,
        glyph_agreement=None,
        suspicion=0.0,
    )


@pytest.fixture(scope="module")
def annotation() -> ImageAnnotation:
    """300 characters, so that their values need more than 8 bits."""
    polygon = np.float32([[0, 0], [90, 0], [90, 70], [0, 70]])
    return ImageAnnotation(
        *SIZE, (AnnotatedWord(polygon, "o" * COUNT, tuple(dot(i) for i in range(COUNT))),), "colour", PromptMode.P_CHAR
    )


def test_files_of_an_image_have_its_stem(annotation: ImageAnnotation) -> None:
    assert list(annotation_files("hotel", "hotel.jpg", annotation)) == [
        "hotel_text.png",
        "hotel_chars.png",
        "words.json",
    ]


def test_character_mask_is_a_16_bit_png_with_the_exact_values(annotation: ImageAnnotation) -> None:
    with Image.open(io.BytesIO(annotation_files("a", "a.jpg", annotation)["a_chars.png"])) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "I;16", SIZE)
        values = np.asarray(image)
    assert values.dtype == np.uint16
    np.testing.assert_array_equal(values, annotation.character_mask())
    assert sorted(set(np.unique(values)) - {0}) == list(range(1, COUNT + 1))


def test_text_mask_is_an_8_bit_png_of_0_and_255(annotation: ImageAnnotation) -> None:
    with Image.open(io.BytesIO(annotation_files("a", "a.jpg", annotation)["a_text.png"])) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", SIZE)
        values = np.asarray(image)
    np.testing.assert_array_equal(values, annotation.text_mask())
    assert np.unique(values).tolist() == [0, 255]


def test_holes_are_background_in_both_masks(annotation: ImageAnnotation) -> None:
    for mask in (annotation.character_mask(), annotation.text_mask()):
        assert mask[1, 0] == 0
        assert (mask > 0).sum() == 3 * COUNT


def test_image_without_characters_has_empty_masks_of_its_size() -> None:
    empty = ImageAnnotation(7, 5, (), "colour", PromptMode.B)
    for name, data in annotation_files("a", "a.jpg", empty).items():
        if name.endswith(".png"):
            with Image.open(io.BytesIO(data)) as image:
                assert image.size == (7, 5)
                assert np.asarray(image).max() == 0


def test_written_masks_are_those_of_the_annotation(tmp_path: Path, annotation: ImageAnnotation) -> None:
    write_masks(tmp_path, "hotel", annotation)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["hotel_chars.png", "hotel_text.png"]
    with Image.open(tmp_path / "hotel_chars.png") as image:
        np.testing.assert_array_equal(np.asarray(image), annotation.character_mask())


def test_written_words_are_json(tmp_path: Path) -> None:
    write_words(tmp_path, [{"file": "a.jpg", "words": []}])
    assert json.loads((tmp_path / "words.json").read_text()) == {
        "charsam": 1,
        "images": [{"file": "a.jpg", "words": []}],
    }


def test_missing_folder_is_named(tmp_path: Path, annotation: ImageAnnotation) -> None:
    with pytest.raises(OSError, match=r"nowhere/a_text\.png"):
        write_masks(tmp_path / "nowhere", "a", annotation)
