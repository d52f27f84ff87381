"""Words files that a visitor gives, matched with an image, and names of files as they may be kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from charsam.datasets.native import ImageWords
from charsam.errors import WordsError
from charsam.types import ImageArray, Word


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
