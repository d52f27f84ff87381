"""Annotating all words: what no person corrected is made anew, what one did stays to the bit; and imports."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from editing_scenery import Scenery, annotated, character, middle, owners, scene, shifted, unannotated

from charsam.datasets.native import image_entry
from charsam.editing.changes import apply_change
from charsam.editing.conversion import from_words, merge_annotation, to_annotation, to_words
from charsam.errors import EditError, SettingsError, WeightsError
from charsam.pipeline import CharSAM
from charsam.segmenters import availability
from charsam.types import GivenCharacter, Word


def test_all_words_are_annotated_well(scenery: Scenery) -> None:
    found = to_annotation(scenery.document).character_mask() > 0
    true = scene().character_mask > 0
    assert [word.text for word in scenery.document.words] == ["80", "BROAD", "8"]
    floor = {"colour": 0.46, "compact": 0.71}[scenery.settings.segmenter]  # 0.08 below what was measured
    assert (found & true).sum() / (found | true).sum() >= floor


def test_masks_are_those_of_the_pipeline_run_on_each_word_alone(scenery: Scenery, pipeline: CharSAM) -> None:
    """Alone, because what CRAFT sees in a strip depends a little on the padding, and so on the strips beside it."""
    expected = np.zeros(scenery.document.shape, int)
    for word in to_words(unannotated()):
        annotation = pipeline.run(scenery.image, [word], scenery.settings).annotation
        assert annotation is not None
        found = annotation.character_mask().astype(int)
        expected = np.where(found > 0, found + expected.max(), expected)
    differing = expected != to_annotation(scenery.document).character_mask()
    assert differing.sum() < 0.005 * owners(scenery.document).sum()


def test_annotating_again_changes_nothing(scenery: Scenery) -> None:
    edit = scenery.edit(scenery.document, do="annotate")
    assert edit.change.empty
    assert edit.label == "Annotated 3 words"
    assert edit.message.startswith("8 characters, ")


def test_an_image_without_words_has_them_found(colour: Scenery) -> None:
    edit = colour.edit(replace(colour.document, words=()), do="annotate")
    assert edit.label.startswith("Found and annotated")
    found = [one.after for one in edit.change.words if one.after is not None]
    assert "BROAD" in [word.text for word in found]
    assert all(word.text_read for word in found)


def test_an_image_in_which_nothing_is_found_says_so(colour: Scenery) -> None:
    blank = replace(colour, image=np.full_like(colour.image, 200))
    edit = blank.edit(replace(colour.document, words=()), do="annotate")
    assert edit.change.empty
    assert edit.message == "No words were found in this photo; draw those there are"


def test_what_was_corrected_stays_as_it_is_with_another_segmenter(colour: Scenery, compact: Scenery) -> None:
    word = colour.document.words[1]
    clicked, painted, accepted, boxed = (one.id for one in word.characters[:4])
    document = colour.done(
        colour.document, do="add_point", character=clicked, point=middle(word.characters[0]), label=0
    )
    document = colour.done(
        document, do="set_quad", character=boxed, quad=shifted(word.characters[3].quad, [1, 0]).tolist()
    )
    document = colour.done(document, do="paint", character=painted, stroke=[middle(word.characters[1])], radius=3)
    document = colour.done(document, **{"do": "review", "characters": [accepted], "as": "accepted"})
    kept = [character(document, name) for name in (clicked, painted, accepted, boxed)]

    edit = replace(colour, settings=compact.settings).edit(document, do="annotate")
    after = apply_change(document, edit.change)

    assert [character(after, one.id) for one in kept] == kept
    assert character(after, word.characters[4].id).mask != character(document, word.characters[4].id).mask
    assert after.words[0] != document.words[0]
    assert "4 corrected by hand kept" in edit.message


def test_a_word_whose_text_was_edited_stays_whole(colour: Scenery, compact: Scenery) -> None:
    document = colour.done(colour.document, do="set_text", word="w2", text="BREAD")
    after = replace(colour, settings=compact.settings).done(document, do="annotate")
    assert after.words[1] == document.words[1]


def test_a_word_that_cannot_be_annotated_carries_its_problem_and_no_characters(colour: Scenery) -> None:
    words = (*scene().words[:1], Word(np.array([[5, 5], [5, 5], [5, 5], [5, 5]], np.float32), "A"))
    document = colour.done(from_words([Word(w.polygon, w.text) for w in words], (320, 240)), do="annotate")
    assert document.words[0].characters
    assert document.words[1].characters == ()
    assert document.words[1].problem.startswith("a word's polygon needs at least 4 different points")
    assert "1 word could not be annotated" in colour.edit(document, do="annotate").message


def test_ignored_words_stay_without_characters(colour: Scenery) -> None:
    words = [replace(word, characters=(), ignore=index == 1) for index, word in enumerate(scene().words)]
    document = colour.done(from_words(words, (320, 240)), do="annotate")
    assert [bool(word.characters) for word in document.words] == [True, False, True]


def test_given_boxes_are_kept_and_get_masks(scenery: Scenery) -> None:
    document = from_words(scene().words, (320, 240))
    after = scenery.done(document, do="annotate")
    assert [one.quad for one in after.characters()] == [one.quad for one in document.characters()]
    assert [one.id for one in after.characters()] == [one.id for one in document.characters()]
    assert all(one.mask.width for one in after.characters())


def test_an_export_imported_again_is_the_same_bit_by_bit(scenery: Scenery) -> None:
    entry = image_entry("scene.jpg", to_annotation(scenery.document, "compact"))
    words = json.loads(json.dumps(entry["words"]))
    edit = scenery.edit(scenery.document, do="replace", words=words)
    after = scenery.done(scenery.document, do="replace", words=words)
    assert edit.label == "Imported 3 words"
    assert image_entry("scene.jpg", to_annotation(after, "compact")) == entry
    assert [one.mask for one in after.characters()] == [one.mask for one in scenery.document.characters()]
    assert not {word.id for word in after.words} & {word.id for word in scenery.document.words}


def test_an_import_without_masks_runs_no_model(colour: Scenery, segment_calls: Callable[[], list[int]]) -> None:
    words = [{"polygon": [[10, 10], [60, 10], [60, 30], [10, 30]], "text": "AB"}]
    edit = colour.edit(colour.document, do="replace", words=words)
    assert segment_calls() == []
    assert edit.message == "1 of them have no masks yet; annotate to make them"


def test_masks_of_another_size_are_refused(colour: Scenery) -> None:
    entry = image_entry("scene.jpg", to_annotation(colour.document))
    for one in entry["words"][1]["chars"]:
        one["mask"] = {"size": [10, 10], "counts": "T3"}
    with pytest.raises(EditError, match=r"words\[1\].chars: expected masks of the image's 320 x 240 pixels"):
        colour.edit(colour.document, do="replace", words=entry["words"])


def test_an_unknown_or_missing_segmenter_is_said(colour: Scenery) -> None:
    with pytest.raises(SettingsError, match="no segmenter named 'magic'"):
        replace(colour, settings=replace(colour.settings, segmenter="magic")).edit(colour.document, do="annotate")
    missing = [one.name for one in availability() if not one.available]
    for name in missing:
        with pytest.raises(WeightsError, match=name):
            replace(colour, settings=replace(colour.settings, segmenter=name)).edit(colour.document, do="annotate")


def test_merging_a_run_keeps_corrections_and_pixels_single(
    colour: Scenery, compact: Scenery, pipeline: CharSAM
) -> None:
    one = colour.document.words[1].characters[0]
    document = colour.done(colour.document, do="paint", character=one.id, stroke=[middle(one), [200, 100]], radius=4)
    trace = pipeline.run(colour.image, to_words(document), compact.settings)
    assert trace.annotation is not None
    merged = merge_annotation(document, trace.annotation)
    assert character(merged, one.id) == character(document, one.id)
    assert [a.quad for a in merged.words[1].characters] == [a.quad for a in document.words[1].characters]
    assert merged.words[0] != document.words[0]
    assert owners(merged).max() == 1


def test_merging_a_run_leaves_words_alone_that_changed_meanwhile(colour: Scenery, pipeline: CharSAM) -> None:
    trace = pipeline.run(colour.image, to_words(unannotated()), colour.settings)
    assert trace.annotation is not None
    told = colour.done(unannotated(), do="set_text", word="w2", text="BREAD")
    moved = replace(told.words[2], polygon=tuple((x + 1, y) for x, y in told.words[2].polygon))
    document = replace(told, words=(*told.words[:2], moved))
    merged = merge_annotation(document, trace.annotation)
    assert merged.words[1:] == document.words[1:]
    assert len(merged.words[0].characters) == 2


def test_a_run_of_an_image_without_words_brings_them(colour: Scenery, pipeline: CharSAM) -> None:
    trace = pipeline.run(colour.image, to_words(unannotated()), colour.settings)
    assert trace.annotation is not None
    empty = replace(unannotated(), words=())
    merged = merge_annotation(empty, trace.annotation)
    np.testing.assert_array_equal(to_annotation(merged).character_mask(), trace.annotation.character_mask())
    assert len({one.id for one in merged.characters()} | {word.id for word in merged.words}) == 11


def test_merging_names_the_problem_of_a_word(pipeline: CharSAM, colour: Scenery) -> None:
    flat = np.array([[5, 5], [5, 5], [5, 5], [5, 5]], np.float32)
    document = from_words([Word(scene().words[0].polygon, "80"), Word(flat, "AB")], (320, 240))
    trace = pipeline.run(colour.image, to_words(document), colour.settings)
    assert trace.annotation is not None
    merged = merge_annotation(document, trace.annotation)
    assert merged.words[0].problem == ""
    assert merged.words[1].problem.startswith("a word's polygon needs at least 4")


def test_characters_that_are_given_as_polygons_get_quads() -> None:
    polygon = np.array([[0, 0], [40, 0], [40, 20], [0, 20]], np.float32)
    triangle = np.array([[10, 5], [20, 5], [15, 15]], np.float32)
    document = from_words([Word(polygon, "A", characters=(GivenCharacter("A", triangle),))], (50, 30))
    np.testing.assert_allclose(document.words[0].characters[0].quad, [[10, 5], [20, 5], [20, 15], [10, 15]], atol=0.02)


def test_a_second_editor_annotates_alike(scenery: Scenery, pipeline: CharSAM) -> None:
    annotated.cache_clear()
    assert annotated(pipeline, scenery.settings.segmenter).document == scenery.document
