"""Words drawn, outlined anew, told their text, ignored, deleted."""

from dataclasses import replace

import numpy as np
import pytest
from editing_scenery import Scenery, character, middle, owners, scene, shifted

from charsam.editing.document import Document
from charsam.errors import EditError
from charsam.types import SUSPICIOUS


def outline(document: Document, place: int) -> list[list[float]]:
    return [list(point) for point in document.words[place].polygon]


def test_a_drawn_word_with_text_is_annotated_at_once(scenery: Scenery) -> None:
    less = scenery.done(scenery.document, do="delete_word", word="w2")
    edit = scenery.edit(less, do="add_word", polygon=outline(scenery.document, 1), text="BROAD")
    (added,) = edit.change.words
    assert edit.label == "Added the word BROAD"
    assert edit.message.startswith("5 characters, ")
    assert added.after is not None
    assert added.at == 2
    assert not added.after.text_read
    assert [one.category for one in added.after.characters] == list("BROAD")
    old = scenery.document.words[1].characters
    assert [one.mask for one in added.after.characters] == [one.mask for one in old]


def test_a_drawn_word_without_text_is_read(scenery: Scenery) -> None:
    less = scenery.done(scenery.document, do="delete_word", word="w2")
    added = scenery.done(less, do="add_word", polygon=outline(scenery.document, 1)).words[2]
    assert added.text == "BROAD"
    assert added.text_read


def test_a_word_in_which_nothing_can_be_read_says_so(colour: Scenery) -> None:
    flat = np.full_like(colour.image, 128)
    edit = replace(colour, image=flat).edit(
        replace(colour.document, words=()), do="add_word", polygon=[[20, 20], [60, 20], [60, 40], [20, 40]]
    )
    (added,) = edit.change.words
    assert added.after is not None
    assert added.after.problem == "nothing could be read in it; give its text"
    assert added.after.characters == ()
    assert edit.message == "The word: nothing could be read in it; give its text"


@pytest.mark.parametrize(
    ("polygon", "said"),
    [
        ([[-90, -90], [-50, -90], [-50, -60], [-90, -60]], "lies outside the image of 320 x 240 pixels"),
        ([[10, 10], [20, 10], [30, 10], [40, 10]], "encloses no area"),
        ([[10, 10], [9000, 10], [9000, 40], [10, 40]], "reaches far outside the image"),
    ],
)
def test_outlines_that_cannot_be_worked_on_are_refused(colour: Scenery, polygon: list[list[float]], said: str) -> None:
    for command in ({"do": "add_word", "text": "A"}, {"do": "set_polygon", "word": "w1"}):
        with pytest.raises(EditError, match=f"polygon: expected one that can be worked on; .*{said}"):
            colour.edit(colour.document, **command, polygon=polygon)


def test_text_of_nothing_visible_is_refused(colour: Scenery) -> None:
    with pytest.raises(EditError, match="text: expected at least one character"):
        colour.edit(colour.document, do="set_text", word="w1", text="\u200d")


def test_another_text_annotates_the_word_anew(scenery: Scenery) -> None:
    edit = scenery.edit(scenery.document, do="set_text", word="w2", text="BROAD!")
    (changed,) = edit.change.words
    assert changed.after is not None
    assert edit.label == "Text BROAD!"
    assert [one.category for one in changed.after.characters] == list("BROAD!")
    assert changed.after.corrected


def test_text_is_composed(colour: Scenery) -> None:
    assert colour.done(colour.document, do="set_text", word="w3", text="e\u0301") != colour.document
    word = colour.document.words[2]
    told = colour.done(colour.document, do="set_text", word=word.id, text=" e\u0301 ").words[2]
    assert told.text == "\u00e9"


def test_a_text_of_as_many_characters_keeps_what_was_corrected(scenery: Scenery) -> None:
    word = scenery.document.words[1]
    painted = scenery.done(
        scenery.document, do="paint", character=word.characters[0].id, stroke=[middle(word.characters[0])], radius=2
    )
    after = scenery.done(painted, do="set_text", word=word.id, text="BREAD")
    assert after.words[1].text == "BREAD"
    assert character(after, word.characters[0].id) == character(painted, word.characters[0].id)
    assert [one.id for one in after.words[1].characters] == [one.id for one in word.characters]
    assert [one.category_edited for one in after.words[1].characters] == [False, False, True, False, False]


