"""Hugging Face `datasets`: an image folder with metadata.jsonl, which `load_dataset("imagefolder", data_dir=…)` takes.

Each row: `file_name` (the photo), `text_mask_file_name` and `characters_mask_file_name` (pictures, too), `words` and
`characters`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO, Final

from charsam.datasets.labels import png, without_ignored
from charsam.datasets.written_image import WrittenImage, rounded

INDEX: Final = "metadata.jsonl"
PHOTOS: Final = "images"


def files(written: WrittenImage) -> dict[str, bytes]:
    """The masks of one image: text (0 / 255), and the number of each pixel's character (16 bits)."""
    annotation = without_ignored(written.annotation)
    return {
        f"text_masks/{written.name}.png": png(annotation.text_mask()),
        f"character_masks/{written.name}.png": png(annotation.character_mask()),
    }


def part(written: WrittenImage) -> bytes:
    """One image's row. The characters are numbered as in the mask; `word` is the place of theirs in `words`."""
    annotation = without_ignored(written.annotation)
    words = [{"text": word.text, "polygon": rounded(word.polygon), "ignore": word.ignore} for word in annotation.words]
    characters = [
        {
            "category": character.category,
            "word": place,
            "mask_value": value,
            "quad": rounded(character.quad),
            "suspicion": round(character.suspicion, 4),
            "to_check": character.to_check,
            "review": character.review,
        }
        for value, (place, character) in enumerate(
            ((place, one) for place, word in enumerate(annotation.words) for one in word.characters), start=1
        )
    ]
    photo = written.file.rpartition("/")[2]
    suffix = photo[photo.rfind(".") :] if "." in photo else ""
    row = {
        "file_name": f"{PHOTOS}/{written.name}{suffix}",
        "text_mask_file_name": f"text_masks/{written.name}.png",
        "characters_mask_file_name": f"character_masks/{written.name}.png",
        "width": annotation.width,
        "height": annotation.height,
        "state": written.state,
        "note": written.note,
        "words": words,
        "characters": characters,
    }
    return json.dumps(row, ensure_ascii=False).encode()


def write_index(parts: Iterable[bytes], out: BinaryIO) -> None:
    """metadata.jsonl of the rows of all images."""
    for row in parts:
        out.write(row + b"\n")
