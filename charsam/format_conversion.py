"""From any format that is read to any that is written: words, characters, masks, and, in charsam's own, verdicts and
notes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from charsam.atomic import write_atomically
from charsam.datasets import writers
from charsam.datasets.base import Fault, Sample
from charsam.datasets.files import FileTree
from charsam.datasets.labels import png
from charsam.datasets.listed_dataset import FaultLog
from charsam.datasets.pictures import Size, image_size
from charsam.datasets.reader_dataset import read_images
from charsam.datasets.registry import open_dataset
from charsam.datasets.written_image import WrittenImage
from charsam.editing.conversion import to_annotation
from charsam.editing.document import Document, DocumentWord
from charsam.editing.image_edits import with_imported
from charsam.editing.native_words import imported_entry, imported_from
from charsam.errors import CharsamError, DatasetError
from charsam.images import load_image

PHOTOS = "images"


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of it. images: written. words, characters: in them; masked: characters that have masks. faults: what
    was left out, and why.
    """

    images: int
    words: int
    characters: int
    masked: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One image on its way. words: with the masks that are known."""

    name: str
    image: Path
    size: Size
    words: tuple[DocumentWord, ...]
    written: Callable[[WrittenImage], WrittenImage] = lambda written: written


def convert(
    form: str,
    root: Path,
    to: str,
    out: Path,
    *,
    split: str | None = None,
    photos: bool = False,
    without_rejected: bool = False,
) -> Converted:
    """Write the images of a dataset in another format. form: a name of `registry.NAMES`; to: one of `writers.FORMATS`.

    photos: the images themselves too, upright (formats that need them have them always). without_rejected: characters
    that somebody rejected are left out, and their pixels ignored where the format can say so.
    Raises DatasetError where the root does not hold the dataset, OSError where `out` cannot be written.
    """
    writer = writers.writer_named(to)
    log = FaultLog(strict=False)
    folder = writer.photos if writer.photos is not None else PHOTOS if photos else None
    counts = [0, 0, 0, 0]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as lines:
        for found in _native(root, log) if form == "native" else _others(form, root, split, log):
            try:
                written = _written(found, folder, without_rejected)
                writers.write_files(out, writers.image_files(to, written))
                part = writers.index_part(to, written)
                if folder is not None:
                    where = f"{folder}/{written.split}" if to == "yolo" and written.split else folder
                    writers.write_files(out, {f"{where}/{written.file}": _upright(found.image, found.size)})
            except CharsamError as error:
                log.add(found.name, error)
                continue
            if part is not None:
                lines.write(part + b"\n")
            characters = written.annotation.characters
            counts[0] += 1
            counts[1] += len(written.annotation.words)
            counts[2] += len(characters)
            counts[3] += sum(one.mask.area > 0 for one in characters) or int(written.text is not None)
        parts = partial(_lines, lines)
        if writer.index is not None:
            with write_atomically(out / writer.index) as file:
                writers.write_index(to, parts(), file)
        for path, data in writers.late_files(to, parts()):
            writers.write_files(out, {path: data})
    return Converted(counts[0], counts[1], counts[2], counts[3], tuple(log.faults()))


def _lines(file: object) -> Iterator[bytes]:
    file.seek(0)  # type: ignore[attr-defined]
    return (line.rstrip(b"\n") for line in file)  # type: ignore[attr-defined]


def _written(found: _Found, folder: str | None, without_rejected: bool) -> WrittenImage:
    document = with_imported(Document(*found.size), found.words)
    suffix = found.image.suffix
    if folder is not None and _turned(found.image):
        suffix = ".png"
    written = WrittenImage(
        found.name,
        f"{found.name}{suffix}",
        to_annotation(document),
        image=None,
        pixels=lambda: load_image(found.image),
    )
    written = found.written(written)
    return writers.without_rejected(written) if without_rejected else written


def _native(root: Path, log: FaultLog) -> Iterator[_Found]:
    """Images of charsam's own format, with all that it holds."""
    for entry in read_images("native", FileTree(root), None, log):
        try:
            image, listed = entry.complete()
            size = image_size(image)
            assert listed.native is not None
            words, problems = imported_entry(listed.native.get("words"), (size[1], size[0]))
            for problem in problems:
                log.add(listed.source.name, problem)
            state, note = (
                "" if (field := listed.native.find(name)) is None else field.text() for name in ("state", "note")
            )
        except CharsamError as error:
            log.add(entry.title, error)
            continue
        yield _Found(entry.name, image, size, words, partial(replace, state=state, note=note))


def _others(form: str, root: Path, split: str | None, log: FaultLog) -> Iterator[_Found]:
    dataset = open_dataset(form, root, split)
    for sample in dataset.samples():
        try:
            yield _of_sample(sample)
        except CharsamError as error:
            log.add(sample.name, error)
    for fault in dataset.faults:
        log.add(fault.file, fault.message)


def _of_sample(sample: Sample) -> _Found:
    truth = None if sample.truth is None else sample.truth()
    masks = None if truth is None else truth.characters
    words = imported_from(sample.words, masks)
    text = truth if truth is not None and masks is None else None
    return _Found(
        sample.name, sample.image, image_size(sample.image), words, partial(replace, split=sample.split, text=text)
    )


def _turned(image: Path) -> bool:
    from PIL import Image

    try:
        with Image.open(image) as opened:
            return bool(opened.getexif().get(0x0112, 1) != 1)
    except (OSError, ValueError, SyntaxError) as error:
        raise DatasetError(f"{image.name} is damaged and cannot be read ({error}).") from error


def _upright(image: Path, size: Size) -> bytes:
    """An image file whose pixels lie as the annotation has them."""
    return png(load_image(image)) if _turned(image) else image.read_bytes()
