"""Word frames: both directions of every kind of frame, and the pictures and maps that are carried through them."""

import cv2
import numpy as np
import pytest

from charsam.directions import candidate_frames
from charsam.errors import WordsError
from charsam.geometry import frame_key, word_frame
from charsam.sampling import frame_coordinates, image_window, sample_map, sample_strip, warp_to_image

QUADS = {
    "upright": [[100, 80], [300, 80], [300, 130], [100, 130]],
    "rotated": [[100, 200], [250, 90], [285, 140], [135, 250]],
    "perspective": [[60, 60], [340, 100], [330, 190], [70, 220]],
    "upside down": [[300, 130], [100, 130], [100, 80], [300, 80]],
    "tall": [[150, 40], [190, 40], [190, 260], [150, 260]],
}


def arc(points: int, *, centre=(200.0, 320.0), radius=200.0, height=50.0, spread=1.6, sag=1.0) -> np.ndarray:
    """An arched word: points / 2 along its upper edge from left to right, as many along its lower edge back."""
    angles = np.linspace(-spread / 2, spread / 2, points // 2)
    edges = [
        np.stack([centre[0] + r * np.sin(angles), centre[1] - sag * r * np.cos(angles)], 1)
        for r in (radius + height / 2, radius - height / 2)
    ]
    upper, lower = edges if sag > 0 else edges[::-1]
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)


def inner_grid(frame) -> np.ndarray:
    """Frame points all over the word polygon's part of the strip."""
    m = frame.margin
    xs = np.linspace(m + 0.5, frame.width - m - 0.5, 40)
    ys = np.linspace(m + 0.5, frame.height - m - 0.5, 12)
    return np.stack(np.meshgrid(xs, ys), axis=-1)


def assert_exact_both_ways(frame) -> None:
    grid = inner_grid(frame)
    in_image = frame.to_image(grid)
    np.testing.assert_allclose(frame.to_frame(in_image), grid, atol=0.1)
    np.testing.assert_allclose(frame.to_image(frame.to_frame(in_image)), in_image, atol=0.1)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("name", QUADS)
def test_quad_frame_maps_both_ways(name: str, stacked: bool) -> None:
    frame = word_frame(np.float32(QUADS[name]), stacked=stacked)
    grid = np.stack(np.meshgrid(np.linspace(0, frame.width, 30), np.linspace(0, frame.height, 12)), axis=-1)

    np.testing.assert_allclose(frame.to_frame(frame.to_image(grid)), grid, atol=0.1)


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("name", QUADS)
def test_quad_corners_lie_at_the_margins(name: str, stacked: bool) -> None:
    quad = np.float32(QUADS[name])
    frame = word_frame(quad, stacked=stacked)
    m, w, h = frame.margin, frame.width, frame.height

    corners = np.float32([[m, m], [w - m, m], [w - m, h - m], [m, h - m]])

    np.testing.assert_allclose(frame.to_image(corners), quad, atol=0.1)
    np.testing.assert_allclose(frame.to_frame(quad), corners, atol=0.1)


@pytest.mark.parametrize("sag", [1.0, -1.0])
@pytest.mark.parametrize("points", [8, 10, 12, 14])
def test_curved_frame_maps_both_ways_inside_the_polygon(points: int, sag: float) -> None:
    centre = (200.0, 320.0) if sag > 0 else (200.0, -40.0)
    assert_exact_both_ways(word_frame(arc(points, sag=sag, centre=centre)))


def test_curved_frame_maps_both_ways_on_a_strong_bend() -> None:
    assert_exact_both_ways(word_frame(arc(14, radius=90.0, height=40.0, spread=3.0)))


def test_curved_frame_lies_on_the_polygon() -> None:
    polygon = arc(12)
    frame = word_frame(polygon)
    inside = frame.to_image(inner_grid(frame)).reshape(-1, 2)

    away = [cv2.pointPolygonTest(polygon, (float(x), float(y)), True) for x, y in inside]

    assert min(away) > -4.0
    top = frame.to_frame(polygon[:6])
    np.testing.assert_allclose(top[:, 1], frame.margin, atol=1.5)
    assert (np.diff(top[:, 0]) > 0).all()


