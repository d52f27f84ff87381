"""Points on a character: one question to the segmenter, one mask changed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from editing_scenery import Scenery, character, middle, pixels

from charsam.cbr.recogniser import Recogniser
from charsam.cbr.regions import RegionDetector
from charsam.editing.commands import command_from_json
from charsam.editing.editor import Editor
from charsam.errors import EditError

RING = 2
"""The place of the O in BROAD."""


def test_a_click_asks_the_segmenter_once_and_nothing_else(
    scenery: Scenery, segment_calls: Callable[[], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("a click must not wait for CRAFT or the recogniser")

    monkeypatch.setattr(RegionDetector, "detect", forbidden)
    monkeypatch.setattr(Recogniser, "read", forbidden)
    one = scenery.document.words[1].characters[RING]

    scenery.edit(scenery.document, do="add_point", character=one.id, point=middle(one), label=0)

    assert len(segment_calls()) == 1


def test_a_negative_point_is_kept_as_clicked_and_named(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[RING]
    edit = scenery.edit(scenery.document, do="add_point", character=one.id, point=middle(one), label=0)
    after = edit.change.words[0].after
    assert edit.label == "Negative point on O"
    assert after is not None
    clicked = after.characters[RING]
    assert clicked.negative[-1] == tuple(middle(one))
    assert clicked.clicked_negative[-1]
    assert clicked.points_edited
    assert clicked.corrected


def test_a_click_changes_no_other_mask_but_by_the_pixels_it_wins(scenery: Scenery) -> None:
    for index in range(5):
        one = scenery.document.words[1].characters[index]
        x, y = one.quad[1]
        after = scenery.done(scenery.document, do="add_point", character=one.id, point=[x, y], label=1)
        won = pixels(after, one.id)
        for other in scenery.document.characters():
            if other.id != one.id:
                before = pixels(scenery.document, other.id)
                np.testing.assert_array_equal(pixels(after, other.id), before & ~won)


def test_points_steer_the_mask(compact: Scenery) -> None:
    one = compact.document.words[1].characters[RING]
    mine = pixels(compact.document, one.id)
    ys, xs = np.nonzero(mine)
    at = [float(xs[0]) + 0.5, float(ys[0]) + 0.5]
    after = compact.done(compact.document, do="add_point", character=one.id, point=at, label=0)
    assert pixels(after, one.id).sum() < mine.sum()


def test_a_click_answers_the_same_on_a_cold_editor(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[RING]
    command = command_from_json({"do": "add_point", "character": one.id, "point": middle(one), "label": 1})
    warm = scenery.editor.apply("scene", scenery.image, scenery.document, command, scenery.settings)
    cold = Editor(scenery.editor._pipe).apply("scene", scenery.image, scenery.document, command, scenery.settings)
    assert warm == cold


def test_an_image_is_encoded_again_for_words_that_were_not_prepared_only(
    scenery: Scenery, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = Editor(scenery.editor._pipe)
    assert editor.prepare("scene", scenery.image, scenery.document, scenery.settings) == 3
    monkeypatch.setattr(type(scenery.editor._pipe), "encode", None)
    one = scenery.document.words[2].characters[0]
    command = command_from_json({"do": "add_point", "character": one.id, "point": middle(one), "label": 1})
    editor.apply("scene", scenery.image, scenery.document, command, scenery.settings)
    with pytest.raises(TypeError):
        editor.apply("another", scenery.image, scenery.document, command, scenery.settings)


def test_another_text_of_a_word_is_masked_in_what_was_encoded(
    scenery: Scenery, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor, word = Editor(scenery.editor._pipe), scenery.document.words[0]
    command = command_from_json({"do": "set_text", "word": word.id, "text": word.text[:-1] + "Z"})
    anew = editor.apply("scene", scenery.image, scenery.document, command, scenery.settings)
    editor.prepare("scene", scenery.image, scenery.document, scenery.settings)
    monkeypatch.setattr(RegionDetector, "detect", None)
    assert editor.apply("scene", scenery.image, scenery.document, command, scenery.settings) == anew


def test_a_point_can_be_moved_and_removed(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[RING]
    count = len(one.positive)
    assert count > 0
    x, y = one.positive[0]

    moved = scenery.done(scenery.document, do="move_point", character=one.id, label=1, index=0, point=[x + 1, y + 1.25])
    assert character(moved, one.id).positive[0] == (x + 1, round(y + 1.25, 2))
    assert character(moved, one.id).clicks(1) == (True,) + (False,) * (count - 1)

    removed = scenery.done(moved, do="remove_point", character=one.id, label=1, index=0)
    assert character(removed, one.id).positive == one.positive[1:]
    assert character(removed, one.id).clicks(1) == (False,) * (count - 1)


def test_a_click_takes_a_verdict_back(colour: Scenery) -> None:
    one = colour.document.words[1].characters[RING]
    accepted = colour.done(colour.document, **{"do": "review", "characters": [one.id], "as": "accepted"})
    assert character(accepted, one.id).review == "accepted"
    clicked = colour.done(accepted, do="add_point", character=one.id, point=middle(one), label=1)
    assert character(clicked, one.id).review == ""


def test_a_click_wins_nothing_from_an_accepted_neighbour(scenery: Scenery) -> None:
    word = scenery.document.words[1]
    others = [one.id for one in word.characters if one.id != word.characters[RING].id]
    accepted = scenery.done(scenery.document, **{"do": "review", "characters": others, "as": "accepted"})
    x, y = word.characters[RING].quad[1]
    clicked = scenery.done(accepted, do="add_point", character=word.characters[RING].id, point=[x, y], label=1)
    for other in others:
        assert character(clicked, other) == character(accepted, other)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"do": "add_point", "label": 1, "point": [-1, 5]}, "point: expected one within the image"),
        ({"do": "add_point", "label": 1, "point": [319, 239]}, "point: expected one on or near the word BROAD"),
        ({"do": "remove_point", "label": 1, "index": 50}, "index: expected one from 0 to"),
        ({"do": "move_point", "label": 0, "index": 60, "point": [5, 5]}, "index: expected one"),
    ],
)
def test_points_that_cannot_be_set_are_refused(colour: Scenery, command: dict[str, object], said: str) -> None:
    with pytest.raises(EditError, match=said):
        colour.edit(colour.document, character=colour.document.words[1].characters[RING].id, **command)


def test_a_character_that_is_gone_is_named(colour: Scenery) -> None:
    with pytest.raises(EditError, match="no character 'c999'"):
        colour.edit(colour.document, do="repaint", character="c999")


def test_the_number_of_points_is_bounded(colour: Scenery) -> None:
    one = colour.document.words[2].characters[0]
    document = colour.document
    command = {"do": "add_point", "character": one.id, "point": middle(one), "label": 1}
    many = replace(one, positive=(tuple(middle(one)),) * 64, clicked_positive=(True,) * 64)
    word = replace(document.words[2], characters=(many, *document.words[2].characters[1:]))
    full = replace(document, words=(*document.words[:2], word))
    with pytest.raises(EditError, match="it may have 64"):
        colour.edit(full, **command)
