"""Any format with words as a dataset below a root: its files, and the photos that they are for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets.base import Sample
from charsam.datasets.files import FileTree, no_split, split_named, unique_names
from charsam.datasets.format_detection import SUFFIXES, detect_formats, said_twice
from charsam.datasets.image_names import ImageNames, match
from charsam.datasets.label_pictures import label_pictures
from charsam.datasets.listed_dataset import FaultLog, ListedDataset
from charsam.datasets.pictures import image_size
from charsam.datasets.reader import Listed
from charsam.errors import DatasetError
from charsam.images import is_image_file

AUTO: Final = "auto"
SHOWN: Final = 3
"""How many of the faults of files that hold no words are named where no other file holds any."""


@dataclass(frozen=True, slots=True)
class ReadImage:
    """A photo and what is said of it; one of them may be missing. title: what to call it in messages."""

    name: str
    title: str
    image: Path | None
    listed: Listed | None
    why: str = ""

    def complete(self) -> tuple[Path, Listed]:
        """Photo and words. Raises DatasetError where one is missing."""
        if self.image is None or self.listed is None:
            raise DatasetError(self.why)
        return self.image, self.listed


def open_by_reader(form: str | None, root: Path, split: str | None, strict: bool) -> ListedDataset[ReadImage]:
    """The photos below a root with the words of its files. form: how these are read; None: as their fields say.

    Raises DatasetError where the root holds no file of the format, or no photo that one is for.
    """
    tree, log = FileTree(root), FaultLog(strict=strict)
    entries = read_images(form, tree, split, log)
    return ListedDataset(form or AUTO, entries, partial(_sample, tree, log), lambda entry: entry.title, log)


def read_images(form: str | None, tree: FileTree, split: str | None, log: FaultLog) -> list[ReadImage]:
    """As `open_by_reader`: the photos and words of a tree, sorted by name, those without the other included."""
    files = [file for file in tree.files if not is_image_file(file)]
    told = detect_formats([file for file in files if file.suffix.lower() in SUFFIXES], form)
    for file, why in told.left:
        log.add(tree.relative(file), f"{file.name} {why[3:]}" if why.startswith("it ") else why)
    named = told.listed(log)
    listed = [one for _, one in named]
    if not listed:
        error = tree.unlike(form or "text", "file with words in a format that is read")
        faults = [fault.message for fault in log.faults()[:SHOWN]]
        raise DatasetError(" ".join([str(error), *faults]))
    pictures = {file: tree.relative(file) for file in tree.files if is_image_file(file)}
    masks = label_pictures(pictures, ())
    photos = {file: name for file, name in pictures.items() if file not in masks}
    entries = _entries(tree, named, photos, log)
    if not any(entry.image and entry.listed for entry in entries):
        raise tree.unlike(form or "text", f"image for its words, such as {listed[0].names[0][:80]}")
    if split is not None:
        wanted = split_named(split)
        known = {entry.listed.split for entry in entries if entry.listed and entry.listed.split}
        entries = [entry for entry in entries if split_of_entry(tree, entry) == wanted]
        if not entries:
            raise no_split(form or "text", split, known)
    return entries


def _entries(
    tree: FileTree, named: list[tuple[str, Listed]], photos: dict[Path, str], log: FaultLog
) -> list[ReadImage]:
    missed: dict[int, str] = {}
    listed = [one for _, one in named]
    wanted = [(one.names, tree.relative(one.source)) for one in listed]
    names = ImageNames([(name, file) for file, name in photos.items()])
    found = match(wanted, names, missed.__setitem__)
    called = unique_names(tree, {file: file.stem for file in photos})

    def format_of_image(one: Listed) -> str | None:
        try:
            fit = names.find(one.names, tree.relative(one.source))
        except DatasetError:
            return None
        return None if fit is None or fit[0] not in found else named[found[fit[0]]][0]

    for sentence in said_twice(named, missed, format_of_image):
        log.add(sentence.partition(":")[0], sentence)
    entries = [ReadImage(called[file], photos[file], file, listed[place]) for file, place in found.items()]
    entries += [
        ReadImage(called[file], photos[file], file, None, f"{photos[file]} has no words")
        for file in photos.keys() - found
    ]
    entries += [
        ReadImage(listed[place].names[0], listed[place].place, None, listed[place], f"{listed[place].place}: {why}")
        for place, why in missed.items()
    ]
    return sorted(entries, key=lambda entry: (entry.name, entry.title))


def split_of_entry(tree: FileTree, entry: ReadImage) -> str | None:
    """The split that an image is in: as its file says, else as its folders do."""
    own = entry.listed.split if entry.listed else None
    return own or (tree.split(entry.image) if entry.image else None)


def _sample(tree: FileTree, log: FaultLog, entry: ReadImage) -> Sample:
    image, listed = entry.complete()
    size = image_size(image)
    words = listed.read(size, log)
    truth = None if listed.truth is None else partial(listed.truth, size)
    return Sample(entry.name, image, words, truth, split_of_entry(tree, entry))