def test_stacked_strip_is_as_wide_as_a_line_is_high() -> None:
    lying = word_frame(np.float32(QUADS["upright"]))
    standing = word_frame(np.float32(QUADS["tall"]), stacked=True)

    assert standing.width == lying.height
    assert standing.height > 4 * standing.width
    assert standing.stacked


def test_counter_clockwise_quad_is_read_from_the_same_first_point() -> None:
    quad = np.float32(QUADS["rotated"])
    frame = word_frame(quad[[0, 3, 2, 1]])

    grid = inner_grid(frame)

    np.testing.assert_allclose(frame.to_image(grid), word_frame(quad).to_image(grid), atol=0.01)


def test_quad_that_is_not_convex_becomes_the_rectangle_around_it() -> None:
    dented = np.float32([[100, 100], [300, 100], [150, 120], [100, 200]])
    frame = word_frame(dented)

    assert_exact_both_ways(frame)
    within = frame.to_frame(dented)
    assert (within > -0.1).all()
    assert (within < [frame.width + 0.1, frame.height + 0.1]).all()


def test_quad_whose_sides_cross_becomes_a_rectangle_around_it() -> None:
    crossed = np.float32([[100, 100], [300, 100], [110, 160], [290, 160]])
    assert_exact_both_ways(word_frame(crossed))


def test_repeated_points_change_nothing() -> None:
    quad = np.float32(QUADS["perspective"])
    repeated = np.concatenate([quad[:1], quad[:2], quad[1:], quad[-1:], quad[:1]])
    frame = word_frame(repeated)

    grid = inner_grid(frame)

    np.testing.assert_allclose(frame.to_image(grid), word_frame(quad).to_image(grid), atol=1e-4)


def test_repeated_points_of_an_arc_change_nothing() -> None:
    polygon = arc(10)
    frame = word_frame(np.repeat(polygon, 2, axis=0))

    grid = inner_grid(frame)

    np.testing.assert_allclose(frame.to_image(grid), word_frame(polygon).to_image(grid), atol=1e-3)


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        ([[0, 0], [10, 0], [10, 10]], "at least 4 different points; it has 3"),
        ([[0, 0], [10, 0], [10, 10], [10, 10], [0, 0]], "at least 4 different points; it has 3"),
        ([[0, 0], [10, 0], [20, 0], [30, 0]], "encloses no area"),
        ([[0, 0], [10, 0], [np.nan, 10], [0, 10]], "not a finite number"),
        ([[0, 0], [10, 0], [np.inf, 10], [0, 10]], "not a finite number"),
        ([[0, 0, 1], [10, 0, 1], [10, 10, 1], [0, 10, 1]], r"list of \[x, y\] points"),
    ],
)
def test_unusable_polygon_is_refused_with_the_reason(polygon: list[list[float]], message: str) -> None:
    with pytest.raises(WordsError, match=message):
        word_frame(np.array(polygon, np.float64))


def test_tall_quad_may_hold_a_stacked_word() -> None:
    frames = candidate_frames(np.float32(QUADS["tall"]), 5)

    assert frames[0].stacked
    np.testing.assert_allclose(np.diff(frames[0].to_image(np.float32([[8, 8], [20, 8]])), axis=0)[0, 1], 0, atol=1e-3)


def test_script_that_is_not_stacked_runs_down_a_tall_quad() -> None:
    first, *others = candidate_frames(np.float32(QUADS["tall"]), 5, stacks=False)

    start, stop = first.to_image(np.float32([[8, 30], [100, 30]]))
    assert stop[1] > start[1]
    assert not any(frame.stacked for frame in others)


