"""The document: its JSON, its masks, its ways from words."""

import copy
import json
from typing import Any

import numpy as np
import pytest

from charsam.editing.conversion import from_words, to_annotation, to_words
from charsam.editing.document import Document, StoredMask
from charsam.editing.document_json import document_from_json, document_to_json
from charsam.errors import EditError
from charsam.types import BoxSource, CharacterMask, Word

RING = np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 1]], bool)


def data() -> dict[str, Any]:
    """A document as the specification shows it, with every field."""
    ring = StoredMask.of(CharacterMask(RING, 12, 30))
    return {
        "width": 640,
        "height": 480,
        "next_id": 14,
        "words": [
            {
                "id": "w1",
                "polygon": [[10, 20.5], [90, 20], [90, 50], [10, 50]],
                "text": "H",
                "ignore": False,
                "text_read": True,
                "problem": "",
                "edited": False,
                "reads": "",
                "crossing": False,
                "characters": [
                    {
                        "id": "c2",
                        "category": "H",
                        "quad": [[10, 20], [20, 20], [20, 50], [10, 50]],
                        "box_source": "craft",
                        "recognised": "H",
                        "probability": 0.99,
                        "positive": [[12.25, 30], [13, 31]],
                        "negative": [],
                        "points_edited": True,
                        "quality": 0.93,
                        "glyph_agreement": None,
                        "suspicion": 0.05,
                        "signals": {"quality": 0.07},
                        "box_edited": False,
                        "category_edited": False,
                        "painted": True,
                        "review": "accepted",
                        "mask": {"x": 12, "y": 30, "size": [3, 4], "counts": ring.counts},
                        "clicked": {"positive": [False, True], "negative": []},
                        "brushed": {"x": 12, "y": 30, "size": [3, 4], "counts": ring.counts},
                    }
                ],
            }
        ],
    }


def changed(path: str, value: object) -> dict[str, Any]:
    """The document's JSON with one field at a dotted path set, or dropped where the value is the type `object`."""
    result = copy.deepcopy(data())
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = result
    for step in way:
        place = place[step]
    if value is object:
        del place[last]
    else:
        place[last] = value
    return result


def test_json_gives_back_the_same_document() -> None:
    document = document_from_json(data())
    written = json.dumps(document_to_json(document))
    assert json.loads(written) == data()
    assert document_from_json(json.loads(written)) == document


def test_what_the_specification_leaves_out_may_be_absent() -> None:
    sparse = changed("words.0.characters.0.clicked", object)
    for name in ("brushed", "category_edited", "box_edited", "signals"):
        del sparse["words"][0]["characters"][0][name]
    del sparse["words"][0]["edited"]
    one = document_from_json(sparse).words[0].characters[0]
    assert one.clicks(1) == (False, False)
    assert one.painted
    assert one.brushed == one.mask


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("width", 0, "document: width: expected a whole number from 1"),
        ("width", True, "document: width"),
        ("height", float("nan"), "document: height"),
        ("height", object, "'height' is missing"),
        ("next_id", 2, "next_id is 2; it must be above the number of 'c2'"),
        ("words", {}, "words: expected a list"),
        ("words", [None] * 10_001, "at most 10000 entries"),
        ("words.0", None, r"words\[0\]: expected an object"),
        ("words.0.id", "c2", "the id 'c2' is there twice"),
        ("words.0.id", "x" * 33, r"words\[0\].id: expected 2 to 32 characters"),
        ("words.0.polygon", [[0, 0], [1, 1]], "at least 4 points, there are 2"),
        ("words.0.polygon.0", [0, float("inf")], r"polygon\[0\]\[1\]: expected a number"),
        ("words.0.polygon", [[0, 0]] * 5000, "at most 4096 points"),
        ("words.0.text", "x" * 201, "at most 200 characters, there are 201"),
        ("words.0.text", "\ud800", "expected Unicode text"),
        ("words.0.text", 5, r"words\[0\].text: expected a text"),
        ("words.0.ignore", 1, "expected true or false"),
        ("words.0.characters", [None] * 201, "at most 200 entries"),
        ("words.0.characters.0.category", "", "expected 1 to 64 characters"),
        ("words.0.characters.0.quad", [[0, 0]] * 5, "expected four corners"),
        ("words.0.characters.0.box_source", "guess", "expected one of given, craft"),
        ("words.0.characters.0.probability", 1.5, "expected a number from 0 to 1"),
        ("words.0.characters.0.quality", "high", "expected a number"),
        ("words.0.characters.0.review", "maybe", "expected one of '', 'accepted', 'rejected'"),
        ("words.0.characters.0.review", ["accepted"], "expected one of"),
        ("words.0.characters.0.signals", [1], "expected an object"),
        ("words.0.characters.0.clicked.positive", [True], "expected 2 flags"),
        ("words.0.characters.0.mask.x", 638, "a crop within the image of 640 x 480"),
        ("words.0.characters.0.mask.size", [70_000, 1], "from 0 to 65535"),
        ("words.0.characters.0.mask.size", [3], "expected height and width"),
        ("words.0.characters.0.mask.counts", "zz", "mask: "),
        ("words.0.characters.0.mask.counts", "1" * 100_000, "too long"),
        ("words.0.characters.0.mask", object, "'mask' is missing"),
    ],
)
def test_hostile_json_is_refused_with_the_field_named(path: str, value: object, said: str) -> None:
    with pytest.raises(EditError, match=said):
        document_from_json(changed(path, value))


