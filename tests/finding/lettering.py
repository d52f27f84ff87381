"""Heat as CRAFT gives it, and lettering along a curve, drawn for the tests."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = ImageFont.load_default(size=44)
GROUND, INK = (206, 214, 190), (40, 20, 60)


def blobs(shape: tuple[int, int], places: np.ndarray, sigma: float) -> np.ndarray:
    """(H, W) float32: a Gaussian of height 1 at each x, y."""
    ys, xs = np.mgrid[: shape[0], : shape[1]] + 0.5
    heat = np.zeros(shape, np.float32)
    for x, y in places:
        heat = np.maximum(heat, np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma**2)).astype(np.float32))
    return heat


def heat_of(shape: tuple[int, int], *words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Region and affinity heat of words, each (n, 2) places of its letters, some 10 cells apart."""
    region = np.maximum.reduce([blobs(shape, word, 3.0) for word in words])
    links = [(word[1:] + word[:-1]) / 2 for word in words]
    return region, np.maximum.reduce([blobs(shape, link, 2.0) for link in links])


def arc(centre: tuple[float, float], radius: float, start: float, stop: float, count: int) -> np.ndarray:
    """(count, 2) places on a circle; angles in degrees, clockwise on the screen from the right."""
    angles = np.radians(np.linspace(start, stop, count))
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], 1).astype(np.float32)


def on_arc(
    image: Image.Image, text: str, centre: tuple[float, float], radius: float, start: float, stop: float
) -> None:
    """Draw letters that stand on a circle, their feet towards its centre."""
    for letter, (x, y), angle in zip(
        text, arc(centre, radius, start, stop, len(text)), np.linspace(start, stop, len(text)), strict=True
    ):
        tile = Image.new("L", (80, 80), 0)
        ImageDraw.Draw(tile).text((40, 40), letter, font=FONT, fill=255, anchor="mm")
        tile = tile.rotate(-angle - 90, Image.Resampling.BICUBIC)
        image.paste(INK, (round(x) - 40, round(y) - 40), tile)
