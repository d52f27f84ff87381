"""COCO instances: a run-length mask for every character, with its holes; pycocotools reads the file.

Every image makes a part of its own; the parts become one file without being held in memory together.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final

import numpy as np

from charsam import rle
from charsam.datasets.categories import category_id
from charsam.datasets.labels import without_ignored
from charsam.datasets.written_image import rounded
from charsam.types import Character, ImageAnnotation

INDEX: Final = "instances.json"


def image_part(
    file: str, annotation: ImageAnnotation, set_aside: Sequence[Character] = (), state: str = "", note: str = ""
) -> bytes:
    """One image and its instances as one line of JSON, not yet numbered. file: the image's name. set_aside: rejected
    characters, which become crowds, for evaluators ignore these.

    Words to be ignored are left out, and characters without a single pixel, for an instance must have an area.
    """
    image = {"file_name": file, "width": annotation.width, "height": annotation.height}
    image |= {name: value for name, value in (("state", state), ("note", note)) if value}
    instances = [
        _instance(character, number, annotation)
        for number, word in enumerate(without_ignored(annotation).words)
        for character in word.characters
        if character.mask.area
    ]
    instances += [{**_instance(one, -1, annotation), "iscrowd": 1} for one in set_aside if one.mask.area]
    return json.dumps({"image": image, "instances": instances}, ensure_ascii=False).encode()


def write_index(parts: Iterable[bytes], out: BinaryIO) -> None:
    """The COCO file of these images. Images and instances are numbered from 1 in the order of the parts; a category has
    the same number in every file, that of its character in Unicode.
    """
    categories: dict[int, str] = {}
    count = 0
    with tempfile.SpooledTemporaryFile(max_size=1 << 24) as images:
        out.write(b'{"annotations": [')
        for image_id, part in enumerate(parts, start=1):
            data = json.loads(part)
            images.write(b",\n" if image_id > 1 else b"\n")
            images.write(_line({"id": image_id, **data["image"]}))
            for instance in data["instances"]:
                name = instance.pop("category")
                category = category_id(name)
                categories[category] = name
                out.write(b",\n" if count else b"\n")
                count += 1
                out.write(_line({"id": count, "image_id": image_id, "category_id": category, **instance}))
        out.write(b'\n],\n"images": [')
        images.seek(0)
        while chunk := images.read(1 << 20):
            out.write(chunk)
    listed = [{"id": number, "name": name, "supercategory": "character"} for number, name in sorted(categories.items())]
    out.write(b'\n],\n"categories": ' + _line(listed) + b"}\n")


def _instance(character: Character, word: int, annotation: ImageAnnotation) -> dict[str, Any]:
    mask = character.mask
    ys, xs = (np.flatnonzero(mask.pixels.any(axis)) for axis in (1, 0))
    return {
        "category": character.category,
        "bbox": [
            mask.x + int(xs[0]),
            mask.y + int(ys[0]),
            int(xs[-1] - xs[0]) + 1,
            int(ys[-1] - ys[0]) + 1,
        ],
        "area": mask.area,
        "segmentation": rle.encode(mask, annotation.height, annotation.width),
        "iscrowd": 0,
        "word": word,
        "quad": rounded(character.quad),
        "suspicion": round(character.suspicion, 4),
        "to_check": character.to_check,
        **({"review": character.review} if character.review else {}),
    }


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
