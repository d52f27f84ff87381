"""When a batch run did what: beside its results, which hold no times and so are the same whenever they were made."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from charsam.runs.task import Done

FOLDER: Final = "log"
LOG: Final = "log.jsonl"
TIMING: Final = "timing.json"


class RunLog:
    """Appends to the log of a folder of results, a line of JSON for each start and each image."""

    def __init__(self, out: Path, **about: Any) -> None:
        """about: what to write down of the start. Raises OSError where the log cannot be written."""
        folder = out / FOLDER
        folder.mkdir(exist_ok=True)
        self._file = (folder / LOG).open("ab")
        self._start = time.perf_counter()
        if self._file.tell():
            self._file.write(b"\n")  # ends a line that was cut off when an earlier run was killed
        self._write({"start": datetime.now(UTC).isoformat(timespec="seconds"), **about})

    def image(self, done: Done) -> None:
        """Write down that an image is staged."""
        stages = {name: round(seconds, 4) for name, seconds in done.stages.items()}
        self._write(
            {"image": done.index, "at": self._now(), "seconds": done.seconds, "cpu": done.cpu, "stages": stages}
        )

    def finished(self) -> None:
        """Write down that the results are complete."""
        self._write({"finished": datetime.now(UTC).isoformat(timespec="seconds"), "at": self._now()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _now(self) -> float:
        return round(time.perf_counter() - self._start, 3)

    def _write(self, entry: dict[str, Any]) -> None:
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()


def timing(out: Path) -> dict[str, Any]:
    """How long all runs of a folder of results took together, after their log.

    seconds: from each start to the last image that it finished, added up. images_per_minute: over those seconds, the
    loading of the models included. work_seconds, cpu_seconds: of all processes together, without the loading of the
    models. stages: seconds by stage of the pipeline.
    """
    runs, images, seconds, last, work, cpu = 0, 0, 0.0, 0.0, 0.0, 0.0
    stages: dict[str, float] = defaultdict(float)
    with (out / FOLDER / LOG).open("rb") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # empty, or cut off when the run was killed
            if "start" in entry:
                runs, seconds, last = runs + 1, seconds + last, 0.0
            elif "image" in entry:
                images, last, work = images + 1, entry["at"], work + entry["seconds"]
                cpu += entry["cpu"]
                for name, value in entry["stages"].items():
                    stages[name] += value
    seconds += last
    return {
        "runs": runs,
        "images": images,
        "seconds": round(seconds, 3),
        "images_per_minute": round(60 * images / seconds, 2) if seconds else None,
        "work_seconds": round(work, 3),
        "cpu_seconds": round(cpu, 3),
        "stages": {name: round(value, 1) for name, value in stages.items()},
    }
