"""The brush: exactly the pixels within its radius."""

import numpy as np
import pytest

from charsam.editing.brush import stroke_mask
from charsam.errors import EditError

SHAPE = (50, 60)


def full(stroke: list[tuple[float, float]], radius: float) -> np.ndarray:
    mask = stroke_mask(tuple(stroke), radius, SHAPE)
    drawn = np.zeros(SHAPE, bool)
    h, w = mask.pixels.shape
    drawn[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return drawn


def within(stroke: list[tuple[float, float]], radius: float) -> np.ndarray:
    """The same by the distance of every pixel's centre from every piece."""
    ys, xs = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]] + 0.5
    centres, points = np.stack([xs, ys], -1), np.array(stroke)
    drawn = np.zeros(SHAPE, bool)
    for start, stop in zip(
        points[:1] if len(points) == 1 else points[:-1], points[-1:] if len(points) == 1 else points[1:], strict=True
    ):
        along = stop - start
        share = np.clip(((centres - start) @ along) / max(along @ along, 1e-12), 0, 1)
        drawn |= ((centres - start - share[..., None] * along) ** 2).sum(-1) <= radius**2
    for x, y in np.floor(points).astype(int):
        if 0 <= x < SHAPE[1] and 0 <= y < SHAPE[0]:
            drawn[y, x] = True
    return drawn


@pytest.mark.parametrize("seed", range(40))
def test_a_stroke_covers_what_is_within_its_radius(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = [(30.0, 25.0), *((round(x, 2), round(y, 2)) for x, y in rng.uniform(-10, 70, (seed % 5, 2)))]
    radius = round(float(rng.uniform(0.3, 12)), 2)
    np.testing.assert_array_equal(full(points, radius), within(points, radius))


@pytest.mark.parametrize("stop", [(40.0, 20.25), (20.0, 40.0)])
def test_level_and_upright_strokes_too(stop: tuple[float, float]) -> None:
    stroke = [(20.0, 20.25), stop]
    np.testing.assert_array_equal(full(stroke, 3), within(stroke, 3))


def test_the_smallest_brush_paints_the_pixel_it_is_in() -> None:
    drawn = full([(10.9, 5.1)], 0.1)
    assert np.argwhere(drawn).tolist() == [[5, 10]]


def test_a_stroke_is_cut_at_the_rim() -> None:
    assert full([(0.0, 0.0)], 5)[0, 0]


@pytest.mark.parametrize("point", [(-20.0, 5.0), (5.0, 80.0)])
def test_a_stroke_outside_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(EditError, match="stroke: expected to touch the image of 60 x 50 pixels"):
        full([point], 5)
