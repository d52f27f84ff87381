"""What the pages without scripts say, in the language that a browser asks for: from the catalogue of the interface.

`static/shared/words.js` does the same for the pages that have scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from markupsafe import Markup

from charsam.server.static_files import STATIC

ENGLISH: Final = "en"
CHINESE: Final = "zh"


def language_of(accepted: str | None) -> str:
    """The language for an Accept-Language header: Chinese where it comes first, else English."""
    return CHINESE if (accepted or "").strip().lower().startswith(CHINESE) else ENGLISH


def interface(language: str) -> Callable[[str], str]:
    """What turns a text of the interface, or a sentence of the server, into the language; markup stays markup."""
    if language != CHINESE:
        return lambda text: text
    return lambda text: Markup(_said(text)) if isinstance(text, Markup) else _said(text)


def _said(text: str) -> str:
    catalogue, sentences = _catalogue()
    if whole := catalogue.get(text) or catalogue.get(f"@{text}"):
        return whole
    for pattern, other in sentences:
        if values := pattern.fullmatch(text):
            return re.sub(r"\{(\d)(~?)\}", lambda place: _value(values[int(place[1]) + 1], again=place[2]), other)
    return text


def _value(value: str, *, again: str) -> str:
    """A value in its place; "~" stands there for one that is translated, too."""
    return _said(value) if again else value


@lru_cache(maxsize=1)
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """The catalogue, and its sentences of the server ("@" before them) as patterns, those with the most words first."""
    found = json.loads((STATIC / "shared" / f"{CHINESE}.json").read_text(encoding="utf-8"))
    ours = (text[1:] for text in found if text.startswith("@"))
    sentences = sorted(ours, key=lambda text: -len(re.sub(r"\{\d\}", "", text)))
    patterns = ("(.*?)".join(map(re.escape, re.split(r"\{\d\}", text))) for text in sentences)
    return found, [
        (re.compile(pattern, re.DOTALL), found[f"@{text}"]) for pattern, text in zip(patterns, sentences, strict=True)
    ]
