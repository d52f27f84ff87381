"""What is behind the signs: a wall in perspective, a street out of focus, or a crop of the user's photographs."""

from __future__ import annotations

import colorsys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from charsam.errors import ImageError
from charsam.scenes.colours import linear
from charsam.scenes.layout import Matrix, scaling, translation
from charsam.scenes.noise import fractal_noise
from charsam.scenes.surfaces import SURFACES, Patch, Surface, glass
from charsam.scenes.view import project, visible_region
from charsam.types import FloatArray


def natural_colour(rng: np.random.Generator, name: str) -> FloatArray:
    """A usual colour (3,), linear, of the surface called `name`."""
    hue, saturation, value = rng.random(), rng.uniform(0.0, 0.2), rng.uniform(0.3, 0.9)
    if name == "brick":
        hue, saturation, value = rng.uniform(0.0, 0.08), rng.uniform(0.25, 0.65), rng.uniform(0.35, 0.75)
    elif name in {"planks", "varnished wood"}:
        hue, saturation, value = rng.uniform(0.04, 0.1), rng.uniform(0.25, 0.7), rng.uniform(0.25, 0.75)
    elif name == "concrete":
        hue, saturation, value = rng.uniform(0.05, 0.15), rng.uniform(0.0, 0.1), rng.uniform(0.35, 0.75)
    elif name == "glass":
        value = rng.uniform(0.08, 0.35)
    elif name == "plaster":
        hue, saturation, value = rng.uniform(0.02, 0.17), rng.uniform(0.03, 0.45), rng.uniform(0.55, 0.95)
    return linear(colorsys.hsv_to_rgb(hue, saturation, value))


def wall(
    rng: np.random.Generator,
    name: str,
    colour: FloatArray,
    view: Matrix,
    size: tuple[int, int],
    light: tuple[float, float],
    *,
    openings: bool,
) -> Surface:
    """The surface called `name` on the whole plane of the view, as the image of `size` shows it.

    openings: whether windows may interrupt it.
    """
    width, height = size
    region = visible_region(view, size)
    if region is None or (region[2] - region[0]) * (region[3] - region[1]) > 6.0 * width * height:
        view, region = np.eye(3), (0.0, 0.0, float(width), float(height))
    x0, y0, x1, y1 = region
    # Never much more pixels than the image has: a wall running away from the camera is blurred a little.
    resolution = min(1.0, float(np.sqrt(2.0 * width * height / ((x1 - x0) * (y1 - y0)))))
    patch = Patch(
        int(np.ceil((y1 - y0) * resolution)) + 2,
        int(np.ceil((x1 - x0) * resolution)) + 2,
        colour,
        light,
        width / 110 * resolution,
    )
    surface = SURFACES[name](rng, patch)
    if openings and rng.random() < 0.5:
        surface = _with_openings(rng, surface, patch)
    to_image = view @ translation(x0 - 1, y0 - 1) @ scaling(1 / resolution)
    shading = project(surface.shading, to_image, size)
    return Surface(project(surface.albedo, to_image, size), np.where(shading > 0.05, shading, np.float32(1)))


