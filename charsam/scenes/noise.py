"""Random fields that surfaces and light are made of. Arrays are float32, (height, width) pixels, mean about 0."""

import cv2
import numpy as np

from charsam.types import FloatArray


def smooth_noise(rng: np.random.Generator, height: int, width: int, cell_y: float, cell_x: float) -> FloatArray:
    """Noise of about unit variance whose features are `cell_y` x `cell_x` pixels in size."""
    rows = max(2, round(height / cell_y) + 2)
    columns = max(2, round(width / cell_x) + 2)
    grid = rng.standard_normal((min(rows, height + 2), min(columns, width + 2)), np.float32)
    return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def fractal_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 4, stretch: float = 1.0
) -> FloatArray:
    """A sum of `octaves` noises, each of half the cell and 0.55 of the strength of the one before.

    stretch: how much longer the features are along x than along y.
    """
    field = np.zeros((height, width), np.float32)
    strength, total = 1.0, 0.0
    for _ in range(octaves):
        field += np.float32(strength) * smooth_noise(rng, height, width, max(1.0, cell), max(1.0, cell * stretch))
        total += strength * strength
        strength *= 0.55
        cell /= 2
    return field / np.float32(np.sqrt(total))


def blurred(field: FloatArray, sigma: float) -> FloatArray:
    """The field, of one or three channels, under a Gaussian of `sigma` pixels; unchanged below 0.3."""
    return field if sigma < 0.3 else np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def grain(rng: np.random.Generator, height: int, width: int, blur: float = 0.0) -> FloatArray:
    """White noise of unit variance, blurred by a Gaussian of `blur` pixels and brought back to unit variance."""
    field = rng.standard_normal((height, width), np.float32)
    if blur > 0:
        field = blurred(field, blur)
        field /= np.float32(field.std() + 1e-6)
    return field


def relief(height_map: FloatArray, light: tuple[float, float], strength: float) -> FloatArray:
    """Shading factor around 1 of a height map; `light` (x, y) points towards the light."""
    slope_x = cv2.Sobel(height_map, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    slope_y = cv2.Sobel(height_map, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    towards = slope_x * np.float32(light[0]) + slope_y * np.float32(light[1])
    return np.asarray(np.clip(1.0 - np.float32(strength) * towards, 0.25, 1.9), np.float32)


def step(field: FloatArray, low: float, high: float) -> FloatArray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
