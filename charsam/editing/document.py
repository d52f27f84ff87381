"""The labeling document: what it holds, its JSON, and its ways from and to words and annotations."""

from __future__ import annotations

from charsam.editing.conversion import from_words, merge_annotation, to_annotation, to_words
from charsam.editing.document_json import document_from_json, document_to_json
from charsam.editing.state import Document, DocumentCharacter, DocumentWord, StoredMask

__all__ = [
    "Document",
    "DocumentCharacter",
    "DocumentWord",
    "StoredMask",
    "document_from_json",
    "document_to_json",
    "from_words",
    "merge_annotation",
    "to_annotation",
    "to_words",
]
