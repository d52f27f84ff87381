"""Transcriptions as sequences of characters."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"


def characters_of(text: str) -> tuple[str, ...]:
    """The characters of a transcription as a reader counts them: composed, white space and invisible marks left out.

    A combining mark, variation selector or joined emoji belongs to the character before it.
    """
    result: list[str] = []
    joined = False
    for code in unicodedata.normalize("NFC", text):
        category = unicodedata.category(code)
        if code.isspace():
            joined = False
        elif code == JOINER:
            joined = bool(result)
        elif category in ("Cc", "Cf", "Cn"):
            continue
        elif result and joined:
            result[-1] += JOINER + code
            joined = False
        elif result and (category in ("Mn", "Me", "Mc") or _is_skin(code) or (_is_flag(code) and _is_flag(result[-1]))):
            result[-1] += code
        else:
            result.append(code)
    return tuple(result)


def _is_skin(code: str) -> bool:
    return "\U0001f3fb" <= code <= "\U0001f3ff"


def _is_flag(text: str) -> bool:
    """One of the two letters that make a flag."""
    return len(text) == 1 and "\U0001f1e6" <= text <= "\U0001f1ff"
