"""What a run has done so far, kept beside its results, so that one that was stopped goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from charsam.atomic import write_atomically

FOLDER: Final = ".progress"
KEPT_PICTURES: Final = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the worst images. iou: how good it is; smaller is worse. jpeg: the comparison."""

    name: str
    iou: float
    jpeg: Path


class Progress:
    """The rows of the images that are done, and pictures of the worst of them, in a folder below the results.

    header: what the run is made of. Where the folder holds the progress of another run, it is started anew.
    """

    def __init__(self, out: Path, header: dict[str, Any]) -> None:
        """Raises OSError, naming the file, where the folder cannot be written."""
        self._folder = out / FOLDER
        self._log = self._folder / "rows.jsonl"
        self._pictures: list[Picture] = []
        self.rows: dict[str, dict[str, Any]] = {}
        if not self._taken_up(header):
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            self._append(header)

    def add(self, name: str, row: dict[str, Any]) -> None:
        """Write an image's row down; from then on it is done."""
        self._append({"name": name, "row": row})
        self.rows[name] = row

    def wants(self, iou: float) -> bool:
        """Whether an image as good as that is among the worst so far."""
        return len(self._pictures) < KEPT_PICTURES or iou < self._pictures[-1].iou

    def picture(self, name: str, iou: float, jpeg: bytes) -> None:
        """Keep the picture of one of the worst images."""
        path = self._folder / f"{len(self.rows)}.jpg"
        with write_atomically(path) as file:
            file.write(jpeg)
        self._append({"picture": name, "iou": iou, "file": path.name})
        self._keep(Picture(name, iou, path))

    def worst(self) -> list[Picture]:
        """The pictures of the worst images, the worst first."""
        return list(self._pictures)

    def remove(self) -> None:
        """Forget it all: the run is done."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _keep(self, picture: Picture) -> None:
        kept = [other for other in self._pictures if other.name != picture.name]
        kept = sorted([*kept, picture], key=lambda p: (p.iou, p.name))
        for dropped in kept[KEPT_PICTURES:]:
            dropped.jpeg.unlink(missing_ok=True)
        self._pictures = kept[:KEPT_PICTURES]

    def _append(self, value: dict[str, Any]) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _taken_up(self, header: dict[str, Any]) -> bool:
        """Whether the folder holds this run's progress; a line that was cut off while it was written is taken away."""
        try:
            data = self._log.read_bytes()
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            return False
        if not lines or lines[0] != json.loads(json.dumps(header)):
            return False
        with self._log.open("r+b") as file:
            file.truncate(len(whole))
        for line in lines[1:]:
            if "picture" in line:
                path = self._folder / line["file"]
                if path.is_file():
                    self._keep(Picture(line["picture"], line["iou"], path))
            else:
                self.rows[line["name"]] = line["row"]
        return True
