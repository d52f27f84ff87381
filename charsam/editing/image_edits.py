"""Edits of all words at once: annotated by the machine, or replaced by an import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from charsam.checks import MAX_WORDS, UNREAD
from charsam.editing.commands import Annotate, Replace
from charsam.editing.conversion import Ids, keeps_boxes
from charsam.editing.document import Document, DocumentWord, stored_points
from charsam.editing.document_json import as_edit_error
from charsam.editing.edit_context import EditContext, EditResult
from charsam.editing.mask_ownership import masks_of
from charsam.editing.native_words import imported_words
from charsam.types import SUSPICIOUS


def annotate(context: EditContext, document: Document, command: Annotate) -> EditResult:
    """Boxes, points and masks of all that no person corrected; of an image without words, these are found first."""
    ids = Ids(document.next_id)
    sought = not document.words
    if sought:
        document = _with_found_words(context, document, ids)
    if not document.words:
        return EditResult(document, "Looked for words", "No words were found in this photo; draw those there are")
    words = []
    fresh: set[str] = set()
    for word in document.words:
        now = _ready(context, word, ids)
        if now is not word or (now.characters and not now.edited):
            fresh |= {one.id for one in now.characters if not one.corrected}
        words.append(now)
    document = replace(document, words=tuple(words), next_id=ids.next)
    answers = [
        answer for word in words for answer in context.ask(word, {one.id for one in word.characters if one.id in fresh})
    ]
    document = context.settled(document, masks_of(document, answers, others_stay=True))
    count = sum(not word.ignore for word in document.words)
    words_said = f"{count} word{'' if count == 1 else 's'}"
    label = f"Found and annotated {words_said}" if sought else f"Annotated {words_said}"
    return EditResult(document, label, _said(document))


def replace_words(context: EditContext, document: Document, command: Replace) -> EditResult:
    """The words of an import in place of all others, with the masks that it brings; no model runs."""
    with as_edit_error():
        after = with_imported(document, imported_words(command.words, document.shape))
    count = len(after.words)
    label = f"Imported {count} word{'' if count == 1 else 's'}"
    bare = sum(not word.ignore and not any(one.mask.width for one in word.characters) for word in after.words)
    message = f"{bare} of them have no masks yet; annotate to make them" if bare else ""
    return EditResult(after, label, message)


def with_imported(document: Document, imported: Sequence[DocumentWord]) -> Document:
    """The document with these words, which have no ids yet, in place of all others."""
    ids = Ids(document.next_id)
    words = tuple(
        replace(
            word,
            id=ids.word(),
            characters=tuple(replace(one, id=ids.character()) for one in word.characters),
        )
        for word in imported
    )
    return replace(document, words=words, next_id=ids.next)


def _with_found_words(context: EditContext, document: Document, ids: Ids) -> Document:
    found = context.pipe.find_words(context.image)
    words = tuple(
        DocumentWord(
            ids.word(), stored_points(word.polygon), word.text or "", word.ignore, True, "" if word.text else UNREAD
        )
        for word in found[:MAX_WORDS]
    )
    return replace(document, words=words, next_id=ids.next)


def _ready(context: EditContext, word: DocumentWord, ids: Ids) -> DocumentWord:
    """A word with boxes and points for all that is to be segmented; itself where there is nothing to do."""
    if word.ignore or word.problem == UNREAD or (word.edited and word.characters):
        return word
    if keeps_boxes(word):
        return context.pointed(word)
    return context.found(word, ids)


def _said(document: Document) -> str:
    characters = list(document.characters())
    doubts = sum(one.suspicion >= SUSPICIOUS and not one.review for one in characters)
    kept = sum(one.corrected for one in characters)
    parts = [f"{len(characters)} character{'' if len(characters) == 1 else 's'}, {doubts or 'none'} to check"]
    if kept:
        parts.append(f"{kept} corrected by hand kept")
    silent = sum(bool(word.problem) for word in document.words)
    if silent:
        parts.append(f"{silent} word{'' if silent == 1 else 's'} could not be annotated")
    return "; ".join(parts)