def test_tall_quad_may_hold_a_word_turned_either_way() -> None:
    frames = candidate_frames(np.float32(QUADS["tall"]), 5)

    reading = [frame.to_image(np.float32([[9, 9], [30, 9]])) for frame in frames if not frame.stacked]
    directions = [tuple(np.sign(np.round(b - a, 3)).astype(int)) for a, b in reading]

    assert (0, 1) in directions
    assert (0, -1) in directions


def test_wide_quad_runs_as_annotated_or_upside_down() -> None:
    first, second = candidate_frames(np.float32(QUADS["upright"]), 5, stacks=False)

    assert not first.stacked
    assert not second.stacked
    middle, step = np.float32([first.width / 2, first.height / 2]), np.float32([20, 5])
    np.testing.assert_allclose(first.to_image(middle + step), second.to_image(middle - step), atol=0.01)


def test_single_character_in_a_tall_box_is_not_stacked() -> None:
    frames = candidate_frames(np.float32(QUADS["tall"]), 1)
    assert not any(frame.stacked for frame in frames)


def test_curved_word_may_stand_upside_down() -> None:
    first, second = candidate_frames(arc(10), 6)

    m, w, h = first.margin, first.width, first.height
    np.testing.assert_allclose(
        first.to_image(np.float32([m, m])), second.to_image(np.float32([w - m, h - m])), atol=1.0
    )


