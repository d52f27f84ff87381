"""Clues without truth: each bent mask raises the score of its own kind, and the reasons say it in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bending import bent, with_mask
from test_inspect_truth import filled, with_hole

from charsam.datasets.fields import Field
from charsam.datasets.native import image_entry
from charsam.inspection.failures import EXPLANATIONS, FailureKind
from charsam.inspection.findings import CharacterFinding, WordFinding, inspect_image
from charsam.inspection.results import document_of
from charsam.scenes import Scene
from charsam.types import BoxSource, ImageAnnotation, ImageArray

ALIKE = 0.5


def findings(image: ImageArray, annotation: ImageAnnotation) -> tuple[WordFinding, ...]:
    """As a stored result is inspected."""
    return inspect_image(image, document_of(Field("entry", image_entry("sign.jpg", annotation)), image.shape))


def finding(image: ImageArray, annotation: ImageAnnotation, word: int, index: int) -> CharacterFinding:
    found = next(one for one in findings(image, annotation) if one.index == word)
    return found.characters[index]


def test_true_masks_have_no_kind_of_failure_but_the_glyphs_own_oddities(scene: Scene, truth: ImageAnnotation) -> None:
    found = [one for word in findings(scene.image, truth) for one in word.characters]
    assert len(found) == len(truth.characters)
    for kind in (FailureKind.MERGED, FailureKind.FILLED, FailureKind.SHIFTED, FailureKind.LOW_CONTRAST):
        assert np.mean([one.clues.kinds[kind] < ALIKE for one in found]) > 0.9, kind


def test_a_filled_hole_is_suspected_and_told(scene: Scene, truth: ImageAnnotation) -> None:
    word, index = with_hole(truth)
    before = finding(scene.image, truth, word, index).clues.kinds[FailureKind.FILLED]
    found = finding(scene.image, bent(truth, word, index, filled), word, index)
    assert before < ALIKE < found.clues.kinds[FailureKind.FILLED]
    assert found.suspected is FailureKind.FILLED
    assert any("hole is filled" in reason for reason in found.reasons)


def test_missing_strokes_are_suspected_and_told(scene: Scene, truth: ImageAnnotation) -> None:
    def halved(character):  # type: ignore[no-untyped-def]
        pixels = character.mask.pixels.copy()
        pixels[pixels.shape[0] // 3 :] = False
        return with_mask(character, pixels)

    found = finding(scene.image, bent(truth, 0, 1, halved), 0, 1)
    assert found.clues.kinds[FailureKind.MISSING] > ALIKE
    assert "It leaves out strokes on which nearly all fonts agree." in found.reasons


def test_a_mask_over_its_neighbour_is_suspected_as_merged(scene: Scene, truth: ImageAnnotation) -> None:
    labels = truth.character_mask()
    both = np.isin(labels, (1, 2))
    rows, columns = np.flatnonzero(both.any(1)), np.flatnonzero(both.any(0))
    y, x = int(rows[0]), int(columns[0])
    pixels = both[y : rows[-1] + 1, x : columns[-1] + 1]
    annotation = bent(truth, 0, 0, lambda one: with_mask(one, pixels, x, y))
    annotation = bent(annotation, 0, 1, lambda one: with_mask(one, np.zeros((0, 0), bool)))
    assert finding(scene.image, truth, 0, 0).clues.kinds[FailureKind.MERGED] < ALIKE
    assert finding(scene.image, annotation, 0, 0).clues.kinds[FailureKind.MERGED] > ALIKE


def test_another_letter_than_the_text_says_is_seen_in_the_mask_alone(scene: Scene, truth: ImageAnnotation) -> None:
    place = next(
        (w, c) for w, word in enumerate(truth.words) for c, one in enumerate(word.characters) if one.category in "BDOPR"
    )
    annotation = bent(truth, *place, lambda one: replace(one, category="L"))
    found = finding(scene.image, annotation, *place)
    assert found.clues.kinds[FailureKind.WRONG_TEXT] > ALIKE
    assert found.clues.looks_like not in ("", "L")
    assert any("more like" in reason for reason in found.reasons)


def test_a_polygon_beside_its_word_is_suspected_as_shifted(scene: Scene, truth: ImageAnnotation) -> None:
    word = truth.words[0]
    down = (word.polygon[3] - word.polygon[0]) * 0.45
    moved = replace(word, polygon=word.polygon + down)
    annotation = replace(truth, words=(moved, *truth.words[1:]))
    assert finding(scene.image, truth, 0, 0).clues.kinds[FailureKind.SHIFTED] < ALIKE
    assert finding(scene.image, annotation, 0, 0).clues.kinds[FailureKind.SHIFTED] > ALIKE


def test_faint_letters_are_suspected_and_their_contrast_is_told(scene: Scene, truth: ImageAnnotation) -> None:
    grey = np.full_like(scene.image, 128)
    faint = np.where((scene.character_mask > 0)[..., None], grey + 6, grey).astype(np.uint8)
    found = finding(faint, truth, 0, 0)
    assert found.clues.contrast is not None
    assert found.clues.contrast < 5
    assert found.clues.kinds[FailureKind.LOW_CONTRAST] > 0.8
    assert any("differ little in colour" in reason for reason in found.reasons)


def test_a_character_without_a_mask_says_so_first(scene: Scene, truth: ImageAnnotation) -> None:
    annotation = bent(truth, 0, 0, lambda one: with_mask(one, np.zeros((0, 0), bool)))
    found = finding(scene.image, annotation, 0, 0)
    assert found.reasons[0] == "It has no mask at all."
    assert found.clues.contrast is None


@pytest.mark.parametrize(
    ("source", "words"),
    [(BoxSource.EVEN, "a guess"), (BoxSource.ALIGNED, "time steps"), (BoxSource.WATERSHED, "watershed")],
)
def test_where_a_doubtful_box_came_from_is_told(
    scene: Scene, truth: ImageAnnotation, source: BoxSource, words: str
) -> None:
    annotation = bent(
        truth, 0, 0, lambda one: replace(one, box_source=source, recognised=one.category, probability=1.0)
    )
    assert any(words in reason for reason in finding(scene.image, annotation, 0, 0).reasons)


def test_the_signals_of_a_stored_result_add_up_to_its_suspicion(scene: Scene, truth: ImageAnnotation) -> None:
    from charsam.cgr.masks import suspicion_of

    unsure = bent(truth, 0, 0, lambda one: replace(one, quality=0.2, glyph_agreement=0.4, suspicion=0.0))
    found = finding(scene.image, unsure, 0, 0)
    assert found.suspicion == pytest.approx(suspicion_of(found.signals))
    assert found.signals["quality"] == pytest.approx(0.8)


def test_every_kind_says_how_it_looks_and_what_mends_it() -> None:
    assert set(EXPLANATIONS) == set(FailureKind)
    assert all(text.endswith(".") for one in EXPLANATIONS.values() for text in one)


def test_one_word_alone_is_found_as_it_is_among_the_others(scene: Scene, truth: ImageAnnotation) -> None:
    document = document_of(Field("entry", image_entry("sign.jpg", truth)), scene.image.shape)
    everything = inspect_image(scene.image, document)
    (alone,) = inspect_image(scene.image, document, only=everything[1].index)
    assert [one.reasons for one in alone.characters] == [one.reasons for one in everything[1].characters]
    assert np.array_equal(alone.strip.labels, everything[1].strip.labels)
