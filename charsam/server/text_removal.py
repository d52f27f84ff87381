"""The text of a photo painted out: what of it can still be seen is what the mask has missed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from charsam.types import ImageArray

RADIUS: Final = 4
"""Pixels around a masked one from which OpenCV's inpainting takes its colour."""
MOST: Final = 30
"""Pixels by which a mask may be grown."""


def grown(mask: ImageArray, by: int) -> ImageArray:
    """(H, W) uint8, 0 / 255: a text mask with `by` pixels (0 to MOST) more all around."""
    if by <= 0:
        return mask
    side = 2 * min(by, MOST) + 1
    return np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), np.uint8)


def erased(image: ImageArray, mask: ImageArray) -> ImageArray:
    """(H, W, 3) uint8: the photo with what a text mask (H, W, 0 / 255) covers painted over from around it.

    Telea, An image inpainting technique based on the fast marching method, 2004, as OpenCV has it.
    """
    shown = image.copy()
    count, _, boxes, _ = cv2.connectedComponentsWithStats(cv2.dilate(mask, np.ones((5, 5), np.uint8)))
    for x, y, w, h, _ in boxes[1:count].tolist():  # piece by piece: what lies far away has no part in it
        x0, y0 = max(0, x - 2 * RADIUS), max(0, y - 2 * RADIUS)
        part = np.s_[y0 : y + h + 2 * RADIUS, x0 : x + w + 2 * RADIUS]
        shown[part] = cv2.inpaint(np.ascontiguousarray(shown[part]), mask[part], RADIUS, cv2.INPAINT_TELEA)
    return shown
