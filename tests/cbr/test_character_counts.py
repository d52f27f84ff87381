"""How many characters each CRAFT box holds, by where they stand and what was read in them."""

import itertools

import numpy as np
import pytest

from charsam.cbr.character_counts import Group, group_boxes

WIDTH = 20.0


def centres(text: str) -> np.ndarray:
    return (np.arange(len(text)) * WIDTH + WIDTH / 2).astype(np.float32)


def grouped(spans: list[tuple[float, float]], readings: list[str], text: str) -> list[Group]:
    return list(group_boxes(np.float32(spans).reshape(-1, 2), readings, tuple(text), centres(text), WIDTH))


def test_a_box_for_each_character_pairs_them() -> None:
    groups = grouped([(1, 19), (21, 39), (41, 59)], ["T", "E", "A"], "TEA")
    assert groups == [Group(0, 1, 0, 1), Group(1, 2, 1, 2), Group(2, 3, 2, 3)]


def test_box_over_two_characters_holds_both() -> None:
    groups = grouped([(1, 19), (21, 59)], ["T", "EA"], "TEA")
    assert groups == [Group(0, 1, 0, 1), Group(1, 2, 1, 3)]


def test_one_box_over_the_whole_word_holds_it_all() -> None:
    assert grouped([(0, 100)], ["Hotel"], "Hotel") == [Group(0, 1, 0, 5)]


def test_two_narrow_boxes_on_one_character_are_its_parts() -> None:
    groups = grouped([(1, 19), (21, 29), (31, 39), (41, 59)], ["T", "", "", "A"], "THA")
    assert groups == [Group(0, 1, 0, 1), Group(1, 3, 1, 2), Group(3, 4, 2, 3)]


def test_character_in_a_gap_has_no_box() -> None:
    groups = grouped([(1, 19), (41, 59)], ["T", "A"], "TEA")
    assert groups == [Group(0, 1, 0, 1), Group(1, 1, 1, 2), Group(1, 2, 2, 3)]


def test_dirt_far_from_the_word_holds_nothing() -> None:
    groups = grouped([(1, 19), (21, 39), (110, 114)], ["N", "o", ""], "No")
    assert groups == [Group(0, 1, 0, 1), Group(1, 2, 1, 2), Group(2, 3, 2, 2)]


def test_no_box_at_all_leaves_every_character_without() -> None:
    groups = grouped([], [], "TEA")
    assert all(group.first_box == group.last_box for group in groups)
    assert [group.first for group in groups] == [0, 1, 2]


@pytest.mark.parametrize("seed", range(25))
def test_every_box_and_every_character_is_in_exactly_one_group(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = "abcdefgh"[: rng.integers(1, 9)]
    edges = np.sort(rng.uniform(-10, len(text) * WIDTH + 10, 2 * rng.integers(0, 9)))
    readings = ["".join(rng.choice(list("abc"), rng.integers(0, 3))) for _ in range(len(edges) // 2)]

    groups = grouped(edges.reshape(-1, 2).tolist(), readings, text)

    assert (groups[0].first_box, groups[0].first) == (0, 0)
    assert (groups[-1].last_box, groups[-1].last) == (len(edges) // 2, len(text))
    for before, after in itertools.pairwise(groups):
        assert (before.last_box, before.last) == (after.first_box, after.first)
