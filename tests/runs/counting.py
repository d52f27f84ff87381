"""A run without models, for tests: imported by the processes that it starts."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charsam.errors import DatasetError, WeightsError
from charsam.runs.row_run import Work


@dataclass(frozen=True)
class Letters:
    """A source: each letter is an item; "-" cannot be read."""

    text: str

    def __len__(self) -> int:
        return len(self.text)

    def read(self, index: int) -> tuple[str, Any]:
        letter = self.text[index]
        return letter, None if letter == "-" else letter


@dataclass(frozen=True)
class Counting:
    """Writes a file a letter, so that it is seen how often it was worked on. "!" fails, "+" kills its process."""

    folder: Path

    def __call__(self) -> Work:
        def work(letter: str) -> dict[str, Any]:
            with (self.folder / f"{ord(letter)}").open("a") as file:
                file.write(f"{os.getpid()}\n")
            if letter == "!":
                raise DatasetError("no letter")
            if letter == "+":
                os.kill(os.getpid(), signal.SIGKILL)
            return {"code": ord(letter)}

        return work


@dataclass(frozen=True)
class WithoutModels:
    """What cannot be loaded."""

    def __call__(self) -> Work:
        raise WeightsError("the weights are not here")
