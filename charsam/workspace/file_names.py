"""The names of image files as they are kept and sorted."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_FILE_NAME: Final = 300


def clean_name(name: str) -> str:
    """A file name as it is kept: relative, with "/", without anything that leads elsewhere or can't be seen.
    A name that is kept already stays as it is.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    kept = "".join(c if c.isprintable() else "_" for c in name)
    while True:  # what a cut leaves is looked at again
        parts = [part.strip() for part in re.split(r"[/\\]+", kept[-LONGEST_FILE_NAME:])]
        now = "/".join(part for part in parts if part not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", part))
        if now == kept:
            return kept or "image"
        kept = now


def sort_key(name: str) -> str:
    """A text by which names sort as people count: img2 before img10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(10), name.casefold())[:400]
