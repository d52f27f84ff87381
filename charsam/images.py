"""Images read from files or bytes that nobody has checked yet."""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import numpy as np
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
DEEP: Final = ("I;16", "I;16L", "I;16B", "I", "F")
"""Modes of more than 8 bits a pixel."""
FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")

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
                    return _as_rgb(ImageOps.exif_transpose(opened))
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
        return _from_deep(np.asarray(image, np.float64))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, layered)
    return np.array(image.convert("RGB"))


def _from_deep(values: np.ndarray) -> ImageArray:
    """Pictures of more than 8 bits, or of floats, brought to 0..255; what is no number is black."""
    low, high = _range(values)
    finite = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    grey = np.clip(np.round((finite - low) * (255.0 / max(high - low, 1e-12))), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _range(values: np.ndarray) -> tuple[float, float]:
    """What becomes black and white: 0 and 255, or 0 and 65535, where the values use these; else the least and the
    greatest value that there are (10 and 12 bits in 16, floats of 0..1, signed).
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and 64 <= high <= 255 and high > 1:
        return 0.0, 255.0
    if low >= 0 and 16384 <= high <= 65535:
        return 0.0, 65535.0
    return low, high


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
                values = np.asarray(opened, np.float64)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, Image.DecompressionBombError):
        return None
    low, high = _range(values)
    if (low, high) in ((0.0, 255.0), (0.0, 65535.0)):
        return None
    broken = " What is no number in it is black." if not np.isfinite(values).all() else ""
    return f"{name} has values from {low:g} to {high:g}; they were stretched to the range from black to white.{broken}"


def is_image_file(path: Path) -> bool:
    """Whether a file's name says that it is an image."""
    return path.suffix.lower() in SUFFIXES
