"""How the camera sees a plane: homographies from plane pixels to image pixels, and pictures projected by them."""

from __future__ import annotations

import cv2
import numpy as np

from charsam.scenes.layout import Matrix, Points, transform, translation
from charsam.types import FloatArray


def tilted_view(size: tuple[int, int], yaw: float, pitch: float, roll: float, focal: float) -> Matrix:
    """A plane that lay square in the image, turned about the image's centre.

    size: (width, height) of the image. yaw, pitch, roll: degrees. focal: the focal length in image widths.
    """
    width, height = size
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turn = about_z @ about_x @ about_y
    distance = focal * width
    to_camera = np.column_stack([turn[:, 0], turn[:, 1], np.array([0.0, 0.0, distance])])
    lens = np.array([[distance, 0, width / 2], [0, distance, height / 2], [0, 0, 1]])
    view = lens @ to_camera @ translation(-width / 2, -height / 2)
    return np.asarray(view / view[2, 2], np.float64)


def fitted(view: Matrix, content: Points, size: tuple[int, int], margin: float) -> Matrix:
    """The view scaled down and moved, where needed, so that the plane points `content` (N, 2) fall into the image.

    margin: pixels that stay free on each side.
    """
    seen = transform(view, content)
    (x0, y0), (x1, y1) = seen.min(axis=0), seen.max(axis=0)
    room_x, room_y = size[0] - 2 * margin, size[1] - 2 * margin
    factor = min(1.0, room_x / (x1 - x0), room_y / (y1 - y0))
    left, top = factor * x0, factor * y0
    shift_x = float(np.clip(0.0, margin - left, size[0] - margin - factor * x1))
    shift_y = float(np.clip(0.0, margin - top, size[1] - margin - factor * y1))
    return np.asarray(translation(shift_x, shift_y) @ np.diag([factor, factor, 1.0]) @ view, np.float64)


def local_scale(view: Matrix, point: Points) -> float:
    """Image pixels per plane pixel at a plane point (2,)."""
    around = np.asarray(point + np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]]), np.float64)
    origin, right, down = transform(view, around)
    area = abs(np.linalg.det(np.stack([right - origin, down - origin])))
    return float(np.sqrt(area) / 0.5)


def project(picture: FloatArray, view: Matrix, size: tuple[int, int]) -> FloatArray:
    """The picture (h, w) or (h, w, 3), whose pixels are the plane's, as seen in an image of `size`; 0 outside."""
    # Plane coordinates have pixel centres at .5; OpenCV's warps have them at whole numbers.
    centred = translation(-0.5, -0.5) @ view @ translation(0.5, 0.5)
    warped = cv2.warpPerspective(picture, centred, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(warped, np.float32)


def visible_region(view: Matrix, size: tuple[int, int]) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 of the part of the plane that the image shows; None where it reaches the plane's horizon."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    inverse = np.asarray(np.linalg.inv(view), np.float64)
    depth = corners @ inverse[2, :2] + inverse[2, 2]
    if (depth * depth[0] <= 0.15 * depth[0] ** 2).any():
        return None
    seen = transform(inverse, corners)
    (x0, y0), (x1, y1) = seen.min(axis=0), seen.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)
