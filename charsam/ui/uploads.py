"""Files that a visitor gives: read once, never kept, and never from anywhere but the server's upload folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gradio.utils import get_upload_folder

from charsam.datasets.native import ImageWords, read_words
from charsam.errors import ImageError, WordsError
from charsam.images import load_image
from charsam.types import ImageArray, Word


def read_upload(path: object, name: str) -> ImageArray:
    """The image of an uploaded file, which is deleted. name: what the visitor calls it.

    Raises ImageError with a sentence for the visitor.
    """
    file = _within_uploads(path)
    if file is None:
        raise ImageError(f"{name} did not arrive; open it again.")
    try:
        return load_image(file.read_bytes(), name=name)
    finally:
        file.unlink(missing_ok=True)


def uploaded_words(path: object, image_file: str, image: ImageArray) -> tuple[Word, ...]:
    """The words for an image from an uploaded native words file, which is deleted. Raises WordsError."""
    file = _within_uploads(path)
    if file is None:
        raise WordsError("The file did not arrive; import it again.")
    try:
        entries = read_words(file)
    finally:
        file.unlink(missing_ok=True)
    return words_for(entries, image_file, image)


def words_for(entries: Sequence[ImageWords], image_file: str, image: ImageArray) -> tuple[Word, ...]:
    """Of the entries of a words file, the words of the one that belongs to an image.

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
    return entry.words


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
