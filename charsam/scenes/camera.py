"""From light to a photograph: exposure, lens blur, motion, noise, sharpening, JPEG. Geometry is never moved."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from charsam.scenes.noise import blurred, grain
from charsam.types import FloatArray, ImageArray


@dataclass(frozen=True, slots=True)
class Camera:
    """One shot's settings.

    key: mean brightness aimed at, linear. defocus, motion: blur in pixels. motion_angle: radians. noise: standard
    deviation in mid grey, display values 0..1. aberration: relative size of red against green. vignette: light lost in
    the corners, 0..1. resolution: share of the pixels' detail that the sensor resolves. sharpening: strength of the
    unsharp mask. quality: of the JPEG.
    """

    key: float = 0.22
    defocus: float = 0.4
    motion: float = 0.0
    motion_angle: float = 0.0
    noise: float = 0.015
    aberration: float = 0.0004
    vignette: float = 0.2
    resolution: float = 1.0
    sharpening: float = 0.3
    bloom: float = 0.05
    quality: int = 88


def random_camera(rng: np.random.Generator, *, night: bool) -> Camera:
    """From a steady, good camera to a hasty phone snap in the dark."""
    return Camera(
        key=float(rng.uniform(0.03, 0.11) if night else rng.uniform(0.18, 0.38)),
        defocus=float(rng.choice([0.3, 0.5, 0.8, 1.3], p=[0.4, 0.35, 0.18, 0.07])),
        motion=float(rng.uniform(1.5, 4.5)) if rng.random() < 0.12 else 0.0,
        motion_angle=float(rng.uniform(0, np.pi)),
        noise=float(rng.uniform(0.008, 0.03) if night else rng.uniform(0.002, 0.013)),
        aberration=float(rng.normal(0, 0.0006)),
        vignette=float(rng.uniform(0, 0.4)),
        resolution=float(rng.uniform(0.55, 0.9)) if rng.random() < 0.25 else 1.0,
        sharpening=float(rng.uniform(0, 0.8)),
        bloom=float(rng.uniform(0.02, 0.12)),
        quality=int(rng.integers(62, 96)),
    )


def photograph(rng: np.random.Generator, light: FloatArray, camera: Camera) -> tuple[ImageArray, float]:
    """The (H, W, 3) uint8 picture of the linear light (H, W, 3) float32, and the factor by which it was exposed."""
    seen = _through_lens(light, camera)
    exposure = _exposure(seen, camera.key)
    picture = _sensed(rng, developed(seen * np.float32(exposure)), camera)
    if camera.sharpening > 0:
        picture = picture + np.float32(camera.sharpening) * (picture - blurred(picture, 1.1))
    values = np.clip(picture * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
    return _compressed(values, camera.quality), exposure


def out_of_focus(field: FloatArray, camera: Camera) -> FloatArray:
    """A field (H, W) or (H, W, 3) under the camera's blur and motion."""
    field = blurred(field, camera.defocus)
    if camera.motion < 1:
        return field
    return np.asarray(cv2.filter2D(field, -1, _motion_kernel(camera.motion, camera.motion_angle)), np.float32)


def developed(seen: FloatArray) -> FloatArray:
    """Display values 0..1 of exposed light: gamma and a gentle S-curve, by table."""
    linear = np.linspace(0, 1, 4096, dtype=np.float32)
    display = linear ** np.float32(1 / 2.2)
    curve = display + np.float32(0.065) * np.sin(2 * np.pi * (display - 0.5)).astype(np.float32)
    index = np.clip(seen * np.float32(4095), 0, 4095).astype(np.uint16)
    return np.asarray(np.clip(curve, 0, 1)[index], np.float32)


def _sensed(rng: np.random.Generator, picture: FloatArray, camera: Camera) -> FloatArray:
    """The picture at the sensor's resolution and with its noise, brought back to its size."""
    if camera.resolution >= 1:
        return picture + _sensor_noise(rng, picture, camera.noise)
    height, width = picture.shape[:2]
    smaller = (max(8, round(width * camera.resolution)), max(8, round(height * camera.resolution)))
    small = np.asarray(cv2.resize(picture, smaller, interpolation=cv2.INTER_AREA), np.float32)
    small = small + _sensor_noise(rng, small, camera.noise)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _through_lens(light: FloatArray, camera: Camera) -> FloatArray:
    height, width = light.shape[:2]
    small = cv2.resize(np.minimum(light, np.float32(6)), (max(2, width // 8), max(2, height // 8)))
    haze = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(1.0, width / 320)), (width, height))
    seen = light + np.float32(camera.bloom) * haze
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    seen *= (1 - np.float32(camera.vignette / 2) * (x * x + y * y))[..., None]
    seen = out_of_focus(np.asarray(seen, np.float32), camera)
    for channel, grown in ((0, 1 + camera.aberration), (2, 1 - camera.aberration)):
        matrix = np.array([[grown, 0, (1 - grown) * width / 2], [0, grown, (1 - grown) * height / 2]])
        seen[..., channel] = cv2.warpAffine(
            np.ascontiguousarray(seen[..., channel]), matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
    return np.asarray(seen, np.float32)


def _motion_kernel(length: float, angle: float) -> FloatArray:
    reach = int(np.ceil(length / 2)) + 1
    fine = 8
    kernel = np.zeros(((2 * reach + 1) * fine, (2 * reach + 1) * fine), np.float32)
    middle = (kernel.shape[0] - 1) / 2
    dx, dy = np.cos(angle) * length / 2 * fine, np.sin(angle) * length / 2 * fine
    ends = (round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))
    cv2.line(kernel, *ends, (1.0,), fine)
    small = np.asarray(cv2.resize(kernel, (2 * reach + 1,) * 2, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(small / small.sum(), np.float32)


def _exposure(seen: FloatArray, key: float) -> float:
    """The factor of an automatic exposure that spares the highlights."""
    sample = seen[::6, ::6].mean(axis=2)
    bright = float(np.quantile(sample, 0.97))
    return float(min(key / max(float(sample.mean()), 1e-4), 1.25 / max(bright, 1e-4) if key > 0.12 else 4.0))


def _sensor_noise(rng: np.random.Generator, picture: FloatArray, strength: float) -> FloatArray:
    """Grain that is stronger in the shadows, with coarser blotches of colour."""
    height, width = picture.shape[:2]
    luma = grain(rng, height, width, 0.55)
    coarse = rng.standard_normal((height // 2 + 1, width // 2 + 1, 3), np.float32)
    chroma = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    level = picture[..., 1]
    amount = np.float32(strength) * (np.float32(1.25) - np.float32(0.75) * np.clip(level, 0, 1))
    return np.asarray((luma[..., None] + np.float32(0.5) * chroma) * amount[..., None], np.float32)


def _compressed(values: ImageArray, quality: int) -> ImageArray:
    done, data = cv2.imencode(".jpg", values[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("OpenCV could not encode the scene as JPEG")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(decoded[..., ::-1])
