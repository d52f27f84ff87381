"""Words drawn for tests: black on light ground, with the quad around them."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from charsam.paths import FONTS_DIR
from charsam.types import ImageArray, Word

FONT = FONTS_DIR / "020-arimo-bold.ttf"
SIZE = 48
GROUND, INK = (205, 214, 220), (60, 20, 30)


def drawn_word(shown: str, font: Path = FONT, size: int = SIZE, pad: int = 3) -> tuple[ImageArray, np.ndarray]:
    """The image of a text, and the (4, 2) float32 upright quad around its ink."""
    face = ImageFont.truetype(font, size)
    x0, y0, x1, y1 = face.getbbox(shown)
    image = Image.new("RGB", (int(x1 - x0) + 80, int(y1 - y0) + 80), GROUND)
    ImageDraw.Draw(image).text((40 - x0, 40 - y0), shown, font=face, fill=INK)
    right, bottom = 40 + x1 - x0 + pad, 40 + y1 - y0 + pad
    low = 40 - pad
    return np.asarray(image), np.float32([[low, low], [right, low], [right, bottom], [low, bottom]])


def given(shown: str, text: str | None) -> tuple[ImageArray, Word]:
    """The image of a text, and the word with another transcription on it."""
    image, quad = drawn_word(shown)
    return image, Word(quad, text)
