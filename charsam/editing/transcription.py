"""The transcription of a word follows its characters; white space between those that stay is kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from charsam.checks import MAX_CHARACTERS
from charsam.editing.document_json import LONGEST_TEXT
from charsam.errors import EditError
from charsam.text import characters_of


def following(text: str, before: Sequence[str], after: Sequence[tuple[str, int | None]]) -> str:
    """The text of a word whose characters were changed.

    before: its characters' categories. after: those that it has now, each with the place that it had before; None for a
    new one. Raises EditError where the text becomes too long.
    """
    if len(after) > MAX_CHARACTERS:
        raise EditError(f"the word has {len(after)} characters then; a word may have {MAX_CHARACTERS}")
    spaces = _spaces(text, before)
    result = "".join(("" if place is None else spaces[place]) + category for category, place in after)
    result = unicodedata.normalize("NFC", result).strip()
    if len(result) > LONGEST_TEXT:
        raise EditError(f"the text has {len(result)} characters then; a word may have {LONGEST_TEXT}")
    return result


def _spaces(text: str, categories: Sequence[str]) -> list[str]:
    """The white space before each character of the text."""
    found = []
    at = 0
    text = unicodedata.normalize("NFC", text)
    if characters_of(text) != tuple(categories):
        return [""] * len(categories)
    for category in categories:
        start = text.find(category, at)
        if start < 0:
            return [""] * len(categories)
        gap = text[at:start]
        found.append(gap if gap.isspace() else "")
        at = start + len(category)
    return found
