"""ICDAR 2017 MLT: gt_NAME.txt of `x1,y1,…,x4,y4,script,transcription`; ### marks what is not to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from charsam.datasets.files import Pair
from charsam.datasets.listing import ListedDataset
from charsam.datasets.quad_lines import open_quad_lines
from charsam.errors import WordsError

SCRIPTS: Final = ("Arabic", "Latin", "Chinese", "Japanese", "Korean", "Bangla", "Symbols", "Mixed", "None")


def open_mlt17(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """MLT17's images. Raises DatasetError where the root is not laid out as MLT17."""
    return open_quad_lines("mlt17", "MLT17", transcription, root, split, strict)


def transcription(rest: str) -> str:
    """All that follows the script, commas included. Raises WordsError where no script comes first."""
    script, comma, text = rest.partition(",")
    if not comma or script.strip().capitalize() not in SCRIPTS:
        raise WordsError(f"expected a script ({', '.join(SCRIPTS)}) and a transcription; it is {rest.strip()[:60]!r}")
    return text
