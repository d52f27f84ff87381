"""Every format whose words are read, by name; the more particular ones first, where the fields of a file fit
several.
"""

from __future__ import annotations

from typing import Final

from charsam.datasets import (
    alto,
    art,
    coco_reader,
    cocotext,
    ctw1500,
    cvat,
    hiertext,
    icdar13,
    icdar15,
    label_studio,
    labelme,
    mlt17,
    mlt19,
    mmocr,
    native,
    page_xml,
    ppocrlabel,
    synthtext,
    textocr,
    textseg,
    total_text,
    via,
    yolo,
)
from charsam.datasets.reader import Reader
from charsam.errors import DatasetError

READERS: Final[dict[str, Reader]] = {
    reader.name: reader
    for reader in (
        native.READER,
        cocotext.READER,
        textocr.READER,
        hiertext.READER,
        coco_reader.READER,
        mmocr.READER,
        labelme.READER,
        label_studio.READER,
        via.READER,
        art.LSVT,
        art.READER,
        textseg.READER,
        cvat.READER,
        ctw1500.READER,
        page_xml.READER,
        alto.READER,
        synthtext.READER,
        total_text.READER,
        ppocrlabel.READER,
        icdar15.READER,
        mlt17.READER,
        mlt19.READER,
        icdar13.READER,
        yolo.READER,
    )
}


def reader_named(name: str) -> Reader:
    """The reader of a format. Raises DatasetError where there is none of that name."""
    if name not in READERS:
        raise DatasetError(f"no format with words is called {name[:40]!r}; there are {', '.join(READERS)}")
    return READERS[name]