def test_an_empty_text_is_read_again(colour: Scenery) -> None:
    wrong = colour.done(colour.document, do="set_text", word="w2", text="XX")
    after = colour.done(wrong, do="set_text", word="w2", text="")
    assert (after.words[1].text, after.words[1].text_read) == ("BROAD", True)


def test_a_moved_outline_annotates_the_word_anew(scenery: Scenery) -> None:
    polygon = shifted(outline(scenery.document, 1), [[-2, -2], [2, -2], [2, 2], [-2, 2]])
    edit = scenery.edit(scenery.document, do="set_polygon", word="w2", polygon=polygon.tolist())
    (changed,) = edit.change.words
    assert changed.after is not None
    assert edit.label == "New outline of BROAD"
    assert len(changed.after.characters) == 5
    np.testing.assert_allclose(changed.after.polygon, polygon, atol=0.01)


def test_a_moved_outline_leaves_corrected_boxes_where_they_are(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[0]
    wide = shifted(one.quad, [[-2, 0], [2, 0], [2, 0], [-2, 0]]).tolist()
    boxed = scenery.done(scenery.document, do="set_quad", character=one.id, quad=wide)
    polygon = shifted(outline(boxed, 1), [[-2, -2], [2, -2], [2, 2], [-2, 2]])
    after = scenery.done(boxed, do="set_polygon", word="w2", polygon=polygon.tolist())
    assert [one.quad for one in after.words[1].characters] == [one.quad for one in boxed.words[1].characters]


def test_an_ignored_word_has_no_characters_and_gets_them_back(scenery: Scenery) -> None:
    edit = scenery.edit(scenery.document, do="set_ignore", word="w2", ignore=True)
    ignored = scenery.done(scenery.document, do="set_ignore", word="w2", ignore=True)
    assert edit.label == "Ignored BROAD"
    assert ignored.words[1].characters == ()
    back = scenery.done(ignored, do="set_ignore", word="w2", ignore=False)
    old = scenery.document.words[1].characters
    assert [one.mask for one in back.words[1].characters] == [one.mask for one in old]
    with pytest.raises(EditError, match="is ignored"):
        scenery.edit(ignored, do="add_character", word="w2", quad=[list(p) for p in old[0].quad], category="B")


def test_a_deleted_word_is_gone_with_its_pixels(colour: Scenery) -> None:
    after = colour.done(colour.document, do="delete_word", word="w2")
    assert [word.id for word in after.words] == ["w1", "w3"]
    assert owners(after).sum() == sum(one.mask.mask().area for one in after.characters())


def test_an_overlapping_word_takes_no_pixel_twice(scenery: Scenery) -> None:
    polygon = shifted(outline(scenery.document, 1), [3, 2]).tolist()
    after = scenery.done(scenery.document, do="add_word", polygon=polygon, text="BROAD")
    assert owners(after).max() == 1


def test_the_image_must_be_the_documents(colour: Scenery) -> None:
    with pytest.raises(EditError, match="320 x 240 pixels; this one has 320 x 100"):
        replace(colour, image=scene().image[:100]).edit(colour.document, do="annotate")


def test_what_is_read_instead_of_the_text_is_told_and_becomes_the_text_at_a_word(scenery: Scenery) -> None:
    short = scenery.done(scenery.document, do="set_text", word="w2", text="BRAD")
    word = short.words[1]
    assert word.reads == "BROAD"
    assert any(one.suspicion >= SUSPICIOUS for one in word.characters[1:3])

    told = scenery.done(short, do="set_text", word="w2", text=word.reads).words[1]
    assert (told.text, told.reads) == ("BROAD", "")
    assert [one.category for one in told.characters] == list("BROAD")


def test_a_letter_that_the_picture_lacks_stays_without_pixels_in_later_edits(scenery: Scenery) -> None:
    long = scenery.done(scenery.document, do="set_text", word="w2", text="BROMAD")
    lacking = long.words[1].characters[3]
    assert lacking.mask.width == 0

    shifted_outline = shifted(outline(long, 1), [[-1, -1], [1, -1], [1, 1], [-1, 1]]).tolist()
    after = scenery.done(long, do="set_polygon", word="w2", polygon=shifted_outline)
    assert after.words[1].characters[3].mask.width == 0
