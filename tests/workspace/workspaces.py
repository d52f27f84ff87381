"""What the tests of the workspace are made with."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from charsam.editing.changes import difference
from charsam.editing.document import Document, DocumentCharacter, DocumentWord, StoredMask
from charsam.types import BoxSource, CharacterMask
from charsam.workspace.values import Appended, User
from charsam.workspace.workspace import Workspace

OpenWorkspace = Callable[..., Workspace]


def picture(number: int = 0, size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    """An image file of width x height pixels; each number gives another picture."""
    values = np.random.default_rng(number).integers(0, 255, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values.repeat(8, 0).repeat(8, 1)).save(buffer, kind)
    return buffer.getvalue()


def ring(x: int, y: int) -> StoredMask:
    """A mask of 6 x 8 pixels with a hole, at x, y."""
    pixels = np.ones((8, 6), bool)
    pixels[2:6, 2:4] = False
    return StoredMask.of(CharacterMask(pixels, x, y))


def with_word(document: Document, text: str, y: int = 10, *, suspicion: float = 0.1, ignore: bool = False) -> Document:
    """The document with one more word, a line of rings at height y."""
    number = document.next_id
    characters = tuple(
        DocumentCharacter(
            id=f"c{number + place}",
            category=letter,
            quad=tuple((8.0 * place + dx, y + dy) for dx, dy in ((1, 0), (7, 0), (7, 8), (1, 8))),
            box_source=BoxSource.CRAFT,
            probability=0.9375,
            positive=((8.0 * place + 1.5, y + 0.5),),
            negative=((8.0 * place + 4.0, y + 4.25),),
            quality=0.8125,
            suspicion=suspicion,
            mask=ring(8 * place + 1, y),
        )
        for place, letter in enumerate(text, start=1)
    )
    end = 8.0 * len(text) + 8
    polygon = ((8.0, y), (end, y), (end, y + 8), (8.0, y + 8))
    word = DocumentWord(f"w{number}", polygon, text, ignore=ignore, characters=() if ignore else characters)
    return replace(document, next_id=number + len(text) + 1, words=(*document.words, word))


def without_word(document: Document, place: int) -> Document:
    """The document without one of its words."""
    return replace(document, words=(*document.words[:place], *document.words[place + 1 :]))


def add_word(workspace: Workspace, image_id: str, by: User, text: str = "AB", *, kind: str = "add_word") -> Appended:
    """Append an edit that adds a word, based on the newest state."""
    document, seq, _, _ = workspace.history.document(image_id, by)
    after = with_word(document, text, 10 + 9 * (len(document.words) % 3))
    return workspace.history.append(image_id, seq, kind, f"Word {text}", difference(document, after), by)
