"""Finding a dataset's files under its root: by name, in whatever subfolders, splits kept apart."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charsam.errors import DatasetError
from charsam.images import is_image_file

SPLITS: Final = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
MASK_PLACES: Final = frozenset(
    [
        "annotation",
        "annotations",
        "groundtruth",
        "gt",
        "label",
        "labels",
        "mask",
        "masks",
        "pixel",
        "region",
        "segmentation",
        "semantic",
        "truth",
    ]
)
"""Words in folder names that say that its pictures may be masks."""
MASK_ENDING: Final = re.compile(r"_(text|chars|mask|maskeff|maskfg|gt)$", re.IGNORECASE)
MASK_START: Final = re.compile(r"^gt_", re.IGNORECASE)


class FileTree:
    """The files under a dataset's root, hidden ones left out. Raises DatasetError where the root is no folder."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise DatasetError(f"{root} {'is a file' if root.exists() else 'does not exist'}; expected a folder")
        self.root = root
        self.files = sorted(_walk(root, set()))
        self._words: dict[Path, frozenset[str]] = {}
        self._outside: set[str] | None = None
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for file in self.files:
            self._by_name[file.name.casefold()].append(file)

    def words(self, file: Path) -> frozenset[str]:
        """The words in the names of the folders between the root and a file, in small letters."""
        folder = file.parent
        if folder not in self._words:
            names = folder.relative_to(self.root).as_posix()
            found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", names)
            self._words[folder] = frozenset(word.lower() for word in found)
        return self._words[folder]

    def split(self, file: Path) -> str | None:
        """After the folders that a file lies in "train", "val" or "test"; None where they say nothing."""
        return split_of(self.words(file))

    def named(self, name: str, near: Path, among: Callable[[Path], bool] = lambda _: True) -> Path | None:
        """The file of that name; of several that nearest to another file, of the same split if there is one.

        among: which files come into question. Raises DatasetError where several are equally near.
        """
        return self.nearest([file for file in self._by_name.get(name.casefold(), ()) if among(file)], near)

    def nearest(self, candidates: list[Path], near: Path) -> Path | None:
        """That of the files which is of the same split as `near` (or of none) and shares most folders with it."""
        split = self.split(near)
        fitting = [file for file in candidates if split is None or self.split(file) in (None, split)]
        if len(fitting) <= 1:
            return fitting[0] if fitting else None
        kept = [file for file in fitting if self.split(file) == split] or fitting
        depths = {file: _shared(file.parts, near.parts) for file in kept}
        best = [file for file in kept if depths[file] == max(depths.values())]
        if len(best) > 1:
            shown = " and ".join(self.relative(file) for file in best[:2])
            raise DatasetError(f"{near.name} may belong to {shown}; there must be one file of that name")
        return best[0]

    def images(self, is_mask: Callable[[Path], bool]) -> list[Path]:
        """The picture files that are no masks."""
        return [file for file in self.files if is_image_file(file) and not is_mask(file)]

    def texts(self, pattern: re.Pattern[str]) -> dict[Path, str]:
        """The text files whose whole name fits a pattern, each with the pattern's first group; where none does, those
        that are named exactly like a picture, with its name.
        """
        found = {file: match[1] for file in self.files if (match := pattern.fullmatch(file.name))}
        if found:
            return found
        pictures = {file.stem for file in self.files if is_image_file(file)}
        return {file: file.stem for file in self.files if file.suffix.lower() == ".txt" and file.stem in pictures}

    def photos(self) -> list[Path]:
        """The picture files outside folders for masks; all where there are none, for datasets that have no masks."""
        return self.images(self.in_mask_place) or self.images(lambda _: False)

    def in_mask_folder(self, file: Path) -> bool:
        """Whether a folder's name says masks, for datasets that keep theirs nowhere else."""
        return not MASK_PLACES.isdisjoint(self.words(file))

    def in_mask_place(self, file: Path) -> bool:
        """Whether a picture lies in a folder for masks, and outside such folders there is the one that it is of. By its
        folder's name alone no picture is taken for a mask.
        """
        if not self.in_mask_folder(file):
            return False
        if self._outside is None:
            outside = (file for file in self.files if is_image_file(file) and not self.in_mask_folder(file))
            self._outside = {file.stem.casefold() for file in outside}
        return not self._outside.isdisjoint(photo_stems(file.stem.casefold()))

    def relative(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def unlike(self, dataset: str, wanted: str) -> DatasetError:
        """The error for a root that does not hold the dataset: what was looked for, and what is there instead."""
        kinds = Counter(file.suffix.lower() or "no extension" for file in self.files)
        there = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4)) or "no file at all"
        folders = sorted({file.relative_to(self.root).parts[0] for file in self.files if file.parent != self.root})
        among = f" in the folders {', '.join(folders[:5])}{' …' if len(folders) > 5 else ''}" if folders else ""
        return DatasetError(f"{self.root} is no {dataset} dataset: it has no {wanted}. It holds {there}{among}.")


