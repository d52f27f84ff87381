"""Nothing is found twice, and what stays is what reads best."""

import numpy as np

from charsam.finding.duplicates import best_choice, chosen_words
from charsam.finding.found_word import FoundWord, Witness


def word(
    text: str, x0: float, x1: float, witness: Witness = Witness.CRAFT, p: float = 1.0, seen: float = 0.9
) -> FoundWord:
    polygon = np.array([[x0, 0], [x1, 0], [x1, 20], [x0, 20]], np.float32)
    confidences = np.full(len(text), p, np.float32)
    return FoundWord(polygon, text, confidences, seen, witness, len(text) if witness is Witness.CRAFT else 0)


def texts(*found: FoundWord) -> list[str]:
    return [one.text for one in chosen_words(found)]


def test_a_word_that_both_see_comes_once_with_the_polygon_of_the_letters():
    seen, lined = word("HOTEL", 10, 90), word("HOTEL", 5, 96, Witness.LINES)

    (chosen,) = chosen_words([lined, seen])

    assert chosen.polygon is seen.polygon


def test_words_that_a_line_runs_together_stay_apart():
    assert texts(word("NO", 0, 30), word("PARKING", 45, 140), word("NOPARKING", 0, 140, Witness.LINES)) == [
        "NO",
        "PARKING",
    ]


def test_an_address_that_is_cut_at_its_stops_stays_whole():
    parts = word("www", 0, 40), word(".news", 43, 90), word(".cn", 93, 120)

    assert texts(*parts, word("www.news.cn", 0, 120, Witness.LINES)) == ["www.news.cn"]


def test_a_ring_that_reads_as_zero_is_believed_only_where_both_see_it():
    assert texts(word("0", 0, 20)) == []
    assert texts(word("0", 0, 20), word("0", 0, 21, Witness.LINES)) == ["0"]


def test_a_time_of_day_is_text_though_its_digits_look_like_rings_and_bars():
    assert texts(word("10:00", 0, 60)) == ["10:00"]


def test_of_two_views_the_one_that_saw_the_word_better_gives_the_polygon():
    coarse, fine = word("FREE", 4, 110, seen=0.6), word("FREE", 10, 90, seen=0.9)

    assert [one.polygon is fine.polygon for one in chosen_words([coarse, fine])] == [True]


def test_pieces_of_a_word_that_overlap_do_not_stay_beside_each_other():
    pieces = word("usages", 42, 130), word("Sauso", 0, 70)

    assert texts(*pieces, word("Sausages", 0, 130, p=0.95)) == ["Sausages"]


def test_a_part_that_takes_up_most_of_two_words_still_tells_that_they_are_two():
    assert texts(word("SIGHTSEEING", 0, 115), word("TOUR", 122, 160), word("SIGHTSEEINGTOUR", 0, 160)) == [
        "SIGHTSEEING",
        "TOUR",
    ]


def test_a_faint_view_does_not_part_what_a_clear_one_saw_whole():
    parts = word("PELUQU", 0, 55, seen=0.6), word("ERÍA", 60, 100, seen=0.6)

    assert texts(word("PELUQUERÍA", 0, 100), *parts) == ["PELUQUERÍA"]


def test_a_line_of_chinese_stays_whole_at_its_wide_comma():
    parts = word("5至10分钟的休息，", 0, 90), word("并补充", 100, 130)

    assert texts(*parts, word("5至10分钟的休息，并补充", 0, 130, Witness.LINES)) == ["5至10分钟的休息，并补充"]


def test_a_word_that_cannot_be_read_stays_without_text():
    assert texts(word("qxv", 0, 60, p=0.2)) == [""]
    assert texts(word("qxv", 0, 60, Witness.LINES, p=0.2)) == []


def test_the_choice_is_the_best_of_all_not_the_first_good_one():
    against = np.zeros((3, 3), bool)
    against[1, [0, 2]] = against[[0, 2], 1] = True

    assert best_choice([2.0, 3.0, 2.0], against) == [0, 2]
    assert best_choice([1.0, 3.0, 1.0], against) == [1]
