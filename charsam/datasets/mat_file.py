"""MATLAB files, read by SciPy: only what version 5 files hold, never objects that run anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scipy.io import loadmat, whosmat

from charsam.errors import WordsError


def variable_names(path: Path) -> frozenset[str]:
    """The variables of a file. Raises WordsError, naming it, for what is no MATLAB file."""
    try:
        return frozenset(name for name, _, _ in whosmat(str(path)))
    except Exception as error:  # SciPy raises whatever a damaged file leads it to
        raise _unreadable(path, error) from error


def read_mat(path: Path, *names: str) -> dict[str, Any]:
    """These variables of a file, cells as object arrays. Raises WordsError, naming the file, where one is missing."""
    try:
        found: dict[str, Any] = loadmat(str(path), variable_names=list(names), squeeze_me=False)
    except Exception as error:
        raise _unreadable(path, error) from error
    for name in names:
        if name not in found:
            raise WordsError(f"{path.name}: the variable {name!r} is missing")
    return found


def _unreadable(path: Path, error: Exception) -> WordsError:
    return WordsError(
        f"{path.name} is no MATLAB file that can be read ({str(error)[:80]}); save it as version 7 or older"
    )
