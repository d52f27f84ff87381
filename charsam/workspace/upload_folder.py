"""The files of an upload laid out in a folder of their own, where the readers of datasets can look at them."""

from __future__ import annotations

import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from charsam.datasets.base import Fault
from charsam.workspace.archives import UPLOAD, Archive, Limits, is_litter, opened_archive
from charsam.workspace.blobs import hash_of
from charsam.workspace.errors import UploadError
from charsam.workspace.file_names import clean_name

LONGEST_PART: Final = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sends: a file or, where they are on this machine, a folder. name: as the sender calls it."""

    name: str
    data: Path | bytes


@dataclass(slots=True)
class UploadFolder:
    """names: what each file below `root` is called by its sender. faults: files that could not be taken. size: their
    bytes.
    """

    root: Path
    names: dict[Path, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    size: int = 0
    said: list[str] = field(default_factory=list)

    def add(self, name: str, data: bytes | Path) -> Path | None:
        """Lay a file down; one that lies on the disk already is linked, not copied, where that is possible."""
        kept = clean_name(name)
        place = "/".join(map(_fitting, kept.split("/")))
        for number in range(1, 10_000):
            path = self.root / (place if number == 1 else f"again-{number}/{place}")
            if path not in self.names:
                break
        if not path.is_relative_to(self.root) or ".." in path.parts:
            self.faults.append(Fault(kept, f"{kept} leads out of its folder."))
            return None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(data, bytes):
                path.write_bytes(data)
            else:
                _link(data, path)
        except OSError as error:
            self.faults.append(Fault(kept, f"{kept} could not be taken: {error.strerror}."))
            return None
        self.names[path] = kept
        self.size += path.stat().st_size
        return path


def _fitting(part: str) -> str:
    """A part of a path in a form that every file system takes: few of them take more than 255 bytes."""
    if len(part.encode()) <= LONGEST_PART:
        return part
    name = PurePosixPath(part)
    return f"{name.stem[:40]}-{hash_of(part.encode())[:16]}{name.suffix[:20]}"


def is_archive(upload: Upload) -> bool:
    """Whether it is a zip file, whatever it is called; what is called one counts as one."""
    if upload.name.lower().endswith(".zip"):
        return True
    if isinstance(upload.data, bytes):
        return upload.data.startswith(b"PK\x03\x04")
    return upload.data.is_file() and zipfile.is_zipfile(upload.data)


def lay_out(
    uploaded: UploadFolder, uploads: Iterable[Upload], limits: Limits = UPLOAD, encoding: str | None = None
) -> None:
    """Lay down all files of the uploads, archives unpacked. encoding: of names in archives that are not UTF-8.

    Raises UploadError for an archive that is not taken.
    """
    for upload in uploads:
        if is_archive(upload):
            with opened_archive(clean_name(upload.name), source_of(upload), limits, encoding) as archive:
                _unpack(uploaded, archive)
        elif isinstance(upload.data, bytes):
            uploaded.add(upload.name, upload.data)
        else:
            for name, file in _files(upload.name, upload.data):
                uploaded.add(name, file)


def source_of(upload: Upload) -> Path | io.BytesIO:
    """What to read a file from."""
    return io.BytesIO(upload.data) if isinstance(upload.data, bytes) else upload.data


def _unpack(uploaded: UploadFolder, archive: Archive) -> None:
    if archive.guessed is not None:
        uploaded.said.append(
            f"The names in {archive.name} do not say their encoding; they were read as {archive.guessed}. "
            "If they look wrong, choose the encoding and add the zip again."
        )
    for name in archive.names:
        try:
            uploaded.add(name, archive.read(name))
        except UploadError as error:  # this one is damaged; the others are taken
            uploaded.faults.append(Fault(clean_name(name), str(error)))


def _files(name: str, path: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder, or the file itself; links are not followed."""
    for folder, folders, files in os.walk(path, followlinks=False):
        folders.sort()
        for file in sorted(files):
            found = Path(folder) / file
            relative = found.relative_to(path).as_posix()
            if stat.S_ISREG(found.lstat().st_mode) and not is_litter(relative):
                yield f"{name}/{relative}", found
    if path.is_file():
        yield name, path


def _link(source: Path, path: Path) -> None:
    try:
        os.link(source, path)
    except OSError:  # another disk, or a system without links
        shutil.copyfile(source, path)
