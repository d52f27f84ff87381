"""How often a run has begun with an item: kept on disk, since the process that began may have died of it."""

from __future__ import annotations

from pathlib import Path


def begin(path: Path, run: str) -> int:
    """Write down that a run begins with the item of this file; returns how often that run has begun with it before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0)
        before = file.read().split("\n").count(run)
        file.write(f"{run}\n")
    return before


def too_many(attempts: int) -> str:
    """Why an item is given up that was begun with so many times."""
    return f"the process that worked on it died {attempts} times; it may need more memory than there is"
