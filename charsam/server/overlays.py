"""From the arrays of a trace to what a browser can draw: heat, mask colours, outlines, crops. No UI in here.

Whatever leaves this module is for looking at (photos as JPEG, heat as WebP); masks that are kept come from
`charsam.export` and from nowhere else.
"""

from __future__ import annotations

import base64
import io
from typing import Final

import cv2
import numpy as np
from PIL import Image

from charsam.colours import OKABE_ITO, colour_index, rgb
from charsam.sampling import image_window, warp_to_image
from charsam.types import FloatArray, GlyphVotes, ImageAnnotation, ImageArray, WordFrame, WordRegions

DISPLAY_SIDE: Final = 1600
"""Longest side, in pixels, at which a photo or a mask overlay is sent to the browser."""
HEAT_SIDE: Final = 1000
OPACITY: Final = 0.6
PEAK: Final = 0.4
"""Least region score of a marked peak."""
TILE_HEIGHT: Final = 60
TILE_WIDTHS: Final = (18, 96)


def data_uri(image: Image.Image, kind: str, **options: object) -> str:
    """An image as a data URI: it never becomes a file that somebody else could fetch."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def display_size(height: int, width: int, side: int = DISPLAY_SIDE) -> tuple[int, int]:
    """(width, height) at which an image of that size is shown; never larger than it is."""
    scale = min(1.0, side / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(image: ImageArray, side: int) -> bytes:
    """A JPEG of the photo with its longest side at most `side`."""
    height, width = image.shape[:2]
    size = display_size(height, width, side)
    shown = image if size == (width, height) else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    buffer = io.BytesIO()
    Image.fromarray(shown).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def heatmap(regions: tuple[WordRegions, ...], shape: tuple[int, ...]) -> FloatArray:
    """(H, W) float32: CRAFT's region scores of every word, warped back over the image; the larger where words meet."""
    heat = np.zeros(shape[:2], np.float32)
    for word in regions:
        window = image_window(word.frame, shape)
        x0, y0, x1, y1 = window
        if x1 <= x0 or y1 <= y0:
            continue
        warped = warp_to_image(word.region, word.frame, window, 0.0)
        np.maximum(heat[y0:y1, x0:x1], warped, out=heat[y0:y1, x0:x1])
    return heat


def peaks(word: WordRegions) -> FloatArray:
    """(n, 2) float32, image pixels: the local maxima of a word's region map."""
    region = word.region
    wide = cv2.dilate(region, np.ones((5, 5), np.uint8))
    tops = ((region >= wide) & (region >= PEAK)).astype(np.uint8)
    centres = cv2.connectedComponentsWithStats(tops, connectivity=8)[3][1:]
    if not len(centres):
        return np.zeros((0, 2), np.float32)
    scale = np.array([word.frame.width / region.shape[1], word.frame.height / region.shape[0]], np.float32)
    return word.frame.to_image((centres + 0.5).astype(np.float32) * scale)


def heat_uri(heat: FloatArray) -> str:
    """Heat as a translucent picture (see `heat_image`)."""
    return data_uri(heat_image(heat), "WEBP", quality=82, method=0)


def heat_image(heat: FloatArray) -> Image.Image:
    """Heat as RGBA: from clear violet to opaque yellow, no larger than HEAT_SIDE."""
    width, height = display_size(heat.shape[0], heat.shape[1], HEAT_SIDE)
    small = cv2.resize(np.clip(heat, 0, 1), (width, height), interpolation=cv2.INTER_AREA)
    colours = cv2.applyColorMap((small * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    alpha = (255 * np.clip(small * 1.6, 0, 1)).astype(np.uint8)
    return Image.fromarray(np.dstack([colours, alpha]))


def painted(image: ImageArray, annotation: ImageAnnotation) -> ImageArray:
    """(H, W, 3) uint8: the photo with every character's mask in its letter's colour. White and black lines run around
    the masks, never over them, so that thin letters keep their colour.
    """
    shown = image.copy()
    masks = [(character.mask, rgb(OKABE_ITO[colour_index(character.category)])) for character in annotation.characters]
    width = max(1, round(max(image.shape[:2]) / 900))
    for line, thickness in (((0, 0, 0), 4 * width + 1), ((255, 255, 255), 2 * width + 1)):
        for mask, _ in masks:
            edge = width + 1
            pixels = np.pad(mask.pixels.astype(np.uint8), edge)
            at = mask.x - edge, mask.y - edge
            contours, _ = cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=at)
            cv2.drawContours(shown, contours, -1, line, thickness)
    for mask, colour in masks:
        h, w = mask.pixels.shape
        part = slice(mask.y, mask.y + h), slice(mask.x, mask.x + w)
        mixed = (image[part] * (1 - OPACITY) + np.array(colour) * OPACITY).astype(np.uint8)
        shown[part][mask.pixels] = mixed[mask.pixels]
    return shown


def cut_out(image: ImageArray, mask: ImageArray) -> ImageArray:
    """(H, W, 4) uint8: what a text mask (H, W, 0 / 255) covers of the photo, all else see-through."""
    return np.dstack([image, mask])


def tile_size(box: FloatArray) -> tuple[int, int]:
    """(width, height) in which a character box is shown as a tile: its own shape, within bounds."""
    width, height = max(float(box[2] - box[0]), 1.0), max(float(box[3] - box[1]), 1.0)
    return int(np.clip(round(TILE_HEIGHT * width / height), *TILE_WIDTHS)), TILE_HEIGHT


def crop(image: ImageArray, frame: WordFrame, box: FloatArray) -> ImageArray:
    """What the image shows in a box of a word frame, straightened, at twice the size of its tile."""
    width, height = (2 * side for side in tile_size(box))
    x0, y0, x1, y1 = (float(v) for v in box)
    xs, ys = np.meshgrid(
        x0 + (np.arange(width) + 0.5) * (x1 - x0) / width, y0 + (np.arange(height) + 0.5) * (y1 - y0) / height
    )
    at = frame.to_image(np.stack([xs, ys], -1)) - np.float32(0.5)
    shown = cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, np.uint8)


def votes_uri(rates: FloatArray, size: tuple[int, int], colour: str) -> str:
    """Vote rates 0..1 as a picture from black to `colour`."""
    shown = cv2.resize(np.clip(rates, 0, 1), size, interpolation=cv2.INTER_AREA)
    return data_uri(Image.fromarray((shown[..., None] * np.array(rgb(colour))).astype(np.uint8)), "PNG")


def kept_uri(votes: GlyphVotes, threshold: float, size: tuple[int, int]) -> str:
    """The pixels whose votes exceed the threshold: foreground green, holes vermilion."""
    cells = np.full((*votes.foreground.shape, 3), 32, np.uint8)
    cells[votes.foreground > threshold] = rgb(OKABE_ITO[2])
    cells[votes.hole > threshold] = rgb(OKABE_ITO[5])
    return data_uri(Image.fromarray(cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)), "PNG")
