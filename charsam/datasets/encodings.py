"""Text that is not UTF-8: named for what it seems to be, and read as what it is said to be."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from charsam.errors import SettingsError

ENCODINGS: Final = {
    "gb18030": "Chinese (GBK, GB18030)",
    "big5": "Chinese (Big5)",
    "cp932": "Japanese (Shift JIS)",
    "euc-jp": "Japanese (EUC-JP)",
    "cp949": "Korean (EUC-KR)",
    "cp1252": "Western European (Windows-1252)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1256": "Arabic (Windows-1256)",
    "cp874": "Thai (Windows-874)",
}
"""Those offered, with what to call them. Any other that Python knows is taken by its name, too."""
_chosen: ContextVar[str | None] = ContextVar("encoding", default=None)


@contextmanager
def reading_as(encoding: str | None) -> Iterator[None]:
    """Within it, files that are not UTF-8 are read in this encoding. Raises SettingsError for one that does not
    exist.
    """
    token = _chosen.set(None if encoding is None else checked(encoding))
    try:
        yield
    finally:
        _chosen.reset(token)


def checked(encoding: str) -> str:
    """The name of an encoding of text as Python has it. Raises SettingsError where there is none of that name."""
    try:
        found = codecs.lookup(encoding)
        if not found._is_text_encoding:
            raise LookupError
    except (LookupError, ValueError) as error:
        raise SettingsError(f"there is no encoding {encoding[:40]!r}; some are {', '.join(ENCODINGS)}") from error
    return "gb18030" if found.name in ("gbk", "gb2312") else found.name


def chosen() -> str | None:
    """The encoding that was chosen for files that are not UTF-8."""
    return _chosen.get()


def seems(data: bytes) -> str | None:
    """The encoding of ENCODINGS that text which is not UTF-8 is most likely in; None where it is none of them.

    Bytes are few and rules are rough: the answer is a suggestion, never acted upon.
    """
    for encoding, fits in (("cp932", _is_japanese), ("gb18030", _is_chinese), ("big5", _is_chinese)):
        try:
            text = data.decode(encoding)
        except ValueError:
            continue
        if fits(text):
            return encoding
    try:
        data.decode("cp1252")
    except ValueError:
        return None
    return "cp1252"


def named(encoding: str) -> str:
    """An encoding as people know it, and as Python does."""
    return f"{ENCODINGS.get(encoding, encoding)}, {encoding}"


def _is_japanese(text: str) -> bool:
    """Kana of full width among the letters beyond ASCII, and nothing rare."""
    foreign = [letter for letter in text if ord(letter) >= 0x80]
    kana = sum("\u3040" <= letter <= "\u30ff" for letter in foreign)
    common = kana + sum("\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u303f" for letter in foreign)
    return kana > 0 and common == len(foreign)


def _is_chinese(text: str) -> bool:
    foreign = [letter for letter in text if ord(letter) >= 0x80]
    common = sum("\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uffef"
                 for letter in foreign)  # fmt: skip
    return bool(foreign) and common == len(foreign)
