"""True characters against made ones: one to one within a word, the right category only."""

import numpy as np
import pytest

from charsam.datasets.base import TruthMask
from charsam.evaluation.characters import count_characters
from charsam.evaluation.metrics import CharacterCounts
from charsam.types import (
    AnnotatedWord,
    BoxSource,
    Character,
    CharacterMask,
    GivenCharacter,
    ImageAnnotation,
    PromptMode,
    Word,
)

WIDTH, HEIGHT = 60, 20


def box(x: float, wide: float = 8) -> np.ndarray:
    return np.array([[x, 4], [x + wide, 4], [x + wide, 14], [x, 14]], np.float32)


def made(category: str, x: int, wide: int = 8) -> Character:
    """A character whose mask fills its box."""
    nowhere = np.zeros((0, 2), np.float32)
    return Character(
        category=category,
        quad=box(x, wide),
        box=np.zeros(4, np.float32),
        box_source=BoxSource.CRAFT,
        recognised=category,
        probability=1.0,
        positive=nowhere,
        negative=nowhere,
        mask=CharacterMask(np.ones((10, wide), bool), x, 4),
        quality=1.0,
        glyph_agreement=None,
        suspicion=0.0,
    )


def annotation(*words: tuple[Character, ...]) -> ImageAnnotation:
    annotated = tuple(AnnotatedWord(box(0, WIDTH), "".join(c.category for c in word), word) for word in words)
    return ImageAnnotation(WIDTH, HEIGHT, annotated, "colour", PromptMode.B)


def true_word(*characters: tuple[str, int], ignore: bool = False) -> Word:
    given = tuple(GivenCharacter(category, box(x)) for category, x in characters)
    return Word(box(0, WIDTH), "".join(c.category for c in given), ignore, given)


def truth(*places: int) -> TruthMask:
    """Character 1, 2, … at each x, 8 pixels wide."""
    characters = np.zeros((HEIGHT, WIDTH), np.uint16)
    for value, x in enumerate(places, start=1):
        characters[4:14, x : x + 8] = value
    return TruthMask(characters > 0, np.zeros((HEIGHT, WIDTH), bool), characters)


def test_exact_characters_have_iou_1_and_their_boxes_found() -> None:
    counts = count_characters([true_word(("A", 0), ("B", 10))], truth(0, 10), annotation((made("A", 0), made("B", 10))))

    assert counts == CharacterCounts(masks=2, iou=2.0, boxes=2, found=2)


def test_a_box_counts_from_iou_one_half_on() -> None:
    word = true_word(("A", 0), ("B", 20))

    counts = count_characters([word], None, annotation((made("A", 0, 16), made("B", 20, 17))))

    assert (counts.boxes, counts.found) == (2, 1)


def test_a_box_of_another_category_is_not_found() -> None:
    counts = count_characters([true_word(("O", 0))], truth(0), annotation((made("0", 0),)))

    assert counts == CharacterCounts(masks=1, iou=0.0, boxes=1, found=0)


def test_a_missing_character_counts_with_iou_0_and_shifts_no_other() -> None:
    word = true_word(("A", 0), ("B", 10), ("C", 20))

    counts = count_characters([word], truth(0, 10, 20), annotation((made("A", 0), made("C", 20))))

    assert counts == CharacterCounts(masks=3, iou=2.0, boxes=3, found=2)


def test_each_made_character_is_used_once() -> None:
    word = true_word(("A", 0), ("A", 4))

    counts = count_characters([word], None, annotation((made("A", 2),)))

    assert (counts.boxes, counts.found) == (2, 1)


def test_repeated_letters_are_matched_by_where_they_are() -> None:
    word = true_word(("A", 0), ("A", 10))

    counts = count_characters([word], truth(0, 10), annotation((made("A", 10), made("A", 0))))

    assert counts.iou == pytest.approx(2.0)


def test_a_character_is_compared_within_its_own_word_only() -> None:
    words = [true_word(("A", 0)), true_word(("A", 20))]

    counts = count_characters(words, truth(0, 20), annotation((made("A", 20),), ()))

    assert counts == CharacterCounts(masks=2, iou=0.0, boxes=2, found=0)


def test_ignored_words_do_not_count_but_keep_their_place_in_the_mask() -> None:
    words = [true_word(("A", 0), ignore=True), true_word(("B", 20))]

    counts = count_characters(words, truth(0, 20), annotation((), (made("B", 20),)))

    assert counts == CharacterCounts(masks=1, iou=1.0, boxes=1, found=1)


def test_a_character_that_is_hidden_has_a_box_but_no_mask() -> None:
    counts = count_characters([true_word(("A", 0), ("B", 20))], truth(0), annotation((made("A", 0), made("B", 20))))

    assert counts == CharacterCounts(masks=1, iou=1.0, boxes=2, found=2)


def test_ignored_pixels_take_no_part_in_a_character() -> None:
    known = truth(0)
    ignored = np.zeros((HEIGHT, WIDTH), bool)
    ignored[:, 8:] = True

    counts = count_characters(
        [true_word(("A", 0))], TruthMask(known.text, ignored, known.characters), annotation((made("A", 0, 16),))
    )

    assert counts.iou == 1.0


def test_words_without_true_characters_count_nothing() -> None:
    counts = count_characters([Word(box(0), "AB")], truth(0), annotation((made("A", 0), made("B", 8))))

    assert counts == CharacterCounts()
