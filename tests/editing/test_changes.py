"""Changes: made, taken back, kept as JSON, refused where they do not fit."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from charsam.editing.changes import Change, apply_change, change_from_json, change_to_json, difference, inverse
from charsam.editing.document import Document, DocumentWord
from charsam.errors import EditError

POLYGON = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


def document(*words: tuple[str, str], next_id: int = 100) -> Document:
    return Document(50, 40, next_id, tuple(DocumentWord(name, POLYGON, text) for name, text in words))


@pytest.mark.parametrize("seed", range(30))
def test_a_difference_leads_from_one_document_to_the_other_and_back(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"w{n}" for n in range(6)]
    before = document(*((name, rng.choice("ab")) for name in rng.sample(names, rng.randint(0, 6))))
    after = document(*((name, rng.choice("ab")) for name in rng.sample(names, rng.randint(0, 6))), next_id=103)
    change = difference(before, after)
    assert apply_change(before, change) == after
    assert apply_change(after, inverse(change)) == before
    assert inverse(inverse(change)) == change
    assert change_from_json(json.loads(json.dumps(change_to_json(change)))) == change


def test_equal_documents_differ_by_nothing() -> None:
    one = document(("w1", "a"))
    assert difference(one, document(("w1", "a"))).empty


def test_only_the_words_that_differ_are_kept() -> None:
    before, after = document(("w1", "a"), ("w2", "b")), document(("w1", "a"), ("w2", "c"))
    (one,) = difference(before, after).words
    assert (one.id, one.at) == ("w2", 1)


def test_documents_of_different_images_have_no_difference() -> None:
    with pytest.raises(EditError, match="50 x 40 and 51 x 40"):
        difference(document(), replace(document(), width=51))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (document(("w1", "z")), "the word 'w1' is not as it was"),
        (document(), "the word 'w1' is not as it was"),
        (document(("w1", "a"), next_id=5), "next_id was 100; it is 5"),
        (document(("w1", "a"), ("w2", "x")), "the word 'w2' is there already"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(other: Document, said: str) -> None:
    change = difference(document(("w1", "a")), document(("w1", "b"), ("w2", "c")))
    with pytest.raises(EditError, match=said):
        apply_change(other, change)


def test_a_place_beyond_the_words_is_refused() -> None:
    change = difference(document(("w1", "a")), document(("w1", "a"), ("w2", "c")))
    far = Change((replace(change.words[0], at=9),), change.next_id)
    with pytest.raises(EditError, match="cannot be put at place 9"):
        apply_change(document(("w1", "a")), far)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("next_id", [1], "next_id: expected the counter before and after"),
        ("next_id", [1, 0.5], "expected a whole number"),
        ("words", None, "'words' is missing"),
        ("words", [[]], r"words\[0\]: expected an object"),
        ("words", [{"id": "w1", "at": 0, "before": None, "after": None}], "expected a word before or after"),
        ("words", [{"id": "w1", "at": -1, "before": None, "after": {}}], "'characters' is missing"),
    ],
)
def test_hostile_json_is_refused(field: str, value: object, said: str) -> None:
    data: dict[str, Any] = change_to_json(difference(document(), document(("w1", "a"))))
    data[field] = value
    with pytest.raises(EditError, match=said):
        change_from_json(data)


def test_a_change_must_be_of_the_word_that_it_names() -> None:
    data = change_to_json(difference(document(), document(("w1", "a"))))
    data["words"][0]["id"] = "w2"
    with pytest.raises(EditError, match="expected the id of its word"):
        change_from_json(data)
