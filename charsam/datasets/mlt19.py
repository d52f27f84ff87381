"""ICDAR 2019 MLT: NAME.txt of `x1,y1,…,x4,y4,script,transcription`, as MLT17, with Hindi as one script more."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from charsam.datasets.files import Pair
from charsam.datasets.listed_dataset import ListedDataset
from charsam.datasets.mlt17 import after_script
from charsam.datasets.quad_lines import listed, open_quad_lines
from charsam.datasets.reader import Reader
from charsam.datasets.text_lines import MLT19_SCRIPTS

transcription: Final = after_script(MLT19_SCRIPTS)
READER: Final = Reader(
    "mlt19", "MLT 2019", "NAME.txt of x1,y1,…,x4,y4,script,text", lambda _: False,
    lambda paths, log: listed(transcription, paths),
)  # fmt: skip


def open_mlt19(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """MLT19's images. Raises DatasetError where the root is not laid out as MLT19."""
    return open_quad_lines("mlt19", "MLT19", transcription, root, split, strict)
