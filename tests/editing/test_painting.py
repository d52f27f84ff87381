"""Brush, eraser and verdicts."""

import numpy as np
import pytest
from editing_scenery import Scenery, character, middle, pixels

from charsam.editing.brush import stroke_mask
from charsam.editing.commands import command_from_json
from charsam.editing.document import Document
from charsam.editing.editor import Editor
from charsam.errors import EditError


def drawn(document: Document, stroke: list[list[float]], radius: float) -> np.ndarray:
    mask = stroke_mask(tuple((x, y) for x, y in stroke), radius, document.shape)
    full = np.zeros(document.shape, bool)
    h, w = mask.pixels.shape
    full[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return full


def test_the_brush_adds_exactly_its_pixels_and_takes_them_from_the_neighbour(scenery: Scenery) -> None:
    first, second = scenery.document.words[1].characters[:2]
    stroke = [middle(first), middle(second)]
    edit = scenery.edit(scenery.document, do="paint", character=first.id, stroke=stroke, radius=3, erase=False)
    after = scenery.done(scenery.document, do="paint", character=first.id, stroke=stroke, radius=3, erase=False)
    painted = drawn(after, stroke, 3)
    assert edit.label == "Brush on B"
    np.testing.assert_array_equal(pixels(after, first.id), pixels(scenery.document, first.id) | painted)
    np.testing.assert_array_equal(pixels(after, second.id), pixels(scenery.document, second.id) & ~painted)
    assert character(after, first.id).painted
    assert not character(after, second.id).painted


def test_the_eraser_takes_exactly_its_pixels_and_makes_holes(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[0]
    mine = pixels(scenery.document, one.id)
    ys, xs = np.nonzero(mine)
    spot = [[float(xs.mean()), float(ys.mean())], [float(xs[0]), float(ys[0])]]
    after = scenery.done(scenery.document, do="paint", character=one.id, stroke=spot, radius=2, erase=True)
    np.testing.assert_array_equal(pixels(after, one.id), mine & ~drawn(after, spot, 2))


def test_painting_needs_no_models(scenery: Scenery, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = scenery.editor._pipe
    for name in ("run", "encode", "segmenter", "load"):
        monkeypatch.setattr(type(pipe), name, None)
    one = scenery.document.words[1].characters[0]
    command = command_from_json({"do": "paint", "character": one.id, "stroke": [middle(one)], "radius": 4})
    assert Editor(pipe).apply("x", scenery.image, scenery.document, command, scenery.settings).change.words


def test_strokes_stay_above_later_clicks_on_their_character_and_on_others(scenery: Scenery) -> None:
    first, second = scenery.document.words[1].characters[:2]
    stroke = [middle(second), [middle(second)[0] + 3, middle(second)[1]]]
    painted = scenery.done(scenery.document, do="paint", character=first.id, stroke=stroke, radius=3, erase=False)
    mark = drawn(painted, stroke, 3)
    clicked = scenery.done(painted, do="add_point", character=second.id, point=middle(second), label=1)
    assert pixels(clicked, first.id)[mark].all()
    clicked = scenery.done(painted, do="add_point", character=first.id, point=middle(first), label=0)
    assert pixels(clicked, first.id)[mark].all()
    assert character(clicked, first.id).brushed == character(painted, first.id).brushed


def test_a_click_under_a_stroke_says_that_the_stroke_hides_it(colour: Scenery) -> None:
    one = colour.document.words[1].characters[0]
    ys, xs = np.nonzero(pixels(colour.document, one.id))
    spot = [float(xs[0]) + 0.5, float(ys[0]) + 0.5]
    erased = colour.done(colour.document, do="paint", character=one.id, stroke=[spot], radius=2, erase=True)
    edit = colour.edit(erased, do="add_point", character=one.id, point=spot, label=1)
    assert "eraser went over this place" in edit.message


def test_repaint_gives_back_the_machines_mask(scenery: Scenery) -> None:
    one = scenery.document.words[1].characters[0]
    asked = scenery.done(scenery.document, do="add_point", character=one.id, point=middle(one), label=1)
    painted = scenery.done(asked, do="paint", character=one.id, stroke=[middle(one)], radius=4, erase=True)
    again = scenery.done(painted, do="repaint", character=one.id)
    assert again == asked


def test_repaint_without_strokes_changes_nothing(colour: Scenery) -> None:
    edit = colour.edit(colour.document, do="repaint", character=colour.document.words[0].characters[0].id)
    assert edit.change.empty
    assert edit.message


def test_erasing_where_nothing_is_changes_nothing(colour: Scenery) -> None:
    one = colour.document.words[0].characters[0]
    edit = colour.edit(colour.document, do="paint", character=one.id, stroke=[[2, 238]], radius=1, erase=True)
    assert edit.change.empty


def test_a_stroke_outside_the_image_is_refused(colour: Scenery) -> None:
    one = colour.document.words[0].characters[0]
    with pytest.raises(EditError, match="stroke: expected to touch the image of 320 x 240 pixels"):
        colour.edit(colour.document, do="paint", character=one.id, stroke=[[-50, -50], [-20, -50]], radius=5)


@pytest.mark.parametrize(
    ("chosen", "label"),
    [({"all": True}, "Accepted 8 characters"), ({"word": "w2"}, "Accepted 5 characters")],
)
def test_verdicts_are_given_and_counted(colour: Scenery, chosen: dict[str, object], label: str) -> None:
    edit = colour.edit(colour.document, **{"do": "review", "as": "accepted", **chosen})
    assert edit.label == label
    changed = [one for word in edit.change.words if word.after is not None for one in word.after.characters]
    assert all(one.review == "accepted" for one in changed)


def test_a_verdict_can_be_taken_back(colour: Scenery) -> None:
    rejected = colour.done(colour.document, **{"do": "review", "all": True, "as": "rejected"})
    assert colour.done(rejected, **{"do": "review", "all": True, "as": ""}) == colour.document


def test_the_same_verdict_changes_nothing(colour: Scenery) -> None:
    assert colour.edit(colour.document, **{"do": "review", "all": True, "as": ""}).change.empty
