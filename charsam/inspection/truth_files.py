"""A single file as the truth of an image: what the masks of the known datasets look like, told by their values."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from charsam.datasets.base import TruthMask
from charsam.datasets.fields import Field, parse_json, read_text
from charsam.datasets.native import check_version
from charsam.editing.conversion import to_annotation
from charsam.errors import CharsamError, DatasetError
from charsam.images import FORMATS, MAX_PIXELS
from charsam.inspection.results import document_of

WHITE: Final = 0xFFFFFF
THRESHOLD: Final = 127
MOST_COLOURS: Final = 4096
IGNORED: Final = 65535
"""Of the picture that `truth_png` makes."""


@dataclass(frozen=True, slots=True, eq=False)
class TruthFile:
    """truth: the true masks. categories: of its characters, None where the file does not name them. form: what the file
    was taken for, in words.
    """

    truth: TruthMask
    form: str
    categories: list[str] | None = None


def read_truth_file(
    path: Path, shape: tuple[int, ...], name: str = "", image: str = "", *, named: bool = False
) -> TruthFile:
    """The truth in a file: words.json with masks, or a picture as TextSeg, COCO_TS, MLT_S, Total-Text, ICDAR13 or
    charsam have it. shape: (height, width) of the image. name: what to call the file. image: the image's
    name, by which its entry is found in a words.json of several; named: in one of a single image, too.

    Raises NotNamedError where it is not found; DatasetError, saying what was expected, for anything else, or a picture
    of another size.
    """
    name = name or path.name
    try:
        if name.lower().endswith(".json"):
            return _words(path, shape, name, image, named)
        return _picture(path, shape, name)
    except DatasetError:
        raise
    except CharsamError as error:
        raise DatasetError(str(error)) from error


class NotNamedError(DatasetError):
    """A words.json has no image of the name that is asked for."""


def truth_png(truth: TruthMask) -> bytes:
    """The true masks as one PNG: where characters are told apart, of 16 bits a pixel, with 65535 for what is ignored;
    else of 8, with 1 for text and 255 for what is ignored.
    """
    if truth.characters is None:
        values = np.where(truth.ignored, 255, truth.text).astype(np.uint8)
    else:
        values = np.where(truth.ignored, IGNORED, truth.characters).astype(np.uint16)
    done, encoded = cv2.imencode(".png", values)
    assert done
    return encoded.tobytes()


def truth_of_png(data: bytes) -> TruthMask:
    """What `truth_png` made. Raises DatasetError for anything else, and for more pixels than an image may have."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as header:
            large = header.width * header.height > MAX_PIXELS
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DatasetError("a truth is damaged: expected a PNG of one channel") from error
    values = None if large else cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 2 or values.dtype not in (np.uint8, np.uint16):
        raise DatasetError("a truth is damaged: expected a PNG of one channel")
    if values.dtype == np.uint8:
        return TruthMask(values == 1, values == 255)
    ignored = values == IGNORED
    characters = np.where(ignored, 0, values).astype(np.uint16)
    return TruthMask(characters > 0, ignored, characters)


def _words(path: Path, shape: tuple[int, ...], name: str, image: str, named: bool) -> TruthFile:
    root = Field(name, parse_json(read_text(path), name=name))
    check_version(root.get("charsam"))
    images = root.get("images").items()
    if image and (named or len(images) > 1):
        images = [one for one in images if Path(one.get("file").text()).stem == Path(image).stem]
        if not images:
            raise NotNamedError(f"{name} does not name {image}")
    if len(images) != 1:
        raise DatasetError(f"{name} is for {len(images)} images; give a file for this image alone")
    annotation = to_annotation(document_of(images[0], shape))
    characters = annotation.character_mask()
    if not characters.any():
        raise DatasetError(f"{name} has no masks; its characters need the field 'mask'")
    nothing = np.zeros(characters.shape, np.bool_)
    categories = [one.category for one in annotation.characters]
    return TruthFile(TruthMask(characters > 0, nothing, characters), "words with the masks of characters", categories)


def _picture(path: Path, shape: tuple[int, ...], name: str) -> TruthFile:
    height, width = shape[:2]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DatasetError(f"{name} is larger than any image that can be worked on")
                if image.size != (width, height):
                    raise DatasetError(
                        f"{name} has {image.width} x {image.height} pixels; its image has {width} x {height}"
                    )
                lossy = image.format == "JPEG"
                single = image.mode in ("1", "L", "P", "I", "I;16", "I;16L", "I;16B")
                values = np.asarray(image).astype(np.int64) if single else _packed(image.convert("RGB"))
    except DatasetError:
        raise
    except Exception as error:
        raise DatasetError(f"{name} is damaged, or no image of a mask ({error})") from error
    if not single:
        return _colours(values, name, lossy)
    return _labels(values, name, lossy)


def _packed(image: Image.Image) -> np.ndarray:
    channels = np.asarray(image).astype(np.int64)
    return np.asarray(channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2])


def _colours(values: np.ndarray, name: str, lossy: bool) -> TruthFile:
    red, green, blue = values >> 16, values >> 8 & 255, values & 255
    if ((red == green) & (green == blue)).all():
        return _labels(blue, name, lossy)
    if lossy:
        raise DatasetError(f"{name} is a colour JPEG; expected a mask, and as PNG, so that its values are exact")
    found, numbers = np.unique(values, return_inverse=True)
    if len(found) > MOST_COLOURS or WHITE not in found:
        raise DatasetError(f"{name} looks like a photo; expected a mask, such as a colour a character on white")
    numbers = numbers.reshape(values.shape)
    index = np.zeros(len(found), np.uint16)
    index[found != WHITE] = np.arange(1, len(found))
    characters = index[numbers]
    return TruthFile(
        TruthMask(characters > 0, np.zeros(values.shape, np.bool_), characters),
        "a colour a character, as ICDAR13 has it",
    )


def _labels(values: np.ndarray, name: str, lossy: bool) -> TruthFile:
    found = set(np.unique(values).tolist())
    nothing = np.zeros(values.shape, np.bool_)
    if lossy:
        return TruthFile(TruthMask(values > THRESHOLD, nothing), "text brighter than 127, as Total-Text has it")
    if found <= {0, 255}:
        return TruthFile(TruthMask(values == 255, nothing), "text as 255")
    if found <= {0, 1, 255}:
        return TruthFile(TruthMask(values == 1, values == 255), "text as 1, ignored as 255, as in COCO_TS and MLT_S")
    if found <= {0, 100, 200, 255}:
        return TruthFile(TruthMask(values == 100, values == 255), "text as 100, ignored as 255, as TextSeg has it")
    if min(found) < 0 or max(found) >= IGNORED or len(found) > 5000:
        raise DatasetError(f"{name} holds values that no mask has")
    if len(found) > 200 and max(found) <= 255:
        raise DatasetError(f"{name} looks like a grey photo; expected a mask")
    ignored = values == 255
    characters = np.where(ignored, 0, values).astype(np.uint16)
    return TruthFile(TruthMask(characters > 0, ignored, characters), "a value a character, 255 ignored, as in TextSeg")
