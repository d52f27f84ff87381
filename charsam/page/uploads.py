"""Files on their way in: what the page and programs send through Gradio's upload address, until an event reads it.

Gradio lays uploads down under the hash of their content, so that two people who send the same photo share one path, and
whoever has a photo can name another's upload. Here each gets a folder of its own with an unguessable name, whose owner
is noted and has a budget; it goes when it is read, when its owner leaves, and after LIFE in any case.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync
from fastapi import Request
from gradio.utils import get_upload_folder
from starlette.exceptions import HTTPException

from charsam.errors import ImageError
from charsam.server.request_bodies import forget_uploads, uploaded_files
from charsam.server.words_files import file_of

LIFE: Final = 600.0
"""Seconds after which a file that nobody has read is removed."""
_PREFIX: Final = "charsam-in-"


@dataclass(frozen=True, slots=True)
class Budget:
    """file: bytes of one request. files, bytes: of one person, that have not been read yet."""

    file: int = 26 * 2**20
    files: int = 40
    bytes: int = 400 * 2**20


TEAM: Final = Budget()
DEMO: Final = Budget(files=8, bytes=60 * 2**20)


@dataclass(frozen=True, slots=True)
class _Arrived:
    owner: str
    size: int
    at: float


class Uploads:
    """The files that have arrived. clock: seconds, for the tests. Safe for several threads."""

    def __init__(self, budget: Budget = TEAM, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self._clock = clock
        self._arrived: dict[str, _Arrived] = {}
        self._lock = threading.Lock()

    async def receive(self, request: Request, owner: str) -> list[str]:
        """Keep the files of a request; their paths, as Gradio's clients expect them. Answers 413 and 429."""
        self._check(owner, 0)
        files = await uploaded_files(request, self.budget.file)
        try:
            return await run_sync(self.keep, files, owner)
        finally:
            await run_sync(forget_uploads, request)

    def keep(self, files: Sequence[tuple[str, Path]], owner: str) -> list[str]:
        """Move (name, file) pairs into folders of their own; where each lies now."""
        self._check(owner, sum(path.stat().st_size for _, path in files), len(files))
        kept = []
        for name, path in files:
            folder = Path(get_upload_folder()) / f"{_PREFIX}{secrets.token_urlsafe(24)}"
            folder.mkdir(parents=True, mode=0o700)
            size = path.stat().st_size
            with self._lock:
                self._arrived[folder.name] = _Arrived(owner, size, self._clock())
            safe = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in file_of(name)).strip(". ")
            target = folder / (safe.encode()[-150:].decode(errors="ignore") or "file")
            shutil.move(path, target)
            kept.append(str(target))
        return kept

    def read(self, path: object, name: str) -> bytes:
        """The bytes of a file that has arrived, which is removed. name: what its sender calls it.

        Raises ImageError, in a sentence for the person, where it is not there (any more).
        """
        folder = self._folder_of(path)
        try:
            if folder is None:
                raise FileNotFoundError
            return Path(str(path)).read_bytes()
        except OSError as error:
            raise ImageError(f"{name} did not arrive; send it again.") from error
        finally:
            if folder is not None:
                self._remove([folder])

    def forget(self, owner: str) -> None:
        """Remove what somebody sent who has left."""
        with self._lock:
            gone = [name for name, one in self._arrived.items() if one.owner == owner]
        self._remove(gone)

    def sweep(self) -> None:
        """Remove what nobody has read in time."""
        with self._lock:
            gone = [name for name, one in self._arrived.items() if self._clock() - one.at > LIFE]
        self._remove(gone)

    def close(self) -> None:
        """Remove everything."""
        self._remove(list(self._arrived))

    def _check(self, owner: str, size: int, files: int = 1) -> None:
        with self._lock:
            mine = [one for one in self._arrived.values() if one.owner == owner]
        if len(mine) + files > self.budget.files:
            raise HTTPException(429, "You have sent many files that are still waiting; wait until they are worked on.")
        if sum(one.size for one in mine) + size > self.budget.bytes:
            raise HTTPException(413, f"At most {self.budget.bytes >> 20} MB may wait at a time; wait a little.")

    def _folder_of(self, path: object) -> str | None:
        if not isinstance(path, str) or "\0" in path:
            return None
        file, root = Path(path).resolve(), Path(get_upload_folder()).resolve()
        if not file.is_relative_to(root) or len(file.relative_to(root).parts) != 2:
            return None
        with self._lock:
            return file.parent.name if file.parent.name in self._arrived else None

    def _remove(self, names: Sequence[str]) -> None:
        for name in names:
            shutil.rmtree(Path(get_upload_folder()) / name, ignore_errors=True)
            with self._lock:
                self._arrived.pop(name, None)
