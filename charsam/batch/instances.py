"""COCO instances of a run, made of the words that it has kept: no image is looked at again."""

from __future__ import annotations

import json
from typing import Any

from charsam import rle
from charsam.types import SUSPICIOUS


def instances_part(line: bytes) -> bytes:
    """One image's line of words.json -> its part of a COCO file, as `charsam.datasets.coco.image_part` makes it."""
    entry = json.loads(line)
    image = {"file_name": entry["file"], "width": entry["width"], "height": entry["height"]}
    instances = [
        instance
        for number, word in enumerate(entry["words"])
        if not word["ignore"]
        for character in word["chars"]
        if (instance := _instance(character, number)) is not None
    ]
    return json.dumps({"image": image, "instances": instances}, ensure_ascii=False).encode()


def _instance(character: dict[str, Any], word: int) -> dict[str, Any] | None:
    """None where the mask has no pixel. word: the number of the character's word in its image."""
    mask = character["mask"]
    height, width = mask["size"]
    xs, ys = divmod(rle.covered((height, width), mask["counts"]), height)
    if not len(xs):
        return None
    x0, y0 = int(xs.min()), int(ys.min())
    return {
        "category": character["category"],
        "bbox": [x0, y0, int(xs.max()) - x0 + 1, int(ys.max()) - y0 + 1],
        "area": len(xs),
        "segmentation": mask,
        "iscrowd": 0,
        "word": word,
        "quad": character["polygon"],
        "suspicion": character["suspicion"],
        "to_check": character["suspicion"] >= SUSPICIOUS,
    }
