"""The truth of a photograph: letters up to the edges that a person sees in it.

A letter's outline is not where its photograph shows its edge. Light letters spread, for blur mixes light, and the
display's gamma, or an exposure that burns them out, lifts what is mixed; dark letters shrink. People trace what they
see, half-way between the colours on both sides. So a pixel is text where the photograph shows it nearer to the letter's
colour than to the ground's.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from charsam.scenes.camera import Camera, developed, out_of_focus
from charsam.scenes.noise import blurred
from charsam.types import FloatArray

NEAR: Final = 1.5
"""Standard deviation in pixels of the surroundings in which the light of letter and ground is told apart."""
LEAST_COVERED: Final = 0.05
"""Of a blurred letter; burnt out as it may be, what is covered less is ground."""
ALIKE: Final = 0.003
"""Squared difference of display colours below which letter and ground cannot be told apart: coverage decides there."""


def visible_labels(
    labels: NDArray[np.uint16], covered: FloatArray, light: FloatArray, exposure: float, camera: Camera
) -> NDArray[np.uint16]:
    """The labels (H, W) of glyphs, grown or shrunk to the edges that the camera shows.

    covered: (H, W) 0..1, how far letters cover each pixel. light: (H, W, 3) linear, before the camera. A character of
    which nothing would be left keeps its label.
    """
    if not labels.any():
        return labels
    seen = out_of_focus(covered, camera)
    share = _shown_share(covered, seen, light * np.float32(exposure))
    reach = 2 + round(camera.defocus + camera.motion / 2)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    fullest = np.clip(cv2.dilate(share, brush), 0, 1)  # less than 1 near strokes thinner than the blur
    text = (share >= 0.5 * fullest) & (seen >= LEAST_COVERED)
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.uint16)
    owner[nearest[labels > 0]] = labels[labels > 0]
    shown = np.where(text, owner[nearest], np.uint16(0))
    lost = np.setdiff1d(labels, shown)
    return np.asarray(np.where(np.isin(labels, lost) & (labels > 0), labels, shown), np.uint16)


def _shown_share(covered: FloatArray, seen: FloatArray, light: FloatArray) -> FloatArray:
    """(H, W): how far each pixel's display colour is on the way from the ground's to the letter's, about 0..1.

    covered, seen: the letters' coverage before and under the blur. light: (H, W, 3), exposed.
    """
    mean, squares = blurred(covered, NEAR), blurred(covered * covered, NEAR)
    mean_light, both = blurred(light, NEAR), blurred(light * covered[..., None], NEAR)
    spread = squares - mean * mean
    rise = (both - mean_light * mean[..., None]) / (spread + np.float32(1e-4))[..., None]
    ground = np.maximum(mean_light - rise * mean[..., None], 0)
    letter = np.maximum(ground + rise, 0)
    start = developed(ground)
    shown = developed(ground + (letter - ground) * seen[..., None]) - start
    whole = developed(letter) - start
    share = ((shown * whole).sum(axis=2) + ALIKE * seen) / ((whole * whole).sum(axis=2) + ALIKE)
    return np.asarray(share, np.float32)