@dataclass(frozen=True, slots=True)
class Pair:
    """One image of a dataset and its annotation, either of which may be missing.

    title: the image's or annotation's path below the root, for messages. name: what its files are called.
    """

    name: str
    title: str
    image: Path | None
    annotation: Path | None
    split: str | None

    def complete(self, wanted: str) -> tuple[Path, Path]:
        """Image and annotation. Raises DatasetError where one is missing. wanted: what the annotation is called."""
        if self.image is None:
            raise DatasetError(f"{self.title}: the image that it annotates is missing")
        if self.annotation is None:
            raise DatasetError(f"{self.title}: its annotation {wanted} is missing")
        return self.image, self.annotation


def pairs(tree: FileTree, images: Iterable[Path], annotations: dict[Path, str]) -> list[Pair]:
    """Every image with its annotation, in the order of their names; what has no partner stands alone.

    annotations: the files, each with the name (without extension) of the image that it is for.
    """
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for image in images:
        by_stem[image.stem.casefold()].append(image)
    matched: dict[Path, Path] = {}
    alone: list[Path] = []
    for annotation, stem in annotations.items():
        free = [image for image in by_stem.get(stem.casefold(), ()) if image not in matched]
        image_of = _only(tree, free, annotation)
        if image_of is None:
            alone.append(annotation)
        else:
            matched[image_of] = annotation
    files = [image for group in by_stem.values() for image in group]
    found = unique_names(tree, {image: image.stem for image in files})
    orphans = unique_names(tree, {path: annotations[path] for path in alone}, taken=set(found.values()))
    result = []
    for image, name in found.items():
        partner = matched.get(image)
        split = tree.split(image) or (tree.split(partner) if partner else None)
        result.append(Pair(name, tree.relative(image), image, partner, split))
    result += [Pair(name, tree.relative(path), None, path, tree.split(path)) for path, name in orphans.items()]
    return sorted(result, key=lambda pair: pair.name)


def photo_stems(stem: str) -> tuple[str, ...]:
    """What the photo of a mask of that name may be called: the same, or without what datasets put before or after
    it.
    """
    bare = MASK_ENDING.sub("", stem)
    return (stem, bare, MASK_START.sub("", stem))


def of_split(dataset: str, found: list[Pair], split: str | None) -> list[Pair]:
    """The pairs of one split. Raises DatasetError, naming those that there are, where it has none."""
    if split is None:
        return found
    wanted = split_named(split)
    chosen = [pair for pair in found if pair.split == wanted]
    if not chosen:
        raise no_split(dataset, split, {pair.split for pair in found if pair.split})
    return chosen


def split_of(words: Iterable[str]) -> str | None:
    """The split that one of the words names."""
    found = set(words)
    return next((split for split, names in SPLITS.items() if not found.isdisjoint(names)), None)


def split_named(split: str) -> str:
    """The split that a name stands for, "train" for "training"; of what is not known the name itself."""
    return split_of([split.lower()]) or split


def no_split(dataset: str, split: str, known: Iterable[str]) -> DatasetError:
    """That a dataset has no such split. known: those that it has."""
    names = ", ".join(sorted(known))
    return DatasetError(
        f"this {dataset} dataset has no split {split!r}; "
        + (f"its splits are {names}" if names else "no folder or file of it names one, so leave the split out")
    )


def unique_names(tree: FileTree, stems: dict[Path, str], taken: Iterable[str] = ()) -> dict[Path, str]:
    """A name for the files made for each image: its stem, or where that repeats the path below the root."""
    used = {name.casefold() for name in taken}
    repeated = Counter(stem.casefold() for stem in stems.values())
    result = {}
    for path, stem in sorted(stems.items()):
        name = printable(stem)
        if repeated[stem.casefold()] > 1 or stem.casefold() in used:
            name = printable(tree.relative(path)).replace("/", "__").replace(".", "_")
        unique, number = name, 2
        while unique.casefold() in used:
            unique, number = f"{name}_{number}", number + 1
        used.add(unique.casefold())
        result[path] = unique
    return result


def printable(text: str) -> str:
    """A text that can be written as UTF-8: what no encoding has (of hostile JSON, or old file names) is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _only(tree: FileTree, candidates: list[Path], near: Path) -> Path | None:
    """The candidate nearest to a file; None where several are, so that none is taken by chance."""
    try:
        return tree.nearest(candidates, near)
    except DatasetError:
        return None


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """The regular files below a folder; linked folders are followed, each real folder once."""
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    with os.scandir(folder) as listed:
        entries = sorted(listed, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith((".", "__MACOSX")):
            continue
        if entry.is_file():
            yield folder / entry.name
        elif entry.is_dir():
            yield from _walk(folder / entry.name, seen)


def _shared(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
