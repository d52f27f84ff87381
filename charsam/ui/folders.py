"""Folders for files that visitors and programs download: unguessable names, gone with the process at the latest."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from functools import cache
from pathlib import Path
from typing import Final

MOST_ANSWERS: Final = 20
"""So many of the newest answers to programs are kept for Gradio to fetch; it takes its own copy of each at once."""

_answers: deque[Path] = deque()


def new_folder() -> Path:
    """An empty folder that nobody can guess; the caller removes it."""
    return Path(tempfile.mkdtemp(dir=_root().name))


def answer_folder() -> Path:
    """An empty folder for one answer to a program; old ones are removed by themselves."""
    folder = new_folder()
    _answers.append(folder)
    while len(_answers) > MOST_ANSWERS:
        shutil.rmtree(_answers.popleft(), ignore_errors=True)
    return folder


@cache
def _root() -> tempfile.TemporaryDirectory[str]:
    """The process's own folder, removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="charsam-")
