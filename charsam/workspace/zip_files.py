"""Zip files that say what is in them: a manifest with the SHA-256 of every file, checked again when they come back."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from charsam.workspace.archives import Archive
from charsam.workspace.errors import UploadError

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
PACKED: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif")
"""What deflating makes no smaller."""
MOST_RATIO: Final = 50
"""What would shrink by more is stored as it is: a reader must take an archive that shrinks so far for a bomb."""
SMALL: Final = 2**16
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the zip, so that the same annotation makes the same bytes."""


class ZipWriter:
    """A zip file being written. `finish` writes the manifest; without it the zip is not to be used."""

    def __init__(self, out: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self._files: dict[str, dict[str, Any]] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def add(self, path: str, data: bytes) -> None:
        info = _info(path)
        if len(data) > SMALL and len(data) > MOST_RATIO * len(zlib.compress(data)):
            info.compress_type = zipfile.ZIP_STORED
        self._zip.writestr(info, data)
        self._note(path, len(data), hashlib.sha256(data).hexdigest())

    def add_stream(self, path: str, source: BinaryIO) -> None:
        """Add a file that need not fit in memory; `source` is read from where it stands."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_info(path), "w", force_zip64=True) as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self._note(path, size, digest.hexdigest())

    def finish(self, about: dict[str, Any]) -> None:
        """Write the manifest: `about`, and the size and checksum of every file."""
        manifest = {"charsam": VERSION, **about, "files": list(self._files.values())}
        self._zip.writestr(_info(MANIFEST), json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        self._zip.close()

    def _note(self, path: str, size: int, digest: str) -> None:
        self._files[path] = {"path": path, "bytes": size, "sha256": digest}


class SpooledLines:
    """Lines kept on the disk until all are there."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=1 << 24)  # noqa: SIM115 (closed by close)

    def add(self, line: bytes) -> None:
        self._file.write(line + b"\n")

    def all(self) -> Iterable[bytes]:
        self._file.seek(0)
        return (line.rstrip(b"\n") for line in self._file)

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. damaged: for each file that is not as it says, a sentence."""

    about: dict[str, Any]
    damaged: dict[str, str]


def checked_manifest(archive: Archive) -> Manifest:
    """The manifest of an archive, all of whose files were compared with it. Raises UploadError where it has none that
    can be read.
    """
    if MANIFEST not in archive:
        raise UploadError(f"{archive.name} has no {MANIFEST}; it is not an export of charsam.")
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        listed = {str(file["path"]): str(file["sha256"]) for file in manifest["files"]}
        version = manifest["charsam"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UploadError(f"{MANIFEST} in {archive.name} is damaged.") from error
    if version != VERSION:
        raise UploadError(f"{archive.name} is of version {str(version)[:20]}; this version of charsam reads {VERSION}.")
    damaged: dict[str, str] = {}
    for path in sorted({*listed, *archive.names} - {MANIFEST}):
        if path not in listed or path not in archive:
            fault = "missing from" if path in listed else "not listed in"
            damaged[path] = f"{path[:120]} is {fault} {archive.name}."
            continue
        try:
            if hashlib.sha256(archive.read(path)).hexdigest() != listed[path]:
                damaged[path] = f"{path[:120]} in {archive.name} is damaged: its checksum is not the manifest's."
        except UploadError as error:
            damaged[path] = str(error)
    return Manifest(manifest, damaged)


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, EPOCH)
    info.compress_type = zipfile.ZIP_STORED if PurePosixPath(path).suffix.lower() in PACKED else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
