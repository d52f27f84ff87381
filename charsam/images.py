"""Images read from files or bytes that nobody has checked yet."""

from __future__ import annotations

import io
import math
import threading
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from charsam.errors import ImageError
from charsam.types import ImageArray

MAX_PIXELS: Final = 50_000_000
MAX_SIDE: Final = 32_766
"""Pixels of a side; OpenCV cannot sample pictures that are longer."""
LARGE: Final = 12_000_000
"""Pixels from which one picture at a time is decoded: each takes many times its size while that lasts."""
SUFFIXES: Final = (
    ".jpg",
    ".jpeg",
    ".png",
    ".bmp",
    ".gif",
    ".tif",
    ".tiff",
    ".webp",
    ".ppm",
    ".pgm",
    ".jfif",
    ".jpe",
    ".mpo",
)
UNREAD: Final = (
    ".heic",
    ".heif",
    ".avif",
    ".jxl",
    ".jp2",
    ".psd",
    ".svg",
    ".pdf",
    ".dng",
    ".cr2",
    ".nef",
    ".arw",
    ".djvu",
)
"""Endings of pictures and pages in formats that are not read."""
DEEP: Final = ("I;16", "I;16L", "I;16B", "I", "F")
"""Modes of more than 8 bits a pixel."""
try:  # photos of iPhones, where the extra "heic" is installed
    from pillow_heif import register_heif_opener

    register_heif_opener()
    HEIC: tuple[str, ...] = (".heic", ".heif")
except ImportError:
    HEIC = ()
FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM", *(("HEIF",) if HEIC else ()))

STRIP: Final = 1 << 18
"""Values of an image of more than 8 bits that are worked on at a time."""

_large = threading.Lock()


def load_image(source: Path | str | bytes, *, name: str | None = None, most_pixels: int = MAX_PIXELS) -> ImageArray:
    """An image as (H, W, 3) uint8 RGB, after EXIF orientation; of several frames the first; transparency on white.

    source: a path, or the bytes of an image file. name: what to call it in messages.
    Raises ImageError, in a sentence, for what cannot be read, is damaged, or has more than most_pixels pixels or
    too long a side.
    """
    label = name or ("the image" if isinstance(source, bytes) else Path(source).name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as opened:
                width, height = opened.size
                if max(width, height) > MAX_SIDE:
                    raise ImageError(
                        f"{label} has {width} x {height} pixels; a side may have {MAX_SIDE:,}. Cut it first."
                    )
                if width * height > most_pixels:
                    raise ImageError(
                        f"{label} has {width} x {height} = {width * height / 1e6:.0f} million pixels; "
                        f"at most {most_pixels // 1_000_000} million can be worked on. Make it smaller first."
                    )
                with _large if width * height > LARGE else nullcontext():
                    ImageOps.exif_transpose(opened, in_place=True)
                    return _as_rgb(opened)
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{label} has far more than {MAX_PIXELS // 1_000_000} million pixels. Make it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{label} is not an image that can be read; use JPEG, PNG, WebP, TIFF, BMP or GIF.") from error
    except FileNotFoundError as error:
        raise ImageError(f"{label} does not exist.") from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError) as error:
        raise ImageError(f"{label} is damaged and cannot be read ({error}).") from error


def _as_rgb(image: Image.Image) -> ImageArray:
    if image.mode in DEEP:
        return _from_deep(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, layered)
    return np.array(image.convert("RGB"))


def _from_deep(image: Image.Image) -> ImageArray:
    """Pictures of more than 8 bits, or of floats, brought to 0..255; what is no number is black."""
    low, high, _ = _range(image)
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    for top, values in _strips(image):
        finite = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
        grey = np.clip(np.round((finite - low) * (255.0 / max(high - low, 1e-12))), 0, 255).astype(np.uint8)
        rgb[top : top + len(grey)] = grey[..., None]
    return rgb


def _strips(image: Image.Image) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """(first row, (rows, W) values) of an image, few rows at a time: as float64 a whole one would take 8 bytes a pixel,
    and what is calculated from it several times as much.
    """
    rows = max(1, STRIP // image.width)
    for top in range(0, image.height, rows):
        yield top, np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))), np.float64)


def _range(image: Image.Image) -> tuple[float, float, bool]:
    """What becomes black and white: 0 and 255, or 0 and 65535, where the values use these; else the least and the
    greatest value that there are (10 and 12 bits in 16, floats of 0..1, signed). Then whether all are numbers.
    """
    low, high, whole = math.inf, -math.inf, True
    for _, values in _strips(image):
        finite = values[np.isfinite(values)]
        whole = whole and finite.size == values.size
        low, high = float(finite.min(initial=low)), float(finite.max(initial=high))
    if low > high:
        return 0.0, 1.0, whole
    if low >= 0 and 64 <= high <= 255 and high > 1:
        return 0.0, 255.0, whole
    if low >= 0 and 16384 <= high <= 65535:
        return 0.0, 65535.0, whole
    return low, high, whole


def stretch_note(data: Path | bytes, name: str) -> str | None:
    """A sentence where the values of an image of more than 8 bits were stretched to be seen; None where they were
    not.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data) if isinstance(data, bytes) else data, formats=FORMATS) as opened:
                if opened.mode not in DEEP:
                    return None
                with _large if opened.width * opened.height > LARGE else nullcontext():
                    low, high, whole = _range(opened)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, Image.DecompressionBombError):
        return None
    if (low, high) in ((0.0, 255.0), (0.0, 65535.0)):
        return None
    broken = " What is no number in it is black." if not whole else ""
    return f"{name} has values from {low:g} to {high:g}; they were stretched to the range from black to white.{broken}"


def unread_picture(path: Path) -> str | None:
    """What to say of a picture in a format that is not read; None of every other file."""
    if path.suffix.lower() not in UNREAD or path.suffix.lower() in HEIC:
        return None
    return f"it is in a format that is not read ({path.suffix[1:].upper()}); save it as JPEG or PNG first."


def is_image_file(path: Path) -> bool:
    """Whether a file's name says that it is an image."""
    return path.suffix.lower() in (*SUFFIXES, *HEIC)
