"""ICDAR 2015 Incidental Scene Text: gt_NAME.txt of `x1,y1,…,x4,y4,transcription`; ### marks what is not to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from charsam.datasets.files import Pair
from charsam.datasets.listed_dataset import ListedDataset
from charsam.datasets.quad_lines import listed, open_quad_lines
from charsam.datasets.reader import DONT_CARE, Reader
from charsam.datasets.word_polygons import tightest_rectangle
from charsam.datasets.written_image import WrittenImage, integral


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


def files(written: WrittenImage) -> dict[str, bytes]:
    """gt_NAME.txt of one image: x1,y1,…,text, more than four points as they are; ### for words to be ignored.

    A word whose text is not known is a quad without text.
    """
    lines = []
    for word in written.annotation.words:
        text = DONT_CARE if word.ignore else " ".join(word.text.split())
        polygon = (
            word.polygon if text or len(word.polygon) == 4 else np.asarray(tightest_rectangle(word.polygon), np.float32)
        )
        numbers = ",".join(f"{x},{y}" for x, y in integral(polygon))
        lines.append(f"{numbers},{text}\n" if text else f"{numbers}\n")
    return {f"gt_{written.name}.txt": "".join(lines).encode()}
