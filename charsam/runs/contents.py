"""What is in the files that a run reads: a photo that was replaced since by another one is another photo."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from charsam.datasets.files import FileTree
from charsam.images import is_image_file

ANNOTATIONS: Final = (".txt", ".json", ".jsonl", ".xml", ".mat", ".csv")
AT_ONCE: Final = 8
"""Files that are read at the same time: reading waits for the disk, and hashing lets other threads go on."""
BATCH: Final = 1000


Told = Callable[[Sequence[Path]], Iterable[str]]
"""What is said of each of some files."""


def contents(files: Sequence[Path]) -> Iterator[str]:
    """The SHA-256 of each file; of one that cannot be read, why not, which whoever needs it will meet too."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="charsam-contents") as pool:
        for start in range(0, len(files), BATCH):
            yield from pool.map(_content, files[start : start + BATCH])


def stamps(files: Sequence[Path]) -> Iterator[str]:
    """Sizes and times of change, without reading the files: for a run that needs only some of them."""
    for file in files:
        about = file.stat()
        yield f"{about.st_size} {about.st_mtime_ns}"


def sizes(files: Sequence[Path]) -> Iterator[str]:
    """Sizes alone: what the copies on two machines have in common, without reading them."""
    return (str(file.stat().st_size) for file in files)


def fingerprint(root: Path, told: Told = contents, *, but: Path | None = None) -> str:
    """SHA-256 over the names of a dataset's images and annotation files, and over what is told of them.

    but: a folder of results, which is left out. Raises DatasetError where the root is no folder.
    """
    tree, results = FileTree(root), None if but is None else but.absolute()
    files = [
        file
        for file in tree.files
        if (is_image_file(file) or file.suffix.lower() in ANNOTATIONS) and results not in file.absolute().parents
    ]
    digest = hashlib.sha256()
    for file, said in zip(files, told(files), strict=True):
        digest.update(f"{tree.relative(file)}\0{said}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return f"unread: {error.strerror}"