def letter_l_pattern(w: int, h: int) -> np.ndarray:
    """A big L over (h, w) RGB, red stem and blue foot on white: not equal to any turned or mirrored copy of itself."""
    image = np.full((h, w, 3), 255, np.uint8)
    image[h // 8 : h - h // 8, w // 8 : w // 4] = (200, 0, 0)
    image[h - h // 3 : h - h // 8, w // 4 : w - w // 8] = (0, 0, 200)
    return image


@pytest.mark.parametrize("name", ["upright", "rotated", "perspective", "upside down"])
def test_strip_of_a_drawn_pattern_is_upright(name: str) -> None:
    pattern = letter_l_pattern(240, 80)
    corners = np.float32([[0, 0], [240, 0], [240, 80], [0, 80]])
    quad = np.float32(QUADS[name])
    homography = cv2.getPerspectiveTransform(corners - 0.5, quad - 0.5)
    image = cv2.warpPerspective(pattern, homography, (400, 300), borderValue=(255, 255, 255))
    frame = word_frame(quad)
    m = round(frame.margin)

    strip = sample_strip(image, frame, 2.0)[2 * m : -2 * m, 2 * m : -2 * m]

    expected = cv2.resize(pattern, strip.shape[1::-1], interpolation=cv2.INTER_AREA)
    for channel in (0, 2):
        assert iou(strip[..., channel] < 128, expected[..., channel] < 128) > 0.9


def test_strip_of_a_curved_band_is_straight() -> None:
    polygon = arc(14, height=50.0)
    image = np.full((400, 400), 255, np.uint8)
    cv2.ellipse(image, (200, 320), (200, 200), -90, -45.0, 45.0, 0, thickness=8)
    frame = word_frame(polygon)

    strip = sample_strip(np.repeat(image[..., None], 3, 2), frame)[..., 0]

    m = round(frame.margin)
    dark = strip[:, m : frame.width - m] < 128
    centres = (dark * np.arange(frame.height)[:, None]).sum(0) / dark.sum(0) + 0.5
    np.testing.assert_allclose(centres, frame.height / 2, atol=1.5)


@pytest.mark.parametrize("polygon", [*[np.float32(q) for q in QUADS.values()], arc(12)])
def test_map_goes_into_the_image_and_back(polygon: np.ndarray) -> None:
    frame = word_frame(polygon)
    ys, xs = np.mgrid[0 : frame.height, 0 : frame.width]
    drawn = np.hypot((xs - frame.width / 2) / frame.width, (ys - frame.height / 2) / frame.height) < 0.3
    window = image_window(frame, (400, 400))

    warped = warp_to_image(drawn.astype(np.float32), frame, window, 0.0)
    image = np.zeros((400, 400, 3), np.uint8)
    image[window[1] : window[3], window[0] : window[2]] = (255 * warped[..., None]).round()
    back = sample_strip(image, frame)[..., 0] > 127

    assert iou(back, drawn) > 0.95


def test_warped_map_has_the_outside_value_beyond_the_strip() -> None:
    frame = word_frame(np.float32(QUADS["rotated"]))

    warped = warp_to_image(np.ones((frame.height, frame.width), np.float32), frame, (0, 0, 400, 300), -7.0)

    assert warped[0, 0] == warped[299, 399] == -7.0
    assert warped[170, 190] == 1.0


def test_coordinates_of_a_large_curved_window_agree_with_the_exact_map() -> None:
    frame = word_frame(arc(12))
    x0, y0, x1, y1 = window = image_window(frame, (400, 400), np.float32([8, 8, frame.width - 8, frame.height - 8]))
    xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)

    exact = frame.to_frame(np.stack([xs, ys], -1))
    quick = frame_coordinates(frame, window)

    m = frame.margin
    inside = (exact > m + 1).all(-1) & (exact[..., 0] < frame.width - m - 1) & (exact[..., 1] < frame.height - m - 1)
    assert inside.sum() > 10_000
    np.testing.assert_allclose(quick[inside], exact[inside], atol=0.25)


def test_sampled_map_of_a_box_has_the_boxs_values() -> None:
    frame = word_frame(np.float32(QUADS["upright"]))
    values = np.zeros((60, 260), np.float32)
    values[:, 130:] = 3.0
    middle = frame.to_frame(np.float32([200, 100]))[0]

    found = sample_map(values, (70, 75), frame, np.float32([middle - 20, 10, middle + 20, 50]), -9.0)

    half = found.shape[1] // 2
    assert (found[:, : half - 1] == 0).all()
    assert (found[:, half + 1 :] == 3).all()


def test_sampled_map_is_outside_beyond_the_crop() -> None:
    frame = word_frame(np.float32(QUADS["upright"]))
    found = sample_map(np.zeros((10, 10), np.float32), (0, 0), frame, np.float32([10, 10, 40, 40]), -9.0)
    assert (found == -9.0).all()


def test_word_partly_outside_the_image_has_a_whole_strip() -> None:
    image = np.full((100, 100, 3), 90, np.uint8)
    frame = word_frame(np.float32([[60, 40], [180, 40], [180, 80], [60, 80]]))

    strip = sample_strip(image, frame)

    assert strip.shape == (frame.height, frame.width, 3)
    assert (strip == 90).all()
    assert image_window(frame, image.shape)[2] == 100


def test_word_wholly_outside_the_image_is_refused() -> None:
    frame = word_frame(np.float32([[600, 40], [700, 40], [700, 80], [600, 80]]))
    with pytest.raises(WordsError, match="outside the image"):
        sample_strip(np.zeros((100, 100, 3), np.uint8), frame)


def test_large_word_is_reduced_without_aliasing() -> None:
    stripes = np.zeros((1200, 2000, 3), np.uint8)
    stripes[:, ::2] = 255
    frame = word_frame(np.float32([[100, 100], [1900, 100], [1900, 1000], [100, 1000]]))

    strip = sample_strip(stripes, frame)

    assert strip.min() > 110
    assert strip.max() < 145


def test_frames_that_differ_in_their_bend_alone_are_told_apart() -> None:
    along = np.array([0, 30, 60, 90, 110, 140, 170, 200], np.float32)
    bend = np.array([0, 0, -10, 0, 0, 10, 0, 0], np.float32)
    keys = set()
    for sign in (1, -1):  # the corners and the middle are the same
        top = np.stack([along, sign * bend], 1)
        keys.add(frame_key(word_frame(np.concatenate([top, top[::-1] + np.array([0, 40], np.float32)]))))
    assert len(keys) == 2
