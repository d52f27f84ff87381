"""What a run has done so far, kept beside its results, so that one that was stopped goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

FOLDER: Final = ".progress"


class Progress:
    """The rows of the items that are done, in a folder of their own.

    header: what the run is made of. Where the folder holds the progress of another run, it is started anew.
    """

    def __init__(self, folder: Path, header: dict[str, Any]) -> None:
        """Raises OSError, naming the file, where the folder cannot be written."""
        self.folder = folder
        self.header: dict[str, Any] = json.loads(json.dumps(header))
        self.rows: dict[str, dict[str, Any]] = {}
        self._log = folder / "rows.jsonl"
        if not self._taken_up():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            self._append(self.header)

    def add(self, name: str, row: dict[str, Any]) -> None:
        """Write an item's row down; from then on it is done."""
        self._append({"name": name, "row": row})
        self.rows[name] = row

    def remove(self) -> None:
        """Forget it all: the run is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _append(self, value: dict[str, Any]) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _taken_up(self) -> bool:
        """Whether the folder holds this run's progress; a line that was cut off while it was written is taken away."""
        try:
            data = self._log.read_bytes()
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        try:
            header, *lines = [json.loads(line) for line in whole.splitlines()]
            if header != self.header:
                return False
            self.rows = {line["name"]: line["row"] for line in lines}
        except (ValueError, KeyError, TypeError):
            return False
        with self._log.open("r+b") as file:
            file.truncate(len(whole))
        return True
