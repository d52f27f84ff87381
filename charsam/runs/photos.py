"""Photos that are given as files: annotated, or their words found."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import charsam
from charsam.atomic import write_atomically
from charsam.datasets.native import found_entry, image_entry, words_json
from charsam.errors import CharsamError
from charsam.export import mask_names, write_masks, write_words
from charsam.images import load_image, stretch_note
from charsam.pipeline import CharSAM
from charsam.remarks import remarks_on
from charsam.runs.contents import contents
from charsam.runs.identity import models, own_source, settings_identity
from charsam.runs.progress import FOLDER, Progress
from charsam.runs.row_run import HERE, Work, Workers, run_rows
from charsam.runs.task import Failure
from charsam.settings import Settings
from charsam.types import Word

INDEX_SHARE: Final = 20
"""After words.json was written, it is not written again for so many times as long as that took, but at the end."""

Words = tuple[Word, ...] | CharsamError
"""Of a photo; or why they cannot be had."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo, what words.json calls it, and the stem of its masks. also: other paths that lead to it."""

    image: Path
    file: str
    stem: str
    also: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Photos:
    """Photos as the items of a run, each with its words; None where they are to be found and read."""

    photos: tuple[Photo, ...]
    words: Mapping[Path, Words] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the photos are called in messages, each otherwise."""
        files = Counter(photo.file for photo in self.photos)
        return tuple(photo.file if files[photo.file] == 1 else photo.stem for photo in self.photos)

    def __len__(self) -> int:
        return len(self.photos)

    def read(self, index: int) -> tuple[str, tuple[Photo, Words | None]]:
        photo = self.photos[index]
        return self.names[index], (photo, self.words.get(photo.image))

    def fingerprint(self) -> str:
        """SHA-256 over the photos' names and contents, and over their words."""
        digest = hashlib.sha256()
        said = contents([photo.image for photo in self.photos])
        for name, photo, content in zip(self.names, self.photos, said, strict=True):
            words = self.words.get(photo.image)
            failed = words if isinstance(words, CharsamError) else ""
            digest.update(f"{name}\0{photo.stem}\0{content}\0{failed}".encode())
            if isinstance(words, tuple):
                digest.update(json.dumps([_told(word) for word in words]).encode())
        return digest.hexdigest()


def _told(word: Word) -> list[Any]:
    characters = [[c.category, c.polygon.tolist()] for c in word.characters]
    return [word.text, word.ignore, word.text_read, word.polygon.tolist(), characters]


@dataclass(frozen=True, slots=True)
class Annotating:
    """What is done with each photo: its masks are written into the folder `out`."""

    settings: Settings
    out: Path

    def __call__(self) -> Work:
        """Raises WeightsError where the models cannot be loaded."""
        pipeline = CharSAM()
        pipeline.load()
        pipeline.segmenter(self.settings.segmenter)

        def work(item: tuple[Photo, Words | None]) -> dict[str, Any]:
            photo, words = item
            image = load_image(photo.image)
            if isinstance(words, CharsamError):
                raise words
            annotation = pipeline.run(image, words, self.settings).annotation
            assert annotation is not None
            write_masks(self.out, photo.stem, annotation)
            note = stretch_note(photo.image, photo.image.name)
            remarks = [
                f"word {number} ({word.text[:40]}): {remark}"
                for number, word in enumerate(annotation.words, start=1)
                for remark in remarks_on(word)
            ]
            return {
                "entry": image_entry(photo.file, annotation),
                "characters": len(annotation.characters),
                "to_check": sum(character.to_check for character in annotation.characters),
                "problems": len(annotation.problems),
                "remarks": [*([note] if note else []), *annotation.problems, *remarks],
            }

        return work


@dataclass(frozen=True, slots=True)
class AnnotatedPhotos:
    """What came of a run, by the names of the photos. written: whether words.json could be written."""

    rows: dict[str, dict[str, Any]]
    failures: list[Failure]
    written: OSError | None


def annotate(
    photos: Photos, settings: Settings, out: Path, tell: Callable[[str], None], *, workers: Workers = HERE
) -> AnnotatedPhotos:
    """Write the masks of photos and words.json into a folder that exists; goes on where an earlier run was stopped.

    tell: gets a sentence for each thing that somebody should know of a photo.
    Raises SettingsError or WeightsError where no photo can be done.
    """
    out = out.absolute()
    header = {
        "charsam": charsam.__version__,
        "source": own_source(),
        "photos": photos.fingerprint(),
        "settings": settings_identity(settings),
        **models(settings),
    }
    progress = Progress(out / FOLDER, header)
    for name, photo in zip(photos.names, photos.photos, strict=True):
        if not all((out / mask).is_file() for mask in mask_names(photo.stem)):  # somebody has deleted them since
            progress.rows.pop(name, None)
    due = 0.0

    def write() -> None:
        write_words(out, [progress.rows[name]["entry"] for name in photos.names if name in progress.rows])

    def took(name: str, row: dict[str, Any]) -> None:
        nonlocal due
        for remark in row["remarks"]:
            tell(f"{name}: {remark}")
        begun = time.monotonic()
        if begun >= due:
            with suppress(OSError):  # it is tried again, and said, at the end
                write()
            due = time.monotonic() + (time.monotonic() - begun) * INDEX_SHARE

    written: OSError | None = None
    try:
        failures = run_rows(photos, Annotating(settings, out), progress, title="annotate", workers=workers, took=took)
    finally:
        try:
            write()
        except OSError as error:
            written = error
    if written is None:
        progress.remove()
    return AnnotatedPhotos(progress.rows, failures, written)


@dataclass(frozen=True, slots=True)
class WordSearch:
    """What is done with each photo: its words are found and read."""

    def __call__(self) -> Work:
        pipeline = CharSAM()

        def work(item: tuple[Photo, Words | None]) -> dict[str, Any]:
            photo, _ = item
            image = load_image(photo.image)
            return found_entry(photo.file, (image.shape[1], image.shape[0]), pipeline.find_words(image))

        return work


def find_words(
    photos: Sequence[Photo], out: Path, *, workers: Workers = HERE
) -> tuple[list[dict[str, Any]], list[Failure]]:
    """Write the words of photos into a native file; goes on where an earlier run was stopped.

    Returns the entries of the file, and what failed. Raises OSError where the file cannot be written.
    """
    source, out = Photos(tuple(photos)), out.absolute()
    header = {
        "charsam": charsam.__version__,
        "source": own_source(),
        "photos": source.fingerprint(),
        **models(Settings("colour")),
    }
    progress = Progress(out.parent / f".{out.name}{FOLDER}", header)
    try:
        failures = run_rows(source, WordSearch(), progress, title="find", workers=workers)
    finally:
        entries = [progress.rows[name] for name in source.names if name in progress.rows]
        with write_atomically(out) as file:
            file.write(words_json(entries))
    progress.remove()
    return entries, failures
