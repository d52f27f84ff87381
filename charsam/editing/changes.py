"""What an edit did to a document, word by word; it can be applied, taken back and kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from charsam.datasets.fields import Field
from charsam.editing.document import Document, DocumentWord
from charsam.editing.document_json import LARGEST_SIDE, LONGEST_ID, MOST_WORDS, as_edit_error, word_of, word_to_json
from charsam.errors import EditError, WordsError


@dataclass(frozen=True, slots=True)
class WordChange:
    """One word before and after; None where it is not there. at: its place where it is there, after before before.

    A word that is there both times keeps its place among the others; only one that comes or goes needs `at`.
    """

    id: str
    at: int
    before: DocumentWord | None
    after: DocumentWord | None


@dataclass(frozen=True, slots=True)
class Change:
    """next_id: the document's counter before and after."""

    words: tuple[WordChange, ...]
    next_id: tuple[int, int]

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.words and self.next_id[0] == self.next_id[1]


def difference(before: Document, after: Document) -> Change:
    """The change that makes `after` of `before`. Raises EditError for documents of images of different sizes."""
    if before.shape != after.shape:
        raise EditError(
            f"the documents are of images of {before.width} x {before.height} and {after.width} x {after.height} pixels"
        )
    old, new = {word.id: word for word in before.words}, {word.id: word for word in after.words}
    stay = {word.id for word in before.words if word.id in new}
    if [word.id for word in before.words if word.id in stay] != [word.id for word in after.words if word.id in stay]:
        stay = set()  # their order changed: all are taken out and put in again
    gone = [WordChange(word.id, at, word, None) for at, word in enumerate(before.words) if word.id not in stay]
    come = [WordChange(word.id, at, None, word) for at, word in enumerate(after.words) if word.id not in stay]
    kept = [
        WordChange(word.id, at, old[word.id], word)
        for at, word in enumerate(after.words)
        if word.id in stay and word != old[word.id]
    ]
    return Change((*gone, *kept, *come), (before.next_id, after.next_id))


def apply_change(document: Document, change: Change) -> Document:
    """The document with the change made. Raises EditError where it does not hold what the change began with."""
    if document.next_id != change.next_id[0]:
        raise EditError(f"the change was made when next_id was {change.next_id[0]}; it is {document.next_id} now")
    there = {word.id: word for word in document.words}
    for one in change.words:
        if one.before is not None and there.get(one.id) != one.before:
            raise EditError(f"the word {one.id!r} is not as it was when the change was made")
    gone = {one.id for one in change.words if one.after is None}
    kept = {one.id: one.after for one in change.words if one.before is not None and one.after is not None}
    words = [kept.get(word.id) or word for word in document.words if word.id not in gone]
    for one in sorted((one for one in change.words if one.before is None), key=lambda one: one.at):
        if one.after is None:
            continue
        if any(word.id == one.id for word in words):
            raise EditError(f"the word {one.id!r} is there already")
        if one.at > len(words):
            raise EditError(f"the word {one.id!r} cannot be put at place {one.at}: there are {len(words)} words")
        words.insert(one.at, one.after)
    return replace(document, words=tuple(words), next_id=change.next_id[1])


def inverse(change: Change) -> Change:
    """The change that takes this one back."""
    words = tuple(WordChange(one.id, one.at, one.after, one.before) for one in reversed(change.words))
    return Change(words, (change.next_id[1], change.next_id[0]))


def change_to_json(change: Change) -> dict[str, Any]:
    """A change as JSON, for the page."""
    return {
        "words": [
            {
                "id": one.id,
                "at": one.at,
                "before": None if one.before is None else word_to_json(one.before),
                "after": None if one.after is None else word_to_json(one.after),
            }
            for one in change.words
        ],
        "next_id": list(change.next_id),
    }


def change_from_json(data: Any) -> Change:
    """The change of such JSON. Raises EditError, naming the field, for whatever is not as it should be."""
    with as_edit_error():
        root = Field("change", data)
        counters = [item.whole(1, 2**53) for item in root.get("next_id").items()]
        if len(counters) != 2:
            raise root.get("next_id").error("expected the counter before and after")
        listed = root.get("words")
        if isinstance(listed.value, list) and len(listed.value) > 2 * MOST_WORDS:
            raise listed.error(f"expected at most {2 * MOST_WORDS} words")
        return Change(tuple(_word_changes(listed.items())), (counters[0], counters[1]))


def _word_changes(items: Iterable[Field]) -> Iterable[WordChange]:
    for item in items:
        sides = [
            None if (found := item.find(name)) is None else word_of(found, LARGEST_SIDE, LARGEST_SIDE)
            for name in ("before", "after")
        ]
        name = item.get("id").text()
        if sides == [None, None]:
            raise WordsError(f"{item.place}: expected a word before or after; there is neither")
        if len(name) > LONGEST_ID or any(side is not None and side.id != name for side in sides):
            raise item.get("id").error("expected the id of its word")
        yield WordChange(name, item.get("at").whole(0, MOST_WORDS), sides[0], sides[1])
