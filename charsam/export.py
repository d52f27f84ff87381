"""Annotations as files: bit-exact PNG masks and the native words file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from charsam.atomic import write_atomically
from charsam.datasets.labels import png
from charsam.datasets.native import image_entry, words_json
from charsam.types import ImageAnnotation


def annotation_files(stem: str, file: str, annotation: ImageAnnotation) -> dict[str, bytes]:
    """The files of one annotated image by name: STEM_text.png (8-bit, 0 / 255), STEM_chars.png (16-bit,
    `mask_value`s), words.json. file: the image's name in words.json.
    """
    return {**mask_files(stem, annotation), "words.json": words_json([image_entry(file, annotation)])}


def mask_files(stem: str, annotation: ImageAnnotation) -> dict[str, bytes]:
    """STEM_text.png and STEM_chars.png, at the image's own size."""
    text, characters = mask_names(stem)
    return {text: png(annotation.text_mask()), characters: png(annotation.character_mask())}


def mask_names(stem: str) -> tuple[str, str]:
    """What the files with the masks of an image are called: of its text, and of its characters."""
    return f"{stem}_text.png", f"{stem}_chars.png"


def write_masks(folder: Path, stem: str, annotation: ImageAnnotation) -> None:
    """Write the masks of one image into a folder. Raises OSError, naming the file, where that fails."""
    for name, data in mask_files(stem, annotation).items():
        with write_atomically(folder / name) as file:
            file.write(data)


def write_words(folder: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write words.json of these image entries into a folder. Raises OSError where that fails."""
    with write_atomically(folder / "words.json") as file:
        file.write(words_json(entries))
