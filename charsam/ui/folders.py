"""The newest answers to programs: each in a folder of its own, and old ones go by themselves."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

from charsam.ui.label_files import new_folder, remove_folder

MOST_ANSWERS: Final = 20
"""So many of the newest answers are kept for programs to fetch."""

_answers: deque[Path] = deque()


def answer_folder(owner: str | None) -> Path:
    """An empty folder for one answer; only the person who asked can fetch what is in it."""
    folder = new_folder(owner)
    _answers.append(folder)
    while len(_answers) > MOST_ANSWERS:
        remove_folder(_answers.popleft())
    return folder
