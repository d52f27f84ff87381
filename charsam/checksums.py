"""Files whose SHA-256 is known, checked once as long as the process lives."""

from __future__ import annotations

import threading
from pathlib import Path

from charsam.download import file_sha256
from charsam.errors import WeightsError

SUMS = "SHA256SUMS"
"""Lies beside the assets: `sha256sum`'s list of those that are weights (`tools/asset_sums.py` writes it)."""


_checked: dict[tuple[str, int, int, int, int], str] = {}
_checking = threading.Lock()


def verified(path: Path, sha256: str, mend: str) -> Path:
    """The path of a file whose SHA-256 is the known one. mend: what to do about it where it is not.

    Raises WeightsError, naming the file. What was found right is remembered as long as the process lives and the file
    keeps its place, size and times.
    """
    try:
        about = path.stat()
        key = (str(path.absolute()), about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        with _checking:
            if _checked.get(key) != sha256:
                if file_sha256(path) != sha256:
                    raise WeightsError(f"{path} is damaged or another file: its checksum is not the known one; {mend}")
                _checked[key] = sha256
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror or error}); {mend}") from error
    return path


def verified_asset(path: Path) -> Path:
    """The path of a file of `assets` that is as SHA256SUMS beside it says. Raises WeightsError."""
    asset_sum(path)
    return path


def asset_sum(path: Path) -> str:
    """The SHA-256 of a file of `assets`, which is as SHA256SUMS beside it says. Raises WeightsError."""
    again = "install charsam again or bring it back with git; who made it anew runs tools/asset_sums.py"
    try:
        lines = (path.parent / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path.parent / SUMS} is missing or damaged; {again}") from error
    sums = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    known = sums.get(path.name, "not listed")
    verified(path, known, again)
    return known
