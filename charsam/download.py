"""Fetching one large file over HTTP so that the file is either complete and verified or not there at all.

What has arrived is kept beside the target as `NAME.part`; the next attempt goes on from there. A lock file lets one
process write at a time; the others wait for it and report its progress.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import re
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from charsam import __version__
from charsam.errors import WeightsError
from charsam.file_lock import let_go

Progress = Callable[[int, int | None], None]
"""Called with the bytes on disk so far and the file's size (None where it is not known)."""

TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as dead."""

MOST_UNKNOWN = 4 * 2**30
"""Bytes of a file whose size nobody knows."""

_CHUNK = 1 << 20
_ATTEMPTS = 5
_WAIT = 0.2
_SPARE_SPACE = 64 << 20


class _ConnectionCutError(Exception):
    """The server was there, but the connection ended before the file did."""


def download(
    url: str,
    target: Path,
    *,
    sha256: str,
    size: int | None = None,
    on_progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> None:
    """Fetch `url` into `target`, going on from an earlier partial fetch where the server allows it.

    sha256: lower-case hex checksum that the file must have. size: its size in bytes, where known.

    `target` appears only once its checksum is right; a target that is already right is left as it is, and one that is
    not is replaced. Anything that stops the fetch, Ctrl-C included, leaves what has arrived for the next call.

    Raises WeightsError where the server cannot be reached, has another file, the disk is full or cannot be written,
    or the checksum is wrong.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise WeightsError(f"{url} is not an http:// or https:// address, so nothing can be fetched from it")
    report = on_progress or _ignore
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target, lambda: report(_size(part), size)):
            if not (target.exists() and file_sha256(target) == sha256):
                _receive_all(url, part, size, report, timeout)
                _verify(part, sha256, url)
                part.replace(target)
                _sync_folder(target.parent)
        report(_size(target), _size(target))
    except OSError as error:
        raise WeightsError(f"cannot write {target}: {error.strerror or error}") from error


def file_sha256(path: Path) -> str:
    """The lower-case hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _receive_all(url: str, part: Path, size: int | None, report: Progress, timeout: float) -> None:
    """Bring `part` to the file's full length, reconnecting where the connection is cut."""
    if size is not None:
        if _size(part) == size:
            return
        if _size(part) > size:
            part.unlink()
        _check_space(part.parent, size - _size(part))
    for _ in range(_ATTEMPTS):
        try:
            _receive(url, part, size, report, timeout)
            return
        except _ConnectionCutError as error:
            cut = error
    raise WeightsError(
        f"the connection to {_host(url)} keeps breaking off ({cut}); the {_size(part):,} bytes that arrived are kept "
        f"in {part}: run the same again to go on from there"
    ) from cut


def _receive(url: str, part: Path, size: int | None, report: Progress, timeout: float) -> None:
    """One connection: append to `part` what the server sends, from the start where it cannot go on.

    Raises _ConnectionCutError where the connection ends before the file does.
    """
    have = _size(part)
    with _open(url, have, part, timeout) as response:
        start, total = _extent(response)
        if start not in (0, have):
            raise WeightsError(f"{url}: asked to go on from byte {have:,}, the server went on from {start:,}")
        if size is not None and total is not None and total != size:
            raise WeightsError(
                f"{url} has {total:,} bytes where {size:,} are expected: it is not the official file. "
                "Check CHARSAM_WEIGHTS_URL, or the proxy of this network"
            )
        total = total if total is not None else size
        if total is not None:
            _check_space(part.parent, total - start)
        with part.open("ab") as file:
            file.truncate(start)
            done = start
            report(done, total)
            while chunk := _read(response):
                done += len(chunk)
                if total is not None and done > total:
                    raise WeightsError(f"{url} sends more than the {total:,} bytes that are expected; it was stopped")
                if total is None and done > MOST_UNKNOWN:
                    raise WeightsError(f"{url} sends more than {MOST_UNKNOWN:,} bytes without an end; it was stopped")
                file.write(chunk)
                report(done, total)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and done < total:
        raise _ConnectionCutError(f"{done:,} of {total:,} bytes arrived")


def _open(url: str, have: int, part: Path, timeout: float) -> http.client.HTTPResponse:
    """The server's answer to a request for the bytes from `have` on, or for all where it has none from there on."""
    headers = {"User-Agent": f"charsam/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=timeout
        )
        return response
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            part.unlink()
            return _open(url, 0, part, timeout)
        raise WeightsError(f"{url}: the server answered {error.code} {error.reason}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: a redirect to no address at all
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        name = part.name.removesuffix(".part")
        raise WeightsError(
            f"cannot reach {_host(url)} ({reason}): where this machine has no internet, fetch {url} on another one "
            f"and put {name} into the folder {part.parent}"
        ) from error


def _extent(response: http.client.HTTPResponse) -> tuple[int, int | None]:
    """The first byte that the response holds, and the size of the whole file (None where the server does not say)."""
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if match is None:
            raise WeightsError(f"{response.url}: the server sent a part of the file without saying which")
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _ConnectionCutError(str(error) or type(error).__name__) from error


def _verify(part: Path, sha256: str, url: str) -> None:
    actual = file_sha256(part)
    if actual != sha256:
        part.unlink()
        raise WeightsError(
            f"{url}: the file that arrived has the SHA-256 checksum {actual}, the official one has {sha256}; "
            "it was thrown away. Try again; if that does not help, check CHARSAM_WEIGHTS_URL or the network's proxy"
        )


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed + _SPARE_SPACE > free:
        raise WeightsError(
            f"the disk of {folder} is too full: {needed / 1e6:,.0f} MB are still to be fetched, "
            f"{free / 1e6:,.0f} MB are free. Make room, or choose another folder"
        )


@contextlib.contextmanager
def _locked(target: Path, while_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of `target`, waiting for whoever has it; the system frees it where a process dies."""
    lock = FileLock(target.with_name(target.name + ".lock"), timeout=_WAIT)
    while True:
        with contextlib.suppress(Timeout):
            lock.acquire()
            break
        while_waiting()
    try:
        yield
    finally:
        let_go(lock)


def _sync_folder(folder: Path) -> None:
    """Make the rename last over a power cut; Windows has no such call for folders."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc


def _ignore(done: int, total: int | None) -> None:
    pass
