"""The classes of characters in one order for everyone, whatever a dataset happens to hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BASE: Final = tuple(map(chr, [*range(0x21, 0x7F), *(code for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7))]))
"""Printable ASCII and the letters of Latin-1, as Unicode orders them: those that have glyph votes."""


def category_id(category: str) -> int:
    """A number that a character has in every export: its code point; of several code points one that no other has."""
    value = 0
    for code in reversed(category):
        value = value * 0x110000 + ord(code)
    return value


def classes(found: Iterable[str]) -> list[str]:
    """Classes that are numbered from 0: first those of BASE, always all of them, then the others that are there."""
    return [*BASE, *sorted(set(found) - set(BASE), key=category_id)]
