"""Transcriptions as sequences of characters."""

from __future__ import annotations

import unicodedata


def characters_of(text: str) -> tuple[str, ...]:
    """The characters of a transcription as a reader counts them: composed, white space and invisible marks left out.

    A combining mark, variation selector or joined emoji belongs to the character before it.
    """
    result: list[str] = []
    joined = False
    for code in unicodedata.normalize("NFC", text):
        category = unicodedata.category(code)
        if code == "\u200d":
            joined = bool(result)
        elif result and (joined or category in ("Mn", "Me", "Mc") or 0x1F3FB <= ord(code) <= 0x1F3FF):
            result[-1] += code
            joined = False
        elif not code.isspace() and category not in ("Cc", "Cf", "Cn"):
            result.append(code)
    return tuple(result)