@pytest.mark.parametrize("value", [None, [], "document", 3])
def test_json_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(EditError, match="document: expected an object"):
        document_from_json(value)


@pytest.mark.parametrize("seed", range(5))
def test_masks_come_back_bit_by_bit_with_their_holes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.random((rng.integers(1, 40), rng.integers(1, 40))) < rng.choice([0.1, 0.5, 0.95])
    stored = StoredMask.of(CharacterMask(pixels, 7, 9))
    back = stored.mask()
    full = np.zeros((60, 60), bool)
    h, w = back.pixels.shape
    full[back.y : back.y + h, back.x : back.x + w] = back.pixels
    np.testing.assert_array_equal(full[9 : 9 + pixels.shape[0], 7 : 7 + pixels.shape[1]], pixels)
    assert full.sum() == pixels.sum()


def test_a_mask_without_pixels_has_no_size() -> None:
    assert StoredMask.of(CharacterMask(np.zeros((5, 5), bool), 3, 3)) == StoredMask()
    assert StoredMask().mask().pixels.shape == (0, 0)


@pytest.mark.parametrize(
    ("change", "corrected"),
    [
        ({}, False),
        ({"box_edited": True}, True),
        ({"points_edited": True}, True),
        ({"category_edited": True}, True),
        ({"review": "rejected"}, True),
        ({"painted": True}, True),
    ],
)
def test_a_character_is_corrected_by_whatever_a_person_did(change: dict[str, object], corrected: bool) -> None:
    plain = data()
    character = plain["words"][0]["characters"][0]
    character.update(review="", painted=False, points_edited=False, brushed=None, clicked=None)
    character.update(change)
    document = document_from_json(plain)
    assert document.words[0].characters[0].corrected is corrected
    assert document.words[0].corrected is corrected


def test_words_without_text_stay_without() -> None:
    polygon = np.array([[0, 0], [40, 0], [40, 20], [0, 20]], np.float32)
    document = from_words([Word(polygon), Word(polygon, " e\u0301 ", ignore=True)], (50, 30), next_id=7)
    assert [(word.id, word.text, word.ignore) for word in document.words] == [("w7", "", False), ("w8", "\u00e9", True)]
    assert document.next_id == 9
    assert [word.text for word in to_words(document)] == [None, "\u00e9"]


def test_a_text_too_long_is_a_problem_of_its_word() -> None:
    polygon = np.array([[0, 0], [40, 0], [40, 20], [0, 20]], np.float32)
    (word,) = from_words([Word(polygon, "x" * 300)], (50, 30)).words
    assert word.problem == "its text has 300 characters; a word may have 200"


def test_polygons_that_no_document_can_hold_are_refused() -> None:
    with pytest.raises(EditError, match="word 1: its polygon"):
        from_words([Word(np.array([[0, 0], [1, 1], [0, np.nan], [2, 2]], np.float32))], (50, 30))


def test_a_document_is_exported_as_it_is() -> None:
    annotation = to_annotation(document_from_json(data()))
    (one,) = annotation.characters
    assert (annotation.width, annotation.height) == (640, 480)
    assert one.box_source is BoxSource.CRAFT
    np.testing.assert_array_equal(one.mask.pixels, RING)
    np.testing.assert_array_equal(one.positive, [[12.25, 30], [13, 31]])
    assert annotation.words[0].text_read


def test_a_character_on_a_polygon_of_no_use_cannot_be_exported() -> None:
    document = document_from_json(changed("words.0.polygon", [[0, 0]] * 4))
    with pytest.raises(EditError, match="the word H: a word's polygon needs"):
        to_annotation(document)


def test_an_empty_document_is_a_document() -> None:
    assert document_from_json({"width": 1, "height": 1, "next_id": 1, "words": []}) == Document(1, 1)
