"""Characters added, moved, deleted, renamed, split and merged: their word follows, nothing else does."""

import numpy as np
import pytest
from editing_scenery import Scenery, character, middle, shifted

from charsam.editing.document import Document
from charsam.errors import EditError
from charsam.types import BoxSource


def quad(document: Document, place: int, index: int) -> np.ndarray:
    return np.array(document.words[place].characters[index].quad)


def across(corners: np.ndarray) -> list[list[float]]:
    """The line that cuts a quad into a left and a right half."""
    return [((corners[0] + corners[1]) / 2).tolist(), ((corners[3] + corners[2]) / 2).tolist()]


def test_a_split_makes_two_boxes_on_both_sides_of_the_line(scenery: Scenery) -> None:
    word = scenery.document.words[1]
    old = quad(scenery.document, 1, 3)
    edit = scenery.edit(
        scenery.document,
        do="split_character",
        character=word.characters[3].id,
        line=across(old),
        categories=["I", "L"],
    )
    (changed,) = edit.change.words
    assert changed.after is not None
    after = changed.after
    assert edit.label == "Split A"
    assert after.text == "BROILD"
    assert [one.category for one in after.characters] == list("BROILD")
    left, right = (np.array(one.quad) for one in after.characters[3:5])
    np.testing.assert_allclose(left, [old[0], (old[0] + old[1]) / 2, (old[3] + old[2]) / 2, old[3]], atol=0.1)
    np.testing.assert_allclose(right, [(old[0] + old[1]) / 2, old[1], old[2], (old[3] + old[2]) / 2], atol=0.1)
    assert [one.box_source for one in after.characters[3:5]] == [BoxSource.GIVEN] * 2
    assert all(one.mask.width for one in after.characters[3:5])
    assert [one.id for one in after.characters[3:5]] == ["c12", "c13"]
    assert scenery.document.next_id == 12


def test_merging_the_halves_gives_back_the_box_and_the_text(scenery: Scenery) -> None:
    word = scenery.document.words[1]
    old = word.characters[3]
    split = scenery.done(
        scenery.document, do="split_character", character=old.id, line=across(quad(scenery.document, 1, 3))
    )
    halves = [one.id for one in split.words[1].characters[3:5]]
    edit = scenery.edit(split, do="merge_characters", characters=halves[::-1])
    after = edit.change.words[0].after
    assert after is not None
    assert edit.label == "Merged A and A"
    assert after.text == "BROAD"
    np.testing.assert_allclose(after.characters[3].quad, old.quad, atol=0.1)


def test_only_neighbours_can_be_merged(colour: Scenery) -> None:
    word = colour.document.words[1]
    with pytest.raises(EditError, match="next to each other"):
        colour.edit(colour.document, do="merge_characters", characters=[word.characters[0].id, word.characters[2].id])


def test_a_line_that_misses_the_box_splits_nothing(colour: Scenery) -> None:
    word = colour.document.words[1]
    with pytest.raises(EditError, match="line: expected one that cuts the character's box in two"):
        colour.edit(colour.document, do="split_character", character=word.characters[3].id, line=[[0, 0], [1, 90]])


def test_strokes_and_clicked_points_go_to_their_side_of_a_split(colour: Scenery) -> None:
    old = colour.document.words[1].characters[3]
    corners = np.array(old.quad)
    left, right = corners[[0, 3]].mean(0), corners[[1, 2]].mean(0)
    at = [((3 * a + b) / 4).tolist() for a, b in ((left, right), (right, left))]
    document = colour.done(colour.document, do="add_point", character=old.id, point=at[0], label=1)
    document = colour.done(document, do="paint", character=old.id, stroke=at, radius=2.5, erase=False)
    brushed = character(document, old.id).brushed
    assert brushed is not None

    split = colour.done(document, do="split_character", character=old.id, line=across(corners))

    first, second = split.words[1].characters[3:5]
    assert first.positive[-1] == tuple(round(v, 2) for v in at[0])
    assert first.clicked_positive[-1]
    assert second.clicked_positive == ()
    assert first.brushed is not None
    assert second.brushed is not None
    assert first.brushed.mask().area + second.brushed.mask().area == brushed.mask().area


