"""COCO run-length encoding, held against pycocotools."""

import numpy as np
import pytest
from pycocotools import mask as coco

from charsam import rle
from charsam.cgr.masks import trimmed
from charsam.types import CharacterMask

SHAPES = [(1, 1), (1, 9), (9, 1), (7, 5), (40, 61), (300, 200)]


def of_coco(pixels: np.ndarray) -> dict[str, object]:
    encoded = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}


def random_mask(seed: int, shape: tuple[int, int], share: float) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < share


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_encoding_equals_that_of_pycocotools(shape: tuple[int, int], share: float) -> None:
    pixels = random_mask(sum(shape), shape, share)
    assert rle.encode(CharacterMask(pixels, 0, 0), *shape) == of_coco(pixels)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_covered_pixels_are_those_that_decoding_gives(shape: tuple[int, int], share: float) -> None:
    pixels = random_mask(sum(shape), shape, share)
    counts = str(rle.encode(CharacterMask(pixels, 0, 0), *shape)["counts"])
    np.testing.assert_array_equal(rle.covered(shape, counts), np.flatnonzero(pixels.T))


@pytest.mark.parametrize("seed", range(20))
def test_encoding_of_a_crop_equals_that_of_the_whole_mask(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = np.zeros((50, 70), bool)
    y0, x0, h, w = (
        int(v) for v in (rng.integers(0, 40), rng.integers(0, 50), rng.integers(1, 10), rng.integers(1, 20))
    )
    whole[y0 : y0 + h, x0 : x0 + w] = rng.random((h, w)) < 0.7

    assert rle.encode(trimmed(whole, 0, 0), 50, 70) == of_coco(whole)


def test_full_columns_of_a_crop_as_high_as_the_image_make_one_run() -> None:
    whole = np.zeros((20, 30), bool)
    whole[:, 4:9] = True
    assert rle.encode(CharacterMask(np.ones((20, 5), bool), 4, 0), 20, 30) == of_coco(whole)


def test_mask_at_the_last_pixel_ends_with_its_run() -> None:
    whole = np.zeros((20, 30), bool)
    whole[-1, -1] = True
    assert rle.encode(CharacterMask(np.ones((1, 1), bool), 29, 19), 20, 30) == of_coco(whole)


def test_empty_mask_is_one_run() -> None:
    assert rle.encode(CharacterMask(np.zeros((0, 0), bool), 3, 4), 20, 30) == of_coco(np.zeros((20, 30), bool))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_decoding_gives_back_what_pycocotools_encoded(shape: tuple[int, int], share: float) -> None:
    pixels = random_mask(7, shape, share)
    np.testing.assert_array_equal(rle.decode(shape, str(of_coco(pixels)["counts"])), pixels)


@pytest.mark.parametrize("seed", range(5))
def test_pycocotools_decodes_what_was_encoded(seed: int) -> None:
    pixels = random_mask(seed, (33, 47), 0.3)
    np.testing.assert_array_equal(coco.decode(rle.encode(CharacterMask(pixels, 0, 0), 33, 47)).astype(bool), pixels)


def test_holes_are_kept() -> None:
    ring = np.ones((21, 21), bool)
    ring[6:15, 6:15] = False
    counts = str(rle.encode(CharacterMask(ring, 5, 7), 60, 60)["counts"])

    decoded = rle.decode((60, 60), counts)

    np.testing.assert_array_equal(decoded[7:28, 5:26], ring)
    assert decoded.sum() == ring.sum()


@pytest.mark.parametrize(
    "counts",
    [
        "",
        "0",
        "~~~~",
        "é",
        "\x00",
        "P",
        "oooooooooooooooooooooooooooooooooo0",
        "?" * 40,
        "N2",
        "m0",
        "0" * 100,
        "`" * 1000,
    ],
)
def test_hostile_counts_are_refused(counts: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        rle.decode((20, 30), counts)


def test_counts_of_another_size_are_refused_with_both_numbers() -> None:
    counts = str(of_coco(np.ones((10, 10), bool))["counts"])
    with pytest.raises(ValueError, match="cover 100 pixels; a mask of 20 x 30 has 600"):
        rle.decode((20, 30), counts)


def test_negative_runs_are_refused_even_where_their_sum_fits() -> None:
    with pytest.raises(ValueError, match="runs"):
        rle.decode((20, 30), rle._to_string([700, -100]))
