"""How high a word's strips are for the compact segmenter: as high as its letters are in the photo, within limits."""

from __future__ import annotations

from typing import Final

from charsam.geometry import TEXT_HEIGHT, pixels_per_frame_pixel
from charsam.types import WordFrame

HEIGHTS: Final = (48, 72, 96, 144)
"""Pixels from the top to the bottom edge of the word polygon."""
HIGHEST: Final = 96
"""Of these, the highest that is looked at by default."""
ENLARGED: Final = 1.2
"""Strip pixels that a pixel of the photo may become in careful mode."""
MOST_PIXELS: Final = 64 * 3072
"""Of a higher strip: a word too long for it gets a lower one."""


def zoom_of(frame: WordFrame, highest: int = HEIGHTS[-1]) -> float:
    """Strip pixels per pixel of the word frame in the highest strip that does not enlarge the photo.

    highest: no strip is higher than that.
    """
    height = min(TEXT_HEIGHT * pixels_per_frame_pixel(frame), highest)
    zooms = [high / TEXT_HEIGHT for high in HEIGHTS[1:] if high <= height]
    return max((zoom for zoom in zooms if zoom**2 * frame.width * frame.height <= MOST_PIXELS), default=1.0)


def zooms_of(frame: WordFrame) -> tuple[float, ...]:
    """The strips at which a word is looked at: the lowest, and where the photo shows more than that, a higher one."""
    zoom = zoom_of(frame, HIGHEST)
    return (1.0,) if zoom == 1 else (1.0, zoom)


def careful_zooms(frame: WordFrame) -> tuple[float, ...]:
    """The strips at which a word is looked at in careful mode: of all heights up to its own, a little enlarged."""
    height = TEXT_HEIGHT * pixels_per_frame_pixel(frame) * ENLARGED
    zooms = [high / TEXT_HEIGHT for high in HEIGHTS[1:] if high <= height]
    return (1.0, *(zoom for zoom in zooms if zoom**2 * frame.width * frame.height <= MOST_PIXELS))
