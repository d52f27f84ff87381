"""Tiny datasets in the exact layouts, and annotations to write, for the tests of readers and writers."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from charsam.types import AnnotatedWord, BoxSource, Character, CharacterMask, ImageAnnotation, PromptMode

WIDTH, HEIGHT = 64, 48
ORIENTATION = 0x0112


def write(path: Path, data: str | bytes | Any) -> Path:
    """A file with its folders: text, bytes, or a value as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(data, str | bytes):
        data = json.dumps(data, ensure_ascii=False)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def photo(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT), orientation: int | None = None) -> Path:
    """A grey photograph, stored with an EXIF orientation where one is given."""
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    buffer = io.BytesIO()
    Image.new("RGB", size, (90, 100, 110)).save(buffer, "PNG" if path.suffix == ".png" else "JPEG", exif=exif)
    return write(path, buffer.getvalue())


def picture(path: Path, values: np.ndarray) -> Path:
    """A PNG or BMP file of exactly these values."""
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, path.suffix[1:].upper())
    return write(path, buffer.getvalue())


def ring(height: int = 8, width: int = 6) -> np.ndarray:
    """A letter with a hole."""
    pixels = np.ones((height, width), bool)
    pixels[2:-2, 2:-2] = False
    return pixels


def character(category: str, x: int, y: int, pixels: np.ndarray | None = None) -> Character:
    pixels = ring() if pixels is None else pixels
    h, w = pixels.shape
    quad = np.float32([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
    return Character(
        category=category,
        quad=quad,
        box=np.float32([8, 8, 40, 56]),
        box_source=BoxSource.CRAFT,
        recognised=category,
        probability=0.75,
        positive=quad[:1] + np.float32(0.5),
        negative=np.zeros((0, 2), np.float32),
        mask=CharacterMask(pixels, x, y),
        quality=0.9,
        glyph_agreement=0.8,
        suspicion=0.125,
    )


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def annotated(characters: int = 3) -> ImageAnnotation:
    """64 x 48 pixels: a word of ring-shaped letters, an illegible word, and one in which no letter was found."""
    letters = tuple(character("OQé"[k % 3], 4 + 8 * (k % 7), 6 + 10 * (k // 7 % 2)) for k in range(characters))
    words = (
        AnnotatedWord(box(2, 4, 60, 26), "OQé", letters),
        AnnotatedWord(box(4, 34, 24, 44), "", (), ignore=True),
        AnnotatedWord(box(30, 34, 56, 44), "lost", ()),
    )
    return ImageAnnotation(WIDTH, HEIGHT, words, "colour", PromptMode.P_CHAR_POS_NEG, problems=("word 3: too small",))
