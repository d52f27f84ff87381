"""Zip files from strangers: looked through before anything of them is read, and never written to a path they name."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from charsam.datasets.encodings import seems
from charsam.workspace.errors import UploadError

MOST_RATIO: Final = 100
"""Unpacked to packed size from which an archive is taken for a bomb; charsam writes what shrinks by half of it."""
NAMELESS: Final = "file without a name"
UTF8_NAME: Final = 0x800
"""The bit that says that an entry's name is UTF-8."""
ARCHIVES: Final = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar")


@dataclass(frozen=True, slots=True)
class Limits:
    """entries: how many files and folders an archive may have. total, one: bytes that all and one unpack to.
    small: what all may unpack to however well it was packed.
    """

    entries: int
    total: int
    one: int
    small: int = 200 * 2**20


UPLOAD: Final = Limits(entries=20_000, total=8 * 2**30, one=200 * 2**20)
BACKUP: Final = Limits(entries=500_000, total=2**40, one=2**30)
DEMO: Final = Limits(entries=500, total=150 * 2**20, one=25 * 2**20, small=100 * 2**20)
"""Of a visitor of the demo, backups included."""


class Archive:
    """An open zip file that has passed every check which its table of contents allows.

    names: of its files, in their order, with what operating systems leave about left out. guessed: the encoding in
    which names that do not say theirs were read; None where all are ASCII or UTF-8.
    """

    def __init__(self, name: str, opened: zipfile.ZipFile, limits: Limits, encoding: str | None = None) -> None:
        self.name = name
        self._zip = opened
        entries = opened.infolist()
        names, self.guessed = _names(entries, encoding)
        self._files = _checked(name, entries, names, limits)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._files)

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises UploadError, naming it, where it is damaged or larger than it claims."""
        info = self._files[name]
        try:
            with self._zip.open(info) as file:
                data = file.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise UploadError(f"{name} in {self.name} is damaged and cannot be unpacked.") from error
        if len(data) > info.file_size:
            raise UploadError(f"{name} in {self.name} is larger than the archive says it is; the archive is not taken.")
        return data


@contextmanager
def opened_archive(
    name: str, source: Path | BinaryIO, limits: Limits = UPLOAD, encoding: str | None = None
) -> Iterator[Archive]:
    """A zip file, checked. name: what to call it. encoding: of names that are not UTF-8. Raises UploadError, naming
    the entry, for one that is not taken.
    """
    try:
        opened = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UploadError(f"{name} is not a zip file that can be read; pack it again.") from error
    with opened:
        yield Archive(name, opened, limits, encoding)


def is_litter(name: str) -> bool:
    """Whether a file is what an operating system leaves about in folders."""
    parts = PurePosixPath(name).parts
    return (
        not parts
        or "__MACOSX" in parts
        or parts[-1].startswith(".")
        or parts[-1].lower() in ("thumbs.db", "desktop.ini")
    )


def _names(entries: list[zipfile.ZipInfo], encoding: str | None) -> tuple[list[str], str | None]:
    """What the entries are called, and the encoding that was taken for names without the mark that says UTF-8.

    Python reads these as the DOS encoding of old zips; Windows and many tools write them in that of their country.
    """
    raw = [None if entry.flag_bits & UTF8_NAME else _bytes_of(entry.filename) for entry in entries]
    foreign = b"\n".join(one for one in raw if one is not None and not one.isascii())
    if not foreign:
        return [entry.filename for entry in entries], None
    taken = encoding or next(one for one in ("utf-8", seems(foreign), "cp437") if one and _decodes(foreign, one))
    names = [
        entry.filename if one is None else one.decode(taken, "replace") for entry, one in zip(entries, raw, strict=True)
    ]
    return names, None if taken == "utf-8" or encoding else taken


def _bytes_of(name: str) -> bytes | None:
    """The bytes of a name that zipfile has read as code page 437; None where it was read otherwise."""
    try:
        return name.encode("cp437")
    except UnicodeEncodeError:
        return None


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _checked(
    archive: str, entries: list[zipfile.ZipInfo], names: list[str], limits: Limits
) -> dict[str, zipfile.ZipInfo]:
    if len(entries) > limits.entries:
        raise UploadError(f"{archive} has {len(entries)} entries; at most {limits.entries} are taken at once.")
    files: dict[str, zipfile.ZipInfo] = {}
    total = packed = 0
    for entry, given in zip(entries, names, strict=True):
        name = given.replace("\\", "/")
        shown = f"{''.join(c if c.isprintable() else '?' for c in name)[:120]} in {archive}"
        _check_place(name, shown, entry)
        name = name or NAMELESS
        if name.endswith("/") or is_litter(name):
            continue
        _check_size(name, shown, entry, limits)
        if name in files:
            raise UploadError(f"{shown} is there twice; the archive is not taken.")
        total, packed = total + entry.file_size, packed + entry.compress_size
        if total > limits.total:
            raise UploadError(
                f"{archive} unpacks to more than {_size(limits.total)} (reached at {name[:120]!r}); "
                "the archive is not taken. Split it."
            )
        files[name] = entry
    if total > max(limits.small, MOST_RATIO * packed):
        raise UploadError(
            f"{archive} would unpack to {total / max(1, packed):.0f} times its size, as a zip bomb does; "
            "the archive is not taken."
        )
    return files


def _size(number: int) -> str:
    return f"{number >> 30} GB" if number >= 2**30 else f"{number >> 20} MB"


def _check_place(name: str, shown: str, entry: zipfile.ZipInfo) -> None:
    if name.startswith("/") or re.match(r"[A-Za-z]:/", name):
        raise UploadError(f"{shown} has an absolute path; the archive is not taken.")
    if ".." in PurePosixPath(name).parts:
        raise UploadError(f'{shown} leads out of the archive with ".."; the archive is not taken.')
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if stat.S_ISLNK(kind):
        raise UploadError(f"{shown} is a symbolic link; the archive is not taken. Pack the files themselves.")
    if kind and not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise UploadError(f"{shown} is neither a file nor a folder; the archive is not taken.")


def _check_size(name: str, shown: str, entry: zipfile.ZipInfo, limits: Limits) -> None:
    if entry.flag_bits & 0x1:
        raise UploadError(f"{shown} is encrypted; pack the files without a password.")
    if name.lower().endswith(ARCHIVES):
        raise UploadError(f"{shown} is an archive within the archive; unpack it first.")
    if entry.file_size > limits.one:
        raise UploadError(f"{shown} has {entry.file_size >> 20} MB; a file may have {limits.one >> 20} MB.")
