"""ICDAR 2015 Incidental Scene Text: gt_NAME.txt of `x1,y1,…,x4,y4,transcription`; ### marks what is not to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from charsam.datasets.files import Pair
from charsam.datasets.listing import ListedDataset
from charsam.datasets.quad_lines import listed, open_quad_lines
from charsam.datasets.reading import Reader


def open_icdar15(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """ICDAR15's images. Raises DatasetError where the root is not laid out as ICDAR15."""
    return open_quad_lines("icdar15", "ICDAR15", transcription, root, split, strict)


def transcription(rest: str) -> str:
    """All that follows the coordinates, commas included."""
    return rest


READER: Final = Reader(
    "icdar15", "ICDAR 2015 (quads or polygons)", "gt_NAME.txt of x1,y1,…,x4,y4,text", lambda _: False,
    lambda paths, log: listed(transcription, paths),
)  # fmt: skip
