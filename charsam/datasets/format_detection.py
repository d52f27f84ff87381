"""Which format each words file is in: told by its fields, and of formats that look alike by all files together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from charsam.datasets.file_peek import Peek, peek
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.reader import Listed
from charsam.datasets.readers import READERS, reader_named
from charsam.datasets.text_lines import kind_of, script_format
from charsam.images import unread_picture

SUFFIXES: Final = (".json", ".jsonl", ".txt", ".xml", ".mat", ".yaml")
"""Of files that may hold words, or belong to some that do."""
LINES: Final = {"boxes": "icdar13", "ctw": "ctw1500", "yolo": "yolo"}
MANIFESTS: Final = (("charsam", "format", "files"), ("benchmark", "scenes", "sha256"))
"""The fields of the manifests of charsam's exports and benchmarks."""


@dataclass(slots=True)
class DetectedFormats:
    """files: by the name of their format. others: files that hold no words, but belong to a dataset. left: files that
    cannot be read, each with a sentence that says why.
    """

    files: dict[str, list[Path]] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)
    left: list[tuple[Path, str]] = field(default_factory=list)

    def listed(self, log: FaultLog) -> list[tuple[str, Listed]]:
        """Every image that the files are about, with the name of the format; the more particular formats first."""
        found = [(name, self.files[name]) for name in READERS if name in self.files]
        return [(name, one) for name, paths in found for one in READERS[name].listed(paths, log)]


def detect_formats(files: Sequence[Path], chosen: str | None = None) -> DetectedFormats:
    """Sort words files by their format. chosen: the format that all are read as, whatever they look like.

    Raises DatasetError for a chosen format that does not exist.
    """
    told = DetectedFormats()
    forced = None if chosen is None else reader_named(chosen)
    lines: list[Peek] = []
    for file in files:
        if file.suffix.lower() not in SUFFIXES:
            why = unread_picture(file) or "it is neither an image nor a file with words."
            told.left.append((file, why))
            continue
        seen = peek(file)
        if seen.problem:
            told.left.append((file, f"{seen.problem}."))
        elif _is_manifest(seen) or any(reader.others(seen) for reader in READERS.values()):
            told.others.append(file)
        elif forced is not None:
            told.files.setdefault(forced.name, []).append(file)
        elif (name := next((reader.name for reader in READERS.values() if reader.fits(seen)), None)) is not None:
            told.files.setdefault(name, []).append(file)
        elif seen.kind == "text":
            lines.append(seen)
        else:
            told.left.append((file, "it holds no words in a format that is read."))
    _tell_lines(told, lines)
    return told


def _tell_lines(told: DetectedFormats, texts: Sequence[Peek]) -> None:
    """Text files of numbers: those of quads are all of one format, the one that most of their lines fit."""
    kinds = {seen.path: kind_of(seen.lines) for seen in texts}
    quads = [seen for seen in texts if kinds[seen.path] == "quads"]
    quad_format = script_format(seen.lines for seen in quads) if quads else "icdar15"
    found = False
    for seen in texts:
        kind = kinds[seen.path]
        if kind is not None:
            told.files.setdefault(quad_format if kind == "quads" else LINES[kind], []).append(seen.path)
            found = True
    for seen in texts:
        if kinds[seen.path] is None and seen.lines:
            told.left.append((seen.path, "it holds no words in a format that is read."))
        elif not seen.lines:
            if found:  # an image without words
                told.others.append(seen.path)
            else:
                told.left.append((seen.path, "it is empty."))


def _is_manifest(seen: Peek) -> bool:
    return any(all(name in seen.fields for name in names) for names in MANIFESTS)


def said_twice(
    named: Sequence[tuple[str, Listed]], missed: dict[int, str], format_of_image: Callable[[Listed], str | None]
) -> list[str]:
    """Sentences on formats whose images have their words from another one; their entries are taken out of `missed`.

    named: as `Told.listed` gives it. missed: by the place in it, why an entry has no image. format_of_image: the format
    that the image of an entry has its words from; None where it has no image, or no words.
    """
    twice: Counter[tuple[str, str]] = Counter()
    for place in list(missed):
        name, one = named[place]
        other = format_of_image(one)
        if other is not None and other != name:
            twice[name, other] += 1
            del missed[place]
    return [
        f"{READERS[name].title}: its words of {count} image{'' if count == 1 else 's'} were not taken; "
        f"those of {READERS[other].title} were."
        for (name, other), count in twice.items()
    ]
