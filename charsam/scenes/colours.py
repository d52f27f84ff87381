"""Colours of paint and ground. Scenes are composed in linear light, RGB float32, 1 = white paper in full light."""

import colorsys

import numpy as np

from charsam.types import FloatArray

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def linear(colour: tuple[float, float, float]) -> FloatArray:
    """A display colour (RGB 0..1) in linear light."""
    return np.asarray(np.asarray(colour, np.float32) ** 2.2, np.float32)


def luminance(colour: FloatArray) -> float:
    """Relative luminance of a linear colour (3,)."""
    return float(colour @ _LUMINANCE)


def contrast(first: FloatArray, second: FloatArray) -> float:
    """Contrast ratio of two linear colours, 1..21 (the WCAG formula)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def random_colour(rng: np.random.Generator, *, light: bool) -> FloatArray:
    """A paint colour as on signs: light ones are whites, creams and yellows; dark ones greys or strong hues."""
    if light:
        share = rng.random()
        if share < 0.2:
            hue, saturation, value = rng.uniform(0.09, 0.16), rng.uniform(0.4, 0.9), rng.uniform(0.8, 1.0)
        elif share < 0.55:
            hue, saturation, value = rng.uniform(0.05, 0.2), rng.uniform(0.0, 0.1), rng.uniform(0.8, 0.98)
        else:
            hue, saturation, value = rng.random(), rng.uniform(0.0, 0.3), rng.uniform(0.72, 0.98)
    elif rng.random() < 0.35:
        hue, saturation, value = rng.random(), rng.uniform(0.0, 0.25), rng.uniform(0.05, 0.3)
    else:
        hue, saturation, value = rng.random(), rng.uniform(0.5, 0.95), rng.uniform(0.2, 0.65)
    return linear(colorsys.hsv_to_rgb(hue, saturation, value))


def paint_and_ground(
    rng: np.random.Generator, *, light_text: bool, lowest: float, highest: float
) -> tuple[FloatArray, FloatArray]:
    """Two linear colours (3,): the letters' and the ground's, with a contrast ratio between `lowest` and `highest`.

    When random pairs do not fall into the range, the letters' luminance is scaled until they do. Of pairs with little
    contrast the letters share most of their hue with the ground.
    """
    paint, ground = random_colour(rng, light=light_text), random_colour(rng, light=not light_text)
    if highest < 3:
        paint = np.float32(0.15) * paint + np.float32(0.85) * ground
    for _ in range(0 if highest < 3 else 24):
        paint, ground = random_colour(rng, light=light_text), random_colour(rng, light=not light_text)
        lighter = luminance(paint) > luminance(ground)
        if lighter == light_text and lowest <= contrast(paint, ground) <= highest:
            return paint, ground
    ratio = float(rng.uniform(lowest, highest))
    wanted = (luminance(ground) + 0.05) * ratio - 0.05 if light_text else (luminance(ground) + 0.05) / ratio - 0.05
    scaled = paint * np.float32(max(wanted, 0.004) / max(luminance(paint), 1e-4))
    return np.clip(scaled, 0.003, 1.0).astype(np.float32), ground
