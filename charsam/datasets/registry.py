"""Every dataset that charsam reads, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from charsam.datasets.base import Dataset
from charsam.datasets.coco_ts import open_coco_ts
from charsam.datasets.cocotext import open_cocotext
from charsam.datasets.hiertext import open_hiertext
from charsam.datasets.icdar13 import open_icdar13
from charsam.datasets.icdar15 import open_icdar15
from charsam.datasets.mlt17 import open_mlt17
from charsam.datasets.mlt19 import open_mlt19
from charsam.datasets.mlt_s import open_mlt_s
from charsam.datasets.native_dataset import open_native
from charsam.datasets.reader_dataset import open_by_reader
from charsam.datasets.readers import READERS
from charsam.datasets.textocr import open_textocr
from charsam.datasets.textseg import open_textseg
from charsam.datasets.total_text import open_total_text
from charsam.datasets.voc import open_voc
from charsam.errors import CharsamError, DatasetError

OPENERS: dict[str, Callable[[Path, str | None, bool], Dataset]] = {
    "textseg": open_textseg,
    "coco-text": open_cocotext,
    "coco-ts": open_coco_ts,
    "mlt17": open_mlt17,
    "mlt-s": open_mlt_s,
    "total-text": open_total_text,
    "icdar13": open_icdar13,
    "icdar15": open_icdar15,
    "textocr": open_textocr,
    "hiertext": open_hiertext,
    "native": open_native,
    "mlt19": open_mlt19,
    "pascal-voc": open_voc,
    "auto": partial(open_by_reader, None),
}
OPENERS |= {name: partial(open_by_reader, name) for name in READERS if name not in OPENERS}
NAMES: Final = tuple(OPENERS)


def open_dataset(name: str, root: Path | str, split: str | None = None, strict: bool = False) -> Dataset:
    """A dataset on disk.

    name: one of NAMES. split: "train", "val" or "test" as the dataset names them; None for all. strict: raise the first
    fault that is met instead of skipping and counting it.
    Raises DatasetError, saying what was looked for and what is there, where the root does not hold that dataset.
    """
    if name not in OPENERS:
        raise DatasetError(f"no dataset is called {name!r}; there are {', '.join(NAMES)}")
    try:
        return OPENERS[name](Path(root), split, strict)
    except DatasetError:
        raise
    except CharsamError as error:
        raise DatasetError(str(error)) from error
    except OSError as error:
        raise DatasetError(f"{error.filename or root} cannot be read ({error.strerror})") from error