def _with_openings(rng: np.random.Generator, surface: Surface, patch: Patch) -> Surface:
    """One to three windows or doors with frames, dark inside."""
    albedo, shading = np.ascontiguousarray(surface.albedo), np.ascontiguousarray(surface.shading)
    for _ in range(int(rng.integers(1, 4))):
        w, h = int(patch.width * rng.uniform(0.12, 0.45)), int(patch.height * rng.uniform(0.2, 0.6))
        x, y = int(rng.uniform(-0.1, 0.9) * patch.width), int(rng.choice([-0.25, 0.55]) * patch.height)
        left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, patch.width), min(y + h, patch.height)
        if right - left < 12 or bottom - top < 12:
            continue
        behind = np.float32(rng.uniform(0.008, 0.06)) * np.asarray(rng.uniform(0.8, 1.2, 3), np.float32)
        pane = glass(rng, Patch(bottom - top, right - left, behind, patch.light, patch.unit))
        frame = natural_colour(rng, "concrete") * np.float32(rng.choice([0.15, 0.6, 1.2]))
        thick = max(3, int(patch.unit * rng.uniform(0.8, 2.0)))
        albedo[top:bottom, left:right] = pane.albedo
        shading[top:bottom, left:right] = 1
        mullion = (left + right) // 2
        for a, b in (((left, top), (right, bottom)), ((left, top), (mullion, bottom))):
            cv2.rectangle(albedo, a, b, [float(v) for v in frame], thick)
        cv2.line(shading, (left, top + thick), (right, top + thick), (0.45,), max(1, thick // 2))
        cv2.line(shading, (left + thick, top), (left + thick, bottom), (0.6,), max(1, thick // 2))
    return Surface(albedo, shading)


def street(rng: np.random.Generator, size: tuple[int, int], *, night: bool) -> Surface:
    """A street out of focus: sky, houses with windows, trees, poles and lamps."""
    width, height = size[0] // 2, size[1] // 2
    horizon = int(height * rng.uniform(0.55, 0.9))
    sky = np.array([0.45, 0.6, 0.9], np.float32) * np.float32(rng.uniform(0.5, 1.3))
    if rng.random() < 0.5:
        sky = np.float32(rng.uniform(0.5, 1.1)) * np.array([0.92, 0.96, 1.0], np.float32)
    ramp = np.linspace(0.8, 1.2, height, dtype=np.float32)[:, None, None]
    picture = np.ascontiguousarray(np.broadcast_to(ramp * (sky * np.float32(0.04 if night else 1)), (height, width, 3)))
    x = -int(rng.uniform(0, 0.2) * width)
    while x < width:
        across, top = int(rng.uniform(0.12, 0.5) * width), int(rng.uniform(-0.2, 0.6) * height)
        _house(rng, picture, (x, top, x + across, horizon), night=night)
        x += across
    ground = np.float32(rng.uniform(0.08, 0.35)) * np.array([1.0, 0.97, 0.93], np.float32)
    picture[horizon:] = ground * np.linspace(0.8, 1.2, height - horizon, dtype=np.float32)[:, None, None]
    for _ in range(int(rng.integers(1, 9))):
        _tree(rng, picture, horizon)
    for _ in range(int(rng.integers(0, 4))):
        at, tone = int(rng.uniform(0, width)), [float(v) for v in rng.uniform(0.02, 0.25, 3)]
        cv2.line(picture, (at, int(rng.uniform(0, 0.5) * height)), (at, height), tone, int(rng.integers(1, 6)))
    if night:
        for _ in range(int(rng.integers(5, 25))):
            lamp = np.array([1.0, rng.uniform(0.5, 0.9), rng.uniform(0.15, 0.8)]) * rng.uniform(0.5, 3)
            centre = (int(rng.uniform(0, width)), int(rng.uniform(0, horizon)))
            cv2.circle(picture, centre, int(rng.integers(2, max(3, width // 50))), [float(v) for v in lamp], -1)
    picture *= 1 + np.float32(0.18) * fractal_noise(rng, height, width, 20, 4)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), width * rng.uniform(0.008, 0.028))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    return Surface(np.asarray(large, np.float32), np.ones((size[1], size[0]), np.float32))


def _house(rng: np.random.Generator, picture: FloatArray, box: tuple[int, int, int, int], *, night: bool) -> None:
    x0, y0, x1, y1 = box
    front = natural_colour(rng, str(rng.choice(["brick", "concrete", "concrete", "plaster"]))) * np.float32(0.7)
    cv2.rectangle(picture, (x0, y0), (x1, y1), [float(v) * (0.12 if night else 1) for v in front], -1)
    step_x, step_y = max(6, int((x1 - x0) / rng.integers(2, 7))), max(8, int(picture.shape[0] / rng.integers(4, 9)))
    for x in range(x0 + step_x // 4, x1 - step_x // 2, step_x):
        for y in range(y0 + step_y // 4, y1 - step_y // 2, step_y):
            lit = night and rng.random() < 0.35
            tone = (
                np.array([1.2, 0.8, 0.4]) * rng.uniform(0.4, 1.2)
                if lit
                else rng.uniform(0.02, 0.2) * np.array([0.9, 1.0, 1.15])
            )
            cv2.rectangle(picture, (x, y), (x + step_x // 2, y + step_y // 2), [float(v) for v in tone], -1)


def _tree(rng: np.random.Generator, picture: FloatArray, horizon: int) -> None:
    width = picture.shape[1]
    centre_x, centre_y, reach = rng.uniform(0, width), rng.uniform(0.3, 1.0) * horizon, rng.uniform(0.06, 0.2) * width
    for _ in range(60):
        x, y = rng.normal(centre_x, reach), rng.normal(centre_y, reach * 0.8)
        green = np.array([0.1, 0.2, 0.04]) * rng.uniform(0.2, 1.9)
        cv2.circle(picture, (round(x), round(y)), max(1, round(reach * rng.uniform(0.05, 0.22))), list(green), -1)


def photograph_crop(rng: np.random.Generator, photographs: tuple[Path, ...], size: tuple[int, int]) -> Surface:
    """A random crop of a random photograph, as light."""
    path = photographs[int(rng.integers(len(photographs)))]
    try:
        with Image.open(path) as opened:
            picture = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    except OSError as error:
        raise ImageError(f"photograph {path}: cannot be read as an image ({error})") from error
    height, width = picture.shape[:2]
    share = rng.uniform(0.45, 1.0)
    factor = min(width / size[0], height / size[1]) * share
    w, h = max(1, int(size[0] * factor)), max(1, int(size[1] * factor))
    x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    crop = cv2.resize(picture[y : y + h, x : x + w], size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    albedo = (np.asarray(crop, np.float32) / np.float32(255)) ** np.float32(2.2)
    return Surface(np.asarray(albedo, np.float32), np.ones((size[1], size[0]), np.float32))