def test_a_moved_box_moves_its_mask_and_stays_where_it_was_put(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[0]
    wide = shifted(one.quad, [[0, 0], [6, 0], [6, 0], [0, 0]])
    edit = scenery.edit(scenery.document, do="set_quad", character=one.id, quad=wide.tolist())
    after = edit.change.words[0].after
    assert after is not None
    moved = after.characters[0]
    assert edit.label == "New box of B"
    np.testing.assert_allclose(moved.quad, wide, atol=0.01)
    assert moved.box_edited
    assert moved.box_source is BoxSource.GIVEN
    assert moved.mask != one.mask


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_the_corners_of_a_box_may_come_in_any_order(colour: Scenery, shift: int) -> None:
    one = colour.document.words[1].characters[0]
    wide = shifted(one.quad, [[0, 0], [6, 0], [6, 0], [0, 0]])
    straight = colour.done(colour.document, do="set_quad", character=one.id, quad=wide.tolist())
    turned = colour.done(colour.document, do="set_quad", character=one.id, quad=np.roll(wide, shift, 0).tolist())
    mirrored = colour.done(
        colour.document, do="set_quad", character=one.id, quad=np.roll(wide, shift, 0)[::-1].tolist()
    )
    assert turned == straight == mirrored


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([[0, 230], [5, 230], [5, 239], [0, 239]], "lies away from it"),
        ([[100, 120], [100, 120], [100, 120], [100, 120]], "too small"),
    ],
)
def test_boxes_off_the_word_or_of_no_size_are_refused(colour: Scenery, corners: list[list[float]], said: str) -> None:
    one = colour.document.words[0].characters[0]
    spot = middle(one)
    if said == "too small":
        corners = [spot] * 4
    with pytest.raises(EditError, match=said):
        colour.edit(colour.document, do="set_quad", character=one.id, quad=corners)


def test_a_deleted_character_leaves_the_text(scenery: Scenery) -> None:
    edit = scenery.edit(scenery.document, do="delete_character", character=scenery.document.words[1].characters[1].id)
    after = edit.change.words[0].after
    assert after is not None
    assert edit.label == "Deleted R"
    assert after.text == "BOAD"
    assert after.corrected


def test_an_added_character_comes_where_it_lies(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[2]
    less = scenery.done(scenery.document, do="delete_character", character=one.id)
    edit = scenery.edit(less, do="add_character", word="w2", quad=[list(p) for p in one.quad], category="Q")
    after = edit.change.words[0].after
    assert after is not None
    assert edit.label == "Added Q"
    assert after.text == "BRQAD"
    assert after.characters[2].box_edited
    assert after.characters[2].mask.width > 0


def test_a_character_can_be_added_at_a_given_place(colour: Scenery) -> None:
    one = colour.document.words[1].characters[2]
    command = {"do": "add_character", "word": "w2", "quad": [list(p) for p in one.quad], "category": "Q"}
    assert colour.done(colour.document, **command, at=5).words[1].text == "BROADQ"
    with pytest.raises(EditError, match="at: expected a place from 0 to 5"):
        colour.edit(colour.document, **command, at=6)


def test_another_category_changes_text_and_points(colour: Scenery) -> None:
    one = colour.document.words[1].characters[2]
    edit = colour.edit(colour.document, do="set_category", character=one.id, category="I")
    after = edit.change.words[0].after
    assert after is not None
    assert edit.label == "I instead of O"
    assert after.text == "BRIAD"
    assert after.characters[2].category_edited
    assert after.characters[2].corrected
    assert after.characters[2].id == one.id
    assert after.characters[2].negative == ()
    assert one.negative != ()


def test_the_same_category_changes_nothing(colour: Scenery) -> None:
    one = colour.document.words[1].characters[2]
    assert colour.edit(colour.document, do="set_category", character=one.id, category="O").change.empty


def test_editing_one_character_leaves_painted_and_accepted_ones_as_they_are(scenery: Scenery) -> None:
    word = scenery.document.words[1]
    painted, accepted = word.characters[0], word.characters[4]
    document = scenery.done(
        scenery.document, do="paint", character=painted.id, stroke=[middle(painted)], radius=2, erase=False
    )
    document = scenery.done(document, **{"do": "review", "characters": [accepted.id], "as": "accepted"})
    kept = [character(document, one.id) for one in (painted, accepted)]

    after = scenery.done(
        document, do="split_character", character=word.characters[3].id, line=across(quad(document, 1, 3))
    )

    assert [character(after, one.id) for one in kept] == kept


def test_hand_set_points_stay_when_their_word_is_segmented_again(scenery: Scenery) -> None:
    word = scenery.document.words[1]
    document = scenery.done(
        scenery.document, do="add_point", character=word.characters[0].id, point=middle(word.characters[0]), label=0
    )
    clicked = character(document, word.characters[0].id)
    after = scenery.done(document, do="delete_character", character=word.characters[4].id)
    now = character(after, clicked.id)
    assert (now.negative, now.clicked_negative, now.points_edited) == (clicked.negative, clicked.clicked_negative, True)


def test_other_words_stay_as_they_are(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[3]
    after = scenery.done(scenery.document, do="delete_character", character=one.id)
    assert after.words[0] == scenery.document.words[0]
    assert after.words[2] == scenery.document.words[2]
