"""Masks against truth: pixels, contours, and which kind of failure it is."""

from __future__ import annotations

import numpy as np
import pytest
from bending import bent, with_mask
from scipy import ndimage

from charsam.datasets.base import TruthMask
from charsam.errors import DatasetError
from charsam.inspection.failures import FailureKind
from charsam.inspection.truth import Comparison, Match, boundary_error, compare, failure_of, matched
from charsam.scenes import Scene
from charsam.types import Character, ImageAnnotation

RING = np.zeros((40, 40), bool)
RING[5:35, 5:35] = True
RING[14:26, 14:26] = False


def test_pixels_are_counted_as_hits_false_and_missed() -> None:
    mask = RING.copy()
    mask[5:10] = False
    mask[36:38, 5:15] = True
    found = compare(mask, RING)
    assert (found.hits, found.false, found.missed) == (int(RING.sum()) - 150, 20, 150)
    assert found.iou == pytest.approx(found.hits / (found.hits + 170))


def test_a_filled_hole_is_counted_apart() -> None:
    found = compare(ndimage.binary_fill_holes(RING), RING)
    assert (found.hole, found.filled, found.false) == (144, 144, 144)
    assert compare(RING, RING).filled == 0


def test_the_boundary_error_of_a_shift_is_at_most_the_shift() -> None:
    square = np.zeros((60, 60), bool)
    square[20:40, 20:40] = True
    assert boundary_error(square, square) == 0
    moved = boundary_error(square, np.roll(square, 4, axis=1))
    assert moved is not None
    assert 1.5 < moved < 4
    assert boundary_error(square, np.zeros_like(square)) is None


@pytest.mark.parametrize(
    ("comparison", "truly", "kind"),
    [
        (Comparison(95, 5, 5, 0, 0, 0.2), "O", None),
        (Comparison(100, 60, 0, 60, 60, 1.0), "O", FailureKind.FILLED),
        (Comparison(100, 20, 0, 20, 18, 1.0), "O", FailureKind.FILLED),
        (Comparison(50, 5, 60, 0, 0, 1.0), "O", FailureKind.MISSING),
        (Comparison(100, 70, 10, 0, 0, 1.0, neighbours=5), "O", FailureKind.SPILLED),
        (Comparison(100, 70, 10, 0, 0, 1.0, neighbours=60), "O", FailureKind.MERGED),
        (Comparison(3, 90, 97, 0, 0, 9.0), "O", FailureKind.SHIFTED),
        (Comparison(95, 5, 5, 0, 0, 0.2), "E", FailureKind.WRONG_TEXT),
        (Comparison(95, 5, 5, 0, 0, 0.2), "o", None),
        (Comparison(5, 90, 95, 0, 0, 9.0), "E", FailureKind.SHIFTED),
        (Comparison(0, 0, 100, 0, 0, None), None, FailureKind.MISSING),
    ],
)
def test_the_kind_of_failure_follows_from_the_pixels(
    comparison: Comparison, truly: str | None, kind: FailureKind | None
) -> None:
    assert failure_of(Match(comparison, truly), "O") is kind


def test_a_perfect_annotation_matches_every_character(scene: Scene, truth: ImageAnnotation) -> None:
    found = matched(truth, truth_of(scene), categories_of(truth))
    assert len(found) == len(truth.characters)
    for match, character in zip(found, truth.characters, strict=True):
        assert match is not None
        assert (match.comparison.iou, match.category) == (1.0, character.category)
        assert failure_of(match, character.category) is None


def test_a_filled_letter_among_good_ones_is_the_only_failure(scene: Scene, truth: ImageAnnotation) -> None:
    word, index = with_hole(truth)
    annotation = bent(truth, word, index, filled)
    kinds = kinds_of(annotation, truth_of(scene), categories_of(truth))
    assert [kind for kind in kinds if kind is not None] == [FailureKind.FILLED]


def test_an_empty_mask_is_compared_with_the_letter_in_its_box(scene: Scene, truth: ImageAnnotation) -> None:
    annotation = bent(truth, 0, 0, lambda one: with_mask(one, np.zeros((0, 0), bool)))
    found = matched(annotation, truth_of(scene), categories_of(truth))[0]
    assert found is not None
    assert (found.category, found.comparison.hits) == (truth.characters[0].category, 0)
    assert found.comparison.missed == truth.characters[0].mask.area


def test_truth_of_text_alone_compares_each_mask_in_its_box(scene: Scene, truth: ImageAnnotation) -> None:
    word, index = with_hole(truth)
    annotation = bent(truth, word, index, filled)
    text = TruthMask(scene.character_mask > 0, np.zeros(scene.character_mask.shape, bool))
    kinds = kinds_of(annotation, text, None)
    place = sum(len(one.characters) for one in truth.words[:word]) + index
    assert kinds[place] is FailureKind.FILLED
    assert sum(kind is None for kind in kinds) >= len(kinds) - 2


def test_ignored_characters_are_not_compared(scene: Scene, truth: ImageAnnotation) -> None:
    everything = TruthMask(
        np.zeros(scene.character_mask.shape, bool), np.ones(scene.character_mask.shape, bool), scene.character_mask * 0
    )
    assert set(matched(truth, everything)) == {None}


def test_a_truth_of_another_size_is_refused_with_both_sizes(truth: ImageAnnotation) -> None:
    small = TruthMask(np.zeros((10, 20), bool), np.zeros((10, 20), bool))
    with pytest.raises(DatasetError, match="20 x 10 pixels; the image has 480 x 360"):
        matched(truth, small)


def truth_of(scene: Scene) -> TruthMask:
    mask = scene.character_mask
    return TruthMask(mask > 0, np.zeros(mask.shape, bool), mask)


def categories_of(annotation: ImageAnnotation) -> list[str]:
    return [one.category for one in annotation.characters]


def kinds_of(annotation: ImageAnnotation, truth: TruthMask, categories: list[str] | None) -> list[FailureKind | None]:
    found = matched(annotation, truth, categories)
    pairs = zip(found, annotation.characters, strict=True)
    return [None if match is None else failure_of(match, one.category) for match, one in pairs]


def with_hole(annotation: ImageAnnotation) -> tuple[int, int]:
    """The letter with the largest hole."""
    holes = {
        (w, c): int((ndimage.binary_fill_holes(one.mask.pixels) & ~one.mask.pixels).sum())
        for w, word in enumerate(annotation.words)
        for c, one in enumerate(word.characters)
    }
    return max(holes, key=lambda place: holes[place])


def filled(character: Character) -> Character:
    return with_mask(character, ndimage.binary_fill_holes(character.mask.pixels))
