"""An image going through the stages as an animated picture: for the README, and for whoever shares a result."""

from __future__ import annotations

import io
from typing import Final

import cv2
import numpy as np
from PIL import Image

from charsam.colours import OKABE_ITO, colour_index, rgb
from charsam.geometry import box_quad
from charsam.sampling import image_window, warp_to_image
from charsam.server.overlays import display_size
from charsam.trace import Trace
from charsam.types import FloatArray, ImageArray

SIDE: Final = 640
"""Longest side of the animated picture, in pixels."""
SHOWN: Final = 1400
"""Milliseconds of a frame."""
INK, PAPER = (20, 20, 20), (255, 255, 255)
DIM: Final = 0.35


def animation(trace: Trace) -> bytes:
    """An endless WebP of a trace that went through all stages: picture, words, heat, boxes, points, masks."""
    frames = [
        titled(trace.image, "A photo"),
        titled(words(trace), "Words: where they are"),
        titled(heat(trace), "CRAFT: where characters are"),
        titled(boxes(trace), "CBR: a box for every character"),
        titled(points(trace), "CGR: the points that fonts vote for"),
        titled(masks(trace), "Masks of every character"),
    ]
    first, *others = (Image.fromarray(frame) for frame in frames)
    buffer = io.BytesIO()
    first.save(buffer, "WEBP", save_all=True, append_images=others, duration=SHOWN, loop=0, quality=70, method=4)
    return buffer.getvalue()


def titled(picture: ImageArray, text: str) -> ImageArray:
    """The picture, at most SIDE long, with a line of text below."""
    size = display_size(picture.shape[0], picture.shape[1], SIDE)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bar = np.full((max(24, round(size[0] / 16)), size[0], 3), PAPER, np.uint8)
    scale = size[0] / 640 * 0.7
    cv2.putText(bar, text, (12, round(bar.shape[0] * 0.68)), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
    return np.asarray(np.concatenate([small, bar]), np.uint8)


def lines(picture: ImageArray, polygons: list[FloatArray], colours: list[tuple[int, int, int]]) -> ImageArray:
    """The picture with polygons in their colours, cased in white, thick enough for the small picture."""
    drawn = picture.copy()
    width = max(2, round(max(picture.shape[:2]) / 320))
    for polygon, colour in zip(polygons, colours, strict=True):
        for thick, tone in ((2 * width + 1, PAPER), (width, colour)):
            cv2.polylines(drawn, [np.round(polygon).astype(np.int32)], True, tone, thick, cv2.LINE_AA)
    return drawn


def words(trace: Trace) -> ImageArray:
    """The words' polygons over the picture."""
    return lines(trace.image, [word.polygon for word in trace.words], [rgb(OKABE_ITO[4])] * len(trace.words))


def heat(trace: Trace) -> ImageArray:
    """CRAFT's region scores over the darkened picture."""
    shown = trace.image.astype(np.float32) * DIM
    for frame, regions in zip(trace.frames, trace.regions, strict=True):
        window = image_window(frame, trace.image.shape)
        x0, y0, x1, y1 = window
        if x1 <= x0 or y1 <= y0:
            continue
        warm = warp_to_image(regions.region, frame, window, 0.0)[..., None]
        shown[y0:y1, x0:x1] = np.maximum(shown[y0:y1, x0:x1], warm * np.array(rgb(OKABE_ITO[1]), np.float32))
    return np.clip(shown, 0, 255).astype(np.uint8)


def boxes(trace: Trace) -> ImageArray:
    """The character boxes, each in its letter's colour."""
    found = [
        (box_quad(f, box.box), box.category) for f, row in zip(trace.frames, trace.boxes, strict=True) for box in row
    ]
    return lines(trace.image, [quad for quad, _ in found], [colour_of(category) for _, category in found])


def points(trace: Trace) -> ImageArray:
    """The points that the glyphs vote for: green on the letter, vermilion in its holes."""
    drawn = trace.image.copy()
    size = max(3, round(max(trace.image.shape[:2]) / 210))
    assert trace.annotation is not None
    for character in trace.annotation.characters:
        for spots, colour in ((character.positive, rgb(OKABE_ITO[2])), (character.negative, rgb(OKABE_ITO[5]))):
            for x, y in np.round(spots).astype(int).tolist():
                cv2.circle(drawn, (x, y), size + 2, PAPER, -1, cv2.LINE_AA)
                cv2.circle(drawn, (x, y), size, colour, -1, cv2.LINE_AA)
    return drawn


def masks(trace: Trace) -> ImageArray:
    """The masks in their letters' colours over the darkened picture."""
    assert trace.annotation is not None
    shown = trace.image.astype(np.float32) * DIM
    for character in trace.annotation.characters:
        mask = character.mask
        h, w = mask.pixels.shape
        shown[mask.y : mask.y + h, mask.x : mask.x + w][mask.pixels] = colour_of(character.category)
    return shown.astype(np.uint8)


def colour_of(category: str) -> tuple[int, int, int]:
    """(r, g, b) of a letter."""
    return rgb(OKABE_ITO[colour_index(category)])
