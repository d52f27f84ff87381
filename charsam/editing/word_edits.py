"""Edits of words: drawn, outlined anew, told their text, ignored, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from charsam.checks import MAX_WORDS, usable_words
from charsam.editing.commands import AddWord, DeleteWord, SetIgnore, SetPolygon, SetText
from charsam.editing.conversion import Ids
from charsam.editing.document import Document, DocumentWord, Points, point_array
from charsam.editing.edit_context import EditContext, EditResult
from charsam.editing.frames import frame_of, upright
from charsam.editing.mask_prompts import with_machine_points
from charsam.editing.transcription import following
from charsam.errors import EditError
from charsam.text import characters_of
from charsam.types import SUSPICIOUS, Word

LONGEST_NAME: Final = 40
"""Characters of a word's text in labels and messages."""


def add_word(context: EditContext, document: Document, command: AddWord) -> EditResult:
    """A word that a person drew, with its characters and their masks."""
    if len(document.words) >= MAX_WORDS:
        raise EditError(f"the image has {len(document.words)} words; it may have {MAX_WORDS}")
    _check_polygon(command.polygon, document)
    _check_text(command.text)
    ids = Ids(document.next_id)
    word = DocumentWord(ids.word(), command.polygon, command.text or "")
    document = annotated(context, replace(document, words=(*document.words, word)), word.id, ids)
    word = document.words[document.word_at(word.id)]
    label = f"Added the word {shortened(word.text)}" if word.text else "Added a word"
    return EditResult(document, label, said_of(word))


def set_polygon(context: EditContext, document: Document, command: SetPolygon) -> EditResult:
    """Boxes that a person corrected stay where they are, and the others with them; else all are sought anew."""
    word = document.words[document.word_at(command.word)]
    label = f"New outline of {name_of(word)}"
    if word.polygon == command.polygon:
        return EditResult(document, label)
    _check_polygon(command.polygon, document)
    moved = replace(word, polygon=command.polygon, edited=True)
    document = with_word(document, moved)
    if word.ignore:
        return EditResult(document, label)
    if any(one.corrected for one in word.characters) and _holds_characters(moved):
        return EditResult(context.resegmented(document, word.id), label, said_of(moved))
    document = annotated(context, document, word.id, Ids(document.next_id))
    return EditResult(document, label, said_of(document.words[document.word_at(word.id)]))


def set_text(context: EditContext, document: Document, command: SetText) -> EditResult:
    """Where characters were corrected and the new text has as many, only their categories change; else the word is
    annotated anew.
    """
    word = document.words[document.word_at(command.word)]
    label = f"Text {shortened(command.text)}" if command.text else f"Text of {name_of(word)} read"
    if command.text and command.text == word.text:
        told = replace(word, text_read=False, reads="")
        return EditResult(with_word(document, told) if told != word else document, label)
    _check_text(command.text or None)
    told = replace(word, text=command.text, text_read=False, edited=True, reads="")
    if word.ignore:
        return EditResult(with_word(document, told), label)
    categories = characters_of(command.text)
    if any(one.corrected for one in word.characters) and len(categories) == len(word.characters):
        frame = frame_of(word)
        characters = [
            one
            if one.category == category
            else with_machine_points(
                replace(one, category=category, category_edited=True, review=""),
                frame,
                context.settings,
                context.ink_of(frame),
            )
            for one, category in zip(word.characters, categories, strict=True)
        ]
        changed = [now.id for now, one in zip(characters, word.characters, strict=True) if now is not one]
        document = with_word(document, replace(told, characters=tuple(characters)))
        return EditResult(context.resegmented(document, word.id, changed) if changed else document, label)
    lost = sum(one.corrected for one in word.characters)
    document = annotated(context, with_word(document, told), word.id, Ids(document.next_id))
    message = said_of(document.words[document.word_at(word.id)])
    if lost:
        message += f"; {lost} corrected by hand {'was' if lost == 1 else 'were'} made anew, undo brings them back"
    return EditResult(document, label, message)


def set_ignore(context: EditContext, document: Document, command: SetIgnore) -> EditResult:
    """A word is left out, or taken in again and annotated."""
    word = document.words[document.word_at(command.word)]
    label = f"Ignored {name_of(word)}" if command.ignore else f"No longer ignored {name_of(word)}"
    if word.ignore == command.ignore:
        return EditResult(document, label)
    document = with_word(document, replace(word, ignore=command.ignore, problem="", characters=()))
    if command.ignore:
        return EditResult(document, label)
    document = annotated(context, document, word.id, Ids(document.next_id))
    return EditResult(document, label, said_of(document.words[document.word_at(word.id)]))


def delete_word(context: EditContext, document: Document, command: DeleteWord) -> EditResult:
    """A word leaves the document with its characters."""
    word = document.words[document.word_at(command.word)]
    words = tuple(one for one in document.words if one.id != word.id)
    return EditResult(replace(document, words=words), f"Deleted the word {name_of(word)}")


def annotated(context: EditContext, document: Document, word_id: str, ids: Ids) -> Document:
    """The document with one word annotated from the start: boxes, points and masks."""
    word = document.words[document.word_at(word_id)]
    bare = with_word(document, replace(word, characters=()))
    found = context.found(word, ids)
    document = replace(with_word(bare, found), next_id=ids.next)
    return context.resegmented(document, word_id) if found.characters else document


def with_word(document: Document, word: DocumentWord) -> Document:
    """The document with the word in place of that of its id."""
    return replace(document, words=tuple(word if one.id == word.id else one for one in document.words))


def name_of(word: DocumentWord) -> str:
    """What a word is called in labels."""
    return shortened(word.text) or "a word without text"


def shortened(text: str) -> str:
    """A text that is not too long for a label."""
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def retold(word: DocumentWord, places: list[int | None]) -> DocumentWord:
    """A word whose characters a person changed, its text following them.

    word: with its characters as they are now. places: where each of them was before in the word's text; None: nowhere.
    """
    before = characters_of(word.text)
    after = [
        (one.category, place if place is not None and place < len(before) else None)
        for one, place in zip(word.characters, places, strict=True)
    ]
    return replace(word, text=following(word.text, before, after), text_read=False, reads="")


def said_of(word: DocumentWord) -> str:
    """What came of annotating a word: "5 characters, 1 to check", or why there are none."""
    if word.problem:
        return f"{shortened(word.text) or 'The word'}: {word.problem}"
    count = len(word.characters)
    doubts = sum(one.suspicion >= SUSPICIOUS and not one.review for one in word.characters)
    return f"{count} character{'' if count == 1 else 's'}, {doubts or 'none'} to check"


def _check_polygon(polygon: Points, document: Document) -> None:
    _, problems = usable_words([Word(point_array(polygon))], (*document.shape, 3))
    if problems:
        raise EditError(f"polygon: expected one that can be worked on; {problems[0].removeprefix('word 1: ')}")


def _check_text(text: str | None) -> None:
    if text is not None and not characters_of(text):
        raise EditError("text: expected at least one character that can be seen")


def _holds_characters(word: DocumentWord) -> bool:
    """Whether all corrected characters lie on the word as it is outlined now."""
    frame = frame_of(word)
    try:
        for one in word.characters:
            if one.corrected:
                upright(frame, one.quad)
    except EditError:
        return False
    return True
