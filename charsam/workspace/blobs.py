"""Image files in the workspace's folder, each under the SHA-256 of its bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from charsam.atomic import write_atomically
from charsam.errors import WorkspaceError
from charsam.workspace.errors import Unavailable


def hash_of(data: bytes) -> str:
    """The SHA-256 under which data is kept."""
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """folder/images/ab/abcd…: written once, whole or not at all, and never changed."""

    def __init__(self, folder: Path) -> None:
        self._images = folder / "images"
        self._thumbnails = folder / "thumbnails"
        self._settled: set[Path] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._images.mkdir(exist_ok=True)
            self._thumbnails.mkdir(exist_ok=True)
        except OSError as error:
            raise WorkspaceError(f"The workspace's folder {folder} cannot be made: {error.strerror}.") from error

    def put(self, data: bytes) -> str:
        """Keep a file; returns its hash once it is on the disk. Raises WorkspaceError where it cannot be written."""
        digest = hash_of(data)
        path = self.path(digest)
        with contextlib.suppress(OSError):
            os.utime(path)  # where it is there it is wanted again, and `remove_old` leaves it
        if not path.is_file():
            try:
                path.parent.mkdir(exist_ok=True)
                with write_atomically(path) as file:
                    file.write(data)
                _settle(path.parent)
                if path.parent not in self._settled:  # a folder needs to be brought to the disk once
                    _settle(self._images)
                    self._settled.add(path.parent)
            except OSError as error:
                raise Unavailable(f"The image cannot be stored: {error.strerror} ({error.filename}).") from error
        return digest

    def get(self, digest: str) -> bytes:
        """A file's bytes, checked. Raises WorkspaceError where it is gone or damaged."""
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise WorkspaceError(
                f"The image file {path} is gone or cannot be read; restore it from a backup."
            ) from error
        if hash_of(data) != digest:
            raise WorkspaceError(f"The image file {path} is damaged: its checksum differs; restore it from a backup.")
        return data

    def path(self, digest: str) -> Path:
        return self._images / digest[:2] / digest

    def old_files(self, before: float) -> Iterator[Path]:
        """Pictures, and halves of pictures that a killed process left, that were written before that time (seconds)."""
        for path in self._images.glob("*/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    yield path

    def remove_old(self, path: Path, before: float) -> None:
        """Remove one of `old_files` unless it has been wanted again since."""
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
                self.remove(path.name)

    def thumbnail(self, digest: str, size: int) -> Path:
        """Where the thumbnail of a picture is kept."""
        return self._thumbnails / f"{digest}_{size}.jpg"

    def remove(self, digest: str) -> None:
        """Forget a file that no image has any more, and its thumbnails."""
        self.path(digest).unlink(missing_ok=True)
        for file in self._thumbnails.glob(f"{digest}_*.jpg"):
            file.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
