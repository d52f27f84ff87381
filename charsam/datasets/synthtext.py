"""SynthText (Gupta et al.): gt.mat with `imnames`, `wordBB`, `charBB` and `txt`, over all images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from charsam.datasets.file_peek import Peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.mat_file import read_mat
from charsam.datasets.pictures import Size
from charsam.datasets.reader import Listed, Reader, each, word_at, words_of
from charsam.datasets.word_polygons import polygon_at
from charsam.errors import WordsError
from charsam.types import FloatArray, GivenCharacter, Word


def _list_images(paths: Sequence[Path], log: FaultLog) -> list[Listed]:
    return each(paths, log, lambda path: _images(path, log))


def _images(path: Path, log: FaultLog) -> Iterable[Listed]:
    held = read_mat(path, "imnames", "wordBB", "txt", "charBB")
    columns = [held[name].ravel() for name in ("imnames", "wordBB", "txt", "charBB")]
    if len({len(column) for column in columns}) > 1:
        raise WordsError(f"{path.name}: expected as many imnames as wordBB, txt and charBB")
    for number, (name, boxes, texts, letters) in enumerate(zip(*columns, strict=True)):
        place = f"{path.name}: image {number + 1}"
        try:
            yield _listed(path, place, str(np.ravel(name)[0]), boxes, texts, letters)
        except (IndexError, ValueError, TypeError) as error:
            log.add(path.name, f"{place}: expected a name, boxes of 2 x 4 and texts ({error})")


def _listed(path: Path, place: str, name: str, boxes: Any, texts: Any, letters: Any) -> Listed:
    outlines, characters = _quads(boxes), _quads(letters)
    words = [word for text in np.ravel(texts) for word in str(text).split()]
    if len(words) != len(outlines):
        raise ValueError(f"{len(outlines)} boxes for {len(words)} words")
    ends = np.cumsum([0, *(len(word) for word in words)])
    if ends[-1] != len(characters):
        characters, ends = np.zeros((0, 4, 2), np.float32), np.zeros(len(words) + 1, int)
    entries = [
        (f"{place}: word {k + 1}", word, outlines[k], characters[ends[k] : ends[k + 1]]) for k, word in enumerate(words)
    ]

    def read(size: Size, log: FaultLog) -> tuple[Word, ...]:
        return words_of(entries, lambda entry: _word(entry, size), log, path.name)

    return Listed((name,), path, place, read)


def _word(entry: tuple[str, str, FloatArray, FloatArray], size: Size) -> Word:
    place, text, outline, letters = entry
    given = tuple(
        GivenCharacter(letter, polygon_at(place, quad, size)) for letter, quad in zip(text, letters, strict=False)
    )
    return word_at(place, outline, text, size, characters=given)


def _quads(value: Any) -> FloatArray:
    """(N, 4, 2) of (2, 4, N), or (2, 4) for a single one."""
    found = np.asarray(value, np.float32)
    if found.ndim == 2:
        found = found[..., None]
    if found.shape[:2] != (2, 4):
        raise ValueError(f"boxes of shape {found.shape}")
    return np.asarray(found.transpose(2, 1, 0))


def _fits(peek: Peek) -> bool:
    return peek.names >= {"imnames", "wordBB", "txt"}


READER: Final = Reader("synthtext", "SynthText", "gt.mat", _fits, _list_images)
