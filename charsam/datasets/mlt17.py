"""ICDAR 2017 MLT: gt_NAME.txt of `x1,y1,…,x4,y4,script,transcription`; ### marks what is not to be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets.files import Pair
from charsam.datasets.listed_dataset import ListedDataset
from charsam.datasets.quad_lines import listed, open_quad_lines
from charsam.datasets.reader import Reader
from charsam.datasets.text_lines import MLT17_SCRIPTS
from charsam.errors import WordsError

SCRIPTS: Final = MLT17_SCRIPTS


def open_mlt17(root: Path, split: str | None, strict: bool) -> ListedDataset[Pair]:
    """MLT17's images. Raises DatasetError where the root is not laid out as MLT17."""
    return open_quad_lines("mlt17", "MLT17", transcription, root, split, strict)


def after_script(scripts: tuple[str, ...]) -> Callable[[str], str]:
    """What reads all that follows the script, commas included; it raises WordsError where no script comes first."""
    return partial(_transcription, scripts)


def _transcription(scripts: tuple[str, ...], rest: str) -> str:
    script, comma, text = rest.partition(",")
    if not comma or script.strip().capitalize() not in scripts:
        raise WordsError(f"expected a script ({', '.join(scripts)}) and a transcription; it is {rest.strip()[:60]!r}")
    return text


transcription: Final = after_script(SCRIPTS)
READER: Final = Reader(
    "mlt17", "MLT 2017", "gt_NAME.txt of x1,y1,…,x4,y4,script,text", lambda _: False,
    lambda paths, log: listed(transcription, paths),
)  # fmt: skip
