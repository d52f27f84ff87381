"""Words found and read, counted by the conventions of ICDAR 2015 and Total-Text."""

import math

import numpy as np

from charsam.evaluation.word_scores import WordCounts, count_words
from charsam.types import Word


def word(text: str | None, x: float, width: float = 60, *, ignore: bool = False) -> Word:
    polygon = np.array([[x, 0], [x + width, 0], [x + width, 20], [x, 20]], np.float32)
    return Word(polygon, text, ignore)


def test_found_missed_and_false_words_are_told_apart():
    counts = count_words([word("NO", 0), word("PARKING", 100)], [word("NO", 4), word("X", 300)])

    assert (counts.true, counts.found, counts.matched, counts.read) == (2, 2, 1, 1)
    assert (counts.recall, counts.precision, counts.f_score, counts.accuracy) == (0.5, 0.5, 0.5, 0.5)


def test_case_is_kept_and_ignored():
    counts = count_words([word("Hotel", 0), word("BAR", 100)], [word("HOTEL", 0), word("BAR", 100)])

    assert (counts.read, counts.read_folded) == (1, 2)


def test_a_word_on_an_ignored_one_counts_neither_way():
    truth = [word("NO", 0), word(None, 100, 200, ignore=True)]

    counts = count_words(truth, [word("NO", 0), word("illegible", 120)])

    assert (counts.true, counts.found, counts.matched) == (1, 1, 1)


def test_two_findings_of_one_word_are_one_match():
    counts = count_words([word("NO", 0)], [word("NO", 0), word("NO", 2)])

    assert (counts.found, counts.matched) == (2, 1)


def test_less_than_half_in_common_is_no_match():
    assert count_words([word("NO", 0)], [word("NO", 22)]).matched == 0  # IoU 0.46
    assert count_words([word("NO", 0)], [word("NO", 18)]).matched == 1  # IoU 0.54


def test_truth_without_text_is_not_asked_to_be_read():
    counts = count_words([word(None, 0)], [word("NO", 0)])

    assert (counts.matched, counts.texts) == (1, 0)
    assert math.isnan(counts.accuracy)


def test_sums_are_over_words_not_images():
    total = count_words([word("A", 0)], [word("A", 0)]) + count_words([word("B", 0), word("C", 100)], [])

    assert total == WordCounts(3, 1, 1, 3, 1, 1)
    assert math.isnan(WordCounts().precision)
