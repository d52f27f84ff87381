"""Files that a visitor gives: read once, never kept, and never from anywhere but the server's upload folder."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from charsam.datasets.native import ImageWords, read_words
from charsam.errors import ImageError, WordsError
from charsam.types import ImageArray, Word


def read_upload(path: object, name: str) -> bytes:
    """The bytes of an uploaded file, which is deleted. name: what the visitor calls it.

    Raises ImageError, in a sentence for the visitor, where it did not arrive.
    """
    file = _within_uploads(path)
    if file is None:
        raise ImageError(f"{name} did not arrive; open it again.")
    try:
        return file.read_bytes()
    finally:
        file.unlink(missing_ok=True)


def uploaded_words(path: object, image_file: str, image: ImageArray) -> list[Any]:
    """The words for an image as an uploaded native words file has them, checked; the file is deleted.

    Raises WordsError.
    """
    file = _within_uploads(path)
    if file is None:
        raise WordsError("The file did not arrive; import it again.")
    try:
        entries = read_words(file)
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    finally:
        file.unlink(missing_ok=True)
    chosen = entry_for(entries, image_file, image)
    return list(data["images"][entries.index(chosen)]["words"])


def words_for(entries: Sequence[ImageWords], image_file: str, image: ImageArray) -> tuple[Word, ...]:
    """Of the entries of a words file, the words of the one that belongs to an image (see `entry_for`)."""
    return entry_for(entries, image_file, image).words


def entry_for(entries: Sequence[ImageWords], image_file: str, image: ImageArray) -> ImageWords:
    """Of the entries of a words file, the one that belongs to an image.

    It is chosen by the image's file name, whatever its ending; a file with a single entry fits any image of its size.
    Raises WordsError.
    """
    fitting = [entry for entry in entries if stem_of(entry.file) == stem_of(image_file)]
    if len(entries) == 1:
        fitting = list(entries)
    if len(fitting) != 1:
        names = ", ".join(entry.file for entry in entries[:4]) + (", …" if len(entries) > 4 else "")
        found = "no entry fits" if not fitting else f"{len(fitting)} entries fit"
        raise WordsError(f"{found} the image {image_file}; the file has entries for: {names or 'no image'}.")
    entry, (height, width) = fitting[0], image.shape[:2]
    if (entry.width or width, entry.height or height) != (width, height):
        raise WordsError(
            f"The words are for an image of {entry.width} x {entry.height} pixels; this one has {width} x {height}."
        )
    return entry


def file_of(name: object) -> str:
    """The last part of a path as somebody else's computer wrote it, at most 80 characters of it."""
    return str(name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1][-80:] or "image"


def stem_of(name: object) -> str:
    """A file name without folder and ending, in characters that every file system takes."""
    stem = Path(file_of(name)).stem
    return re.sub(r"[^\w.-]+", "_", stem).strip("._")[:60] or "image"


def _within_uploads(path: object) -> Path | None:
    if not isinstance(path, str) or "\0" in path:
        return None
    file = Path(path).resolve()
    return file if file.is_relative_to(Path(get_upload_folder()).resolve()) and file.is_file() else None
