"""The newest answers to programs: each in a folder of its own, and old ones go by themselves."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

from charsam.page.files import new_folder, remove_folder

MOST_ANSWERS: Final = 20
"""So many of the newest answers are kept for programs to fetch."""
LIFE: Final = 600.0
"""Seconds for which they are kept."""

_answers: deque[tuple[float, Path]] = deque()
_lock = threading.Lock()


def answer_folder(owner: str | None) -> Path:
    """An empty folder for one answer; only the person who asked can fetch what is in it."""
    folder = new_folder(owner)
    with _lock:
        _answers.append((time.monotonic(), folder))
    sweep()
    return folder


def sweep(life: float = LIFE) -> None:
    """Remove the answers that are too many, or that nobody has fetched in `life` seconds."""
    with _lock:
        old = []
        while _answers and (len(_answers) > MOST_ANSWERS or time.monotonic() - _answers[0][0] > life):
            old.append(_answers.popleft()[1])
    for folder in old:
        remove_folder(folder)
