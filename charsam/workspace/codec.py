"""Documents and changes as the database keeps them: deflated JSON, exact to the bit."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any, Final

from charsam.datasets.fields import Field
from charsam.editing.changes import Change, apply_change, change_from_json, change_to_json
from charsam.editing.document import Document
from charsam.editing.document_json import (
    as_edit_error,
    check_ids,
    document_from_json,
    document_to_json,
    word_of,
    word_to_json,
)
from charsam.errors import WorkspaceError
from charsam.types import SUSPICIOUS
from charsam.workspace.store import plain

LONGEST_SEARCH: Final = 4000


def pack(data: dict[str, Any]) -> bytes:
    """JSON as the database keeps it."""
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(body: bytes) -> dict[str, Any]:
    """Raises WorkspaceError where the database has damaged what it keeps."""
    try:
        data: dict[str, Any] = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError, RecursionError) as error:
        raise WorkspaceError("The workspace's database is damaged here; restore it from a backup.") from error
    return data


def document_data(document: Document) -> dict[str, Any]:
    """A document as the database keeps it."""
    return document_to_json(document)


def document_of(data: dict[str, Any]) -> Document:
    """A document that the database kept."""
    return document_from_json(data)


def change_data(change: Change) -> dict[str, Any]:
    """A change as the database keeps it."""
    return change_to_json(change)


def change_of(data: dict[str, Any]) -> Change:
    """A change that the database kept."""
    return change_from_json(data)


def applied(document: Document, change: Change) -> tuple[Change, Document]:
    """The change as it is once it has been written and read, and the document after it.

    Raises EditError where the change does not fit, or leads to a document that could not be read again.
    """
    change = change_from_json(change_to_json(change))
    after = apply_change(document, change)
    check_ids(after)
    with as_edit_error():
        for one in change.words:
            if one.after is not None:
                word_of(Field(f"word {one.id}", word_to_json(one.after)), after.width, after.height)
    return change, after


def folded(document: Document, changes: Iterable[Change]) -> Document:
    """A document after these changes. Raises EditError where one does not fit."""
    for change in changes:
        document = apply_change(document, change)
    return document


def complete(document: Document) -> bool:
    """Whether every word to work on has characters, and all of these have masks."""
    words = [word for word in document.words if not word.ignore]
    return bool(words) and all(word.characters and all(one.mask.width for one in word.characters) for word in words)


def figures(document: Document) -> tuple[int, int, int]:
    """How many words to work on a document has, how many characters, and how many of both a person should look at:
    doubtful characters, and words that have none.
    """
    words = [word for word in document.words if not word.ignore]
    characters = [character for word in words for character in word.characters]
    to_check = sum(character.suspicion >= SUSPICIOUS and not character.review for character in characters)
    to_check += sum(bool(word.problem) and not word.characters for word in words)
    return len(words), len(characters), to_check


def search_text(name: str, note: str, document: Document) -> str:
    """What a search in the queue looks through."""
    words = " ".join(word.text or "" for word in document.words)
    return plain(f"{name}\n{note}\n{words}".strip().casefold()[:LONGEST_SEARCH])
