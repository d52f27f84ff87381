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
from numpy.typing import NDArray
from PIL import Image

from charsam.geometry import image_window, warp_to_image
from charsam.types import CharacterMask, FloatArray, GlyphVotes, ImageAnnotation, ImageArray, WordFrame, WordRegions

DISPLAY_SIDE: Final = 1600
"""Longest side, in pixels, at which a photo or a mask overlay is sent to the browser."""
HEAT_SIDE: Final = 1000
PEAK: Final = 0.4
"""Least region score of a marked peak."""
TILE_HEIGHT: Final = 60
TILE_WIDTHS: Final = (18, 96)

OKABE_ITO: Final = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
"""The colours in which neighbouring characters are told apart."""


def rgb(colour: str) -> tuple[int, int, int]:
    """(r, g, b) of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def data_uri(image: Image.Image, kind: str, **options: object) -> str:
    """An image as a data URI: it never becomes a file that somebody else could fetch."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def display_size(height: int, width: int, side: int = DISPLAY_SIDE) -> tuple[int, int]:
    """(width, height) at which an image of that size is shown; never larger than it is."""
    scale = min(1.0, side / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def photo_uri(image: ImageArray, side: int = DISPLAY_SIDE) -> str:
    """The photo for display: a JPEG with its longest side at most `side`."""
    height, width = image.shape[:2]
    size = display_size(height, width, side)
    shown = image if size == (width, height) else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return data_uri(Image.fromarray(shown), "JPEG", quality=88)


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


def mask_uri(values: NDArray[np.uint16], colours: tuple[str, ...] = OKABE_ITO) -> str:
    """Character masks in the cycle of `colours` over nothing. values: (H, W), 0 where there is no text."""
    size = display_size(values.shape[0], values.shape[1])
    index = np.where(values > 0, (values - 1) % len(colours) + 1, 0).astype(np.uint8)
    if size != (values.shape[1], values.shape[0]):
        index = np.asarray(cv2.resize(index, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    image = Image.fromarray(index, "P")
    image.putpalette([0, 0, 0, *(part for colour in colours for part in rgb(colour))])
    return data_uri(image, "PNG", transparency=0)


def outline(mask: CharacterMask) -> str:
    """The border of a mask along its pixels' edges, as an SVG path in image pixels."""
    padded = np.pad(mask.pixels, 1)
    lines = []
    for axis, (move, draw) in enumerate((("M{a} {b}", "h{n}"), ("M{b} {a}", "v{n}"))):
        field = padded if axis == 0 else padded.T
        edge = (field[1:] != field[:-1]).astype(np.int8)
        step = np.diff(edge, axis=1, prepend=0, append=0)
        rows, starts = np.nonzero(step == 1)
        _, ends = np.nonzero(step == -1)
        along, across = (mask.x, mask.y) if axis == 0 else (mask.y, mask.x)
        for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
            lines.append(move.format(a=start - 1 + along, b=row + across) + draw.format(n=end - start))
    return "".join(lines)


def colour_of(index: int) -> str:
    """The colour of the character with that index in the annotation."""
    return OKABE_ITO[index % len(OKABE_ITO)]


def masks_uri(annotation: ImageAnnotation) -> str:
    """The masks of all characters of an annotation, neighbours in different colours."""
    return mask_uri(annotation.character_mask())


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
